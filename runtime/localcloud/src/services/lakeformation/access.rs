//! What a principal may read: Lake Formation's answer to a query engine.
//!
//! In its own catalog a principal reads what it is granted, itself or with all principals of its
//! account, by name, by tags or through filters. While `IAM_ALLOWED_PRINCIPALS` has permissions on the
//! table, it reads all of it, unless it has opted in. In another account's catalog three things must
//! hold: the owner grants it, to the principal or to its account or organization; the resource share
//! that carries the grant is associated; and of a grant to the account, the account's own admin grants
//! it on. So one revoke by the owner ends everything below at once.

use super::cells::{Cells, Rows, together};
use super::grant::{self, Grant};
use super::permission::SELECT;
use super::principal::{self, IAM_ALLOWED};
use super::received;
use super::resource::{Resource, Target};
use super::{data_cells_filter, opt_in, settings, tagging};
use crate::error::ServiceError;
use crate::services::glue::facts::{self, TableFacts};
use crate::store::{Scope, Tx};

/// Who reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The reader's account: 12 digits.
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// A role's ARN for a role session, a user's ARN, or `arn:aws:iam::<account>:root`.
    pub(crate) principal: &'a str,
}

/// What a principal may see of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readable {
    /// In the table's order, in lower case.
    pub(crate) columns: Vec<String>,
    /// SQL predicates: a row is seen if any holds; all rows if there is none.
    pub(crate) row_filters: Vec<String>,
}

/// Why nothing may be seen; names what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
}

impl Reader<'_> {
    pub(super) fn scope(&self) -> Scope {
        Scope {
            account: self.account.to_owned(),
            region: self.region.to_owned(),
        }
    }

    /// The names under which it can hold something.
    fn holders(&self) -> [String; 2] {
        [self.principal.to_owned(), principal::group(self.account)]
    }

    /// Does it stand for its whole account: its root, or a data lake admin?
    pub(super) fn is_admin(&self, tx: &Tx<'_>) -> Result<bool, ServiceError> {
        Ok(principal::is_root(self.principal)
            || settings::of(tx, &self.scope())?.is_admin(self.principal))
    }
}

impl Refusal {
    /// In Lake Formation's words.
    fn insufficient(required: &str, on: &str) -> Self {
        Self {
            message: format!(
                "Insufficient Lake Formation permission(s): Required {required} on {on}"
            ),
        }
    }
}

/// Which columns and rows of `database`.`table` in `catalog` (an account id) the reader may see.
/// Resource links are followed: they need `DESCRIBE` on the link, and `SELECT` on the target.
///
/// # Errors
/// The outer error is the store's; the inner one is the refusal that the reader is shown.
pub(crate) fn readable(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    catalog: &str,
    database: &str,
    table: &str,
    now_ms: i64,
) -> Result<Result<Readable, Refusal>, ServiceError> {
    let found = match resolve(tx, reader, catalog, database, table)? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let all = &found.facts.columns;
    let seen = if found.scope.account == reader.account {
        own(tx, reader, &found)?
    } else {
        foreign(tx, reader, &found, now_ms)?
    };
    Ok(seen.and_then(|parts| {
        let cells = together(&parts, all)
            .ok_or_else(|| Refusal::insufficient("Select", &found.facts.name))?;
        Ok(Readable {
            columns: cells.columns,
            row_filters: match cells.rows {
                Rows::All => Vec::new(),
                Rows::Any(predicates) => predicates,
            },
        })
    }))
}

/// A table behind its links.
struct Found {
    scope: Scope,
    database: String,
    facts: TableFacts,
}

impl Found {
    fn resource(&self) -> Resource {
        Resource::table(&self.scope.account, &self.database, &self.facts.name)
    }

    fn everything(&self) -> Vec<Cells> {
        vec![Cells {
            columns: self.facts.columns.clone(),
            rows: Rows::All,
        }]
    }
}

/// Follows a link to a database, and one to a table.
fn resolve(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    catalog: &str,
    database: &str,
    table: &str,
) -> Result<Result<Found, Refusal>, ServiceError> {
    let scope_of = |account: &str| Scope {
        account: account.to_owned(),
        region: reader.region.to_owned(),
    };
    let (mut scope, mut database) = (scope_of(catalog), database.to_lowercase());
    let mut table = table.to_lowercase();
    if let Some(Some(link)) = facts::database(tx, &scope, &database)? {
        if !describes(tx, reader, &scope, &Resource::database(catalog, &database))? {
            return Ok(Err(Refusal::insufficient("Describe", &database)));
        }
        (scope, database) = (scope_of(&link.catalog), link.database);
    }
    let missing = |table: &str| Ok(Err(Refusal::insufficient("Describe", table)));
    let Some(mut known) = facts::table(tx, &scope, &database, &table)? else {
        return missing(&table);
    };
    if let Some(link) = known.link {
        let resource = Resource::table(&scope.account, &database, &table);
        if !describes(tx, reader, &scope, &resource)? {
            return missing(&table);
        }
        (scope, database) = (scope_of(&link.catalog), link.database);
        table = link.table.unwrap_or(table);
        let Some(target) = facts::table(tx, &scope, &database, &table)? else {
            return missing(&table);
        };
        known = target;
    }
    Ok(Ok(Found {
        scope,
        database,
        facts: known,
    }))
}

/// Does the reader see a resource of its own catalog? Of another's this says yes: what is behind the
/// link decides.
fn describes(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    scope: &Scope,
    resource: &Resource,
) -> Result<bool, ServiceError> {
    if scope.account != reader.account || reader.is_admin(tx)? {
        return Ok(true);
    }
    for holder in reader
        .holders()
        .iter()
        .map(String::as_str)
        .chain([IAM_ALLOWED])
    {
        for grant in received::held_on(tx, scope, resource, holder)? {
            if grant.describes() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

type Seen = Result<Vec<Cells>, Refusal>;

fn own(tx: &Tx<'_>, reader: &Reader<'_>, found: &Found) -> Result<Seen, ServiceError> {
    if principal::is_root(reader.principal)
        || (is_open(tx, found)? && !opted_in(tx, reader, found)?)
    {
        return Ok(Ok(found.everything()));
    }
    let mut parts = Vec::new();
    for holder in reader.holders() {
        parts.extend(cells(tx, &found.scope, &holder, found)?);
    }
    Ok(Ok(parts))
}

/// Does IAM alone decide on the table, for whom has not opted in?
fn is_open(tx: &Tx<'_>, found: &Found) -> Result<bool, ServiceError> {
    for resource in super::authority::wider(&found.resource()) {
        if let Some(grant) = grant::find(tx, &found.scope, &resource, IAM_ALLOWED)?
            && (grant.permissions.contains("ALL") || !grant.select.is_empty())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Has the reader opted in, or all principals of its account?
fn opted_in(tx: &Tx<'_>, reader: &Reader<'_>, found: &Found) -> Result<bool, ServiceError> {
    let group = principal::group(reader.account);
    let names = [reader.principal, group.as_str(), reader.account];
    let catalog = &found.scope.account;
    opt_in::covers(
        tx,
        &found.scope,
        &names,
        catalog,
        &found.database,
        &found.facts.name,
    )
}

fn foreign(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    found: &Found,
    now_ms: i64,
) -> Result<Seen, ServiceError> {
    let name = &found.facts.name;
    let (consumer, resource) = (reader.scope(), found.resource());
    let refuse = |why: String| {
        let mut refusal = Refusal::insufficient("Select", name);
        refusal.message.push_str(&why);
        Ok(Err(refusal))
    };
    let mut parts = Vec::new();
    for grant in received::by_principal(tx, &consumer, &resource, reader.principal, now_ms)? {
        parts.extend(cells_of(tx, &grant, found)?);
    }
    let mut shared = Vec::new();
    for grant in received::by_account(tx, &consumer, &resource, now_ms)? {
        shared.extend(cells_of(tx, &grant, found)?);
    }
    if parts.is_empty() && shared.is_empty() {
        let owner = &found.scope.account;
        return if received::is_dormant(tx, &consumer, &resource, reader.principal)? {
            refuse(format!(
                " (the resource share of account {owner} with account {} is not associated)",
                reader.account
            ))
        } else {
            refuse(format!(
                " (account {owner} has granted nothing on it to account {})",
                reader.account
            ))
        };
    }
    if is_open(tx, found)? && !opted_in(tx, reader, found)? {
        return refuse(format!(
            " (the table is in hybrid access mode, and account {} has not opted in)",
            reader.account
        ));
    }
    if let Some(shared) = together(&shared, &found.facts.columns) {
        if reader.is_admin(tx)? {
            parts.push(shared);
        } else {
            let mut local = Vec::new();
            for holder in reader.holders() {
                local.extend(cells(tx, &consumer, &holder, found)?);
            }
            match together(&local, &found.facts.columns) {
                Some(local) => parts.push(shared.and(&local)),
                None if parts.is_empty() => {
                    return refuse(format!(
                        " (account {} has it, and has not granted it to {})",
                        reader.account, reader.principal
                    ));
                }
                None => {}
            }
        }
    }
    Ok(Ok(parts))
}

/// What a holder's grants, kept by this account, show of the table.
fn cells(
    tx: &Tx<'_>,
    keeper: &Scope,
    holder: &str,
    found: &Found,
) -> Result<Vec<Cells>, ServiceError> {
    let mut parts = Vec::new();
    for grant in received::held_on(tx, keeper, &found.resource(), holder)? {
        parts.extend(cells_of(tx, &grant, found)?);
    }
    Ok(parts)
}

/// What a grant on the table, on a filter of it or on its tags shows.
fn cells_of(tx: &Tx<'_>, grant: &Grant, found: &Found) -> Result<Option<Cells>, ServiceError> {
    let columns = |keep: &dyn Fn(&str) -> bool| -> Vec<String> {
        let all = found.facts.columns.iter();
        all.filter(|column| keep(column)).cloned().collect()
    };
    let cells = match &grant.resource.target {
        Target::Table { .. } | Target::AllTables { .. } => Cells {
            columns: columns(&|column| grant.select.contains(column)),
            rows: Rows::All,
        },
        _ if !grant.permissions.contains(SELECT) => return Ok(None),
        Target::Filter { name, .. } => {
            let scope = &found.scope;
            let (database, table) = (&found.database, &found.facts.name);
            let Some(filter) = data_cells_filter::find(tx, scope, database, table, name)? else {
                return Ok(None);
            };
            Cells {
                columns: columns(&|column| filter.columns.contains(column)),
                rows: filter.rows.map_or(Rows::All, |rows| Rows::Any(vec![rows])),
            }
        }
        Target::TagPolicy { on, expression } if on == "TABLE" => {
            let mut fitting = Vec::new();
            for column in &found.facts.columns {
                let (scope, table) = (&found.scope, &found.facts.name);
                let tags = tagging::of_column(tx, scope, &found.database, table, column)?;
                if tagging::fits(&tags, expression) {
                    fitting.push(column.clone());
                }
            }
            Cells {
                columns: fitting,
                rows: Rows::All,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(cells).filter(|cells| !cells.columns.is_empty()))
}
