//! Who, and on what: the options of a grant and a revoke.

use clap::Args;
use datamesh_proto::v1;

/// Who, and on what.
#[derive(Args, Clone, Debug)]
pub struct On {
    /// Who: the ARN of a role, user, organization or unit, or an account's 12 digits
    #[arg(long)]
    pub principal: String,
    /// On this table: database.table, or database.* for all of its tables
    #[arg(long, value_name = "DATABASE.TABLE", group = "what")]
    table: Option<String>,
    /// On this database
    #[arg(long, group = "what")]
    database: Option<String>,
    /// On this data location: arn:aws:s3:::bucket/prefix
    #[arg(long, value_name = "ARN", group = "what")]
    location: Option<String>,
    /// On every table with this tag: KEY=VALUE or KEY=VALUE,VALUE; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUES", value_parser = tag, group = "what")]
    tags: Vec<(String, String)>,
    /// With --tag: on databases, not on tables
    #[arg(long, requires = "tags")]
    databases: bool,
    /// Only this column; as often as needed, or several with commas
    #[arg(
        long = "column",
        alias = "columns",
        value_name = "COLUMN",
        value_delimiter = ',',
        requires = "table"
    )]
    columns: Vec<String>,
    /// All columns but this; as often as needed, or several with commas
    #[arg(
        long = "exclude-column",
        aliases = ["exclude-columns", "exclude"],
        value_name = "COLUMN",
        value_delimiter = ',',
        requires = "table",
        conflicts_with = "columns"
    )]
    exclude: Vec<String>,
    /// Only rows for which this holds: country = 'IT'
    #[arg(long, value_name = "EXPRESSION", requires = "table")]
    rows: Option<String>,
    /// In this account's Lake Formation [default: the server's own]
    #[arg(long, default_value = "", hide_default_value = true)]
    account: String,
    /// In this region [default: the server's own]
    #[arg(long, default_value = "", hide_default_value = true)]
    region: String,
    /// The account whose catalogue it is in, if another one
    #[arg(long, default_value = "", hide_default_value = true)]
    catalog: String,
}

impl On {
    /// As the API has it.
    pub fn target(&self) -> v1::PermissionTarget {
        let (database, table) = match (&self.table, &self.database) {
            (Some(table), _) => match table.split_once('.') {
                Some((database, table)) => (database.to_owned(), table.to_owned()),
                None => (String::new(), table.clone()),
            },
            (None, Some(database)) => (database.clone(), String::new()),
            (None, None) => Default::default(),
        };
        let some = !self.columns.is_empty() || !self.exclude.is_empty() || self.rows.is_some();
        let scope = some.then(|| v1::AccessScope {
            columns: self.columns.clone(),
            excluded_columns: self.exclude.clone(),
            row_filter: self.rows.clone().unwrap_or_default(),
        });
        v1::PermissionTarget {
            account: self.account.clone(),
            region: self.region.clone(),
            catalog_id: self.catalog.clone(),
            database,
            table,
            scope,
            location: self.location.clone().unwrap_or_default(),
            tags: self.tags.iter().cloned().collect(),
            tagged: match self.databases {
                true => "DATABASE".to_owned(),
                false => String::new(),
            },
        }
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(key, values)| !key.is_empty() && !values.is_empty())
        .map(|(key, values)| (key.to_owned(), values.to_owned()))
        .ok_or_else(|| "write KEY=VALUE".to_owned())
}
