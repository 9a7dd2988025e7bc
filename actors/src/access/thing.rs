use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant::{Grant, Object};

/// Something that a ledger keeps in Lake Formation, or in Glue beside it.
///
/// The order is that of putting: what others stand on comes first. It is taken away in the opposite order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Thing {
    /// Cross-account sharing of at least this version (`CROSS_ACCOUNT_VERSION`); an account's. It is never
    /// taken back: others may rely on it.
    Sharing {
        /// 1 to 4.
        version: u8,
    },
    /// A data lake administrator; an account's.
    Admin {
        /// The ARN of a role or user.
        principal: String,
    },
    /// A registered location; an account's.
    Location(Location),
    /// A tag key with at least these values; an account's.
    TagKey {
        /// The key.
        key: String,
        /// The values.
        values: BTreeSet<String>,
    },
    /// A tag on a database, a table or a column.
    Tag {
        /// On what: [`Object::Database`], [`Object::Table`] or [`Object::Column`].
        on: Object,
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// A data cells filter.
    Filter(CellsFilter),
    /// A resource link to a table of the ledger's database.
    Link(Link),
    /// Lake Formation's permissions count for this principal, also where IAM's would suffice (hybrid access).
    OptIn {
        /// Who.
        principal: String,
        /// On what: [`Object::Database`] or [`Object::Table`].
        on: Object,
    },
    /// A permission.
    Grant(Grant),
}

/// An S3 location that Lake Formation governs (`RegisterResource`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// `arn:aws:s3:::bucket/prefix`.
    pub arn: String,
    /// The role that Lake Formation reads as; the service-linked one if empty.
    pub role_arn: String,
    /// Whether IAM's permissions go on counting for who has not opted in.
    pub hybrid: bool,
}

/// A data cells filter. It leaves columns and rows out; it masks nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellsFilter {
    /// The table.
    pub table: String,
    /// The name, unique in the table; ours begin with `datamesh-` and carry a digest of the content.
    pub name: String,
    /// The columns that it lets through; all but `excluded` if empty.
    pub columns: BTreeSet<String>,
    /// The columns that it leaves out.
    pub excluded: BTreeSet<String>,
    /// The rows that it lets through.
    pub rows: Rows,
}

/// The rows that a filter lets through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rows {
    /// All.
    All,
    /// Those for which the expression holds: `country = 'IT'`.
    Where(String),
}

/// A resource link (a Glue table with a `TargetTable`) in the ledger's account to a table of its database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The database that holds the link; it is made if it is not there, and stays.
    pub database: String,
    /// The link's name.
    pub name: String,
    /// The table that it leads to, in the ledger's catalogue and database.
    pub table: String,
}

impl Thing {
    /// Whether it stays when nobody holds it any more: others may rely on it, and it gives nobody access. An
    /// opt-in stays because without it a table that is open to IAM would be open again to the principal. What
    /// stays is let go of without being taken away, and without a read that shows it gone.
    pub fn stays(&self) -> bool {
        matches!(
            self,
            Self::Sharing { .. } | Self::Location(_) | Self::OptIn { .. }
        )
    }

    /// What tells it from others in one ledger, in a map or a list: the same text for the same thing. Two
    /// holders that want different content under one key cannot both have it.
    pub fn key(&self) -> String {
        match self {
            Self::Sharing { .. } => "sharing".to_owned(),
            Self::Admin { principal } => format!("admin/{principal}"),
            Self::Location(location) => format!("location/{}", location.arn),
            Self::TagKey { key, .. } => format!("tag-key/{key}"),
            Self::Tag { on, key, .. } => format!("tag/{on}/{key}"),
            Self::Filter(filter) => format!("filter/{}/{}", filter.table, filter.name),
            Self::Link(link) => format!("link/{}/{}", link.database, link.name),
            Self::OptIn { principal, on } => format!("opt-in/{principal}/{on}"),
            Self::Grant(grant) => {
                let Grant {
                    principal,
                    on,
                    permission,
                    grantable,
                } = grant;
                let option = if *grantable { "+grant" } else { "" };
                format!("grant/{principal}/{on}/{permission}{option}")
            }
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.join(", ")
        };
        match self {
            Self::Sharing { version } => write!(f, "cross-account sharing, version {version}"),
            Self::Admin { principal } => write!(f, "data lake administrator {principal}"),
            Self::Location(location) => write!(f, "location {}", location.arn),
            Self::TagKey { key, values } => write!(f, "tag key {key}: {}", list(values)),
            Self::Tag { on, key, value } => write!(f, "tag {key} = {value} on {on}"),
            Self::Filter(filter) => write!(f, "filter {} on table {}", filter.name, filter.table),
            Self::Link(link) => write!(
                f,
                "resource link {}.{} to table {}",
                link.database, link.name, link.table
            ),
            Self::OptIn { principal, on } => write!(f, "opt-in of {principal} on {on}"),
            Self::Grant(grant) => {
                let option = if grant.grantable {
                    " with grant option"
                } else {
                    ""
                };
                write!(
                    f,
                    "{}{option} on {} to {}",
                    grant.permission, grant.on, grant.principal
                )
            }
        }
    }
}
