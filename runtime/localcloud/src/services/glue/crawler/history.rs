//! What crawls did: `ListCrawls`.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{error, require};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::catalog;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const CRAWLS: &str = "glue.crawls";
/// How many crawls a page holds at most, and where nothing is said.
const PAGE: usize = 1_000;
const USUAL_PAGE: i64 = 20;
const LOG_GROUP: &str = "/aws-glue/crawlers";

/// How a crawl ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// It has not ended yet.
    #[default]
    Running,
    Completed,
    Failed,
    Stopped,
}

/// What a crawl changed in the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    pub(super) tables_added: Vec<String>,
    pub(super) tables_updated: Vec<String>,
    pub(super) tables_deleted: Vec<String>,
    pub(super) partitions_added: u64,
    pub(super) partitions_updated: u64,
    pub(super) partitions_deleted: u64,
}

impl Summary {
    /// JSON, as Glue writes it; empty if nothing changed.
    fn text(&self) -> String {
        let (mut tables, mut partitions) = (json!({}), json!({}));
        for (what, names) in [
            ("ADD", &self.tables_added),
            ("UPDATE", &self.tables_updated),
            ("DELETE", &self.tables_deleted),
        ] {
            if !names.is_empty() {
                tables[what] = json!({"Details": {"names": names}, "Count": names.len()});
            }
        }
        for (what, count) in [
            ("ADD", self.partitions_added),
            ("UPDATE", self.partitions_updated),
            ("DELETE", self.partitions_deleted),
        ] {
            if count > 0 {
                partitions[what] = json!({"Count": count});
            }
        }
        let mut whole = json!({});
        for (what, part) in [("TABLE", tables), ("PARTITION", partitions)] {
            if part != json!({}) {
                whole[what] = part;
            }
        }
        whole.to_string()
    }
}

/// A crawl.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Crawl {
    pub(super) id: String,
    pub(super) started_ms: i64,
    pub(super) ended_ms: Option<i64>,
    pub(super) outcome: Outcome,
    /// Why it failed.
    pub(super) error: Option<String>,
    pub(super) summary: Summary,
}

impl Crawl {
    /// How long it took.
    pub(super) fn seconds(&self) -> f64 {
        self.ended_ms
            .map_or(0.0, |ended_ms| epoch_seconds(ended_ms - self.started_ms))
    }

    /// The latest come first.
    fn key(&self, crawler: &str) -> String {
        let before = i64::MAX - self.started_ms.max(0);
        format!("{crawler}\n{before:020}\n{}", self.id)
    }

    pub(super) fn save(
        &self,
        crawler: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        tx.put(&call.scope, CRAWLS, &self.key(crawler), self)
    }

    /// As `GetCrawler` shows the last one.
    pub(super) fn show_as_last(&self, crawler: &str) -> Value {
        let mut shown = json!({
            "Status": match self.outcome {
                Outcome::Stopped => "CANCELLED",
                Outcome::Failed => "FAILED",
                Outcome::Running | Outcome::Completed => "SUCCEEDED",
            },
            "LogGroup": LOG_GROUP,
            "LogStream": crawler,
            "MessagePrefix": self.id,
            "StartTime": epoch_seconds(self.started_ms),
        });
        if let Some(error) = &self.error {
            shown["ErrorMessage"] = json!(error);
        }
        shown
    }

    fn state(&self) -> &'static str {
        match self.outcome {
            Outcome::Running => "RUNNING",
            Outcome::Completed => "COMPLETED",
            Outcome::Failed => "FAILED",
            Outcome::Stopped => "STOPPED",
        }
    }

    fn show(&self, crawler: &str) -> Value {
        json!({
            "CrawlId": self.id,
            "State": self.state(),
            "StartTime": epoch_seconds(self.started_ms),
            "EndTime": self.ended_ms.map(epoch_seconds),
            "Summary": self.summary.text(),
            "ErrorMessage": self.error,
            "LogGroup": LOG_GROUP,
            "LogStream": crawler,
            "MessagePrefix": self.id,
            "DPUHour": self.seconds() / 3_600.0,
        })
    }
}

/// Forgets the crawls of a crawler that is gone, and what it made.
pub(super) fn forget(call: &Call<'_>, tx: &Tx<'_>, crawler: &str) -> Result<(), ServiceError> {
    let below = format!("{crawler}\n");
    for collection in [CRAWLS, super::write::CRAWLED] {
        let kept: Vec<(String, IgnoredAny)> =
            tx.scan(&call.scope, collection, &below, None, usize::MAX)?;
        for (key, _) in kept {
            tx.delete(&call.scope, collection, &key)?;
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct ListInput {
    crawler_name: Option<String>,
    max_results: Option<i64>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    field_name: Option<String>,
    filter_operator: Option<String>,
    field_value: Option<String>,
}

impl Filter {
    fn check(&self, constraints: &mut Constraints) {
        constraints.one_of(
            "filters.fieldName",
            self.field_name.as_deref(),
            &["CRAWL_ID", "STATE", "START_TIME", "END_TIME", "DPU_HOUR"],
        );
        constraints.one_of(
            "filters.filterOperator",
            self.filter_operator.as_deref(),
            &["GT", "GE", "LT", "LE", "EQ", "NE"],
        );
    }

    /// Times are milliseconds since the Unix epoch.
    fn takes(&self, crawl: &Crawl) -> bool {
        let wanted = self.field_value.as_deref().unwrap_or_default();
        let number = |value: f64| value.partial_cmp(&wanted.parse().ok()?);
        let moment = |ms: Option<i64>| number(epoch_seconds(ms?) * 1_000.0);
        let order = match self.field_name.as_deref() {
            Some("CRAWL_ID") => Some(crawl.id.as_str().cmp(wanted)),
            Some("STATE") => Some(crawl.state().cmp(wanted)),
            Some("START_TIME") => moment(Some(crawl.started_ms)),
            Some("END_TIME") => moment(crawl.ended_ms),
            _ => number(crawl.seconds() / 3_600.0),
        };
        order.is_some_and(|order| match self.filter_operator.as_deref() {
            Some("GT") => order.is_gt(),
            Some("GE") => order.is_ge(),
            Some("LT") => order.is_lt(),
            Some("LE") => order.is_le(),
            Some("NE") => order.is_ne(),
            _ => order.is_eq(),
        })
    }
}

/// `ListCrawls`, the latest first.
pub(in super::super) fn list(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("crawlerName", input.crawler_name);
    let wanted = Some(input.max_results.unwrap_or(USUAL_PAGE));
    let limit = catalog::page_size_of(&mut constraints, wanted, PAGE);
    let filters = input.filters.unwrap_or_default();
    for filter in &filters {
        filter.check(&mut constraints);
    }
    constraints.check(error::INVALID_INPUT)?;
    require(call, tx, &name)?;
    let (crawls, next): (Vec<Crawl>, _) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: CRAWLS,
            prefix: &format!("{name}\n"),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |crawl| filters.iter().all(|filter| filter.takes(crawl)),
    )?;
    let shown: Vec<Value> = crawls.iter().map(|crawl| crawl.show(&name)).collect();
    Ok(json!({"Crawls": shown, "NextToken": next}))
}
