//! `SearchTables`: tables of the caller's catalog by text and properties.

use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{TABLES, Table};
use super::{catalog, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// How many tables a page holds at most.
const PAGE: usize = 1_000;
/// What a table can be asked for beside its parameters.
const PROPERTIES: [&str; 7] = [
    "name",
    "databasename",
    "description",
    "owner",
    "tabletype",
    "createtime",
    "updatetime",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    next_token: Option<String>,
    filters: Option<Vec<Predicate>>,
    search_text: Option<String>,
    sort_criteria: Option<Vec<Criterion>>,
    max_results: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Predicate {
    key: Option<String>,
    value: Option<String>,
    comparator: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Criterion {
    field_name: Option<String>,
    sort: Option<String>,
}

pub(super) fn search_tables(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    catalog::check(call, input.catalog_id.as_deref())?;
    let mut constraints = Constraints::new();
    let limit = catalog::page_size_of(&mut constraints, input.max_results, PAGE);
    constraints.length("searchText", input.search_text.as_deref(), 0, 1_024);
    let criteria = input.sort_criteria.unwrap_or_default();
    constraints.count("sortCriteria", Some(&criteria), 0, 1);
    for criterion in &criteria {
        constraints.one_of(
            "sortCriteria.sort",
            criterion.sort.as_deref(),
            &["ASC", "DESC"],
        );
    }
    let filters = input.filters.unwrap_or_default();
    for filter in &filters {
        constraints.one_of(
            "filters.comparator",
            filter.comparator.as_deref(),
            &[
                "EQUALS",
                "GREATER_THAN",
                "LESS_THAN",
                "GREATER_THAN_EQUALS",
                "LESS_THAN_EQUALS",
            ],
        );
    }
    constraints.check(error::INVALID_INPUT)?;
    let text = input.search_text.unwrap_or_default();
    let wanted =
        |table: &Table| has_text(table, &text) && filters.iter().all(|filter| filter.takes(table));
    let listing = Listing {
        scope: &call.scope,
        collection: TABLES,
        prefix: "",
    };
    let token = input.next_token.as_deref();
    let (tables, next_token) = match criteria.first() {
        None => paging::page(tx, listing, token, limit, error::bad_token, wanted)?,
        Some(criterion) => {
            let mut tables: Vec<Table> = paging::all(tx, listing)?;
            tables.retain(wanted);
            let field = criterion.field_name.as_deref().unwrap_or("name");
            tables.sort_by_cached_key(|table| property(table, field).unwrap_or_default());
            if criterion.sort.as_deref() == Some("DESC") {
                tables.reverse();
            }
            paging::slice("glue.search", tables, token, limit, error::bad_token)?
        }
    };
    Ok(json!({"TableList": tables, "NextToken": next_token}))
}

/// A property or a parameter as text. Moments are whole seconds, written to sort.
fn property(table: &Table, name: &str) -> Option<String> {
    let text = |member: &str| table.rest.get(member).and_then(Value::as_str);
    let moment = |seconds: f64| Some(format!("{seconds:015.0}"));
    let name = name.to_lowercase();
    match name.replace('_', "").as_str() {
        "name" => Some(table.name.clone()),
        "databasename" => Some(table.database_name.clone()),
        "description" => text("Description").map(str::to_owned),
        "owner" => text("Owner").map(str::to_owned),
        "tabletype" => text("TableType").map(str::to_owned),
        "createtime" => moment(table.create_time),
        "updatetime" => moment(table.update_time),
        _ => None,
    }
}

impl Predicate {
    fn takes(&self, table: &Table) -> bool {
        let key = self.key.as_deref().unwrap_or_default();
        let wanted = self.value.as_deref().unwrap_or_default();
        let known = PROPERTIES.contains(&key.to_lowercase().replace('_', "").as_str());
        let value = match known {
            true => property(table, key),
            false => table
                .rest
                .get("Parameters")
                .and_then(|parameters| parameters.get(key)?.as_str())
                .map(str::to_owned),
        };
        let Some(value) = value else {
            return false;
        };
        let is_moment = key.to_lowercase().ends_with("time");
        let order = match (is_moment, wanted.parse::<f64>()) {
            (true, Ok(seconds)) => value.as_str().cmp(&format!("{seconds:015.0}")),
            _ => value.as_str().cmp(wanted),
        };
        match self.comparator.as_deref() {
            Some("GREATER_THAN") => order.is_gt(),
            Some("LESS_THAN") => order.is_lt(),
            Some("GREATER_THAN_EQUALS") => order.is_ge(),
            Some("LESS_THAN_EQUALS") => order.is_le(),
            // Texts are alike without regard to case, and by a part of them.
            _ if is_moment => order.is_eq(),
            _ => value.to_lowercase().contains(&wanted.to_lowercase()),
        }
    }
}

/// Text in double quotes must be a whole value; other text a part of one.
fn has_text(table: &Table, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let whole = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let fits = |value: &str| {
        let value = value.to_lowercase();
        match whole {
            Some(whole) => value == whole,
            None => value.contains(&text),
        }
    };
    let in_table = ["Description", "Owner", "TableType"]
        .iter()
        .filter_map(|member| table.rest.get(*member)?.as_str())
        .any(fits);
    let in_parameters = || {
        let parameters = table.rest.get("Parameters").and_then(Value::as_object);
        parameters.is_some_and(|all| all.values().filter_map(Value::as_str).any(fits))
    };
    let in_columns = || table.facts("").columns.iter().any(|column| fits(column));
    text.is_empty()
        || fits(&table.name)
        || fits(&table.database_name)
        || in_table
        || in_parameters()
        || in_columns()
}
