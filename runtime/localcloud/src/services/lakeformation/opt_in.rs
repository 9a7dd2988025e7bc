//! Hybrid access: `CreateLakeFormationOptIn`, `DeleteLakeFormationOptIn`,
//! `ListLakeFormationOptIns`. For a principal that has opted in, what `IAM_ALLOWED_PRINCIPALS` has
//! does not count.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list_permissions::page_size;
use super::principal::{self, Principal, PrincipalInput};
use super::resource::{self, Named, Resource, ResourceInput, Target};
use super::{authority, error, existence};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

/// By principal and resource key.
const OPT_INS: &str = "lakeformation.opt-ins";
/// By resource key and principal; the documents say nothing.
const OPT_INS_FOR: &str = "lakeformation.opt-ins-for";

/// A principal that has opted in for a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OptIn {
    principal: String,
    resource: Resource,
    changed_ms: i64,
    changed_by: String,
}

fn key(principal: &str, resource: &Resource) -> String {
    format!("{principal}\n{}", resource.key())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    principal: Option<PrincipalInput>,
    resource: Option<ResourceInput>,
}

impl Input {
    fn read(self, call: &Call<'_>) -> Result<(String, Named), ServiceError> {
        let identifier = self
            .principal
            .map(|principal| principal.data_lake_principal_identifier)
            .unwrap_or_default();
        let principal = Principal::parse(&identifier)?;
        if principal == Principal::IamAllowed {
            return Err(error::invalid(format!("Invalid principal, {identifier}")));
        }
        let named = resource::parse(self.resource, &call.scope.account)?;
        match named.resource.target {
            Target::Database { .. }
            | Target::Table { .. }
            | Target::AllTables { .. }
            | Target::Catalog => Ok((principal.text(), named)),
            _ => Err(error::invalid(
                "A principal can opt in for the catalog, databases and tables.",
            )),
        }
    }
}

/// `CreateLakeFormationOptIn`.
pub(super) fn create(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (principal, named) = input.read(call)?;
    existence::require(tx, &call.scope.region, &named)?;
    require_admin(tx, call)?;
    let opt_in = OptIn {
        changed_ms: call.now_ms,
        changed_by: principal::caller(call).to_owned(),
        resource: named.resource,
        principal,
    };
    let key = key(&opt_in.principal, &opt_in.resource);
    if !tx.insert(&call.scope, OPT_INS, &key, &opt_in)? {
        return Err(error::invalid(format!(
            "Principal {} has opted in for the resource already.",
            opt_in.principal
        )));
    }
    let index = opt_in.resource.key() + &opt_in.principal;
    tx.put(&call.scope, OPT_INS_FOR, &index, &true)?;
    Ok(json!({}))
}

/// `DeleteLakeFormationOptIn`.
pub(super) fn delete(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (principal, named) = input.read(call)?;
    require_admin(tx, call)?;
    if !tx.delete(&call.scope, OPT_INS, &key(&principal, &named.resource))? {
        return Err(error::not_found(format!(
            "Principal {principal} has not opted in for the resource."
        )));
    }
    let index = named.resource.key() + &principal;
    tx.delete(&call.scope, OPT_INS_FOR, &index)?;
    Ok(json!({}))
}

fn require_admin(tx: &Tx<'_>, call: &Call<'_>) -> Result<(), ServiceError> {
    if authority::is_admin(tx, call)? {
        return Ok(());
    }
    Err(error::denied(
        "Insufficient Lake Formation permission(s): only a data lake administrator can change opt-ins",
    ))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    principal: Option<PrincipalInput>,
    resource: Option<ResourceInput>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// `ListLakeFormationOptIns`, by principal and resource.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let start = match input.principal {
        Some(principal) => {
            let text = Principal::parse(&principal.data_lake_principal_identifier)?.text();
            format!("{text}\n")
        }
        None => String::new(),
    };
    let wanted = match input.resource {
        Some(resource) => Some(resource::parse(Some(resource), &call.scope.account)?.resource),
        None => None,
    };
    let (opt_ins, next) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: OPT_INS,
            prefix: &start,
        },
        input.next_token.as_deref(),
        page_size(input.max_results)?,
        error::bad_token,
        |opt_in: &OptIn| {
            wanted
                .as_ref()
                .is_none_or(|wanted| *wanted == opt_in.resource)
        },
    )?;
    let shown: Vec<Value> = opt_ins
        .iter()
        .map(|opt_in| {
            json!({
                "Principal": {"DataLakePrincipalIdentifier": opt_in.principal},
                "Resource": opt_in.resource.show(None),
                "LastModified": epoch_seconds(opt_in.changed_ms),
                "LastUpdatedBy": opt_in.changed_by,
            })
        })
        .collect();
    Ok(json!({"LakeFormationOptInsInfoList": shown, "NextToken": next}))
}

/// Has one of the principals opted in for a table, its database or the catalog?
pub(super) fn covers(
    tx: &Tx<'_>,
    scope: &Scope,
    principals: &[&str],
    catalog: &str,
    database: &str,
    table: &str,
) -> Result<bool, ServiceError> {
    let resources = [
        Resource::table(catalog, database, table),
        Resource::all_tables(catalog, database),
        Resource::database(catalog, database),
        Resource::new(catalog, Target::Catalog),
    ];
    for principal in principals {
        for resource in &resources {
            let found: Option<OptIn> = tx.get(scope, OPT_INS, &key(principal, resource))?;
            if found.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Deletes the opt-ins for a resource that is gone.
pub(super) fn drop_of(tx: &Tx<'_>, scope: &Scope, resource: &Resource) -> Result<(), ServiceError> {
    let start = resource.key();
    let all: Vec<(String, bool)> = tx.scan(scope, OPT_INS_FOR, &start, None, usize::MAX)?;
    for (index, _) in all {
        let principal = index.strip_prefix(&start).unwrap_or_default();
        tx.delete(scope, OPT_INS, &key(principal, resource))?;
        tx.delete(scope, OPT_INS_FOR, &index)?;
    }
    Ok(())
}
