//! `PostLineageEvent`, `GetLineageEvent`, `ListLineageEvents` and `DeleteLineageEvent`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{graph, moment};
use crate::error::ServiceError;
use crate::protocol::timestamp::{epoch_seconds, http_date};
use crate::request::Call;
use crate::services::Reply;
use crate::services::datazone::kind::{Kind, Named, Page, SortOrder, listed};
use crate::services::datazone::{SETTLING_MS, domain, error, idempotency, model};
use crate::store::Tx;

/// `domain/event`.
const EVENTS: Kind = Kind::new("datazone.lineage-events", "Lineage event");
/// The ids of events by their moments: `domain/moment/event`.
const BY_TIME: Kind = Kind::new("datazone.lineage-events-by-time", "Lineage event");

/// Bytes of an event.
const LONGEST: usize = 300_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) at_ms: i64,
    /// As it came.
    text: String,
    summary: Value,
    pub(super) created_by: String,
    pub(super) created_ms: i64,
    /// The nodes that have a version by it.
    nodes: Vec<String>,
}

impl Event {
    fn status(&self, now_ms: i64) -> &'static str {
        if now_ms >= self.created_ms + SETTLING_MS {
            "SUCCESS"
        } else {
            "PROCESSING"
        }
    }
}

/// A dataset of a run event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dataset {
    pub(super) namespace: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) facets: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) run_id: String,
    #[serde(default)]
    pub(super) facets: Value,
}

/// A run event of OpenLineage, as far as it is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunEvent {
    event_time: String,
    pub(super) event_type: Option<String>,
    #[serde(rename = "producer")]
    _producer: String,
    #[serde(rename = "schemaURL")]
    _schema: String,
    pub(super) run: Run,
    pub(super) job: Dataset,
    #[serde(default)]
    pub(super) inputs: Vec<Dataset>,
    #[serde(default)]
    pub(super) outputs: Vec<Dataset>,
}

const TYPES: [&str; 6] = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];

impl RunEvent {
    /// Reads an event, and its moment.
    fn read(text: &str) -> Result<(Self, i64), ServiceError> {
        let refused = |reason: String| {
            error::validation(format!(
                "The event is not a valid OpenLineage run event: {reason}"
            ))
        };
        let event: Self = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
        let at: Timestamp = event
            .event_time
            .parse()
            .map_err(|_| refused(format!("eventTime {} is no date-time", event.event_time)))?;
        if let Some(unknown) = event
            .event_type
            .as_deref()
            .filter(|kind| !TYPES.contains(kind))
        {
            return Err(refused(format!(
                "eventType {unknown} is not one of {TYPES:?}"
            )));
        }
        if !is_uuid(&event.run.run_id) {
            return Err(refused(format!("runId {} is no UUID", event.run.run_id)));
        }
        let inputs = event.inputs.iter();
        let empty = inputs
            .chain(&event.outputs)
            .chain(Some(&event.job))
            .any(|one| one.namespace.is_empty() || one.name.is_empty());
        if empty {
            return Err(refused("a namespace or a name is empty".to_owned()));
        }
        Ok((event, at.as_millisecond()))
    }

    fn summary(&self) -> Value {
        let names = |all: &[Dataset]| -> Vec<Value> { all.iter().map(Dataset::named).collect() };
        json!({"openLineageRunEventSummary": {
            "eventType": self.event_type,
            "runId": self.run.run_id,
            "job": self.job.named(),
            "inputs": names(&self.inputs),
            "outputs": names(&self.outputs),
        }})
    }
}

impl Dataset {
    fn named(&self) -> Value {
        json!({"namespace": self.namespace, "name": self.name})
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().chars().all(|c| c.is_ascii_hexdigit())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Post {
    domain_identifier: String,
    event: String,
    client_token: Option<String>,
}

pub(crate) fn post(input: Post, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    if input.event.len() > LONGEST {
        return Err(error::validation(format!(
            "The event has {} bytes, and {LONGEST} are the most",
            input.event.len()
        )));
    }
    let (run, at_ms) = RunEvent::read(&input.event)?;
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let mut event = Event {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            at_ms,
            text: input.event,
            summary: run.summary(),
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
            nodes: Vec::new(),
        };
        event.nodes = graph::draw(&event, &run, call, tx)?;
        EVENTS.put(call, tx, &[&event.domain_id, &event.id], &event)?;
        let path = [event.domain_id.as_str(), &moment(at_ms), &event.id];
        BY_TIME.put(call, tx, &path, &event.id)?;
        Ok(json!({"id": event.id, "domainId": event.domain_id}))
    })
}

fn find(input: &Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Event, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    EVENTS.require(call, tx, &[&domain.id, &input.identifier])
}

/// The event as it came; the rest is in headers.
pub(crate) fn get(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let event = find(&model::read(call)?, call, tx)?;
    let mut reply = Reply::status(200)
        .with_header("content-type", "application/octet-stream")
        .with_header("Domain-Id", &event.domain_id)
        .with_header("Id", &event.id)
        .with_header("Created-By", &event.created_by)
        .with_header("Processing-Status", event.status(call.now_ms))
        .with_header("Event-Time", http_date(event.at_ms))
        .with_header("Created-At", http_date(event.created_ms));
    reply.body = event.text.into_bytes();
    Ok(reply)
}

/// The versions of nodes that the event made go with it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let event = find(&input, call, tx)?;
    graph::erase(&event, &event.nodes, call, tx)?;
    let path = [event.domain_id.as_str(), &moment(event.at_ms), &event.id];
    BY_TIME.delete(call, tx, &path)?;
    EVENTS.delete(call, tx, &[&event.domain_id, &event.id])?;
    Ok(json!({
        "id": event.id,
        "domainId": event.domain_id,
        "processingStatus": event.status(call.now_ms),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    timestamp_after: Option<i64>,
    timestamp_before: Option<i64>,
    processing_status: Option<String>,
    sort_order: Option<SortOrder>,
    #[serde(flatten)]
    page: Page,
}

/// By the moments of the events, the latest first if the request does not say. Events are read from the page
/// only, unless they are wanted by their status.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let behind = |at| format!("{}/{}", moment(at), char::MAX);
    let after = input.timestamp_after.map(behind);
    let mut found: Vec<(String, String)> =
        BY_TIME.keyed(call, tx, &[&domain.id], after.as_deref())?;
    if let Some(before) = input.timestamp_before {
        let end = moment(before);
        found.truncate(found.partition_point(|(at, _)| *at < end));
    }
    let read = |id: &str| EVENTS.require::<Event>(call, tx, &[&domain.id, id]);
    let mut ids = Vec::new();
    for (_, id) in found {
        let wanted = match &input.processing_status {
            Some(status) => read(&id)?.status(call.now_ms) == status,
            None => true,
        };
        if wanted {
            ids.push(id);
        }
    }
    if input.sort_order != Some(SortOrder::Ascending) {
        ids.reverse();
    }
    let list = format!("lineage-events/{}", domain.id);
    let (ids, next_token) = input.page.of(&list, ids)?;
    let mut events = Vec::new();
    for id in ids {
        let event = read(&id)?;
        events.push(json!({
            "id": event.id,
            "domainId": event.domain_id,
            "processingStatus": event.status(call.now_ms),
            "eventTime": epoch_seconds(event.at_ms),
            "eventSummary": event.summary,
            "createdBy": event.created_by,
            "createdAt": epoch_seconds(event.created_ms),
        }));
    }
    Ok(listed("items", events, next_token))
}
