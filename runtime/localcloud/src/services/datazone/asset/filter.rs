//! Filters of assets, under `domain/asset/filter`: which columns or which rows of it a subscriber gets.
//!
//! A filter is `INVALID` while it names columns that the latest revision of the asset does not have; an asset
//! that does not say what columns it has takes every filter.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Asset, row_filter};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page, listed};
use crate::services::datazone::{domain, error, idempotency};
use crate::store::Tx;

const FILTERS: Kind = Kind::new("datazone.asset-filters", "Asset filter");
const NAMES: Kind = Kind::new("datazone.asset-filter-names", "Asset filter");

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Filter {
    id: String,
    domain_id: String,
    asset_id: String,
    name: String,
    description: Option<String>,
    configuration: Value,
    created_ms: i64,
}

impl Filter {
    fn rows(&self) -> Option<&Value> {
        self.configuration.get("rowConfiguration")?.get("rowFilter")
    }

    /// Columns that the filter names, by choice or in a condition.
    fn named(&self) -> Vec<String> {
        match self.rows() {
            Some(rows) => row_filter::columns(rows),
            None => {
                let names = &self.configuration["columnConfiguration"]["includedColumnNames"];
                let names = names.as_array().into_iter().flatten();
                names.filter_map(Value::as_str).map(str::to_owned).collect()
            }
        }
    }

    fn summary(&self, columns: Option<&[String]>) -> Value {
        let named = self.named();
        let missing: Vec<&String> = match columns {
            Some(columns) => named
                .iter()
                .filter(|name| !columns.contains(name))
                .collect(),
            None => Vec::new(),
        };
        let rows = self.rows();
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "assetId": self.asset_id,
            "name": self.name,
            "description": self.description,
            "status": if missing.is_empty() { "VALID" } else { "INVALID" },
            "errorMessage": (!missing.is_empty())
                .then(|| format!("The asset has no columns {missing:?}")),
            "effectiveColumnNames": rows.is_none().then_some(&named),
            "effectiveRowFilter": rows.map(row_filter::condition),
            "createdAt": epoch_seconds(self.created_ms),
        })
    }

    fn shown(&self, columns: Option<&[String]>) -> Value {
        let mut shown = self.summary(columns);
        shown["configuration"] = self.configuration.clone();
        shown
    }

    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let path = [self.domain_id.as_str(), &self.asset_id, &self.name];
        if NAMES.insert(call, tx, &path, &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Asset filter with name {} already exists for asset {}",
            self.name, self.asset_id
        )))
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        FILTERS.put(call, tx, &[&self.domain_id, &self.asset_id, &self.id], self)
    }
}

/// The columns that the forms of the latest revision name; `None` if none does.
fn columns(
    asset: &Asset,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<Vec<String>>, ServiceError> {
    let latest = asset.revision(None, &call.scope, tx)?;
    for form in &latest.forms {
        let content: Value = serde_json::from_str(&form.content).unwrap_or(Value::Null);
        if let Some(columns) = content["columns"].as_array() {
            let name = |column: &Value| {
                let name = column.get("columnName").or_else(|| column.get("name"))?;
                name.as_str().map(str::to_owned)
            };
            return Ok(Some(columns.iter().filter_map(name).collect()));
        }
    }
    Ok(None)
}

fn asset_of(
    domain: &str,
    asset: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Asset, ServiceError> {
    let domain = domain::require(call, tx, domain)?;
    super::require(&call.scope, tx, &domain.id, asset)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    asset_identifier: String,
    name: String,
    description: Option<String>,
    configuration: Value,
    client_token: Option<String>,
}

/// `CreateAssetFilter`.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let asset = asset_of(&input.domain_identifier, &input.asset_identifier, call, tx)?;
        let filter = Filter {
            id: call.cloud.lower(14),
            domain_id: asset.domain_id.clone(),
            asset_id: asset.id.clone(),
            name: input.name,
            description: input.description,
            configuration: input.configuration,
            created_ms: call.now_ms,
        };
        filter.take_name(call, tx)?;
        filter.write(call, tx)?;
        Ok(filter.shown(columns(&asset, call, tx)?.as_deref()))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    domain_identifier: String,
    asset_identifier: String,
    identifier: String,
}

impl Named {
    fn find(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(Asset, Filter), ServiceError> {
        let asset = asset_of(&self.domain_identifier, &self.asset_identifier, call, tx)?;
        let path = [asset.domain_id.as_str(), &asset.id, &self.identifier];
        let filter = FILTERS.require(call, tx, &path)?;
        Ok((asset, filter))
    }
}

/// `GetAssetFilter`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (asset, filter) = input.find(call, tx)?;
    Ok(filter.shown(columns(&asset, call, tx)?.as_deref()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    #[serde(flatten)]
    named: Named,
    name: Option<String>,
    description: Option<String>,
    configuration: Option<Value>,
}

/// `UpdateAssetFilter`.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (asset, mut filter) = input.named.find(call, tx)?;
    if let Some(name) = input.name.filter(|name| *name != filter.name) {
        NAMES.delete(call, tx, &[&asset.domain_id, &asset.id, &filter.name])?;
        filter.name = name;
        filter.take_name(call, tx)?;
    }
    filter.description = input.description.or(filter.description);
    filter.configuration = input.configuration.unwrap_or(filter.configuration);
    filter.write(call, tx)?;
    Ok(filter.shown(columns(&asset, call, tx)?.as_deref()))
}

/// `DeleteAssetFilter`.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let (asset, filter) = input.find(call, tx)?;
    NAMES.delete(call, tx, &[&asset.domain_id, &asset.id, &filter.name])?;
    let path = [asset.domain_id.as_str(), &asset.id, &filter.id];
    FILTERS.delete(call, tx, &path).map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    asset_identifier: String,
    status: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// `ListAssetFilters`.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let asset = asset_of(&input.domain_identifier, &input.asset_identifier, call, tx)?;
    let columns = columns(&asset, call, tx)?;
    let below = [asset.domain_id.as_str(), &asset.id];
    let wanted = input.status.as_deref();
    let (found, next_token) = FILTERS.page(call, tx, &below, &input.page, |filter: &Filter| {
        wanted.is_none_or(|wanted| filter.summary(columns.as_deref())["status"] == wanted)
    })?;
    let summary = |filter: &Filter| filter.summary(columns.as_deref());
    Ok(listed(
        "items",
        found.iter().map(summary).collect(),
        next_token,
    ))
}

/// Whether the asset has this filter.
pub(crate) fn require(
    domain: &str,
    asset: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    FILTERS
        .require::<Filter>(call, tx, &[domain, asset, id])
        .map(drop)
}

/// The asset is gone.
pub(super) fn delete_all(
    domain: &str,
    asset: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    NAMES.delete_all(call, tx, &[domain, asset])?;
    FILTERS.delete_all(call, tx, &[domain, asset])
}
