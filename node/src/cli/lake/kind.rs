//! The kinds of things that can be put, as subcommands.

use clap::Subcommand;
use datamesh_proto::v1;
use datamesh_proto::v1::lake_spec;

/// What to put.
#[derive(Subcommand, Clone, Debug)]
pub enum Kind {
    /// A location whose files Lake Formation governs
    Location {
        /// arn:aws:s3:::bucket/prefix
        arn: String,
        /// The role that Lake Formation reads as [default: the service-linked one]
        #[arg(
            long,
            value_name = "ARN",
            default_value = "",
            hide_default_value = true
        )]
        role: String,
        /// Let IAM's permissions go on counting for who has not opted in
        #[arg(long)]
        hybrid: bool,
    },
    /// A data lake administrator
    Administrator {
        /// The ARN of a role or user
        principal: String,
    },
    /// Cross-account sharing of at least a version; it is never taken back
    CrossAccountVersion {
        /// 1 to 4
        #[arg(value_parser = clap::value_parser!(i32).range(1..=4))]
        version: i32,
    },
    /// A tag key and its values
    TagKey {
        /// The key
        key: String,
        /// Its values
        #[arg(required = true)]
        values: Vec<String>,
    },
    /// A tag on a database, table or column
    Tag {
        /// KEY=VALUE
        #[arg(value_parser = pair)]
        tag: (String, String),
        /// On what: database, database.table or database.table.column
        #[arg(long)]
        on: String,
    },
    /// A data cells filter: it leaves columns and rows out, and masks nothing
    Filter {
        /// database.table
        table: String,
        /// The filter's name
        name: String,
        /// Only this column; as often as needed, or several with commas
        #[arg(
            long = "column",
            alias = "columns",
            value_name = "COLUMN",
            value_delimiter = ','
        )]
        columns: Vec<String>,
        /// All columns but this; as often as needed, or several with commas
        #[arg(
            long = "exclude-column",
            aliases = ["exclude-columns", "exclude"],
            value_name = "COLUMN",
            value_delimiter = ',',
            conflicts_with = "columns"
        )]
        exclude: Vec<String>,
        /// Only rows for which this holds: country = 'IT'
        #[arg(long, default_value = "", hide_default_value = true)]
        rows: String,
    },
    /// An opt-in to Lake Formation's permissions (hybrid access)
    OptIn {
        /// The ARN of a role or user
        principal: String,
        /// On what: database or database.table
        #[arg(long)]
        on: String,
    },
    /// A resource link to a table of another account
    Link {
        /// The link: database.name
        link: String,
        /// The account whose catalogue the table is in
        #[arg(long)]
        to_account: String,
        /// The table: database.table
        #[arg(long)]
        to: String,
    },
}

impl Kind {
    /// As the API has it.
    pub fn spec(self) -> lake_spec::Kind {
        match self {
            Self::Location { arn, role, hybrid } => {
                let role_arn = role;
                lake_spec::Kind::Location(v1::LakeLocation {
                    arn,
                    role_arn,
                    hybrid,
                })
            }
            Self::Administrator { principal } => lake_spec::Kind::Administrator(principal),
            Self::CrossAccountVersion { version } => lake_spec::Kind::CrossAccountVersion(version),
            Self::TagKey { key, values } => lake_spec::Kind::TagKey(v1::LakeTagKey { key, values }),
            Self::Tag {
                tag: (key, value),
                on,
            } => {
                let [database, table, column] = parts(&on);
                lake_spec::Kind::Tag(v1::LakeTag {
                    database,
                    table,
                    column,
                    key,
                    value,
                })
            }
            Self::Filter {
                table,
                name,
                columns,
                exclude,
                rows,
            } => {
                let [database, table, _] = parts(&table);
                lake_spec::Kind::Filter(v1::LakeFilter {
                    database,
                    table,
                    name,
                    scope: Some(v1::AccessScope {
                        columns,
                        excluded_columns: exclude,
                        row_filter: rows,
                    }),
                })
            }
            Self::OptIn { principal, on } => {
                let [database, table, _] = parts(&on);
                lake_spec::Kind::OptIn(v1::LakeOptIn {
                    principal,
                    database,
                    table,
                })
            }
            Self::Link {
                link,
                to_account,
                to,
            } => {
                let [database, name, _] = parts(&link);
                lake_spec::Kind::Link(v1::LakeLink {
                    database,
                    name,
                    target_account: to_account,
                    target_table: to,
                })
            }
        }
    }
}

/// `database.table.column`; what is not there is empty, and the server says what it lacks.
fn parts(path: &str) -> [String; 3] {
    let mut parts = path.splitn(3, '.').map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "write KEY=VALUE".to_owned())
}
