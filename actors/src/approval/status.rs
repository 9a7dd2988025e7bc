use serde::{Deserialize, Serialize};

/// How an approval stands. The last five are ends: nothing comes after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Open; nobody's yes counts so far.
    #[default]
    Pending,
    /// Open; some have said yes, more are needed.
    InProgress,
    /// Everybody who is needed said yes.
    Approved,
    /// Somebody said no.
    Rejected,
    /// The deadline passed.
    Expired,
    /// Ended without a decision.
    Cancelled,
    /// What was to be approved has changed.
    Voided,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::InProgress,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Cancelled,
        Self::Voided,
    ];

    /// Whether decisions are still taken.
    pub fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::InProgress => true,
            Self::Approved | Self::Rejected | Self::Expired | Self::Cancelled | Self::Voided => {
                false
            }
        }
    }

    /// The name in the API: `IN_PROGRESS`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::Voided => "VOIDED",
        }
    }
}
