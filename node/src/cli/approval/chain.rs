//! Recomputes the hashes of a history, by the rules of `ApprovalEntry` in the contract and by nothing else.

use datamesh_proto::v1;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::failure::Failure;
use crate::cli::json;

/// The members of an entry's canonical JSON, in their order; those that are numbers.
const MEMBERS: [(&str, bool); 10] = [
    ("action", false),
    ("actor", false),
    ("approvalId", false),
    ("comment", false),
    ("digest", false),
    ("number", true),
    ("onBehalfOf", false),
    ("previousHash", false),
    ("stage", true),
    ("time", false),
];

/// Where a history is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The number of the first entry that is wrong, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Where the history of an approval breaks; `None` if it is as it was written.
///
/// # Errors
/// None for what a server of this version sends.
pub fn broken(approval: &v1::Approval) -> Result<Option<Break>, Failure> {
    let mut previous = "";
    for (number, entry) in (1..).zip(&approval.history) {
        let why = if usize::try_from(entry.number) != Ok(number) {
            Some("its number does not follow")
        } else if entry.approval_id != approval.approval_id {
            Some("it is of another approval")
        } else if entry.previous_hash != previous {
            Some("the hash of the entry before is another one")
        } else if entry.hash != hash(entry)? {
            Some("its hash is not that of its content")
        } else {
            None
        };
        if let Some(why) = why {
            return Ok(Some(Break { number, why }));
        }
        previous = &entry.hash;
    }
    Ok(end_is_missing(approval).then_some(Break {
        number: approval.history.len() + 1,
        why: "the entry that ended the approval is missing",
    }))
}

fn end_is_missing(approval: &v1::Approval) -> bool {
    use v1::approval::Status;
    let last = approval.history.last().map(|entry| entry.action.as_str());
    let end = match approval.status() {
        Status::Unspecified | Status::Pending | Status::InProgress => return last.is_none(),
        Status::Approved => "COMPLETED",
        Status::Rejected => "REJECTED",
        Status::Expired => "EXPIRED",
        Status::Cancelled => "CANCELLED",
        Status::Voided => "VOIDED",
    };
    last != Some(end)
}

fn hash(entry: &v1::ApprovalEntry) -> Result<String, Failure> {
    let sent = json::of(entry, "ApprovalEntry")?;
    let members: Vec<String> = MEMBERS
        .iter()
        .map(|(name, is_number)| {
            let unset = match is_number {
                true => Value::from(0),
                false => Value::from(""),
            };
            let value: &Value = sent.get(name).unwrap_or(&unset);
            format!("\"{name}\":{value}")
        })
        .collect();
    let text = format!("{{{}}}", members.join(","));
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn approval() -> v1::Approval {
        let mut approval = v1::Approval {
            approval_id: "apr-1".to_owned(),
            status: v1::approval::Status::Cancelled as i32,
            ..Default::default()
        };
        let mut previous_hash = String::new();
        for (number, action) in (1..).zip(["OPENED", "COMMENTED", "CANCELLED"]) {
            let mut entry = v1::ApprovalEntry {
                number,
                time: Some(prost_types::Timestamp {
                    seconds: 1_768_422_600,
                    nanos: 250_000_000,
                }),
                actor: "ann@example.com".to_owned(),
                action: action.to_owned(),
                comment: "a \"quote\",\n\u{1}and ü€".to_owned(),
                approval_id: "apr-1".to_owned(),
                previous_hash,
                ..Default::default()
            };
            entry.hash = hash(&entry).unwrap();
            previous_hash = entry.hash.clone();
            approval.history.push(entry);
        }
        approval
    }

    /// The same as the actor that wrote it computes.
    #[test]
    fn both_sides_compute_the_same() {
        use datamesh_actors::approval::{Action, Entry};
        let sent = &approval().history[0];
        let written = Entry {
            approval_id: sent.approval_id.clone(),
            number: 1,
            at_ms: 1_768_422_600_250,
            actor: sent.actor.clone(),
            action: Action::Opened,
            stage: 0,
            comment: sent.comment.clone(),
            on_behalf_of: String::new(),
            digest: String::new(),
            previous_hash: String::new(),
            hash: String::new(),
        };
        assert_eq!(sent.hash, written.computed_hash());
    }

    #[test]
    fn it_is_said_where_and_why_a_history_breaks() {
        assert_eq!(broken(&approval()).unwrap(), None);
        type Change = (fn(&mut v1::Approval), usize, &'static str);
        let changes: [Change; 6] = [
            (|a| a.history[1].comment.clear(), 2, "content"),
            (|a| drop(a.history.remove(0)), 1, "number"),
            (
                |a| a.history[1].approval_id.push('2'),
                2,
                "another approval",
            ),
            (|a| a.history[2].previous_hash.clear(), 3, "before"),
            (|a| drop(a.history.pop()), 3, "missing"),
            (
                |a| {
                    if let Some(time) = &mut a.history[0].time {
                        time.nanos += 1;
                    }
                },
                1,
                "content",
            ),
        ];
        for (change, number, why) in changes {
            let mut changed = approval();
            change(&mut changed);
            let found = broken(&changed).unwrap().unwrap();
            assert_eq!(found.number, number);
            assert!(found.why.contains(why), "{}", found.why);
        }
    }
}
