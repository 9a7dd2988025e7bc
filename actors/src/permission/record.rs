use datamesh_actor::derive_id;
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::looking::Inspection;
use super::state::State;
use crate::access::{Grant, LedgerId, Object, Permission, Thing, Why};
use crate::row;

/// The list of permissions: one row for each principal and object, or columns of one table.
pub const PERMISSIONS: &str = "permissions";
/// The list of ledgers.
pub const LEDGERS: &str = "ledgers";
/// Most things that a ledger's record lists as missing or given by hand.
pub const MAX_LISTED: usize = 100;

/// What a principal may do with an object, as the API shows it; a document of [`PERMISSIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionRecord {
    /// `perm-…`, see [`permission_id`].
    pub permission_id: String,
    /// The ledger that writes it, as text.
    pub ledger: String,
    /// The account in whose Lake Formation it is.
    pub account: String,
    /// The region.
    pub region: String,
    /// The account whose catalogue the object is in.
    pub catalog: String,
    /// The database; empty for what belongs to an account.
    pub database: String,
    /// The table, if it is about one.
    pub table: String,
    /// The ARN of the object.
    pub resource: String,
    /// The object in words: `table sales, columns`.
    pub on: String,
    /// The object; of several columns the first.
    #[serde(default)]
    pub object: Option<Object>,
    /// Who.
    pub principal: String,
    /// The columns, if it is about some.
    pub columns: Vec<String>,
    /// What is allowed.
    pub permissions: Vec<Permission>,
    /// What may be given on.
    pub grantable: Vec<Permission>,
    /// How far it is.
    pub status: PermissionStatus,
    /// Why it is not further: `CODE: a sentence`; empty if nothing is wrong.
    pub status_reason: String,
    /// Who needs it. Nobody: it is going, or was given by hand.
    pub holders: Vec<HeldBy>,
    /// Since when the ledger has it, in milliseconds since the Unix epoch; 0 if it was given by hand.
    pub since_ms: i64,
    /// Until when the last of the holders needs it, in milliseconds since the Unix epoch; `None` for good.
    pub until_ms: Option<i64>,
    /// When something of it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
}

/// A holder, and what it stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldBy {
    /// `share-…` or `perm-…`.
    pub holder: String,
    /// What it stands on.
    pub why: Why,
}

/// How far a permission is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PermissionStatus {
    /// Being given, or not read back yet.
    #[default]
    Granting,
    /// There, as a read showed.
    Granted,
    /// Some or all of it is being taken away.
    Revoking,
    /// Gone, as a read showed.
    Revoked,
    /// Some of it cannot be given.
    Failed,
    /// Some of it is missing, or was given by hand.
    Drifted,
}

impl PermissionStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Granting,
        Self::Granted,
        Self::Revoking,
        Self::Revoked,
        Self::Failed,
        Self::Drifted,
    ];

    /// The name in the API: `GRANTED`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granting => "GRANTING",
            Self::Granted => "GRANTED",
            Self::Revoking => "REVOKING",
            Self::Revoked => "REVOKED",
            Self::Failed => "FAILED",
            Self::Drifted => "DRIFTED",
        }
    }
}

/// A ledger as whoever waits for it sees it; without the inspections a document of [`LEDGERS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerRecord {
    /// The ledger's id, as text.
    pub ledger: String,
    /// How many things there are in it.
    pub things: usize,
    /// How many are there.
    pub there: usize,
    /// How many wait to be put.
    pub to_put: usize,
    /// How many wait to be taken away.
    pub to_take: usize,
    /// How many wait to be read back.
    pub to_read: usize,
    /// How many cannot be put.
    pub failed: usize,
    /// How many are missing.
    pub missing: usize,
    /// The missing things: the first [`MAX_LISTED`].
    pub missing_things: Vec<Thing>,
    /// What is there and nobody holds: the first [`MAX_LISTED`].
    pub extra_things: Vec<Thing>,
    /// The holders that were last asked for, newest last.
    pub holders: Vec<HolderRecord>,
    /// The number of the last look at everything that saw all; 0 for none.
    pub verified_number: u64,
    /// When that was, in milliseconds since the Unix epoch.
    pub verified_ms: i64,
    /// Looks that are under way.
    pub looks: usize,
    /// The last inspections of tables.
    pub inspections: Vec<Inspection>,
}

/// How far a holder's last generation is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderRecord {
    /// Who.
    pub holder: String,
    /// Which generation.
    pub generation: u64,
    /// `UNDER_WAY`, `HELD`, `RELEASED`, `REFUSED` or `UNREACHABLE`.
    pub result: String,
    /// How many things it waits for.
    pub waiting: usize,
}

/// What puts a grant into one row with others: its principal and its object, where columns of one table are
/// one object. `None` for what is no grant.
pub(super) fn group_of(thing: &Thing) -> Option<String> {
    match thing {
        Thing::Grant(grant) => Some(format!("{}\n{}", grant.principal, object_text(&grant.on))),
        _ => None,
    }
}

/// The id of the row of a group that [`group_of`] named.
pub(super) fn id_of_group(ledger: &LedgerId, group: &str) -> Option<String> {
    let (principal, on) = group.split_once('\n')?;
    Some(derive_id("perm-", &[&ledger.to_string(), principal, on]))
}

fn object_text(on: &Object) -> String {
    match on {
        Object::Column { table, .. } => format!("table {table}, columns"),
        on => on.to_string(),
    }
}

/// The id of the permissions of a principal on an object in a ledger: the same for the same. It is also the
/// holder of what the Permission service grants there.
pub fn permission_id(ledger: &LedgerId, principal: &str, on: &Object) -> String {
    let parts = [&ledger.to_string(), principal, &object_text(on)];
    derive_id("perm-", &parts)
}

/// The ARN of an object: Glue's for what is in a catalogue.
pub(super) fn resource_arn(ledger: &LedgerId, on: &Object) -> String {
    let catalog = match ledger.catalog.as_str() {
        "" => &ledger.account,
        _ => &ledger.catalog,
    };
    let glue = format!("arn:aws:glue:{}:{catalog}", ledger.region);
    let database = &ledger.database;
    match on {
        Object::Catalog => format!("{glue}:catalog"),
        Object::Database => format!("{glue}:database/{database}"),
        Object::AllTables => format!("{glue}:table/{database}/*"),
        Object::Table(table)
        | Object::Column { table, .. }
        | Object::ColumnsExcept { table, .. }
        | Object::Filter { table, .. } => format!("{glue}:table/{database}/{table}"),
        Object::Location(arn) => arn.clone(),
        Object::TagKey { key, .. } => format!("lf-tag:{key}"),
        Object::Expression { .. } => format!("lf-tag-policy:{on}"),
    }
}

impl PermissionRecord {
    /// The record of these grants, as far as they and the ledger say it.
    pub(super) fn of(ledger: &LedgerId, grants: &[&Grant]) -> Option<Self> {
        let first = grants.first()?;
        let permissions = |grantable: bool| {
            let some = grants.iter().filter(|grant| grant.grantable == grantable);
            let mut names: Vec<Permission> = some.map(|grant| grant.permission).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        let columns = grants.iter().filter_map(|grant| match &grant.on {
            Object::Column { column, .. } => Some(column.clone()),
            _ => None,
        });
        let mut columns: Vec<String> = columns.collect();
        columns.sort_unstable();
        columns.dedup();
        Some(Self {
            permission_id: permission_id(ledger, &first.principal, &first.on),
            ledger: ledger.to_string(),
            account: ledger.account.clone(),
            region: ledger.region.clone(),
            catalog: ledger.catalog.clone(),
            database: ledger.database.clone(),
            table: first.on.table().unwrap_or_default().to_owned(),
            resource: resource_arn(ledger, &first.on),
            on: object_text(&first.on),
            object: Some(first.on.clone()),
            principal: first.principal.clone(),
            columns,
            permissions: permissions(false),
            grantable: permissions(true),
            ..Self::default()
        })
    }

    /// Whether it is about this grant, wholly or in part.
    pub fn covers(&self, grant: &Grant) -> bool {
        let column = match &grant.on {
            Object::Column { column, .. } => self.columns.contains(column),
            _ => true,
        };
        let permissions = match grant.grantable {
            true => &self.grantable,
            false => &self.permissions,
        };
        column
            && self.principal == grant.principal
            && self.on == object_text(&grant.on)
            && permissions.contains(&grant.permission)
    }

    pub(super) fn row(&self) -> Option<ViewChange> {
        let place = [
            &self.account,
            &self.database,
            &self.table,
            &self.principal,
            &self.permission_id,
        ];
        let mut fields = vec![
            ("account", self.account.as_str()),
            ("database", self.database.as_str()),
            ("table", self.table.as_str()),
            ("principal", self.principal.as_str()),
            ("status", self.status.as_str()),
        ];
        let holders = self.holders.iter();
        fields.extend(holders.map(|held| ("holder", held.holder.as_str())));
        let sort = place.map(String::as_str).join("/");
        row::put(PERMISSIONS, &self.permission_id, sort, &fields, self)
    }
}

impl LedgerRecord {
    pub(super) fn of(id: &str, state: &State) -> Self {
        let queues = &state.queues;
        let missing = queues.missing.iter().copied().take(MAX_LISTED);
        let extra = state.extras.values().take(MAX_LISTED);
        let holders = state.recent.iter().filter_map(|id| {
            let holder = state.holder(id)?;
            Some(HolderRecord {
                holder: id.clone(),
                generation: holder.generation,
                result: holder.told.as_str().to_owned(),
                waiting: holder.waiting.len(),
            })
        });
        let (verified_number, verified_ms) = state.verified.unwrap_or_default();
        Self {
            ledger: id.to_owned(),
            things: state.items.len(),
            there: queues.there.len(),
            to_put: queues.put.len() + state.giving.in_flight.len(),
            to_take: queues.take.len() + state.taking.in_flight.len(),
            to_read: queues.confirm.len() + queues.prove.len(),
            failed: queues.failed.len(),
            missing: queues.missing.len(),
            missing_things: state.things(missing),
            extra_things: extra.map(|thing| (**thing).clone()).collect(),
            holders: holders.collect(),
            verified_number,
            verified_ms,
            looks: state.looks.len(),
            inspections: (state.inspections.iter())
                .map(|inspection| (**inspection).clone())
                .collect(),
        }
    }

    /// How far this generation of a holder is; `None` if it is not among the last that were asked for.
    pub fn holder(&self, holder: &str, generation: u64) -> Option<&HolderRecord> {
        let mut holders = self.holders.iter();
        holders.find(|record| record.holder == holder && record.generation >= generation)
    }

    /// The inspection with this number.
    pub fn inspection(&self, table: &str, number: u64) -> Option<&Inspection> {
        let mut all = self.inspections.iter();
        all.find(|one| one.table == table && one.number == number)
    }

    pub(super) fn row(&self) -> Option<ViewChange> {
        let shown = Self {
            inspections: Vec::new(),
            ..self.clone()
        };
        row::put(LEDGERS, &self.ledger, self.ledger.clone(), &[], &shown)
    }
}
