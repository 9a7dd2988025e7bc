//! Who goes first when a tap is nearly closed.

use serde::{Deserialize, Serialize};

/// The order in which waiting calls are let through, highest first.
///
/// Within one level calls go in the order they came. A higher level always goes
/// first, however long a lower one has waited: taking access away must not queue
/// behind giving it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Takes access away.
    Revoke,
    /// Gives access.
    Grant,
    /// Everything without a reason to be elsewhere; shares [`Priority::Grant`]'s level.
    #[default]
    Normal,
    /// Reads that check what was done.
    Verify,
}

impl Priority {
    /// Every priority, in the order of the levels.
    pub const ALL: [Self; 4] = [Self::Revoke, Self::Grant, Self::Normal, Self::Verify];

    /// The level: 0 goes before 1, 1 before 2.
    pub(crate) fn level(self) -> u8 {
        match self {
            Self::Revoke => 0,
            Self::Grant | Self::Normal => 1,
            Self::Verify => 2,
        }
    }
}
