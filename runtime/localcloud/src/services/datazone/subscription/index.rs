//! What requests, subscriptions and grants are found by beside their ids. Domains of an older file are indexed when
//! something is looked up in them first.

use super::grant::{GRANTS, Grant};
use super::request::{REQUESTS, Request};
use super::{SUBSCRIPTIONS, Subscription};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::Kind;
use crate::store::Tx;

/// The ids of pending requests: `domain/listing/principal`.
pub(super) const PENDING: Kind = Kind::new("datazone.pending-requests", "Request");
/// The ids of approved subscriptions: `domain/listing/principal`.
pub(super) const APPROVED: Kind = Kind::new("datazone.approved-subscriptions", "Subscription");
/// The ids of grants: `domain/subscription/grant`.
pub(super) const BY_SUBSCRIPTION: Kind = Kind::new("datazone.grants-of-subscriptions", "Grant");
/// The ids of grants that are not revoked: `domain/target/listing`.
pub(super) const BY_TARGET: Kind = Kind::new("datazone.grants-of-targets", "Grant");

/// The domains whose indexes are whole.
const WHOLE: Kind = Kind::new("datazone.subscription-indexed-domains", "Index");

/// Makes the indexes of a domain whole.
pub(super) fn ensure(domain: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    if !WHOLE.insert(call, tx, &[domain], &true)? {
        return Ok(());
    }
    for request in REQUESTS.all::<Request>(call, tx, &[domain])? {
        request.index(call, tx)?;
    }
    for subscription in SUBSCRIPTIONS.all::<Subscription>(call, tx, &[domain])? {
        subscription.index(call, tx)?;
    }
    for grant in GRANTS.all::<Grant>(call, tx, &[domain])? {
        grant.index(call, tx)?;
    }
    Ok(())
}
