#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datamesh_aws::lakeformation;
use proptest::prelude::*;

use super::*;
use crate::access::LedgerId;
use crate::lakeformation::entries::{Deed, Planned, plan};

const TABLE: &str = "orders";

fn ledger() -> LedgerId {
    LedgerId {
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        catalog: "111122223333".to_owned(),
        database: "sales".to_owned(),
    }
}

fn row(
    resource: lakeformation::Resource,
    principal: &str,
    held: &[&str],
    may_give: &[&str],
) -> ListedGrant {
    let names = |names: &[&str]| {
        let names = names.iter();
        names
            .map(|name| lakeformation::Permission::from_name(name))
            .collect()
    };
    ListedGrant {
        principal: principal.to_owned(),
        resource,
        permissions: names(held),
        grantable: names(may_give),
        condition: None,
        resource_shares: Vec::new(),
        updated_at_ms: Some(1),
        updated_by: None,
    }
}

fn held(rows: &[ListedGrant]) -> Held {
    let mut held = Held::default();
    for row in rows {
        held.add_row(row);
    }
    held
}

fn atoms(grants: &[Grant]) -> Held {
    let mut held = Held::default();
    for grant in grants {
        held.add(grant);
    }
    held
}

fn grant(on: Object, permission: Permission) -> Grant {
    Grant {
        principal: "ann".to_owned(),
        on,
        permission,
        grantable: false,
    }
}

fn column(column: &str) -> Object {
    Object::Column {
        table: TABLE.to_owned(),
        column: column.to_owned(),
    }
}

fn orders() -> Object {
    Object::Table(TABLE.to_owned())
}

fn table() -> lakeformation::Resource {
    ResourceKind::Table {
        database: "sales".to_owned(),
        name: TABLE.to_owned(),
    }
    .here()
}

fn columns_but(excluded: &[&str]) -> lakeformation::Resource {
    ResourceKind::ColumnsExcept {
        database: "sales".to_owned(),
        table: TABLE.to_owned(),
        excluded: excluded.iter().map(|name| (*name).to_owned()).collect(),
    }
    .here()
}

#[test]
fn a_grant_that_is_listed_in_two_rows_is_one() {
    let rows = [
        row(table(), "ann", &["DESCRIBE", "INSERT"], &["DESCRIBE"]),
        row(columns_but(&[]), "ann", &["SELECT"], &[]),
    ];
    let describe = grant(orders(), Permission::Describe);
    let give = Grant {
        grantable: true,
        ..describe.clone()
    };
    let atoms: BTreeSet<Grant> = held(&rows).atoms().into_iter().collect();
    assert_eq!(
        atoms,
        BTreeSet::from([
            describe,
            give,
            grant(orders(), Permission::Insert),
            grant(orders(), Permission::Select),
        ])
    );
}

#[test]
fn all_stands_for_what_it_is_listed_with() {
    let everything = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT"];
    let rows = [
        row(table(), "ann", &everything, &[]),
        row(columns_but(&[]), "ann", &["SELECT"], &[]),
    ];
    let held = held(&rows);
    assert_eq!(held.atoms(), [grant(orders(), Permission::All)]);
    assert!(held.has(&grant(column("id"), Permission::Select)));
}

#[test]
fn a_column_is_held_by_name_by_what_is_left_out_and_with_all_of_its_table() {
    let some = ResourceKind::Columns {
        database: "sales".to_owned(),
        table: TABLE.to_owned(),
        columns: vec!["id".to_owned()],
    };
    for (resource, has) in [
        (some.here(), true),
        (columns_but(&["total"]), true),
        (columns_but(&["id"]), false),
        (columns_but(&[]), true),
    ] {
        let held = held(&[row(resource.clone(), "ann", &["SELECT"], &[])]);
        let id = grant(column("id"), Permission::Select);
        assert_eq!(held.has(&id), has, "{resource:?}");
    }
}

#[test]
fn all_tables_are_known_by_the_name_that_lists_give_them() {
    let all_tables = ResourceKind::ColumnsExcept {
        database: "sales".to_owned(),
        table: ALL_TABLES.to_owned(),
        excluded: Vec::new(),
    };
    let held = held(&[row(all_tables.here(), "ann", &["SELECT"], &[])]);
    assert_eq!(held.atoms(), [grant(Object::AllTables, Permission::Select)]);
}

#[test]
fn beyond_is_what_nobody_wants_and_only_of_who_wants_something() {
    let rows = [
        row(table(), "ann", &["DESCRIBE", "DROP"], &[]),
        row(columns_but(&["email"]), "ann", &["SELECT"], &[]),
        row(table(), "eve", &["DROP"], &[]),
    ];
    let wanted = atoms(&[
        grant(orders(), Permission::Describe),
        grant(
            Object::ColumnsExcept {
                table: TABLE.to_owned(),
                excluded: ["email".to_owned(), "total".to_owned()].into(),
            },
            Permission::Select,
        ),
    ]);
    assert_eq!(
        held(&rows).beyond(&wanted).atoms(),
        [
            grant(orders(), Permission::Drop),
            grant(column("total"), Permission::Select),
        ]
    );
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let on = prop_oneof![
        Just(Object::Database),
        Just(Object::AllTables),
        Just(orders()),
        "[abc]".prop_map(|name| column(&name)),
        proptest::collection::btree_set("[abc]", 1..3).prop_map(|excluded| {
            Object::ColumnsExcept {
                table: TABLE.to_owned(),
                excluded,
            }
        }),
        "[fg]".prop_map(|name| Object::Filter {
            table: TABLE.to_owned(),
            name,
        }),
    ];
    let permission = prop_oneof![
        Just(Permission::Select),
        Just(Permission::Describe),
        Just(Permission::Drop),
    ];
    ("[xy]", on, permission, any::<bool>()).prop_map(|(principal, on, permission, grantable)| {
        let is_of_columns = matches!(on, Object::Column { .. } | Object::ColumnsExcept { .. });
        Grant {
            principal,
            permission: if is_of_columns {
                Permission::Select
            } else {
                permission
            },
            on,
            grantable,
        }
    })
}

proptest! {
    #[test]
    fn what_is_sent_is_read_back_as_what_was_wanted(grants in proptest::collection::vec(any_grant(), 0..12)) {
        let members: Vec<_> = grants.iter().enumerate().collect();
        let mut listed = Held::default();
        let mut sent: Vec<usize> = Vec::new();
        for planned in plan(&ledger(), Deed::Give, &members) {
            sent.extend(&planned.members);
            let entry = planned.entry;
            let mut row = row(entry.resource, &entry.principal, &[], &[]);
            row.permissions = entry.permissions;
            row.grantable = entry.grantable;
            listed.add_row(&row);
        }
        sent.sort_unstable();
        prop_assert_eq!(sent, (0..grants.len()).collect::<Vec<_>>());
        let mut wanted = atoms(&grants);
        for grant in &grants {
            prop_assert!(listed.has(grant), "{grant:?} in {listed:?}");
            wanted.add(&Grant { grantable: false, ..grant.clone() });
        }
        prop_assert_eq!(&listed, &wanted);
        prop_assert_eq!(listed.beyond(&wanted).atoms(), vec![]);
    }

    #[test]
    fn every_atom_is_taken_once(grants in proptest::collection::vec(any_grant(), 0..12)) {
        let members: Vec<_> = grants.iter().enumerate().collect();
        let mut taken: Vec<usize> = Vec::new();
        for planned in plan(&ledger(), Deed::Take, &members) {
            taken.extend(&planned.members);
            let Planned { entry, .. } = planned;
            prop_assert!(!entry.permissions.is_empty() || !entry.grantable.is_empty());
        }
        taken.sort_unstable();
        prop_assert_eq!(taken, (0..grants.len()).collect::<Vec<_>>());
    }

    #[test]
    fn atoms_say_the_same_as_what_they_were_made_of(
        grants in proptest::collection::vec(any_grant(), 0..12),
        asked in any_grant(),
    ) {
        let held = atoms(&grants);
        let again = atoms(&held.atoms());
        prop_assert_eq!(again.has(&asked), held.has(&asked));
    }

    #[test]
    fn what_covers_an_atom_holds_it(one in any_grant(), other in any_grant()) {
        if one.covers(&other) && one.grantable == other.grantable {
            prop_assert!(atoms(std::slice::from_ref(&one)).has(&other), "{one:?} {other:?}");
        }
    }
}
