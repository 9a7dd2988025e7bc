//! `ListPermissions`: what is held, by principal, by resource or all, in pages.
//!
//! A grant on a table can take several entries: a page may end between them. With a resource, the
//! list begins with what the data lake admins have implicitly, which cannot be revoked.

use serde::Deserialize;
use serde_json::{Value, json};

use super::grant::{self, GRANTS, GRANTS_OF, Grant};
use super::principal::{Principal, PrincipalInput};
use super::resource::{self, Resource, ResourceInput, Target};
use super::{error, existence, received, settings};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::paging;
use crate::store::{Scope, Tx};

const LIST: &str = "lakeformation.permissions";
const MOST: i64 = 1000;
const USUAL: i64 = 100;
/// How many documents are read at once.
const BATCH: usize = 256;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    principal: Option<PrincipalInput>,
    resource_type: Option<String>,
    resource: Option<ResourceInput>,
    next_token: Option<String>,
    max_results: Option<i64>,
    include_related: Option<String>,
}

/// Grants by their keys.
type Batch = Vec<(String, Grant)>;

/// Which grants are wanted.
struct Wanted {
    principal: Option<String>,
    resource: Option<Resource>,
    kind: Option<String>,
    related: bool,
}

pub(super) fn list_permissions(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let limit = page_size(input.max_results)?;
    let wanted = understand(&input, call, tx)?;
    let from = Position::read(input.next_token.as_deref())?;
    let mut entries: Vec<(Position, Value)> = Vec::new();
    // What the last page began, the grant or the entries before all grants, is shown to its end.
    let begun = if !from.key.is_empty() {
        let grant = tx.get::<Grant>(&call.scope, GRANTS, &from.key)?;
        grant.map(|grant| grant.entries()).unwrap_or_default()
    } else if let Some(resource) = &wanted.resource {
        let mut first = implicit(tx, call, resource, wanted.principal.as_deref())?;
        first.extend(shared_with_us(tx, call, &wanted, resource)?);
        first
    } else {
        Vec::new()
    };
    entries.extend(number(&from.key, begun).into_iter().skip(from.shown));
    let mut after = Some(from.key);
    while let Some(behind) = after.take().filter(|_| entries.len() <= limit) {
        let (batch, next) = wanted.batch(tx, call, &behind)?;
        for (key, grant) in batch {
            if wanted.takes(&grant) {
                entries.extend(number(&key, grant.entries()));
            }
        }
        after = next;
    }
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|(at, _)| at.token());
    let shown: Vec<Value> = entries.into_iter().map(|(_, entry)| entry).collect();
    let mut answer = json!({"PrincipalResourcePermissions": shown});
    if let Some(next) = next {
        answer["NextToken"] = Value::from(next);
    }
    Ok(answer)
}

pub(super) fn page_size(wanted: Option<i64>) -> Result<usize, ServiceError> {
    let wanted = wanted.unwrap_or(USUAL);
    if !(1..=MOST).contains(&wanted) {
        return Err(error::invalid(format!(
            "1 validation error detected: Value '{wanted}' at 'maxResults' failed to satisfy \
             constraint: Member must have value between 1 and {MOST}"
        )));
    }
    Ok(usize::try_from(wanted).unwrap_or(1))
}

fn understand(input: &Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Wanted, ServiceError> {
    const KINDS: &[&str] = &[
        "CATALOG",
        "DATABASE",
        "TABLE",
        "DATA_LOCATION",
        "LF_TAG",
        "LF_TAG_POLICY",
        "LF_TAG_POLICY_DATABASE",
        "LF_TAG_POLICY_TABLE",
    ];
    if let Some(kind) = &input.resource_type
        && !KINDS.contains(&kind.as_str())
    {
        return Err(error::invalid(format!("Invalid ResourceType {kind}.")));
    }
    let principal = match &input.principal {
        Some(principal) => {
            Some(Principal::parse(&principal.data_lake_principal_identifier)?.text())
        }
        None => None,
    };
    let resource = match &input.resource {
        Some(resource) => {
            let own = input.catalog_id.as_deref().unwrap_or(&call.scope.account);
            let named = resource::parse(Some(resource.clone()), own)?;
            if named.columns.is_some() {
                return Err(error::invalid(
                    "Listing the permissions on a table with columns is not supported: list those \
                     on the table.",
                ));
            }
            let is_link = existence::require(tx, &call.scope.region, &named)?;
            if is_link && matches!(named.resource.target, Target::Database { .. }) {
                return Err(error::invalid(format!(
                    "Resource link database {} is not supported: list the permissions on its \
                     target.",
                    named.resource.name()
                )));
            }
            Some(named.resource)
        }
        None => None,
    };
    Ok(Wanted {
        principal,
        resource,
        kind: input.resource_type.clone(),
        related: input
            .include_related
            .as_deref()
            .is_some_and(|related| related.eq_ignore_ascii_case("true")),
    })
}

impl Wanted {
    /// The next grants behind a key, in the order of the keys, read by the index that fits, and the
    /// key to go on behind.
    fn batch(
        &self,
        tx: &Tx<'_>,
        call: &Call<'_>,
        after: &str,
    ) -> Result<(Batch, Option<String>), ServiceError> {
        let mut found = match (&self.resource, &self.principal) {
            (Some(resource), Some(principal)) if !self.related => {
                let key = resource.key() + principal;
                let grant = tx.get::<Grant>(&call.scope, GRANTS, &key)?;
                let behind = key.as_str() > after;
                grant
                    .filter(|_| behind)
                    .map(|grant| (key, grant))
                    .into_iter()
                    .collect()
            }
            (Some(resource), _) => {
                let mut found = Vec::new();
                for start in self.starts(resource) {
                    found.extend(scan(tx, &call.scope, &start, after)?);
                }
                found
            }
            (None, Some(principal)) => of(tx, &call.scope, principal, after)?,
            (None, None) => scan(tx, &call.scope, "", after)?,
        };
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found.truncate(BATCH);
        let next = found
            .last()
            .filter(|_| found.len() == BATCH)
            .map(|(key, _)| key.clone());
        Ok((found, next))
    }

    /// The keys' beginnings: the resource's own, and its filters' if those are wanted too.
    fn starts(&self, resource: &Resource) -> Vec<String> {
        let mut starts = vec![resource.key()];
        if let Target::Table { database, table } = &resource.target
            && self.related
        {
            starts.push(resource::filter_prefix(&resource.catalog, database, table));
        }
        starts
    }

    fn takes(&self, grant: &Grant) -> bool {
        let kind = self.kind.as_deref();
        kind.is_none_or(|kind| match &grant.resource.target {
            Target::Catalog => kind == "CATALOG",
            Target::Database { .. } => kind == "DATABASE",
            Target::Table { .. } | Target::AllTables { .. } | Target::Filter { .. } => {
                kind == "TABLE"
            }
            Target::Location { .. } => kind == "DATA_LOCATION",
            Target::Tag { .. } => kind == "LF_TAG",
            Target::TagPolicy { on, .. } => {
                kind == "LF_TAG_POLICY" || kind == format!("LF_TAG_POLICY_{on}")
            }
        })
    }
}

fn scan(tx: &Tx<'_>, scope: &Scope, start: &str, after: &str) -> Result<Batch, ServiceError> {
    let after = Some(after).filter(|after| !after.is_empty());
    if after.is_some_and(|after| after > start && !after.starts_with(start)) {
        return Ok(Vec::new());
    }
    tx.scan(scope, GRANTS, start, after, BATCH)
}

/// The grants of a principal behind a grant's key.
fn of(tx: &Tx<'_>, scope: &Scope, principal: &str, after: &str) -> Result<Batch, ServiceError> {
    let prefix = grant::index_key(principal, "");
    let after = after
        .strip_suffix(principal)
        .map(|resource| grant::index_key(principal, resource));
    let held: Vec<(String, bool)> = tx.scan(scope, GRANTS_OF, &prefix, after.as_deref(), BATCH)?;
    let mut found = Vec::new();
    for (index, _) in held {
        let key = format!("{}{principal}", index.strip_prefix(&prefix).unwrap_or(""));
        if let Some(grant) = tx.get(scope, GRANTS, &key)? {
            found.push((key, grant));
        }
    }
    Ok(found)
}

/// What data lake admins have on databases and tables of their catalog without a grant.
fn implicit(
    tx: &Tx<'_>,
    call: &Call<'_>,
    resource: &Resource,
    principal: Option<&str>,
) -> Result<Vec<Value>, ServiceError> {
    let held = match &resource.target {
        _ if resource.catalog != call.scope.account => return Ok(Vec::new()),
        Target::Catalog => &["CREATE_DATABASE", "CREATE_LF_TAG"][..],
        Target::Database { .. } => &["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"],
        Target::Table { .. } | Target::AllTables { .. } => {
            &["ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT"]
        }
        _ => return Ok(Vec::new()),
    };
    let settings = settings::of(tx, &call.scope)?;
    let admins = settings.data_lake_admins.iter();
    Ok(admins
        .filter(|admin| principal.is_none_or(|p| p == admin.data_lake_principal_identifier))
        .map(|admin| {
            json!({
                "Principal": admin,
                "Resource": resource.show(None),
                "Permissions": held,
                "PermissionsWithGrantOption": held,
            })
        })
        .collect())
}

/// What the owner of a foreign resource grants to the caller's account: its admins see it beside what
/// they pass on.
fn shared_with_us(
    tx: &Tx<'_>,
    call: &Call<'_>,
    wanted: &Wanted,
    resource: &Resource,
) -> Result<Vec<Value>, ServiceError> {
    if resource.catalog == call.scope.account {
        return Ok(Vec::new());
    }
    let grants = received::by_account(tx, &call.scope, resource, call.now_ms)?;
    Ok(grants
        .iter()
        .filter(|grant| grant.resource == *resource && wanted.takes(grant))
        .filter(|grant| {
            let principal = wanted.principal.as_ref();
            principal.is_none_or(|principal| *principal == grant.principal)
        })
        .flat_map(Grant::entries)
        .collect())
}

/// Where a page ends: the grant's key, and how many of its entries were shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Position {
    key: String,
    shown: usize,
}

impl Position {
    fn read(token: Option<&str>) -> Result<Self, ServiceError> {
        let Some(token) = token else {
            return Ok(Self {
                key: String::new(),
                shown: 0,
            });
        };
        paging::key_of(LIST, token)
            .and_then(|text| {
                let (shown, key) = text.split_once(' ')?;
                Some(Self {
                    key: key.to_owned(),
                    shown: shown.parse().ok()?,
                })
            })
            .ok_or_else(error::bad_token)
    }

    fn token(&self) -> String {
        paging::token(LIST, &format!("{} {}", self.shown, self.key))
    }
}

fn number(key: &str, entries: Vec<Value>) -> Vec<(Position, Value)> {
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| {
            let at = Position {
                key: key.to_owned(),
                shown: index + 1,
            };
            (at, entry)
        })
        .collect()
}
