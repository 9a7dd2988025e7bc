//! How far a grant of one asset is.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum GrantStatus {
    GrantPending,
    GrantInProgress,
    Granted,
    GrantFailed,
    RevokePending,
    RevokeInProgress,
    Revoked,
    RevokeFailed,
}

impl GrantStatus {
    pub(crate) const ALL: [Self; 8] = [
        Self::GrantPending,
        Self::GrantInProgress,
        Self::Granted,
        Self::GrantFailed,
        Self::RevokePending,
        Self::RevokeInProgress,
        Self::Revoked,
        Self::RevokeFailed,
    ];

    pub(crate) const NAMES: [&str; 8] = [
        "GRANT_PENDING",
        "GRANT_IN_PROGRESS",
        "GRANTED",
        "GRANT_FAILED",
        "REVOKE_PENDING",
        "REVOKE_IN_PROGRESS",
        "REVOKED",
        "REVOKE_FAILED",
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        Self::ALL.get(at).copied()
    }

    /// Whether who fulfils the grant may tell this next.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        match self {
            Self::GrantPending | Self::GrantFailed => matches!(
                next,
                Self::GrantInProgress | Self::Granted | Self::GrantFailed
            ),
            Self::GrantInProgress => matches!(next, Self::Granted | Self::GrantFailed),
            Self::RevokePending | Self::RevokeFailed => matches!(
                next,
                Self::RevokeInProgress | Self::Revoked | Self::RevokeFailed
            ),
            Self::RevokeInProgress => matches!(next, Self::Revoked | Self::RevokeFailed),
            Self::Granted | Self::Revoked => false,
        }
    }

    /// The status once it is to be revoked.
    pub(crate) fn revoking(self) -> Self {
        match self {
            Self::GrantPending | Self::GrantInProgress | Self::Granted | Self::GrantFailed => {
                Self::RevokePending
            }
            Self::RevokePending | Self::RevokeInProgress | Self::Revoked | Self::RevokeFailed => {
                self
            }
        }
    }

    /// The status of a grant whose one asset has this.
    pub(crate) fn overall(self) -> &'static str {
        match self {
            Self::GrantPending | Self::RevokePending => "PENDING",
            Self::GrantInProgress | Self::RevokeInProgress => "IN_PROGRESS",
            Self::Granted | Self::Revoked => "COMPLETED",
            Self::GrantFailed => "GRANT_FAILED",
            Self::RevokeFailed => "REVOKE_FAILED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_ends_are_ends() {
        for (status, name) in GrantStatus::ALL.into_iter().zip(GrantStatus::NAMES) {
            assert_eq!(GrantStatus::parse(name), Some(status));
            for end in [GrantStatus::Granted, GrantStatus::Revoked] {
                assert!(!end.leads_to(status), "{name}");
            }
        }
        assert_eq!(GrantStatus::parse("DONE"), None);
        assert!(!GrantStatus::GrantPending.leads_to(GrantStatus::Revoked));
        assert!(GrantStatus::RevokeFailed.leads_to(GrantStatus::Revoked));
    }
}
