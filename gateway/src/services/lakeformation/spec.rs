//! What a resource is: a specification of the protos as a thing of a ledger, and back.

use datamesh_actors::Place;
use datamesh_actors::access::{CellsFilter, LedgerId, Link, Location, Object, Rows, Thing};
use datamesh_proto::v1;
use datamesh_proto::v1::lake_spec::Kind;
use tonic::Status;

use crate::services::access;
use crate::services::ledger::place;
use crate::services::permission::filter_scope;
use crate::status::invalid_field;

/// Reads a specification. Whether names are well formed the ledger checks.
///
/// # Errors
/// `INVALID_FIELDS` when it has no kind, or lacks what says in which ledger it is.
pub fn thing(spec: v1::LakeSpec, home: &Place) -> Result<(LedgerId, Thing), Status> {
    let place = place(home, &spec.account, &spec.region);
    let Some(kind) = spec.kind else {
        let rule = "has no kind: give a location, an administrator, a tag key or another";
        return Err(invalid_field("spec", rule));
    };
    let of_account = LedgerId::account(&place);
    let of_database = |field: &str, database: &str| match database {
        "" => Err(invalid_field(field, "is missing")),
        database => Ok(LedgerId::database(&place, &place.account, database)),
    };
    let read = match kind {
        Kind::Location(location) => {
            let v1::LakeLocation {
                arn,
                role_arn,
                hybrid,
            } = location;
            let location = Location {
                arn,
                role_arn,
                hybrid,
            };
            (of_account, Thing::Location(location))
        }
        Kind::Administrator(principal) => (of_account, Thing::Admin { principal }),
        Kind::CrossAccountVersion(version) => {
            let version = u8::try_from(version).unwrap_or_default();
            (of_account, Thing::Sharing { version })
        }
        Kind::TagKey(tag) => {
            let key = tag.key;
            let values = tag.values.into_iter().collect();
            (of_account, Thing::TagKey { key, values })
        }
        Kind::Tag(tag) => {
            let ledger = of_database("spec.tag.database", &tag.database)?;
            let (table, column) = (tag.table, tag.column);
            let on = match (table.as_str(), column.as_str()) {
                ("", "") => Object::Database,
                ("", _) => {
                    let rule = "is missing: a column is in a table";
                    return Err(invalid_field("spec.tag.table", rule));
                }
                (_, "") => Object::Table(table),
                _ => Object::Column { table, column },
            };
            let (key, value) = (tag.key, tag.value);
            (ledger, Thing::Tag { on, key, value })
        }
        Kind::Filter(filter) => {
            let ledger = of_database("spec.filter.database", &filter.database)?;
            let scope = filter.scope.map(access::scope).unwrap_or_default();
            let filter = CellsFilter {
                table: filter.table,
                name: filter.name,
                columns: scope.columns,
                excluded: scope.excluded,
                rows: match scope.row_filter.is_empty() {
                    true => Rows::All,
                    false => Rows::Where(scope.row_filter),
                },
            };
            (ledger, Thing::Filter(filter))
        }
        Kind::OptIn(opt_in) => {
            let ledger = of_database("spec.optIn.database", &opt_in.database)?;
            let on = match opt_in.table.is_empty() {
                true => Object::Database,
                false => Object::Table(opt_in.table),
            };
            let principal = opt_in.principal;
            (ledger, Thing::OptIn { principal, on })
        }
        Kind::Link(link) => {
            let target = link.target_table.split_once('.');
            let Some((database, table)) = target.filter(|(database, _)| !database.is_empty())
            else {
                let rule = "must be database.table";
                return Err(invalid_field("spec.link.targetTable", rule));
            };
            if link.target_account.is_empty() {
                return Err(invalid_field("spec.link.targetAccount", "is missing"));
            }
            let ledger = LedgerId::database(&place, &link.target_account, database);
            let table = table.to_owned();
            let (database, name) = (link.database, link.name);
            let link = Link {
                database,
                name,
                table,
            };
            (ledger, Thing::Link(link))
        }
    };
    Ok(read)
}

/// A thing of a ledger, as the protos show it.
pub fn shown(ledger: LedgerId, thing: Thing) -> v1::LakeSpec {
    let names = |on: &Object| {
        let column = match on {
            Object::Column { column, .. } => column.clone(),
            _ => String::new(),
        };
        (on.table().unwrap_or_default().to_owned(), column)
    };
    let database = ledger.database;
    let kind = match thing {
        Thing::Sharing { version } => Some(Kind::CrossAccountVersion(version.into())),
        Thing::Admin { principal } => Some(Kind::Administrator(principal)),
        Thing::Location(Location {
            arn,
            role_arn,
            hybrid,
        }) => Some(Kind::Location(v1::LakeLocation {
            arn,
            role_arn,
            hybrid,
        })),
        Thing::TagKey { key, values } => Some(Kind::TagKey(v1::LakeTagKey {
            key,
            values: values.into_iter().collect(),
        })),
        Thing::Tag { on, key, value } => {
            let (table, column) = names(&on);
            Some(Kind::Tag(v1::LakeTag {
                database,
                table,
                column,
                key,
                value,
            }))
        }
        Thing::Filter(filter) => Some(Kind::Filter(v1::LakeFilter {
            database,
            table: filter.table.clone(),
            name: filter.name.clone(),
            scope: Some(filter_scope(filter)),
        })),
        Thing::OptIn { principal, on } => Some(Kind::OptIn(v1::LakeOptIn {
            principal,
            database,
            table: names(&on).0,
        })),
        Thing::Link(link) => Some(Kind::Link(v1::LakeLink {
            database: link.database,
            name: link.name,
            target_account: ledger.catalog,
            target_table: format!("{database}.{}", link.table),
        })),
        Thing::Grant(_) => None,
    };
    v1::LakeSpec {
        account: ledger.account,
        region: ledger.region,
        kind,
    }
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

    fn spec(kind: Kind) -> v1::LakeSpec {
        v1::LakeSpec {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            kind: Some(kind),
        }
    }

    fn tag(database: &str, table: &str, column: &str) -> Kind {
        Kind::Tag(v1::LakeTag {
            database: database.to_owned(),
            table: table.to_owned(),
            column: column.to_owned(),
            key: "level".to_owned(),
            value: "open".to_owned(),
        })
    }

    fn link(target_account: &str, target_table: &str) -> Kind {
        Kind::Link(v1::LakeLink {
            database: "shared".to_owned(),
            name: "orders".to_owned(),
            target_account: target_account.to_owned(),
            target_table: target_table.to_owned(),
        })
    }

    #[test]
    fn every_kind_is_shown_as_it_was_asked() {
        let account = "111122223333:eu-central-1";
        let database = "111122223333:eu-central-1:111122223333:sales";
        let table = [
            (
                Kind::Location(v1::LakeLocation {
                    arn: "arn:aws:s3:::lake/sales".to_owned(),
                    role_arn: String::new(),
                    hybrid: true,
                }),
                account,
                "location/arn:aws:s3:::lake/sales",
            ),
            (
                Kind::Administrator("arn:aws:iam::111122223333:role/Ann".to_owned()),
                account,
                "admin/arn:aws:iam::111122223333:role/Ann",
            ),
            (Kind::CrossAccountVersion(3), account, "sharing"),
            (
                Kind::TagKey(v1::LakeTagKey {
                    key: "level".to_owned(),
                    values: vec!["open".to_owned(), "secret".to_owned()],
                }),
                account,
                "tag-key/level",
            ),
            (tag("sales", "", ""), database, "tag/database/level"),
            (
                tag("sales", "orders", ""),
                database,
                "tag/table orders/level",
            ),
            (
                tag("sales", "orders", "email"),
                database,
                "tag/table orders, column email/level",
            ),
            (
                Kind::Filter(v1::LakeFilter {
                    database: "sales".to_owned(),
                    table: "orders".to_owned(),
                    name: "italy".to_owned(),
                    scope: Some(v1::AccessScope {
                        columns: vec!["id".to_owned()],
                        excluded_columns: Vec::new(),
                        row_filter: "country = 'IT'".to_owned(),
                    }),
                }),
                database,
                "filter/orders/italy",
            ),
            (
                Kind::OptIn(v1::LakeOptIn {
                    principal: "ann".to_owned(),
                    database: "sales".to_owned(),
                    table: "orders".to_owned(),
                }),
                database,
                "opt-in/ann/table orders",
            ),
            (
                link("444455556666", "sales.orders"),
                "111122223333:eu-central-1:444455556666:sales",
                "link/shared/orders",
            ),
        ];
        for (kind, ledger, key) in table {
            let asked = spec(kind);
            let (at, read) = thing(asked.clone(), &home()).unwrap();
            assert_eq!(
                (at.to_string().as_str(), read.key().as_str()),
                (ledger, key)
            );
            assert_eq!(shown(at, read), asked);
        }
    }

    #[test]
    fn what_lacks_its_place_is_refused() {
        let none = v1::LakeSpec::default();
        for (asked, expected) in [
            (none, "spec: "),
            (spec(tag("", "orders", "")), "spec.tag.database: "),
            (spec(tag("sales", "", "email")), "spec.tag.table: "),
            (spec(link("", "sales.orders")), "spec.link.targetAccount: "),
            (
                spec(link("444455556666", "orders")),
                "spec.link.targetTable: ",
            ),
        ] {
            let status = thing(asked, &home()).unwrap_err();
            assert!(status.message().starts_with(expected), "{status}");
        }
    }
}
