use serde::{Deserialize, Serialize};

/// How far access is from what was agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fulfilment {
    /// Nothing was given yet.
    #[default]
    Pending,
    /// Being given.
    Granting,
    /// Given, and tried.
    Granted,
    /// Being taken back.
    Revoking,
    /// Gone, and that is proven.
    Revoked,
    /// It could not be given; what was given on the way is taken back.
    Failed,
    /// Gone at the producer; the consumer's side cannot be reached.
    Unreachable,
}

impl Fulfilment {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Granting,
        Self::Granted,
        Self::Revoking,
        Self::Revoked,
        Self::Failed,
        Self::Unreachable,
    ];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Granting => "GRANTING",
            Self::Granted => "GRANTED",
            Self::Revoking => "REVOKING",
            Self::Revoked => "REVOKED",
            Self::Failed => "FAILED",
            Self::Unreachable => "UNREACHABLE",
        }
    }

    /// Whether something is on its way.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Granting | Self::Revoking)
    }

    /// The state when a change of what is given is ordered: what is given stays given meanwhile.
    pub(super) fn giving(self) -> Self {
        match self {
            Self::Granted => Self::Granted,
            Self::Pending
            | Self::Granting
            | Self::Revoking
            | Self::Revoked
            | Self::Failed
            | Self::Unreachable => Self::Granting,
        }
    }

    /// The state when giving failed: a change that failed left what was given.
    pub(super) fn failing(self) -> Self {
        match self {
            Self::Granted => Self::Granted,
            Self::Pending
            | Self::Granting
            | Self::Revoking
            | Self::Revoked
            | Self::Failed
            | Self::Unreachable => Self::Failed,
        }
    }
}
