use serde::{Deserialize, Serialize};

/// Why a thing could not be put, taken away or seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ThingError {
    /// What it means.
    pub trouble: Trouble,
    /// A stable code: the AWS error code where there is one.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Not sooner than this, in milliseconds from now; 0 for no wish.
    pub retry_after_ms: i64,
}

/// What a failure means to who wanted the thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trouble {
    /// A throttle, an open circuit, a conflict with another writer, a lost answer: it may work later.
    #[default]
    Later,
    /// It will not work: a table that is not there, a principal that does not exist.
    Refused,
    /// The account cannot be acted in: it is closed, or our role is gone. It may work one day.
    Unreachable,
}
