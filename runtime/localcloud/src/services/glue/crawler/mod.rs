//! Crawlers: they list folders of S3, look into the files, and keep tables of the catalog as they find
//! them.
//!
//! A crawl is work that the cloud owes (see `due`): a crawler is `RUNNING` for [`run::RUNNING_MS`] of
//! the cloud's clock, does all its work at the end of that in one transaction, is `STOPPING` for
//! [`run::STOPPING_MS`], and `READY` again. Killed in between, it goes on where it was.
//!
//! Only S3 targets are crawled. JSON and CSV are told apart and looked into; whatever else is there
//! becomes a table without columns of the classification `UNKNOWN`. There are no custom classifiers.
//! What a crawler makes, it makes as its role, in the caller's account.
//!
//! Documents: `glue.crawlers` by name, `glue.crawls` by crawler and time, the latest first,
//! `glue.crawled` by crawler, database and table: what it made.

mod classify;
mod crawl;
pub(super) mod define;
mod definition;
mod exclusions;
mod folders;
pub(super) mod history;
mod kind;
mod names;
pub(super) mod read;
pub(super) mod run;
pub(super) mod schedule;
mod targets;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

pub(crate) use run::{CRAWL, CRAWL_ENDS, perform};
pub(crate) use schedule::SCHEDULE;

pub(super) const CRAWLERS: &str = "glue.crawlers";

/// What a crawler does right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// Nothing.
    Ready,
    /// It crawls.
    Running,
    /// It crawled, or was told to stop, and comes to its end.
    Stopping,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
        }
    }
}

/// What may become of tables whose files changed or are gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SchemaChangePolicy {
    #[serde(default = "update_in_database")]
    update_behavior: String,
    #[serde(default = "deprecate_in_database")]
    delete_behavior: String,
}

fn update_in_database() -> String {
    "UPDATE_IN_DATABASE".to_owned()
}

fn deprecate_in_database() -> String {
    "DEPRECATE_IN_DATABASE".to_owned()
}

impl Default for SchemaChangePolicy {
    fn default() -> Self {
        Self {
            update_behavior: update_in_database(),
            delete_behavior: deprecate_in_database(),
        }
    }
}

/// What a request says of a crawler, and `GetCrawler` shows alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    targets: targets::Targets,
    #[serde(default)]
    classifiers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_prefix: Option<String>,
    #[serde(default)]
    schema_change_policy: SchemaChangePolicy,
    recrawl_policy: Value,
    lineage_configuration: Value,
    lake_formation_configuration: Value,
    /// JSON in a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crawler_security_configuration: Option<String>,
}

/// A crawler.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Crawler {
    name: String,
    definition: Definition,
    /// When it starts by itself.
    schedule: Option<schedule::Schedule>,
    created_ms: i64,
    updated_ms: i64,
    /// Counts its updates, from 1.
    version: i64,
    state: State,
    /// The crawl that is under way.
    current: Option<history::Crawl>,
    /// The last one that is over.
    last: Option<history::Crawl>,
}

impl Crawler {
    fn save(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, CRAWLERS, &self.name, self)
    }

    fn show(&self, call: &Call<'_>) -> Result<Value, ServiceError> {
        let mut shown = serde_json::to_value(&self.definition)
            .map_err(|error| ServiceError::internal(error.to_string()))?;
        shown["Name"] = json!(self.name);
        shown["State"] = json!(self.state.name());
        shown["CreationTime"] = json!(epoch_seconds(self.created_ms));
        shown["LastUpdated"] = json!(epoch_seconds(self.updated_ms));
        shown["Version"] = json!(self.version);
        let elapsed = self
            .current
            .as_ref()
            .map(|crawl| call.now_ms - crawl.started_ms);
        shown["CrawlElapsedTime"] = json!(elapsed.unwrap_or_default());
        if let Some(schedule) = &self.schedule {
            shown["Schedule"] = json!(schedule);
        }
        if let Some(last) = &self.last {
            shown["LastCrawl"] = last.show_as_last(&self.name);
        }
        Ok(shown)
    }
}

/// The crawler of this name.
///
/// # Errors
/// `EntityNotFoundException`.
fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Crawler, ServiceError> {
    tx.get(&call.scope, CRAWLERS, name)?
        .ok_or_else(|| error::not_found(format!("Crawler with name {name} does not exist")))
}
