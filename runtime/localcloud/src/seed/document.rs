//! The form of a seed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::SeedError;

/// What is to be there.
///
/// ```toml
/// account = "111122223333"
/// region = "eu-west-1"
///
/// [[bucket]]
/// name = "lake"
/// [bucket.files]
/// "sales/a.csv" = { text = "id,amount\n1,20\n" }
///
/// [[queue]]
/// name = "orders"
/// dead_letters = "orders-dead"
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    /// Where things are that say nothing else: the account of the key `test` and `us-east-1` if this
    /// says nothing, either.
    #[serde(flatten)]
    pub place: Place,
    /// The organization that `account` manages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// S3.
    #[serde(rename = "bucket")]
    pub buckets: Vec<Bucket>,
    /// SQS. A queue stands before those whose dead letters it takes, or after them.
    #[serde(rename = "queue")]
    pub queues: Vec<Queue>,
    /// SNS.
    #[serde(rename = "topic")]
    pub topics: Vec<Topic>,
    /// EventBridge.
    #[serde(rename = "bus")]
    pub buses: Vec<Bus>,
    /// EventBridge.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// IAM.
    #[serde(rename = "role")]
    pub roles: Vec<Role>,
    /// KMS.
    #[serde(rename = "key")]
    pub keys: Vec<Key>,
    /// Glue.
    #[serde(rename = "database")]
    pub databases: Vec<Database>,
    /// Glue.
    #[serde(rename = "table")]
    pub tables: Vec<Table>,
}

/// An account and a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// 12 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `eu-west-1`, for example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// An organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organization {
    /// The members, beside the account that manages it.
    pub accounts: Vec<String>,
    /// Whether RAM shares within it without invitations.
    pub sharing: bool,
}

/// A bucket and its files, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// Their content.
    pub files: BTreeMap<String, Content>,
}

/// The content of a file: one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Content {
    /// As it stands here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// That of a file beside the seed; [`Seed::read`] reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

impl Content {
    /// Reads the file that it names, if it names one.
    pub(super) fn load(&mut self, folder: &Path) -> Result<(), SeedError> {
        if let Some(file) = self.file.take() {
            let path = folder.join(file);
            let bytes = std::fs::read(&path).map_err(|source| SeedError::File { path, source })?;
            self.base64 = Some(STANDARD.encode(bytes));
        }
        Ok(())
    }

    /// # Errors
    /// What is wrong with it.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, &'static str> {
        match (&self.text, &self.base64, &self.file) {
            (Some(text), None, None) => Ok(text.clone().into_bytes()),
            (None, Some(base64), None) => STANDARD.decode(base64).map_err(|_| "this is no base64"),
            (None, None, Some(_)) => Err("a file is read by who reads the seed, and was not"),
            _ => Err("write one of text, base64 and file"),
        }
    }
}

/// A queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// Its name; a FIFO queue's ends in `.fifo`.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// As `CreateQueue` takes them: `VisibilityTimeout = "60"`.
    pub attributes: BTreeMap<String, String>,
    /// The queue of the same place that takes its dead letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<String>,
    /// Receives before a message is a dead letter; 3 if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_receives: Option<u32>,
}

/// A topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// The queues of the same place that are subscribed to it.
    pub queues: Vec<String>,
}

/// An event bus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
}

/// A rule of an event bus, with a pattern or a schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// Its bus; the default one if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus: Option<String>,
    /// JSON in a string: `{"source": ["shop"]}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// `rate(5 minutes)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The queues of the same place that get what fits.
    pub queues: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Where it is; the region says nothing.
    #[serde(flatten)]
    pub place: Place,
    /// Who may assume it, `arn:aws:iam::111122223333:root` or `glue.amazonaws.com`; its own account
    /// if nobody is named.
    pub trusts: Vec<String>,
    /// Its inline policies: JSON in a string, by name.
    pub policies: BTreeMap<String, String>,
}

/// A key, found by its alias.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Key {
    /// `alias/lake`.
    pub alias: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
}

/// A database of the Glue Data Catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What a person reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `s3://bucket/prefix/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// A table of the Glue Data Catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its database.
    pub database: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// `s3://bucket/prefix/`.
    pub location: String,
    /// `csv` (with a line of headers), `json` (one document a line) or `parquet`.
    pub format: String,
    /// Name and type: `id bigint`.
    pub columns: Vec<String>,
    /// The same, for the keys of the partitions.
    pub partition_keys: Vec<String>,
}
