use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// One permission of one principal on one object: the smallest thing that Lake Formation can give or take.
///
/// A grant of several permissions or columns is several of these, so that of two holders who need `a, b` and
/// `b, c` the end of the first takes `a` and leaves `b`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// An IAM role's or user's ARN, an account id, an organization's or unit's ARN, `<account>:IAMPrincipals`
    /// or `IAM_ALLOWED_PRINCIPALS`.
    pub principal: String,
    /// On what.
    pub on: Object,
    /// What it allows.
    pub permission: Permission,
    /// Whether it is the right to give this permission on. It is a thing of its own: who holds it holds the
    /// permission as another.
    pub grantable: bool,
}

impl Grant {
    /// Whether who holds this holds the other too, so that the other cannot be taken away, or seen to be gone,
    /// while this is there; and goes with this when this is taken away. True of itself.
    ///
    /// `ALL` covers every permission on its object, SELECT on a table that on its columns, and the right to
    /// give on the permission itself. Tables are not covered by their database: Lake Formation keeps them apart.
    pub fn covers(&self, other: &Self) -> bool {
        self.principal == other.principal
            && (self.grantable || !other.grantable)
            && match self.permission {
                Permission::All => self.on.covers(&other.on),
                Permission::Select => {
                    other.permission == Permission::Select && self.on.covers(&other.on)
                }
                permission => permission == other.permission && self.on == other.on,
            }
    }
}

/// What a permission is on. The catalogue and the database are those of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Object {
    /// The catalogue of the account; in its own ledger.
    Catalog,
    /// The database.
    Database,
    /// Every table of the database, also those to come.
    AllTables,
    /// A table; with SELECT: all its columns.
    Table(String),
    /// One column, for SELECT.
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// All columns but these, also those to come, for SELECT.
    ColumnsExcept {
        /// The table.
        table: String,
        /// The columns that are left out; not empty.
        excluded: BTreeSet<String>,
    },
    /// What a data cells filter lets through, for SELECT.
    Filter {
        /// The table.
        table: String,
        /// The filter's name.
        name: String,
    },
    /// An S3 location's ARN; in the account's own ledger.
    Location(String),
    /// A tag key and some of its values; in the account's own ledger.
    TagKey {
        /// The key.
        key: String,
        /// The values.
        values: BTreeSet<String>,
    },
    /// Everything that has these tags: for each key one of the values; in the account's own ledger.
    Expression {
        /// Databases or tables.
        of: Tagged,
        /// The values, by key.
        tags: BTreeMap<String, BTreeSet<String>>,
    },
}

/// What a tag expression finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tagged {
    /// Databases.
    Database,
    /// Tables and their columns.
    Table,
}

impl Object {
    /// Whether the columns that it is about hold those of the other.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table(_), Self::Column { .. } | Self::ColumnsExcept { .. }) => {
                self.table() == other.table()
            }
            (Self::ColumnsExcept { table, excluded }, Self::Column { table: of, column }) => {
                table == of && !excluded.contains(column)
            }
            (
                Self::ColumnsExcept { table, excluded },
                Self::ColumnsExcept {
                    table: of,
                    excluded: more,
                },
            ) => table == of && excluded.is_subset(more),
            _ => self == other,
        }
    }

    /// The table that it is on or in, if it is of one.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Table(table)
            | Self::Column { table, .. }
            | Self::ColumnsExcept { table, .. }
            | Self::Filter { table, .. } => Some(table),
            Self::Catalog
            | Self::Database
            | Self::AllTables
            | Self::Location(_)
            | Self::TagKey { .. }
            | Self::Expression { .. } => None,
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.join(", ")
        };
        match self {
            Self::Catalog => f.write_str("catalog"),
            Self::Database => f.write_str("database"),
            Self::AllTables => f.write_str("all tables"),
            Self::Table(table) => write!(f, "table {table}"),
            Self::Column { table, column } => write!(f, "table {table}, column {column}"),
            Self::ColumnsExcept { table, excluded } => {
                write!(f, "table {table}, all columns but {}", list(excluded))
            }
            Self::Filter { table, name } => write!(f, "table {table}, filter {name}"),
            Self::Location(arn) => write!(f, "location {arn}"),
            Self::TagKey { key, values } => write!(f, "tag {key} = {}", list(values)),
            Self::Expression { of, tags } => {
                f.write_str(match of {
                    Tagged::Database => "databases with",
                    Tagged::Table => "tables with",
                })?;
                for (at, (key, values)) in tags.iter().enumerate() {
                    let and = if at == 0 { "" } else { " and" };
                    write!(f, "{and} {key} = {}", list(values))?;
                }
                Ok(())
            }
        }
    }
}

macro_rules! permissions {
    ($($name:ident = $text:literal, $meaning:literal;)*) => {
        /// What Lake Formation can allow (`Permission` of its API).
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Permission {
            $(#[doc = $meaning] $name,)*
        }

        impl Permission {
            /// Every permission.
            pub const ALL_OF_THEM: &'static [Self] = &[$(Self::$name,)*];

            /// The name in Lake Formation's API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// Reads such a name, in any case.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL_OF_THEM
                    .iter()
                    .copied()
                    .find(|permission| permission.as_str().eq_ignore_ascii_case(text))
            }
        }
    };
}

permissions! {
    All = "ALL", "Everything that can be allowed on the object (`Super` in the console).";
    Select = "SELECT", "Read rows.";
    Alter = "ALTER", "Change the description.";
    Drop = "DROP", "Remove it.";
    Delete = "DELETE", "Remove rows.";
    Insert = "INSERT", "Add rows.";
    Describe = "DESCRIBE", "See that it is there, and its description.";
    CreateDatabase = "CREATE_DATABASE", "Make databases.";
    CreateTable = "CREATE_TABLE", "Make tables.";
    DataLocationAccess = "DATA_LOCATION_ACCESS", "Make tables that point to a location.";
    CreateLfTag = "CREATE_LF_TAG", "Make tag keys.";
    Associate = "ASSOCIATE", "Put a tag on things.";
    GrantWithLfTagExpression = "GRANT_WITH_LF_TAG_EXPRESSION", "Grant by tag expressions.";
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(on: Object) -> Grant {
        Grant {
            principal: "ann".to_owned(),
            on,
            permission: Permission::Select,
            grantable: false,
        }
    }

    fn column(column: &str) -> Object {
        Object::Column {
            table: "orders".to_owned(),
            column: column.to_owned(),
        }
    }

    fn except(excluded: &[&str]) -> Object {
        Object::ColumnsExcept {
            table: "orders".to_owned(),
            excluded: excluded.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn the_wide_covers_the_narrow_and_not_the_other_way_round() {
        let table = || Object::Table("orders".to_owned());
        let all = Grant {
            permission: Permission::All,
            ..select(table())
        };
        let option = Grant {
            grantable: true,
            ..select(column("id"))
        };
        for (wide, narrow) in [
            (select(table()), select(column("id"))),
            (select(table()), select(except(&["email"]))),
            (select(except(&["email"])), select(column("id"))),
            (select(except(&["email"])), select(except(&["email", "id"]))),
            (all, select(column("id"))),
            (option, select(column("id"))),
        ] {
            assert!(wide.covers(&narrow), "{wide:?} covers {narrow:?}");
            assert!(!narrow.covers(&wide), "{narrow:?} does not cover {wide:?}");
            assert!(wide.covers(&wide));
        }
        for (one, other) in [
            (select(except(&["id"])), select(column("id"))),
            (select(column("id")), select(column("total"))),
            (select(Object::AllTables), select(table())),
            (
                select(table()),
                Grant {
                    principal: "bob".to_owned(),
                    ..select(column("id"))
                },
            ),
        ] {
            assert!(
                !one.covers(&other) && !other.covers(&one),
                "{one:?} {other:?}"
            );
        }
    }
}
