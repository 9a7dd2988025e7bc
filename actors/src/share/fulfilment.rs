use serde::{Deserialize, Serialize};

/// How far it is to bring about what was agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Nothing was agreed, or not for now.
    #[default]
    Pending,
    /// Access is being given.
    Granting,
    /// Access is there.
    Granted,
    /// Access is being taken.
    Revoking,
    /// Access is gone, and that is proven.
    Revoked,
    /// Access could not be given; nothing is left of it.
    Failed,
    /// Access was to be taken, and something may be left that cannot be reached. It is tried on, slowly.
    Unreachable,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Granting,
        Self::Granted,
        Self::Revoking,
        Self::Revoked,
        Self::Failed,
        Self::Unreachable,
    ];

    /// Whether nothing is under way: what `wait` waits for.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Granting | Self::Revoking)
    }

    /// The phase after a step to another one, or `None` where that is not legal. Giving and taking can begin
    /// at any time; what is there was being given, and what is gone was being taken.
    pub fn after(self, next: Self) -> Option<Self> {
        let legal = match next {
            Self::Pending => false,
            Self::Granting | Self::Revoking => true,
            Self::Granted => self == Self::Granting,
            Self::Revoked | Self::Failed | Self::Unreachable => {
                matches!(self, Self::Revoking | Self::Unreachable)
            }
        };
        legal.then_some(next)
    }

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
}

/// How what was agreed is brought about, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fulfilment {
    /// Grows with each change of what is wanted.
    pub generation: u64,
    /// Whether access is wanted.
    pub wanted: bool,
    /// How far it is.
    pub state: Phase,
    /// The step under way: `WAITING_FOR_ACCEPTANCE`; empty if there is none.
    pub step: String,
    /// `CODE: a sentence`, where the state needs saying why; else empty.
    pub reason: String,
    /// The steps of this generation, oldest first; the newest 50.
    pub steps: Vec<StepRecord>,
    /// What may be left, in words, where something cannot be reached.
    pub remains: Vec<String>,
    /// How often an invitation lapsed or was rejected, and Lake Formation was made to issue another.
    pub reissues: u32,
}

/// One step, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// Which: `GRANT_IN_PRODUCER`.
    pub name: String,
    /// What it did, or why it failed, in words; empty while it is under way.
    pub outcome: String,
    /// How often it was begun.
    pub attempts: u32,
    /// When it first began, in milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    pub ended_ms: Option<i64>,
}

/// How access was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// How.
    pub state: HealthState,
    /// What was seen, in words.
    pub detail: String,
    /// When, in milliseconds since the Unix epoch; 0 if it never was.
    pub seen_ms: i64,
}

/// How access was last seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HealthState {
    /// Not looked at, or there is nothing to look at.
    #[default]
    Unknown,
    /// All is as it should be.
    Healthy,
    /// Something is missing, or more is there than was given.
    Drifted,
    /// It could not be looked at.
    Unreachable,
    /// Being looked at.
    Verifying,
}

impl HealthState {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Healthy => "HEALTHY",
            Self::Drifted => "DRIFTED",
            Self::Unreachable => "UNREACHABLE",
            Self::Verifying => "VERIFYING",
        }
    }
}

/// What differs between what is wanted and what was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharePlan {
    /// The differences; none if all is as it should be.
    pub lines: Vec<PlanLine>,
    /// When it was seen, in milliseconds since the Unix epoch; 0 if it never was.
    pub seen_ms: i64,
    /// Where nothing could be seen, in words; empty if all was.
    pub unreachable: String,
}

/// One difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanLine {
    /// What re-applying does with it.
    pub action: PlanAction,
    /// In whose account.
    pub account: String,
    /// What, in words: `SELECT on table sales, column amount to …`.
    pub thing: String,
}

/// What re-applying does with a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlanAction {
    /// It is missing, and is put (`+`).
    #[default]
    Add,
    /// It is there and was given by hand; it is taken if that is asked (`-`).
    Remove,
    /// It is there and different, and is changed (`~`).
    Change,
}

impl PlanAction {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Remove => "REMOVE",
            Self::Change => "CHANGE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_steps_are_legal() {
        let legal = |from: Phase| {
            Phase::ALL
                .into_iter()
                .filter(|next| from.after(*next).is_some())
                .map(Phase::as_str)
                .collect::<Vec<_>>()
        };
        let begins = ["GRANTING", "REVOKING"];
        for from in [
            Phase::Pending,
            Phase::Granted,
            Phase::Revoked,
            Phase::Failed,
        ] {
            assert_eq!(legal(from), begins, "{from:?}");
        }
        assert_eq!(legal(Phase::Granting), ["GRANTING", "GRANTED", "REVOKING"]);
        for from in [Phase::Revoking, Phase::Unreachable] {
            assert_eq!(
                legal(from),
                ["GRANTING", "REVOKING", "REVOKED", "FAILED", "UNREACHABLE"],
                "{from:?}"
            );
        }
    }
}
