//! Time-series data points of assets and listings: `PostTimeSeriesDataPoints`, `GetTimeSeriesDataPoint`,
//! `ListTimeSeriesDataPoints` and `DeleteTimeSeriesDataPoints`.
//!
//! A point is a form with a moment, stored under `domain/kind/entity/form name/moment/id`, so that a form's points are in
//! the order of their moments. The latest of each form is shown with the asset or the listing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kind::{Kind, Page, listed};
use super::metadata_type::form_type;
use super::{asset, domain, error, idempotency, listing};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

const POINTS: Kind = Kind::new("datazone.time-series-data-points", "Time series data point");
/// The keys of points by their ids: `domain/kind/entity/form name/id`.
const KEYS: Kind = Kind::new(
    "datazone.time-series-data-point-keys",
    "Time series data point",
);

/// Characters of `contentSummary`.
const SUMMARY: usize = 20_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Point {
    id: String,
    form_name: String,
    type_identifier: String,
    type_revision: String,
    at_ms: i64,
    content: Option<String>,
}

impl Point {
    /// In the order of the moments, those before 1970 included.
    fn moment(&self) -> String {
        moment(self.at_ms)
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "formName": self.form_name,
            "typeIdentifier": self.type_identifier,
            "typeRevision": self.type_revision,
            "timestamp": epoch_seconds(self.at_ms),
            "content": self.content,
        })
    }

    fn summary(&self) -> Value {
        let content = self.content.as_deref();
        let mut summary = self.shown();
        summary["content"] = Value::Null;
        summary["contentSummary"] =
            json!(content.map(|text| text.chars().take(SUMMARY).collect::<String>()));
        summary
    }
}

fn moment(ms: i64) -> String {
    const SHIFT: i64 = 100_000_000_000_000_000;
    format!("{:018}", ms.saturating_add(SHIFT))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    domain_identifier: String,
    entity_identifier: String,
    entity_type: String,
}

impl Entity {
    /// The path of its points, if it is there.
    fn path(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<[String; 3], ServiceError> {
        let domain = domain::require(call, tx, &self.domain_identifier)?.id;
        let id = &self.entity_identifier;
        if self.entity_type == "ASSET" {
            asset::require(&call.scope, tx, &domain, id)?;
        } else {
            listing::require(&call.scope, tx, &domain, id)?;
        }
        Ok([domain, self.entity_type.clone(), id.clone()])
    }

    /// Shows a point of a form with the entity unless a later one is shown; without a point, none any more.
    fn show_latest(
        &self,
        form: &str,
        latest: Option<&Point>,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let renew = |points: &mut Vec<Value>| {
            let known = points.iter().find(|point| point["formName"] == form);
            let known = known.and_then(|point| point["timestamp"].as_f64());
            let later = |point: &&Point| known.is_none_or(|at| epoch_seconds(point.at_ms) >= at);
            if latest.is_none() || latest.filter(later).is_some() {
                points.retain(|point| point["formName"] != form);
                points.extend(latest.map(Point::summary));
            }
        };
        let (domain, id) = (&self.domain_identifier, &self.entity_identifier);
        if self.entity_type == "ASSET" {
            let mut asset = asset::require(&call.scope, tx, domain, id)?;
            renew(&mut asset.data_points);
            return tx.put(&call.scope, asset::ASSETS, &asset.key(), &asset);
        }
        let mut listing = listing::require(&call.scope, tx, domain, id)?;
        renew(&mut listing.data_points);
        listing.write(call, tx)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PointInput {
    form_name: String,
    type_identifier: String,
    type_revision: Option<String>,
    timestamp: i64,
    content: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Post {
    #[serde(flatten)]
    entity: Entity,
    forms: Vec<PointInput>,
    client_token: Option<String>,
}

/// All points of a request are kept, or none.
pub(crate) fn post(input: Post, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let [domain, kind, entity] = input.entity.path(call, tx)?;
        let mut shown = Vec::new();
        for form in input.forms {
            let revision = form.type_revision.as_deref();
            let of = form_type::require(&domain, &form.type_identifier, revision, call, tx)?;
            if let Some(content) = &form.content {
                of.check(content).map_err(|reason| {
                    let name = &form.form_name;
                    error::validation(format!("Content of form {name} is not valid: {reason}"))
                })?;
            }
            if form.form_name.contains('/') {
                return Err(error::validation("A form's name cannot have a slash"));
            }
            let point = Point {
                id: call.cloud.lower(14),
                form_name: form.form_name,
                type_identifier: of.name,
                type_revision: of.revision.to_string(),
                at_ms: form.timestamp,
                content: form.content,
            };
            let (name, at) = (point.form_name.as_str(), point.moment());
            let path = [domain.as_str(), &kind, &entity, name, &at, &point.id];
            POINTS.put(call, tx, &path, &point)?;
            KEYS.put(call, tx, &[&domain, &kind, &entity, name, &point.id], &at)?;
            input.entity.show_latest(name, Some(&point), call, tx)?;
            shown.push(point.shown());
        }
        Ok(json!({
            "domainId": domain,
            "entityId": entity,
            "entityType": kind,
            "forms": shown,
        }))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    #[serde(flatten)]
    entity: Entity,
    identifier: String,
    form_name: String,
}

pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let [domain, kind, entity] = input.entity.path(call, tx)?;
    let (name, id) = (&input.form_name, &input.identifier);
    let at: String = KEYS.require(call, tx, &[&domain, &kind, &entity, name, id])?;
    let point: Point = POINTS.require(call, tx, &[&domain, &kind, &entity, name, &at, id])?;
    Ok(json!({
        "domainId": domain,
        "entityId": entity,
        "entityType": kind,
        "formName": name,
        "form": point.shown(),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    #[serde(flatten)]
    entity: Entity,
    form_name: String,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    #[serde(flatten)]
    page: Page,
}

/// The latest first; both ends of the time are included.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let [domain, kind, entity] = input.entity.path(call, tx)?;
    let below = [domain.as_str(), &kind, &entity, &input.form_name];
    let mut points: Vec<Point> = POINTS.all(call, tx, &below)?;
    points.retain(|point| {
        input.started_at.is_none_or(|start| point.at_ms >= start)
            && input.ended_at.is_none_or(|end| point.at_ms <= end)
    });
    points.reverse();
    let (points, next_token) = input.page.of(&below.join("/"), points)?;
    let items = points.iter().map(Point::summary).collect();
    Ok(listed("items", items, next_token))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    #[serde(flatten)]
    entity: Entity,
    form_name: String,
    client_token: Option<String>,
}

/// All points of a form.
pub(crate) fn delete(input: Delete, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let [domain, kind, entity] = input.entity.path(call, tx)?;
        let below = [domain.as_str(), &kind, &entity, &input.form_name];
        POINTS.delete_all(call, tx, &below)?;
        KEYS.delete_all(call, tx, &below)?;
        input.entity.show_latest(&input.form_name, None, call, tx)?;
        Ok(json!({}))
    })
}

/// The asset or the listing is gone.
pub(crate) fn delete_all(
    domain: &str,
    kind: &str,
    entity: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    POINTS.delete_all(call, tx, &[domain, kind, entity])?;
    KEYS.delete_all(call, tx, &[domain, kind, entity])
}
