//! The audit chain: what was asked, decided and proven of a share or a subscription, append-only. Each entry
//! carries the hash of the one before, so that nobody can change, drop or move one without breaking the chain
//! from there on.
//!
//! The hash of an entry is the SHA-256, in lower-case hexadecimal, of its canonical JSON (RFC 8785): one
//! object with the members `action`, `actor`, `detail`, `number`, `previousHash`, `subject` and `time`, in
//! this order, all of them present, no white space, UTF-8. `number` is an integer; `time` is RFC 3339 in UTC
//! with milliseconds (`2026-01-14T20:30:00.250Z`); `detail` is the SHA-256 of what the entry is about (a
//! certificate's text, a request's JSON).

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::row;

/// The list of the entries of all chains: sorted by subject and number.
pub const AUDIT_ENTRIES: &str = "audit-entries";

/// One thing that happened; a document of [`AUDIT_ENTRIES`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// What it happened to: the id of a share or a subscription.
    pub subject: String,
    /// Its place, from 1.
    pub number: u32,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who; empty where it was nobody.
    pub actor: String,
    /// What: `GRANT_REQUESTED`, `APPROVED`, `REVOKED`, `CERTIFIED`, …
    pub action: String,
    /// The digest of what it is about; empty if about nothing more.
    pub detail: String,
    /// The hash of the entry before; empty for the first.
    pub previous_hash: String,
    /// The hash of this entry.
    pub hash: String,
}

impl AuditEntry {
    /// The entry that follows `last`, with its hash.
    pub fn after(
        last: Option<&Self>,
        subject: &str,
        at_ms: i64,
        actor: &str,
        action: &str,
        detail: String,
    ) -> Self {
        let mut entry = Self {
            subject: subject.to_owned(),
            number: last.map_or(1, |last| last.number.saturating_add(1)),
            at_ms,
            actor: actor.to_owned(),
            action: action.to_owned(),
            detail,
            previous_hash: last.map(|last| last.hash.clone()).unwrap_or_default(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// The hash that its content demands, with the canonical JSON of this module's description.
    pub fn computed_hash(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let members = [
            ("action", text(&self.action)),
            ("actor", text(&self.actor)),
            ("detail", text(&self.detail)),
            ("number", self.number.to_string()),
            ("previousHash", text(&self.previous_hash)),
            ("subject", text(&self.subject)),
            ("time", text(&time(self.at_ms))),
        ];
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        sha256(&format!("{{{}}}", members.join(",")))
    }

    /// Its row in [`AUDIT_ENTRIES`].
    pub fn row(&self) -> Option<ViewChange> {
        let key = format!("{}/{:06}", self.subject, self.number);
        row::put(
            AUDIT_ENTRIES,
            &key,
            key.clone(),
            &[("subject", &self.subject)],
            self,
        )
    }
}

/// The number of the first entry that does not follow from the one before, or whose hash is not that of its
/// content; `None` if the whole chain, from its first entry on, is as it was written. What is missing at the
/// end does not show in the hashes.
pub fn broken_at(chain: &[AuditEntry]) -> Option<u32> {
    let mut previous: Option<&AuditEntry> = None;
    for (entry, number) in chain.iter().zip(1..) {
        let (hash, subject) = previous.map_or(("", &entry.subject), |previous| {
            (&previous.hash, &previous.subject)
        });
        let follows =
            entry.number == number && entry.previous_hash == hash && entry.subject == *subject;
        if !follows || entry.hash != entry.computed_hash() {
            return Some(number);
        }
        previous = Some(entry);
    }
    None
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// RFC 3339 in UTC, always with milliseconds.
fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| format!("{at:.3}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<AuditEntry> {
        let mut chain: Vec<AuditEntry> = Vec::new();
        for action in ["GRANT_REQUESTED", "APPROVED", "REVOKED"] {
            let entry = AuditEntry::after(
                chain.last(),
                "share-1",
                1_768_422_600_250,
                "ann@example.com",
                action,
                sha256(action),
            );
            chain.push(entry);
        }
        chain
    }

    #[test]
    fn a_chain_holds_until_somebody_touches_it() {
        let chain = chain();
        assert_eq!(broken_at(&chain), None);
        let mut changed = chain.clone();
        changed[1].actor = "bob@example.com".to_owned();
        assert_eq!(broken_at(&changed), Some(2));
        let mut dropped = chain.clone();
        dropped.remove(1);
        assert_eq!(broken_at(&dropped), Some(2));
        let mut moved = chain;
        moved.swap(0, 1);
        assert_eq!(broken_at(&moved), Some(1));
    }

    #[test]
    fn the_hash_is_that_of_the_canonical_json() {
        let first = &chain()[0];
        let json = format!(
            "{{\"action\":\"GRANT_REQUESTED\",\"actor\":\"ann@example.com\",\"detail\":\"{}\",\"number\":1,\
             \"previousHash\":\"\",\"subject\":\"share-1\",\"time\":\"2026-01-14T20:30:00.250Z\"}}",
            sha256("GRANT_REQUESTED")
        );
        assert_eq!(first.hash, sha256(&json));
    }
}
