use serde::{Deserialize, Serialize};

/// How a promotion stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Asked for; the approval is not given yet.
    #[default]
    Pending,
    /// Approved; being deployed.
    Approved,
    /// An approver said no.
    Rejected,
    /// Deployed, tested and verified.
    Completed,
    /// It could not be done.
    Failed,
    /// Nobody decided in time.
    Expired,
    /// Taken back, or what was to be promoted has changed.
    Cancelled,
    /// Deployed, found bad, and put back.
    RolledBack,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Approved,
        Self::Rejected,
        Self::Completed,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::RolledBack,
    ];

    /// Whether nothing follows.
    pub fn is_ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Approved)
    }

    /// The status after a step to another one, or `None` when that is not legal: an approval comes once,
    /// an end comes once, and a promotion that was approved is not rejected and does not expire.
    pub fn after(self, next: Self) -> Option<Self> {
        match (self, next) {
            (Self::Pending, Self::Pending) | (Self::Approved, Self::Pending | Self::Approved) => {
                None
            }
            (Self::Approved, Self::Rejected | Self::Expired) => None,
            (Self::Pending | Self::Approved, next) => Some(next),
            (
                Self::Rejected
                | Self::Completed
                | Self::Failed
                | Self::Expired
                | Self::Cancelled
                | Self::RolledBack,
                _,
            ) => None,
        }
    }

    /// The name in the API: `ROLLED_BACK`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::RolledBack => "ROLLED_BACK",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_steps_are_legal() {
        let legal = |from: Status| {
            Status::ALL
                .into_iter()
                .filter(|next| from.after(*next).is_some())
                .map(Status::as_str)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            legal(Status::Pending),
            [
                "APPROVED",
                "REJECTED",
                "COMPLETED",
                "FAILED",
                "EXPIRED",
                "CANCELLED",
                "ROLLED_BACK"
            ]
        );
        assert_eq!(
            legal(Status::Approved),
            ["COMPLETED", "FAILED", "CANCELLED", "ROLLED_BACK"]
        );
        for ended in Status::ALL.into_iter().filter(|status| status.is_ended()) {
            assert_eq!(legal(ended), [""; 0], "{ended:?}");
        }
    }
}
