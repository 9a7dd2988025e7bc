//! What is held: one document for each (resource, principal), found by either.
//!
//! A grant is kept by the account that gave it: the catalog's own, or the account with which a
//! resource was shared, for what it passes on to its principals.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::columns::Columns;
use super::permission::{self, Permissions, SELECT};
use super::principal;
use super::resource::{Resource, Target};
use super::sharing;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// By resource key and principal.
pub(super) const GRANTS: &str = "lakeformation.grants";
/// By principal and resource key; the documents say nothing.
pub(super) const GRANTS_OF: &str = "lakeformation.grants-of";

/// What a principal holds on a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) principal: String,
    pub(super) resource: Resource,
    /// All but the `SELECT` on tables.
    pub(super) permissions: Permissions,
    /// Those that may be passed on.
    pub(super) grantable: Permissions,
    /// Of tables: the columns that may be selected.
    pub(super) select: Columns,
    pub(super) select_grantable: Columns,
    changed_ms: i64,
    changed_by: String,
}

/// What a request adds or takes away.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) permissions: Permissions,
    pub(super) grantable: Permissions,
    /// Which columns the `SELECT` among them means.
    pub(super) columns: Columns,
}

impl Grant {
    pub(super) fn empty(resource: &Resource, principal: &str) -> Self {
        Self {
            principal: principal.to_owned(),
            resource: resource.clone(),
            permissions: Permissions::new(),
            grantable: Permissions::new(),
            select: Columns::none(),
            select_grantable: Columns::none(),
            changed_ms: 0,
            changed_by: String::new(),
        }
    }

    fn is_of_tables(&self) -> bool {
        matches!(
            self.resource.target,
            Target::Table { .. } | Target::AllTables { .. }
        )
    }

    fn is_empty(&self) -> bool {
        self.permissions.is_empty() && self.select.is_empty()
    }

    pub(super) fn key(&self) -> String {
        self.resource.key() + &self.principal
    }

    /// Adds to what is held.
    pub(super) fn add(&mut self, change: &Change) {
        let (mut permissions, mut grantable) =
            (change.permissions.clone(), change.grantable.clone());
        if self.is_of_tables() {
            if permissions.remove(SELECT) {
                self.select = self.select.or(&change.columns);
            }
            if grantable.remove(SELECT) {
                self.select_grantable = self.select_grantable.or(&change.columns);
            }
        }
        self.permissions.extend(permissions);
        self.grantable.extend(grantable);
    }

    /// Takes away. What may be passed on is held: a permission goes with its grant option.
    pub(super) fn take(&mut self, change: &Change) {
        let gone = &change.permissions;
        let (held, options) = (gone, gone.union(&change.grantable).cloned().collect());
        if self.is_of_tables() {
            if held.contains(SELECT) {
                self.select = self.select.without(&change.columns);
            }
            if Permissions::contains(&options, SELECT) {
                self.select_grantable = self.select_grantable.without(&change.columns);
            }
        }
        strip(&mut self.permissions, held);
        strip(&mut self.grantable, &options);
    }

    /// Which of the permissions are not held at all.
    pub(super) fn lacks(&self, change: &Change) -> Vec<String> {
        let lacks = |names: &Permissions, held: &Permissions, select: &Columns| -> Vec<String> {
            let whole = names.contains(permission::ALL);
            names
                .iter()
                .filter(|name| match name.as_str() {
                    // `ALL` stands for the rest of its list.
                    name if whole && name != permission::ALL => false,
                    SELECT if self.is_of_tables() => select.without(&change.columns) == *select,
                    name => !held.contains(name),
                })
                .cloned()
                .collect()
        };
        let mut missing = lacks(&change.permissions, &self.permissions, &self.select);
        let options = lacks(&change.grantable, &self.grantable, &self.select_grantable);
        for name in options {
            if !missing.contains(&name) && !change.permissions.contains(&name) {
                missing.push(name);
            }
        }
        missing
    }

    /// Does the holder see the resource?
    pub(super) fn describes(&self) -> bool {
        !self.is_empty()
    }

    /// The entries of a list: a `SELECT` on a table stands apart from the rest.
    pub(super) fn entries(&self) -> Vec<Value> {
        let entry = |columns: Option<&Columns>, held: Value, grantable: Value| {
            json!({
                "Principal": {"DataLakePrincipalIdentifier": self.principal},
                "Resource": self.resource.show(columns),
                "Permissions": held,
                "PermissionsWithGrantOption": grantable,
                "LastUpdated": epoch_seconds(self.changed_ms),
                "LastUpdatedBy": self.changed_by,
            })
        };
        let mut entries = Vec::new();
        if !self.permissions.is_empty() {
            entries.push(entry(None, json!(self.permissions), json!(self.grantable)));
        }
        if !self.select.is_empty() {
            if self.select_grantable.is_empty() || self.select_grantable == self.select {
                let grantable = if self.select_grantable.is_empty() {
                    json!([])
                } else {
                    json!([SELECT])
                };
                entries.push(entry(Some(&self.select), json!([SELECT]), grantable));
            } else {
                let plain = self.select.without(&self.select_grantable);
                if !plain.is_empty() {
                    entries.push(entry(Some(&plain), json!([SELECT]), json!([])));
                }
                let passed = Some(&self.select_grantable);
                entries.push(entry(passed, json!([SELECT]), json!([SELECT])));
            }
        }
        entries
    }
}

/// Removes names, and `ALL` with any of them; `ALL` removes the whole.
fn strip(held: &mut Permissions, gone: &Permissions) {
    if gone.contains(permission::ALL) {
        held.clear();
        return;
    }
    let before = held.len();
    held.retain(|name| !gone.contains(name));
    if held.len() < before || gone.contains(SELECT) {
        held.remove(permission::ALL);
    }
}

/// What the principal holds on exactly this resource.
pub(super) fn find(
    tx: &Tx<'_>,
    scope: &Scope,
    resource: &Resource,
    principal: &str,
) -> Result<Option<Grant>, ServiceError> {
    tx.get(scope, GRANTS, &(resource.key() + principal))
}

/// Writes a grant, or deletes it if nothing is left of it.
pub(super) fn save(
    tx: &Tx<'_>,
    call: &Call<'_>,
    scope: &Scope,
    mut grant: Grant,
) -> Result<(), ServiceError> {
    let key = grant.key();
    let index = index_key(&grant.principal, &grant.resource.key());
    if grant.is_empty() {
        tx.delete(scope, GRANTS, &key)?;
        tx.delete(scope, GRANTS_OF, &index)?;
        return Ok(());
    }
    grant.changed_ms = call.now_ms;
    grant.changed_by = principal::caller(call).to_owned();
    tx.put(scope, GRANTS, &key, &grant)?;
    tx.put(scope, GRANTS_OF, &index, &true)
}

/// The key in [`GRANTS_OF`].
pub(super) fn index_key(principal: &str, resource_key: &str) -> String {
    format!("{principal}\n{resource_key}")
}

/// What the principal holds on resources whose keys start with this.
pub(super) fn of(
    tx: &Tx<'_>,
    scope: &Scope,
    principal: &str,
    start: &str,
) -> Result<Vec<Grant>, ServiceError> {
    let prefix = index_key(principal, start);
    let held: Vec<(String, bool)> = tx.scan(scope, GRANTS_OF, &prefix, None, usize::MAX)?;
    let mut grants = Vec::new();
    for (index, _) in held {
        let resource = index.split_once('\n').map_or("", |(_, rest)| rest);
        grants.extend(tx.get::<Grant>(scope, GRANTS, &format!("{resource}{principal}"))?);
    }
    Ok(grants)
}

/// What anybody holds on resources whose keys start with this.
pub(super) fn on(tx: &Tx<'_>, scope: &Scope, start: &str) -> Result<Vec<Grant>, ServiceError> {
    let grants: Vec<(String, Grant)> = tx.scan(scope, GRANTS, start, None, usize::MAX)?;
    Ok(grants.into_iter().map(|(_, grant)| grant).collect())
}

/// Drops what anybody holds on resources that are gone, and the shares that carried it.
pub(super) fn drop_on(tx: &Tx<'_>, call: &Call<'_>, start: &str) -> Result<(), ServiceError> {
    for mut grant in on(tx, &call.scope, start)? {
        grant.permissions.clear();
        grant.grantable.clear();
        grant.select = Columns::none();
        grant.select_grantable = Columns::none();
        sharing::unshare(tx, call, &grant)?;
        save(tx, call, &call.scope, grant)?;
    }
    Ok(())
}
