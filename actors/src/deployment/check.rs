use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::record::DriftStatus;
use crate::row;

/// The list of checks.
pub const CHECKS: &str = "environment-checks";

/// The most checks that an environment remembers: the newest.
pub const MAX_CHECKS: usize = 20;

/// What a check looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckKind {
    /// Whether what is deployed can be promoted.
    #[default]
    Validate,
    /// Whether all of the stack is there, and as it was made.
    Test,
    /// Whether what is deployed is what was deployed last.
    Verify,
    /// Whether anything was changed beside the stack.
    Drift,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckResult {
    /// `stack-complete`, `no-drift` and so on.
    pub name: String,
    /// Whether it is as it should be.
    pub passed: bool,
    /// What was seen.
    pub detail: String,
}

impl CheckResult {
    pub(super) fn new(name: &str, passed: bool, detail: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            passed,
            detail: detail.into(),
        }
    }
}

/// A look at what is deployed, as it is shown: its document in [`CHECKS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRecord {
    /// `chk-…`.
    pub check_id: String,
    /// The environment's id.
    pub environment_id: String,
    /// What it looks at.
    pub kind: CheckKind,
    /// Whether it has ended.
    pub ended: bool,
    /// What was seen so far.
    pub results: Vec<CheckResult>,
    /// What the look for drift has shown, where there was one.
    pub drift_status: DriftStatus,
    /// When it was asked for, in milliseconds since the Unix epoch.
    pub asked_ms: i64,
}

impl CheckRecord {
    /// What is not as it should be.
    pub fn failed(&self) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().filter(|result| !result.passed)
    }

    pub(super) fn row(&self) -> Option<ViewChange> {
        row::put(
            CHECKS,
            &self.check_id,
            row::by_creation(self.asked_ms),
            &[("environmentId", &self.environment_id)],
            self,
        )
    }

    pub(super) fn no_row(&self) -> ViewChange {
        row::delete(CHECKS, &self.check_id)
    }
}
