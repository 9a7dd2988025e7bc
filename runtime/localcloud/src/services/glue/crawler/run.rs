//! A crawler's course: `StartCrawler`, `StopCrawler`, and what happens by the clock.

use serde_json::{Value, json};

use super::define::OneCrawler;
use super::history::{Crawl, Outcome};
use super::{CRAWLERS, Crawler, State, crawl, require, schedule};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// Work: a running crawler crawls.
pub(crate) const CRAWL: &str = "glue.crawl";
/// Work: a crawler that is stopping is ready again.
pub(crate) const CRAWL_ENDS: &str = "glue.crawl-ends";

/// How long a crawler is running.
pub(in super::super) const RUNNING_MS: i64 = 5_000;
/// How long it is stopping then.
pub(in super::super) const STOPPING_MS: i64 = 1_000;

fn refused(code: &'static str, crawler: &Crawler, why: &str) -> ServiceError {
    ServiceError::bad_request(code, format!("Crawler with name {} {why}", crawler.name))
}

pub(in super::super) fn start(
    input: OneCrawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let crawler = require(call, tx, &input.name)?;
    if crawler.state != State::Ready {
        return Err(refused(
            "CrawlerRunningException",
            &crawler,
            "has already started",
        ));
    }
    begin(crawler, call, tx)?;
    Ok(json!({}))
}

/// A crawl begins.
pub(super) fn begin(
    mut crawler: Crawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let crawl = Crawl {
        id: call.cloud.uuid(),
        started_ms: call.now_ms,
        ..Crawl::default()
    };
    crawl.save(&crawler.name, call, tx)?;
    crawler.state = State::Running;
    crawler.current = Some(crawl);
    crawler.save(call, tx)?;
    let at_ms = call.now_ms + RUNNING_MS;
    tx.schedule(at_ms, CRAWL, &crawler.name, &call.scope, &())
}

pub(in super::super) fn stop(
    input: OneCrawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut crawler = require(call, tx, &input.name)?;
    match crawler.state {
        State::Ready => {
            return Err(refused(
                "CrawlerNotRunningException",
                &crawler,
                "isn't running",
            ));
        }
        State::Stopping => {
            return Err(refused("CrawlerStoppingException", &crawler, "is stopping"));
        }
        State::Running => {}
    }
    tx.unschedule(CRAWL, &crawler.name, &call.scope)?;
    if let Some(crawl) = &mut crawler.current {
        crawl.outcome = Outcome::Stopped;
    }
    come_to_an_end(crawler, call, tx)?;
    Ok(json!({}))
}

fn come_to_an_end(mut crawler: Crawler, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    crawler.state = State::Stopping;
    crawler.save(call, tx)?;
    let at_ms = call.now_ms + STOPPING_MS;
    tx.schedule(at_ms, CRAWL_ENDS, &crawler.name, &call.scope, &())
}

/// Does what a crawler owes.
pub(crate) fn perform(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut call = due.call("glue", cloud);
    let Some(crawler) = tx.get::<Crawler>(&call.scope, CRAWLERS, &due.id)? else {
        return Ok(());
    };
    call.principal = crawl::role(&crawler, &call.scope.account);
    match due.kind.as_str() {
        CRAWL => work(crawler, &call, tx),
        CRAWL_ENDS => end(crawler, &call, tx),
        _ => schedule::fire(crawler, &call, tx),
    }
}

/// The work of a crawl. One that fails changes nothing in the catalog.
fn work(mut crawler: Crawler, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let outcome = tx.attempt(|| crawl::crawl(&crawler, call, tx));
    if let Some(crawl) = &mut crawler.current {
        match outcome {
            Ok(summary) => {
                crawl.outcome = Outcome::Completed;
                crawl.summary = summary;
            }
            Err(refusal) => {
                tracing::debug!(crawler = crawler.name, %refusal, "a crawl failed");
                crawl.outcome = Outcome::Failed;
                crawl.error = Some(refusal.message);
            }
        }
    }
    come_to_an_end(crawler, call, tx)
}

fn end(mut crawler: Crawler, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    if let Some(mut crawl) = crawler.current.take() {
        crawl.ended_ms = Some(call.now_ms);
        crawl.save(&crawler.name, call, tx)?;
        crawler.last = Some(crawl);
    }
    crawler.state = State::Ready;
    crawler.save(call, tx)
}
