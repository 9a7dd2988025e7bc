//! What a permission is on: a target of the protos as the objects of a ledger, and back.

use std::collections::{BTreeMap, BTreeSet};

use datamesh_actors::Place;
use datamesh_actors::access::{CellsFilter, LedgerId, Object, Permission, Rows, Tagged};
use datamesh_actors::agreement::Scope;
use datamesh_actors::audit::sha256;
use datamesh_actors::permission::PermissionRecord;
use datamesh_proto::v1;
use tonic::Status;
use tonic_types::FieldViolation;

use crate::services::access;
use crate::services::ledger::place;
use crate::status::{invalid, invalid_field};

/// A target, as a ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The ledger that it is in.
    pub ledger: LedgerId,
    /// One object, or several columns of one table.
    pub on: BTreeSet<Object>,
    /// The filter that the object names.
    pub filter: Option<CellsFilter>,
}

/// Reads a target. Whether names are well formed, and permissions fit, the ledger checks.
///
/// # Errors
/// `INVALID_FIELDS`: it names nothing, or several things; a scope without a table; a scope that says both which
/// columns and which not.
pub fn target(asked: v1::PermissionTarget, home: &Place) -> Result<Target, Status> {
    let place = place(home, &asked.account, &asked.region);
    let scope = asked.scope.map(access::scope).unwrap_or_default();
    let whole = scope == Scope::default();
    let named = [
        !asked.database.is_empty() || !asked.table.is_empty(),
        !asked.location.is_empty(),
        !asked.tags.is_empty(),
    ];
    if named.iter().filter(|named| **named).count() != 1 {
        let rule = "must name one of: a table with its database, a database, a location, tags";
        return Err(invalid_field("target", rule));
    }
    let mut wrong = Vec::new();
    if asked.database.is_empty() && !asked.table.is_empty() {
        let rule = "is missing: a table is in a database";
        wrong.push(FieldViolation::new("target.database", rule));
    }
    if !whole && matches!(asked.table.as_str(), "" | "*") {
        let rule = "limits a table: name one";
        wrong.push(FieldViolation::new("target.scope", rule));
    }
    if !scope.columns.is_empty() && !scope.excluded.is_empty() {
        let rule = "says which columns and which not: say one of both";
        wrong.push(FieldViolation::new("target.scope", rule));
    }
    let tagged = match asked.tagged.to_ascii_uppercase().as_str() {
        "" | "TABLE" => Tagged::Table,
        "DATABASE" => Tagged::Database,
        _ => {
            let rule = "must be DATABASE or TABLE";
            wrong.push(FieldViolation::new("target.tagged", rule));
            Tagged::Table
        }
    };
    if !asked.tagged.is_empty() && asked.tags.is_empty() {
        let rule = "is about tags: name some";
        wrong.push(FieldViolation::new("target.tagged", rule));
    }
    if asked.database.is_empty() && !asked.catalog_id.is_empty() {
        let rule = "is that of a database or table: for a location or tags name the account";
        wrong.push(FieldViolation::new("target.catalogId", rule));
    }
    if !wrong.is_empty() {
        return Err(invalid(wrong));
    }
    if !asked.location.is_empty() {
        return Ok(Target {
            ledger: LedgerId::account(&place),
            on: BTreeSet::from([Object::Location(asked.location)]),
            filter: None,
        });
    }
    if !asked.tags.is_empty() {
        let tags = asked.tags.iter();
        let tags = tags.map(|(key, values)| (key.trim().to_owned(), listed(values)));
        let tags = tags.collect();
        return Ok(Target {
            ledger: LedgerId::account(&place),
            on: BTreeSet::from([Object::Expression { of: tagged, tags }]),
            filter: None,
        });
    }
    let catalog = match asked.catalog_id.as_str() {
        "" => &place.account,
        catalog => catalog,
    };
    let (on, filter) = objects(asked.table, scope);
    Ok(Target {
        ledger: LedgerId::database(&place, catalog, &asked.database),
        on,
        filter,
    })
}

fn objects(table: String, scope: Scope) -> (BTreeSet<Object>, Option<CellsFilter>) {
    if !scope.row_filter.is_empty() {
        let filter = filter(table, scope);
        let (table, name) = (filter.table.clone(), filter.name.clone());
        let on = BTreeSet::from([Object::Filter { table, name }]);
        return (on, Some(filter));
    }
    let on = if !scope.columns.is_empty() {
        let columns = scope.columns.into_iter();
        columns
            .map(|column| Object::Column {
                table: table.clone(),
                column,
            })
            .collect()
    } else if !scope.excluded.is_empty() {
        let excluded = scope.excluded;
        BTreeSet::from([Object::ColumnsExcept { table, excluded }])
    } else {
        BTreeSet::from([match table.as_str() {
            "" => Object::Database,
            "*" => Object::AllTables,
            _ => Object::Table(table),
        }])
    };
    (on, None)
}

/// The filter of a scope, named after its content as those of shares are: the same content is the same filter.
fn filter(table: String, scope: Scope) -> CellsFilter {
    let Scope {
        columns,
        excluded,
        row_filter,
    } = scope;
    let content = serde_json::json!([table, columns, excluded, row_filter]).to_string();
    let digest = sha256(&content);
    CellsFilter {
        name: format!("datamesh-{}", &digest[..16]),
        table,
        columns,
        excluded,
        rows: Rows::Where(row_filter),
    }
}

fn listed(values: &str) -> BTreeSet<String> {
    let values = values.split(',').map(str::trim);
    let values = values.filter(|value| !value.is_empty());
    values.map(str::to_owned).collect()
}

/// Reads names of permissions.
///
/// # Errors
/// `INVALID_FIELDS` with each that there is not.
pub fn permissions(field: &str, names: &[String]) -> Result<BTreeSet<Permission>, Status> {
    let mut known = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match Permission::parse(name) {
            Some(permission) => {
                known.insert(permission);
            }
            None => {
                let all: Vec<&str> = Permission::ALL_OF_THEM.iter().map(|p| p.as_str()).collect();
                let rule = format!("there is no {name:?}, but {}", all.join(", "));
                wrong.push(FieldViolation::new(format!("{field}[{index}]"), rule));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(known),
        false => Err(invalid(wrong)),
    }
}

/// What a permission is on, as the protos show it. `filter` is what the filter lets through that it is on.
pub fn shown(record: &PermissionRecord, filter: Option<CellsFilter>) -> v1::PermissionTarget {
    let mut shown = v1::PermissionTarget {
        account: record.account.clone(),
        region: record.region.clone(),
        catalog_id: match record.catalog == record.account {
            true => String::new(),
            false => record.catalog.clone(),
        },
        database: record.database.clone(),
        table: record.table.clone(),
        ..v1::PermissionTarget::default()
    };
    match &record.object {
        Some(Object::AllTables) => shown.table = "*".to_owned(),
        Some(Object::Column { .. }) => {
            shown.scope = Some(v1::AccessScope {
                columns: record.columns.clone(),
                ..v1::AccessScope::default()
            });
        }
        Some(Object::ColumnsExcept { excluded, .. }) => {
            shown.scope = Some(v1::AccessScope {
                excluded_columns: excluded.iter().cloned().collect(),
                ..v1::AccessScope::default()
            });
        }
        Some(Object::Filter { name, .. }) => {
            shown.scope = Some(filter.map_or_else(
                || v1::AccessScope {
                    // The name is all that is known of a filter that somebody else made.
                    row_filter: format!("filter {name}"),
                    ..v1::AccessScope::default()
                },
                filter_scope,
            ));
        }
        Some(Object::Location(arn)) => shown.location.clone_from(arn),
        Some(Object::TagKey { key, values }) => {
            shown.tags = [(key.clone(), joined(values))].into();
        }
        Some(Object::Expression { of, tags }) => {
            shown.tags = shown_tags(tags);
            shown.tagged = match of {
                Tagged::Database => "DATABASE",
                Tagged::Table => "TABLE",
            }
            .to_owned();
        }
        Some(Object::Catalog | Object::Database | Object::Table(_)) | None => {}
    }
    shown
}

/// What a filter lets through, as the protos show it.
pub fn filter_scope(filter: CellsFilter) -> v1::AccessScope {
    v1::AccessScope {
        columns: filter.columns.into_iter().collect(),
        excluded_columns: filter.excluded.into_iter().collect(),
        row_filter: match filter.rows {
            Rows::All => String::new(),
            Rows::Where(rows) => rows,
        },
    }
}

fn shown_tags(
    tags: &BTreeMap<String, BTreeSet<String>>,
) -> std::collections::HashMap<String, String> {
    let tags = tags.iter();
    tags.map(|(key, values)| (key.clone(), joined(values)))
        .collect()
}

fn joined(values: &BTreeSet<String>) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn home() -> Place {
        Place {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
        }
    }

    fn on(database: &str, table: &str) -> v1::PermissionTarget {
        v1::PermissionTarget {
            database: database.to_owned(),
            table: table.to_owned(),
            ..v1::PermissionTarget::default()
        }
    }

    fn scoped(columns: &[&str], excluded: &[&str], rows: &str) -> v1::PermissionTarget {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        v1::PermissionTarget {
            scope: Some(v1::AccessScope {
                columns: names(columns),
                excluded_columns: names(excluded),
                row_filter: rows.to_owned(),
            }),
            ..on("sales", "orders")
        }
    }

    fn tagged(tagged: &str) -> v1::PermissionTarget {
        v1::PermissionTarget {
            tags: [("level".to_owned(), "open, internal".to_owned())].into(),
            tagged: tagged.to_owned(),
            ..v1::PermissionTarget::default()
        }
    }

    fn located() -> v1::PermissionTarget {
        v1::PermissionTarget {
            location: "arn:aws:s3:::lake/sales".to_owned(),
            ..v1::PermissionTarget::default()
        }
    }

    #[test]
    fn a_target_is_objects_of_one_ledger() {
        let database = "111122223333:eu-central-1:111122223333:sales";
        let account = "111122223333:eu-central-1";
        let table = [
            (on("sales", ""), database, vec!["database"]),
            (on("sales", "*"), database, vec!["all tables"]),
            (on("sales", "orders"), database, vec!["table orders"]),
            (
                scoped(&["id", "total"], &[], ""),
                database,
                vec!["table orders, column id", "table orders, column total"],
            ),
            (
                scoped(&[], &["email"], ""),
                database,
                vec!["table orders, all columns but email"],
            ),
            (located(), account, vec!["location arn:aws:s3:::lake/sales"]),
            (
                tagged(""),
                account,
                vec!["tables with level = internal, open"],
            ),
            (
                tagged("database"),
                account,
                vec!["databases with level = internal, open"],
            ),
        ];
        for (asked, ledger, expected) in table {
            let read = target(asked, &home()).unwrap();
            assert_eq!(read.ledger.to_string(), ledger);
            let on: Vec<String> = read.on.iter().map(ToString::to_string).collect();
            assert_eq!(on, expected);
            assert_eq!(read.filter, None);
        }
    }

    #[test]
    fn what_another_account_shared_is_in_the_ledger_of_its_catalogue() {
        let asked = v1::PermissionTarget {
            account: "444455556666".to_owned(),
            catalog_id: "111122223333".to_owned(),
            ..on("sales", "orders")
        };
        let read = target(asked, &home()).unwrap();
        assert_eq!(
            read.ledger.to_string(),
            "444455556666:eu-central-1:111122223333:sales"
        );
    }

    #[test]
    fn rows_make_a_filter_that_is_named_after_its_content() {
        let read = |rows| target(scoped(&["id"], &[], rows), &home()).unwrap();
        let italy = read("country = 'IT'");
        let filter = italy.filter.clone().unwrap();
        assert_eq!(filter.rows, Rows::Where("country = 'IT'".to_owned()));
        assert!(filter.columns.contains("id"));
        let (table, name) = (filter.table, filter.name);
        assert!(name.starts_with("datamesh-"), "{name}");
        assert_eq!(italy.on, BTreeSet::from([Object::Filter { table, name }]));
        assert_eq!(italy, read("country = 'IT'"));
        assert_ne!(italy, read("country = 'FR'"));
    }

    #[test]
    fn what_is_wrong_is_said_by_field() {
        let table = [
            (on("", ""), "target: "),
            (on("", "orders"), "target.database: "),
            (
                v1::PermissionTarget {
                    database: "sales".to_owned(),
                    ..located()
                },
                "target: ",
            ),
            (scoped(&["id"], &["email"], ""), "target.scope: "),
            (
                v1::PermissionTarget {
                    table: "*".to_owned(),
                    ..scoped(&["id"], &[], "")
                },
                "target.scope: ",
            ),
            (tagged("column"), "target.tagged: "),
            (
                v1::PermissionTarget {
                    catalog_id: "444455556666".to_owned(),
                    ..located()
                },
                "target.catalogId: ",
            ),
        ];
        for (asked, expected) in table {
            let status = target(asked, &home()).unwrap_err();
            assert!(status.message().starts_with(expected), "{status}");
        }
    }

    #[test]
    fn permissions_are_known_in_any_case() {
        let names = ["select".to_owned(), "DESCRIBE".to_owned()];
        let read = permissions("permissions", &names).unwrap();
        assert_eq!(
            read,
            BTreeSet::from([Permission::Select, Permission::Describe])
        );
        let status = permissions("permissions", &["READ".to_owned()]).unwrap_err();
        assert!(status.message().starts_with("permissions[0]: "), "{status}");
    }
}
