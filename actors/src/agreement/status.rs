use serde::{Deserialize, Serialize};

/// How an agreement stands: derived, never written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgreementStatus {
    /// Asked for, and never decided.
    #[default]
    Pending,
    /// Granted, now or from a moment to come.
    Approved,
    /// The owners said no.
    Denied,
    /// Its time is over.
    Expired,
    /// Taken back.
    Revoked,
    /// Withdrawn before it was decided.
    Cancelled,
}

impl AgreementStatus {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Denied => "DENIED",
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether access is owed to nobody any more.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Approved)
    }
}
