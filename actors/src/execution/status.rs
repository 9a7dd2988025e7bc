use serde::{Deserialize, Serialize};

/// How an execution stands, as Step Functions calls it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecutionStatus {
    /// Under way.
    #[default]
    Running,
    /// Ended well.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Took longer than its document allows.
    TimedOut,
    /// Stopped by somebody.
    Aborted,
}

impl ExecutionStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Aborted,
    ];

    /// Whether nothing follows.
    pub fn is_ended(self) -> bool {
        self != Self::Running
    }

    /// The name in the API: `TIMED_OUT`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}
