use datamesh_actor::Rejection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policy::Escalation;
use super::status::Status;
use crate::person::Person;

/// The list of approvals.
pub const APPROVALS: &str = "approvals";

/// An approval as it is shown: the reply to its commands and its document in [`APPROVALS`]. Its history is a
/// list of its own, [`super::APPROVAL_ENTRIES`], and the task's token is in neither.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRecord {
    /// `apr-…`.
    pub approval_id: String,
    /// What it is about, in a sentence.
    pub subject: String,
    /// The message of the step that asks.
    pub message: String,
    /// How it stands.
    pub status: Status,
    /// `CODE: a sentence`, or what was said with the end; else empty.
    pub status_reason: String,
    /// The project it is about; empty if it is about none.
    pub project_id: String,
    /// The execution that waits for it.
    pub execution_id: String,
    /// The digest of what is approved; may be empty.
    pub digest: String,
    /// Who asked.
    pub requested_by: Person,
    /// Whether who asked may decide too.
    pub allow_requester: bool,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// Who decides in whose place.
    pub delegations: Vec<Delegation>,
    /// When it ends by itself, in milliseconds since the Unix epoch.
    pub deadline_ms: i64,
    /// When it goes to more people, in milliseconds since the Unix epoch.
    pub escalates_ms: Option<i64>,
    /// To whom.
    pub escalation: Option<Escalation>,
    /// Whether it went to more people.
    pub escalated: bool,
    /// What the asking step gave with it.
    pub details: Value,
    /// How many entries its history has.
    pub entries: u32,
    /// When it was opened, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

/// People of whom some must say yes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Members of these groups may decide; an escalation adds to them.
    pub groups: Vec<String>,
    /// These people may decide; an escalation adds to them.
    pub users: Vec<String>,
    /// How many different people must say yes.
    pub threshold: u32,
    /// The yeses that count.
    pub yeses: Vec<Yes>,
    /// What was said with the last decision.
    pub comment: String,
    /// Whether it went to more people.
    pub escalated: bool,
}

/// A yes that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Yes {
    /// Who said it.
    pub by: Person,
    /// In whose place; `None` in their own right.
    pub in_place_of: Option<Person>,
    /// What was said with it.
    pub comment: String,
    /// What was given with it: a JSON object, or null.
    #[serde(default)]
    pub answer: Value,
}

/// Who decides in whose place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delegation {
    /// Who may decide in their own right, with their groups at that time.
    pub from: Person,
    /// Who decides for them, by e-mail address or user id.
    pub to: String,
}

impl Stage {
    /// Whether enough people have said yes.
    pub fn is_complete(&self) -> bool {
        self.yeses.len() as u64 >= u64::from(self.threshold)
    }
}

impl ApprovalRecord {
    /// The index of the stage that is open: the first that lacks a yes. `None` once it has ended.
    pub fn open_stage(&self) -> Option<usize> {
        if !self.status.is_open() {
            return None;
        }
        self.stages.iter().position(|stage| !stage.is_complete())
    }

    /// The names of those who said yes, stage by stage, each once.
    pub fn approved_by(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for yes in self.stages.iter().flat_map(|stage| &stage.yeses) {
            let name = yes.by.name();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// What was said last with a yes that counts; empty if nothing was.
    pub fn approval_reason(&self) -> &str {
        let yeses = self
            .stages
            .iter()
            .rev()
            .flat_map(|stage| stage.yeses.iter().rev());
        yeses
            .map(|yes| yes.comment.as_str())
            .find(|comment| !comment.is_empty())
            .unwrap_or_default()
    }

    /// The record as the answer to somebody's decision: refused with `APPROVAL_EXPIRED` if the decision
    /// came after the deadline.
    pub fn in_time(self) -> Result<Self, Rejection> {
        match self.status {
            Status::Expired => Err(self.ended()),
            _ => Ok(self),
        }
    }

    /// Refuses what only an open approval takes.
    pub(super) fn still_open(&self) -> Result<(), Rejection> {
        match self.status.is_open() {
            true => Ok(()),
            false => Err(self.ended()),
        }
    }

    fn ended(&self) -> Rejection {
        let id = &self.approval_id;
        match self.status {
            Status::Expired => Rejection::precondition(
                "APPROVAL_EXPIRED",
                format!("the deadline of the approval {id} has passed: ask for a new one"),
            ),
            status => Rejection::precondition(
                "APPROVAL_ENDED",
                format!("the approval {id} is {} already", status.as_str()),
            ),
        }
    }
}
