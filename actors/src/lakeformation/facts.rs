use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::{CellsFilter, Grant, Location};

/// Everything that decides who can read a table, as one account's Lake Formation and Glue have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// When it was read, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The table; none if it is not there, or not to be seen from this account.
    pub table: Option<TableSeen>,
    /// The grants on the table, its columns and filters, its database and all tables of it, and those by tag
    /// expression: to anybody, `IAM_ALLOWED_PRINCIPALS` included, in atoms. What administrators may do by
    /// being such is not among them.
    pub grants: Vec<Grant>,
    /// The table's data cells filters.
    pub filters: Vec<CellsFilter>,
    /// The tags, inherited ones included: by column, those of the table itself under the empty name.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Who opted in to Lake Formation's permissions on the table or its database.
    pub opted_in: Vec<String>,
    /// The registered location that the table's files are in, if it is registered.
    pub location: Option<Location>,
    /// The data lake administrators.
    pub admins: Vec<String>,
}

/// A table as Glue shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableSeen {
    /// The columns, those of the partitions last.
    pub columns: Vec<String>,
    /// `s3://bucket/prefix/`; empty for a link.
    pub location: String,
    /// For a resource link: catalogue, database and table that it leads to.
    pub link_to: Option<(String, String, String)>,
}
