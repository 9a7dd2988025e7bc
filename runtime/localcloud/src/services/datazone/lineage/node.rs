//! `GetLineageNode` and `ListLineageNodeHistory`: nodes, by their ids or by where they come from, at a moment.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::moment;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page, SortOrder, listed};
use crate::services::datazone::metadata_type::form::Form;
use crate::services::datazone::{SETTLING_MS, domain, error};
use crate::store::Tx;

/// The ids of nodes by where they come from: `domain/source`.
pub(super) const IDS: Kind = Kind::new("datazone.lineage-node-ids", "Lineage node");
/// `domain/node/moment`.
pub(super) const VERSIONS: Kind = Kind::new("datazone.lineage-nodes", "Lineage node");

/// A neighbour, and the moment of the event that made it one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Edge {
    pub(super) id: String,
    pub(super) at_ms: i64,
}

impl Edge {
    fn shown(&self) -> Value {
        json!({"id": self.id, "eventTimestamp": epoch_seconds(self.at_ms)})
    }
}

/// A node as it is from one event on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) domain_id: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) at_ms: i64,
    /// Of a job: the run that the event is about.
    pub(super) run: Option<String>,
    pub(super) event_id: String,
    pub(super) forms: Vec<Form>,
    pub(super) upstream: Vec<Edge>,
    pub(super) downstream: Vec<Edge>,
    pub(super) created_by: String,
    pub(super) created_ms: i64,
}

impl Node {
    /// Whether its event is processed.
    fn is_seen(&self, now_ms: i64) -> bool {
        now_ms >= self.created_ms + SETTLING_MS
    }

    fn summary(&self) -> Value {
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "name": self.name,
            "typeName": self.kind,
            "typeRevision": "1",
            "sourceIdentifier": self.source,
            "eventTimestamp": epoch_seconds(self.at_ms),
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedBy": self.created_by,
            "updatedAt": epoch_seconds(self.created_ms),
        })
    }

    fn shown(&self) -> Value {
        let edges = |edges: &[Edge]| -> Vec<Value> { edges.iter().map(Edge::shown).collect() };
        let mut shown = self.summary();
        shown["formsOutput"] = json!(self.forms);
        shown["upstreamNodes"] = json!(edges(&self.upstream));
        shown["downstreamNodes"] = json!(edges(&self.downstream));
        shown
    }
}

/// The version of a node that holds at a moment.
pub(super) fn at_or_before(
    domain: &str,
    id: &str,
    at_ms: i64,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<Node>, ServiceError> {
    let end = moment(at_ms.saturating_add(1));
    let found = VERSIONS.last_before(call, tx, &[domain, id], &end)?;
    Ok(found.map(|(_, node)| node))
}

/// The id that a request means by an id or a source.
fn id_of(
    domain: &str,
    identifier: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<String, ServiceError> {
    let id: Option<String> = IDS.find(call, tx, &[domain, identifier])?;
    Ok(id.unwrap_or_else(|| identifier.to_owned()))
}

fn versions(
    domain: &str,
    identifier: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Node>, ServiceError> {
    let id = id_of(domain, identifier, call, tx)?;
    let mut versions: Vec<Node> = VERSIONS.all(call, tx, &[domain, &id])?;
    versions.retain(|version| version.is_seen(call.now_ms));
    if versions.is_empty() {
        return Err(error::not_found("Lineage node", identifier));
    }
    Ok(versions)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    domain_identifier: String,
    identifier: String,
    event_timestamp: Option<i64>,
}

pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let id = id_of(&domain.id, &input.identifier, call, tx)?;
    let mut end = moment(match input.event_timestamp {
        Some(at) => at.saturating_add(1),
        None => i64::MAX,
    });
    while let Some((at, node)) = VERSIONS.last_before::<Node>(call, tx, &[&domain.id, &id], &end)? {
        if node.is_seen(call.now_ms) {
            return Ok(node.shown());
        }
        end = at;
    }
    Err(error::not_found("Lineage node", &input.identifier))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct History {
    domain_identifier: String,
    identifier: String,
    direction: Option<String>,
    #[serde(rename = "eventTimestampGTE")]
    from: Option<i64>,
    #[serde(rename = "eventTimestampLTE")]
    to: Option<i64>,
    sort_order: Option<SortOrder>,
    #[serde(flatten)]
    page: Page,
}

/// The latest version first if the request does not say; with a direction, those that have neighbours in it.
pub(crate) fn history(input: History, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut nodes = versions(&domain.id, &input.identifier, call, tx)?;
    nodes.retain(|node| {
        let neighbours = match input.direction.as_deref() {
            Some("UPSTREAM") => !node.upstream.is_empty(),
            Some(_) => !node.downstream.is_empty(),
            None => true,
        };
        neighbours
            && input.from.is_none_or(|from| node.at_ms >= from)
            && input.to.is_none_or(|to| node.at_ms <= to)
    });
    if input.sort_order != Some(SortOrder::Ascending) {
        nodes.reverse();
    }
    let list = format!("lineage-history/{}", input.identifier);
    let (nodes, next_token) = input.page.of(&list, nodes)?;
    Ok(listed(
        "nodes",
        nodes.iter().map(Node::summary).collect(),
        next_token,
    ))
}
