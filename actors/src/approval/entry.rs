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

/// The number of the first entry that does not follow from the one before, or whose hash is not that of its
/// content; `None` if the whole history, from its first entry on, is as it was written. What is missing at
/// the end does not show in the hashes.
pub fn broken_at(history: &[Entry]) -> Option<u32> {
    let mut previous: Option<&Entry> = None;
    for (entry, number) in history.iter().zip(1..) {
        let (hash, approval_id) = previous.map_or(("", &entry.approval_id), |previous| {
            (&previous.hash, &previous.approval_id)
        });
        let follows = entry.number == number
            && entry.previous_hash == hash
            && entry.approval_id == *approval_id;
        if !follows || entry.hash != entry.computed_hash() {
            return Some(number);
        }
        previous = Some(entry);
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32, previous_hash: &str) -> Entry {
        let mut entry = Entry {
            approval_id: "apr-1".to_owned(),
            number,
            at_ms: 1_768_422_600_250,
            actor: "ann@example.com".to_owned(),
            action: Action::Commented,
            stage: 1,
            comment: "a \"quote\",\n\u{1}and ü€".to_owned(),
            on_behalf_of: String::new(),
            digest: "d1".to_owned(),
            previous_hash: previous_hash.to_owned(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        entry
    }

    fn history() -> Vec<Entry> {
        let mut history = vec![entry(1, "")];
        for number in 2..=4 {
            let previous = history.last().map(|e| e.hash.clone()).unwrap_or_default();
            history.push(entry(number, &previous));
        }
        history
    }

    /// Computed by another program from the description above.
    #[test]
    fn the_hash_is_that_of_the_canonical_json() {
        assert_eq!(
            entry(1, "").hash,
            "4ff608e9f1eae8addd1eef423abc88d740b5c2c36ed0c0c61247354183460a80"
        );
    }

    #[test]
    fn whatever_is_changed_breaks_the_chain_where_it_was() {
        assert_eq!(broken_at(&history()), None);
        let changes: [fn(&mut Entry); 9] = [
            |e| e.actor.push('x'),
            |e| e.comment.clear(),
            |e| e.action = Action::Approved,
            |e| e.stage = 2,
            |e| e.at_ms += 1,
            |e| e.on_behalf_of.push('x'),
            |e| e.digest.clear(),
            |e| e.hash.clear(),
            |e| e.previous_hash = "0".repeat(64),
        ];
        for change in changes {
            let mut history = history();
            change(&mut history[1]);
            assert_eq!(broken_at(&history), Some(2));
        }
    }

    #[test]
    fn a_rewritten_entry_breaks_the_chain_at_the_next() {
        let mut history = history();
        history[1].comment.clear();
        history[1].hash = history[1].computed_hash();
        assert_eq!(broken_at(&history), Some(3));
    }

    #[test]
    fn a_missing_an_exchanged_or_a_foreign_entry_breaks_it() {
        let mut missing = history();
        missing.remove(1);
        assert_eq!(broken_at(&missing), Some(2));
        let mut exchanged = history();
        exchanged.swap(2, 3);
        assert_eq!(broken_at(&exchanged), Some(3));
        let mut foreign = history();
        foreign[3].approval_id.push('2');
        foreign[3].hash = foreign[3].computed_hash();
        assert_eq!(broken_at(&foreign), Some(4));
        assert_eq!(broken_at(&history()[1..]), Some(1));
    }
}
