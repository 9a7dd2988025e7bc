//! How soon an effect's calls are let through follows from its rank, so that what is taken up first after a
//! start is what goes first at AWS.

use datamesh_actor::Rank;
use datamesh_aws::Priority;

/// The priority of the calls of an effect that gives access, looks at it or takes it away.
pub(crate) fn of(rank: Rank) -> Priority {
    match rank {
        Rank::Revoke => Priority::Revoke,
        Rank::Normal => Priority::Grant,
        Rank::Verify => Priority::Verify,
    }
}
