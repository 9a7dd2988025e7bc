//! The history of an approval: append-only, and each entry carries the hash of the one before, so that
//! nobody can change, drop or move an entry without breaking the chain from there on.
//!
//! The hash of an entry is the SHA-256, in lower-case hexadecimal, of its canonical JSON (RFC 8785): one
//! object with the members `action`, `actor`, `approvalId`, `comment`, `digest`, `number`, `onBehalfOf`,
//! `previousHash`, `stage` and `time`, in this order, all of them present, no white space, UTF-8.
//! `number` and `stage` are integers; `time` is RFC 3339 in UTC with `Z`, and with milliseconds where they
//! are not zero (`2026-01-14T20:30:00Z`, `2026-01-14T20:30:00.250Z`), as protobuf's JSON writes it.

use std::fmt::Write as _;

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::row;

/// The list of the entries of all histories: sorted by approval and number.
pub const APPROVAL_ENTRIES: &str = "approval-entries";

/// What an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// It was opened.
    Opened,
    /// A stage opened, for the first time or again.
    StageOpened,
    /// Somebody said yes.
    Approved,
    /// Somebody said no.
    Rejected,
    /// Somebody lets another decide for them.
    Delegated,
    /// Somebody said something.
    Commented,
    /// Somebody took their yes back.
    Withdrawn,
    /// It went to more people.
    Escalated,
    /// All stages have their yeses.
    Completed,
    /// The deadline passed.
    Expired,
    /// It ended without a decision.
    Cancelled,
    /// What was to be approved has changed.
    Voided,
}

impl Action {
    /// The name in the API: `STAGE_OPENED`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "OPENED",
            Self::StageOpened => "STAGE_OPENED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Delegated => "DELEGATED",
            Self::Commented => "COMMENTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Escalated => "ESCALATED",
            Self::Completed => "COMPLETED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::Voided => "VOIDED",
        }
    }
}

/// One thing that happened to an approval; a document of [`APPROVAL_ENTRIES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Whose history it is in.
    pub approval_id: String,
    /// Its place, from 1.
    pub number: u32,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who; empty where it was nobody.
    pub actor: String,
    /// What.
    pub action: Action,
    /// The stage it belongs to, from 1; 0 if to none.
    pub stage: u32,
    /// What was said.
    pub comment: String,
    /// Whom it was delegated to, or in whose place it was decided.
    pub on_behalf_of: String,
    /// The digest of what is approved.
    pub digest: String,
    /// The hash of the entry before; empty for the first.
    pub previous_hash: String,
    /// The hash of this entry.
    pub hash: String,
}

impl Entry {
    /// The hash that its content demands, with the canonical JSON of this module's description.
    pub fn computed_hash(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let members = [
            ("action", text(self.action.as_str())),
            ("actor", text(&self.actor)),
            ("approvalId", text(&self.approval_id)),
            ("comment", text(&self.comment)),
            ("digest", text(&self.digest)),
            ("number", self.number.to_string()),
            ("onBehalfOf", text(&self.on_behalf_of)),
            ("previousHash", text(&self.previous_hash)),
            ("stage", self.stage.to_string()),
            ("time", text(&time(self.at_ms))),
        ];
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        sha256(&format!("{{{}}}", members.join(",")))
    }

    pub(super) fn row(&self) -> Option<ViewChange> {
        let key = key(&self.approval_id, self.number);
        row::put(APPROVAL_ENTRIES, &key, key.clone(), &[], self)
    }
}

/// The place of an entry in [`APPROVAL_ENTRIES`]: entries of one approval stand together, in order.
pub fn key(approval_id: &str, number: u32) -> String {
    format!("{approval_id}/{number:06}")
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// RFC 3339 in UTC; milliseconds where there are any.
fn time(ms: i64) -> String {
    let form = match ms.rem_euclid(1_000) {
        0 => "%Y-%m-%dT%H:%M:%SZ",
        _ => "%Y-%m-%dT%H:%M:%S.%3fZ",
    };
    jiff::Timestamp::from_millisecond(ms)
        .map(|instant| instant.strftime(form).to_string())
        .unwrap_or_default()
}
