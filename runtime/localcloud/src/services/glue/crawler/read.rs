//! `GetCrawler`, `GetCrawlers`, `BatchGetCrawlers`, `ListCrawlers`, `GetCrawlerMetrics`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::define::OneCrawler;
use super::{CRAWLERS, Crawler, error, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::catalog;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// How many crawlers a page or a batch holds at most.
const PAGE: usize = 1_000;
const MOST_AT_ONCE: usize = 100;

pub(in super::super) fn get(
    input: OneCrawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    // `GetCrawler` words it differently from all other operations.
    let crawler: Option<Crawler> = tx.get(&call.scope, CRAWLERS, &input.name)?;
    let crawler = crawler.ok_or_else(|| {
        error::not_found(format!(
            "Crawler entry with name {} does not exist",
            input.name
        ))
    })?;
    Ok(json!({"Crawler": crawler.show(call)?}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct ListInput {
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl ListInput {
    fn page(self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(Vec<Crawler>, Value), ServiceError> {
        let mut constraints = Constraints::new();
        let limit = catalog::page_size_of(&mut constraints, self.max_results, PAGE);
        constraints.check(error::INVALID_INPUT)?;
        let listing = Listing {
            scope: &call.scope,
            collection: CRAWLERS,
            prefix: "",
        };
        let token = self.next_token.as_deref();
        let (crawlers, next) = paging::page(tx, listing, token, limit, error::bad_token, |_| true)?;
        Ok((crawlers, next.map_or(Value::Null, Value::from)))
    }
}

pub(in super::super) fn get_all(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (crawlers, next) = input.page(call, tx)?;
    let shown = crawlers.iter().map(|crawler| crawler.show(call));
    let shown = shown.collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"Crawlers": shown, "NextToken": next}))
}

pub(in super::super) fn list(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (crawlers, next) = input.page(call, tx)?;
    let names: Vec<&String> = crawlers.iter().map(|crawler| &crawler.name).collect();
    Ok(json!({"CrawlerNames": names, "NextToken": next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct BatchInput {
    crawler_names: Option<Vec<String>>,
}

pub(in super::super) fn batch_get(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let names = constraints.required("crawlerNames", input.crawler_names);
    constraints.count("crawlerNames", Some(&names), 0, MOST_AT_ONCE);
    constraints.check(error::INVALID_INPUT)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match tx.get::<Crawler>(&call.scope, CRAWLERS, &name)? {
            Some(crawler) => found.push(crawler.show(call)?),
            None => missing.push(name),
        }
    }
    Ok(json!({"Crawlers": found, "CrawlersNotFound": missing}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct MetricsInput {
    crawler_name_list: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(in super::super) fn metrics(
    input: MetricsInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (crawlers, next) = match input.crawler_name_list.filter(|names| !names.is_empty()) {
        Some(names) => {
            let crawlers = names.iter().map(|name| require(call, tx, name));
            (crawlers.collect::<Result<Vec<_>, _>>()?, Value::Null)
        }
        None => ListInput {
            next_token: input.next_token,
            max_results: input.max_results,
        }
        .page(call, tx)?,
    };
    let metrics: Vec<Value> = crawlers
        .iter()
        .map(|crawler| {
            let last = crawler.last.clone().unwrap_or_default();
            let seconds = last.seconds();
            json!({
                "CrawlerName": crawler.name,
                "TimeLeftSeconds": 0,
                "StillEstimating": false,
                "LastRuntimeSeconds": seconds,
                "MedianRuntimeSeconds": seconds,
                "TablesCreated": last.summary.tables_added.len(),
                "TablesUpdated": last.summary.tables_updated.len(),
                "TablesDeleted": last.summary.tables_deleted.len(),
            })
        })
        .collect();
    Ok(json!({"CrawlerMetricsList": metrics, "NextToken": next}))
}
