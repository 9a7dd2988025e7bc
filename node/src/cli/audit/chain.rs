//! Recomputes the hashes of an audit chain, by the rules of `AuditEntry` in the contract and by nothing else.

use datamesh_proto::v1;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::text;

/// Where a chain is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The number of the first entry that is wrong, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Where the chain of a subject breaks; `None` if it is as it was written. What is missing at the end does
/// not show.
pub fn broken(subject: &str, entries: &[v1::AuditEntry]) -> Option<Break> {
    let mut previous = "";
    for (number, entry) in (1..).zip(entries) {
        let why = if usize::try_from(entry.number) != Ok(number) {
            Some("its number does not follow")
        } else if entry.subject != subject {
            Some("it is of another chain")
        } else if entry.previous_hash != previous {
            Some("the hash of the entry before is another one")
        } else if entry.hash != hash(entry) {
            Some("its hash is not that of its content")
        } else {
            None
        };
        if let Some(why) = why {
            return Some(Break { number, why });
        }
        previous = &entry.hash;
    }
    None
}

fn hash(entry: &v1::AuditEntry) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let time = text::moment(entry.time.as_ref()).map(|at| format!("{at:.3}"));
    let members = [
        ("action", text(&entry.action)),
        ("actor", text(&entry.actor)),
        ("detail", text(&entry.detail)),
        ("number", entry.number.to_string()),
        ("previousHash", text(&entry.previous_hash)),
        ("subject", text(&entry.subject)),
        ("time", text(&time.unwrap_or_default())),
    ];
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    let digest: [u8; 32] = Sha256::digest(format!("{{{}}}", members.join(","))).into();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// A chain as the actors write it.
    fn chain() -> Vec<v1::AuditEntry> {
        use datamesh_actors::audit::AuditEntry;
        let mut last: Option<AuditEntry> = None;
        let mut chain = Vec::new();
        for action in ["GRANT_REQUESTED", "APPROVED", "REVOKED"] {
            let entry = AuditEntry::after(
                last.as_ref(),
                "share-1",
                1_768_422_600_000,
                "ann \"a\" ü€",
                action,
                String::new(),
            );
            chain.push(v1::AuditEntry {
                subject: entry.subject.clone(),
                number: i32::try_from(entry.number).unwrap(),
                time: Some(prost_types::Timestamp {
                    seconds: 1_768_422_600,
                    nanos: 0,
                }),
                actor: entry.actor.clone(),
                action: entry.action.clone(),
                detail: entry.detail.clone(),
                previous_hash: entry.previous_hash.clone(),
                hash: entry.hash.clone(),
            });
            last = Some(entry);
        }
        chain
    }

    #[test]
    fn both_sides_compute_the_same() {
        assert_eq!(broken("share-1", &chain()), None);
    }

    #[test]
    fn it_is_said_where_and_why_a_chain_breaks() {
        type Change = (fn(&mut Vec<v1::AuditEntry>), usize, &'static str);
        let changes: [Change; 5] = [
            (|c| c[1].actor.clear(), 2, "content"),
            (|c| drop(c.remove(0)), 1, "number"),
            (|c| c[1].subject.push('2'), 2, "another chain"),
            (|c| c[2].previous_hash.clear(), 3, "before"),
            (|c| c[0].time = None, 1, "content"),
        ];
        for (change, number, why) in changes {
            let mut changed = chain();
            change(&mut changed);
            let found = broken("share-1", &changed).unwrap();
            assert_eq!(found.number, number);
            assert!(found.why.contains(why), "{}", found.why);
        }
    }
}
