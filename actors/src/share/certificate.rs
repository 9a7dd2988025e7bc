//! The proof that access is gone.
//!
//! The hash of a certificate is the SHA-256, in lower-case hexadecimal, of its text: the canonical JSON
//! (RFC 8785) of one object with the members `assetId`, `complete`, `database`, `issuedAt`, `kept`,
//! `principal`, `remains`, `removed`, `rereads`, `shareId`, `sourceAccount`, `table`, `targetAccount`, in this
//! order, all of them present, no white space, UTF-8. `kept`, `remains` and `removed` are lists of sentences.
//! `rereads` is a list of objects with the members `about`, `account`, `at`, `found`, `operation`, in this
//! order. Times are RFC 3339 in UTC with milliseconds (`2026-01-14T20:30:00.250Z`). The hash stands as the
//! detail of an entry `CERTIFIED` in the share's audit chain.

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Reread;
use crate::audit::sha256;
use crate::row;

/// The list of certificates; the key is the share's id. A certificate that is not complete is replaced by the
/// next one; the audit chain has the hashes of all.
pub const SHARE_CERTIFICATES: &str = "share-certificates";

/// What was taken away, and the reads that show that it is gone; a document of [`SHARE_CERTIFICATES`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// The share.
    pub share_id: String,
    /// The asset.
    pub asset_id: String,
    /// The account whose catalogue the table is in.
    pub source_account: String,
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
    /// The account that had access.
    pub target_account: String,
    /// Who had access.
    pub principal: String,
    /// Whether nothing remains.
    pub complete: bool,
    /// What was taken away, in words, with the account.
    pub removed: Vec<String>,
    /// What others still need, in words, with who they are.
    pub kept: Vec<String>,
    /// What may be left, in words.
    pub remains: Vec<String>,
    /// The reads that show it.
    pub rereads: Vec<Reread>,
    /// When it was made, in milliseconds since the Unix epoch.
    pub issued_ms: i64,
    /// SHA-256 of `text`.
    pub hash: String,
    /// The canonical JSON of this module's description.
    pub text: String,
    /// The number of its entry in the audit chain.
    pub audit_number: u32,
    /// The hash of that entry.
    pub audit_hash: String,
}

impl Certificate {
    /// The same with its text and hash.
    pub(super) fn sealed(mut self) -> Self {
        self.text = self.canonical();
        self.hash = sha256(&self.text);
        self
    }

    /// The text that its content demands.
    pub fn canonical(&self) -> String {
        let text = |text: &str| Value::from(text).to_string();
        let texts = |texts: &[String]| Value::from(texts.to_vec()).to_string();
        let rereads: Vec<String> = self
            .rereads
            .iter()
            .map(|reread| {
                object(&[
                    ("about", text(&reread.about)),
                    ("account", text(&reread.account)),
                    ("at", text(&time(reread.at_ms))),
                    ("found", text(&reread.found)),
                    ("operation", text(&reread.operation)),
                ])
            })
            .collect();
        object(&[
            ("assetId", text(&self.asset_id)),
            ("complete", self.complete.to_string()),
            ("database", text(&self.database)),
            ("issuedAt", text(&time(self.issued_ms))),
            ("kept", texts(&self.kept)),
            ("principal", text(&self.principal)),
            ("remains", texts(&self.remains)),
            ("removed", texts(&self.removed)),
            ("rereads", format!("[{}]", rereads.join(","))),
            ("shareId", text(&self.share_id)),
            ("sourceAccount", text(&self.source_account)),
            ("table", text(&self.table)),
            ("targetAccount", text(&self.target_account)),
        ])
    }

    pub(super) fn row(&self) -> Option<ViewChange> {
        row::put(
            SHARE_CERTIFICATES,
            &self.share_id,
            row::by_creation(self.issued_ms),
            &[("assetId", &self.asset_id)],
            self,
        )
    }
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn time(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| format!("{at:.3}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_canonical_and_every_member_counts() {
        let certificate = Certificate {
            share_id: "share-1".to_owned(),
            complete: true,
            removed: vec!["123456789012: a \"thing\"".to_owned()],
            rereads: vec![Reread {
                account: "123456789012".to_owned(),
                operation: "ram:GetResourceShareAssociations".to_owned(),
                about: "table".to_owned(),
                found: "absent".to_owned(),
                at_ms: 1_768_422_600_250,
            }],
            issued_ms: 1_768_422_600_250,
            ..Certificate::default()
        }
        .sealed();
        let text = concat!(
            r#"{"assetId":"","complete":true,"database":"","issuedAt":"2026-01-14T20:30:00.250Z","#,
            r#""kept":[],"principal":"","remains":[],"removed":["123456789012: a \"thing\""],"#,
            r#""rereads":[{"about":"table","account":"123456789012","at":"2026-01-14T20:30:00.250Z","#,
            r#""found":"absent","operation":"ram:GetResourceShareAssociations"}],"shareId":"share-1","#,
            r#""sourceAccount":"","table":"","targetAccount":""}"#
        );
        assert_eq!(certificate.text, text);
        assert_eq!(certificate.hash, sha256(text));
        let mut other = certificate.clone();
        other.complete = false;
        assert_ne!(other.canonical(), text);
    }
}
