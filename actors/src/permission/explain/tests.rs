#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::access::{CellsFilter, Rows, Tagged};
use crate::lakeformation::TableSeen;

const OWNER: &str = "111111111111";
const HOME: &str = "222222222222";
const NEAR: &str = "arn:aws:iam::111111111111:role/Near";
const FAR: &str = "arn:aws:iam::222222222222:role/Far";

fn grant(principal: &str, on: Object, permission: Permission) -> Grant {
    Grant {
        principal: principal.to_owned(),
        on,
        permission,
        grantable: false,
    }
}

fn table() -> Object {
    Object::Table("orders".to_owned())
}

fn column(name: &str) -> Object {
    Object::Column {
        table: "orders".to_owned(),
        column: name.to_owned(),
    }
}

fn filter() -> Object {
    Object::Filter {
        table: "orders".to_owned(),
        name: "italy".to_owned(),
    }
}

fn tagged(value: &str) -> Object {
    Object::Expression {
        of: Tagged::Table,
        tags: BTreeMap::from([("level".to_owned(), BTreeSet::from([value.to_owned()]))]),
    }
}

/// The table `orders` with the columns a, b and c, of which c is `secret` and the rest `open`.
fn facts(grants: Vec<Grant>) -> Facts {
    let level = |value: &str| BTreeMap::from([("level".to_owned(), value.to_owned())]);
    Facts {
        table: Some(TableSeen {
            columns: ["a", "b", "c"].map(str::to_owned).to_vec(),
            ..TableSeen::default()
        }),
        grants,
        filters: vec![CellsFilter {
            table: "orders".to_owned(),
            name: "italy".to_owned(),
            columns: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
            excluded: BTreeSet::new(),
            rows: Rows::Where("country = 'IT'".to_owned()),
        }],
        tags: BTreeMap::from([
            (String::new(), level("open")),
            ("c".to_owned(), level("secret")),
        ]),
        ..Facts::default()
    }
}

fn ask(principal: &str, owner: &Facts, local: Option<&Facts>, link: Option<&Facts>) -> Explanation {
    let question = Question {
        principal,
        table: "orders",
        column: None,
    };
    let side = |account, facts| Side {
        account,
        facts,
        held: &[],
    };
    let of_home = |facts| side(HOME, facts);
    explain(
        question,
        side(OWNER, owner),
        local.map(of_home),
        link.map(of_home),
    )
}

fn readable(explanation: &Explanation) -> String {
    let columns = explanation.columns.iter().filter(|column| column.readable);
    columns.map(|column| column.name.as_str()).collect()
}

#[test]
fn at_home_a_grant_leads_to_what_it_is_on() {
    use Permission::{All, Describe, Select};
    let except = Object::ColumnsExcept {
        table: "orders".to_owned(),
        excluded: BTreeSet::from(["b".to_owned()]),
    };
    let everybody = "IAM_ALLOWED_PRINCIPALS";
    for (principal, on, permission, expected, via) in [
        (NEAR, table(), Select, "abc", Some(Via::Grant)),
        (NEAR, table(), All, "abc", Some(Via::Grant)),
        (NEAR, table(), Describe, "", None),
        (NEAR, Object::AllTables, Select, "abc", Some(Via::Grant)),
        (NEAR, Object::Database, Describe, "", None),
        (NEAR, column("b"), Select, "b", Some(Via::Grant)),
        (NEAR, except, Select, "ac", Some(Via::Grant)),
        (NEAR, filter(), Select, "ab", Some(Via::Filter)),
        (NEAR, tagged("open"), Select, "ab", Some(Via::TagExpression)),
        (
            NEAR,
            tagged("secret"),
            Select,
            "c",
            Some(Via::TagExpression),
        ),
        (
            "111111111111:IAMPrincipals",
            table(),
            Select,
            "abc",
            Some(Via::IamPrincipals),
        ),
        (everybody, table(), All, "abc", Some(Via::Iam)),
        (
            "arn:aws:iam::111111111111:role/Other",
            table(),
            Select,
            "",
            None,
        ),
        (HOME, table(), Select, "", None),
    ] {
        let what = format!("{permission} on {on} to {principal}");
        let seen = ask(
            NEAR,
            &facts(vec![grant(principal, on, permission)]),
            None,
            None,
        );
        assert_eq!(readable(&seen), expected, "{what}");
        assert_eq!(seen.can_read, !expected.is_empty(), "{what}");
        assert_eq!(seen.paths.first().map(|path| path.via), via, "{what}");
        assert_eq!(
            seen.missing.is_empty(),
            expected == "abc",
            "{what}: {:?}",
            seen.missing
        );
    }
}

#[test]
fn who_opted_in_is_not_everybody_any_more() {
    let mut owner = facts(vec![grant(
        "IAM_ALLOWED_PRINCIPALS",
        table(),
        Permission::All,
    )]);
    owner.opted_in = vec![NEAR.to_owned()];
    let seen = ask(NEAR, &owner, None, None);
    assert!(!seen.can_read);
    assert!(seen.missing[0].contains("opted in"), "{:?}", seen.missing);
    // Nor does it count for principals of other accounts.
    assert!(!ask(FAR, &owner, Some(&facts(vec![])), None).can_read);
}

#[test]
fn a_right_to_give_on_and_an_administrator_do_not_read() {
    let mut option = grant(NEAR, table(), Permission::Select);
    option.grantable = true;
    let mut owner = facts(vec![option]);
    owner.admins = vec![NEAR.to_owned()];
    let seen = ask(NEAR, &owner, None, None);
    assert!(!seen.can_read);
    assert!(
        seen.missing.iter().any(|m| m.contains("administrator")),
        "{:?}",
        seen.missing
    );
}

#[test]
fn a_filter_shows_its_rows_unless_another_way_shows_all() {
    let some = grant(NEAR, filter(), Permission::Select);
    let seen = ask(NEAR, &facts(vec![some.clone()]), None, None);
    assert_eq!(seen.columns[0].rows, ["country = 'IT'"]);
    let all = grant(NEAR, column("a"), Permission::Select);
    let seen = ask(NEAR, &facts(vec![some.clone(), all]), None, None);
    assert!(seen.columns[0].rows.is_empty());
    assert_eq!(seen.columns[1].rows, ["country = 'IT'"]);
    let mut lost = facts(vec![some]);
    lost.filters.clear();
    let seen = ask(NEAR, &lost, None, None);
    assert!(
        seen.missing.iter().any(|m| m.contains("filter italy")),
        "{:?}",
        seen.missing
    );
}

#[test]
fn a_grant_to_an_account_needs_a_second_one_in_it() {
    use Permission::Select;
    let organization = "arn:aws:organizations::111111111111:organization/o-1";
    let local = |on| facts(vec![grant(FAR, on, Select)]);
    for (to, on, local, expected, missing) in [
        (HOME, table(), Some(local(table())), "abc", ""),
        (
            HOME,
            table(),
            Some(local(column("b"))),
            "b",
            "no way leads to a, c",
        ),
        (
            HOME,
            column("a"),
            Some(local(column("b"))),
            "",
            "second one",
        ),
        (organization, table(), Some(local(table())), "abc", ""),
        (HOME, table(), Some(facts(vec![])), "", "second one"),
        (HOME, table(), Some(Facts::default()), "", "RAM share"),
        (HOME, table(), None, "", "not looked at"),
        (FAR, column("c"), None, "c", "no way leads to a, b"),
        (
            "333333333333",
            table(),
            Some(local(table())),
            "",
            "ask for a subscription",
        ),
    ] {
        let what = format!("{on} to {to}");
        let owner = facts(vec![grant(to, on, Select)]);
        let seen = ask(FAR, &owner, local.as_ref(), None);
        assert_eq!(readable(&seen), expected, "{what}");
        let found = seen.missing.join("; ");
        assert!(
            found.contains(missing) && (missing.is_empty() == found.is_empty()),
            "{what}: {found}"
        );
    }
}

#[test]
fn the_link_needs_describe_of_its_own() {
    let owner = facts(vec![grant(FAR, table(), Permission::Select)]);
    let mut link = Facts {
        table: Some(TableSeen {
            link_to: Some((OWNER.to_owned(), "sales".to_owned(), "orders".to_owned())),
            ..TableSeen::default()
        }),
        ..Facts::default()
    };
    let seen = ask(FAR, &owner, None, Some(&link));
    assert!(!seen.can_read);
    assert!(seen.missing[0].contains("DESCRIBE"), "{:?}", seen.missing);
    let on_link = Object::Table("orders_link".to_owned());
    link.grants.push(grant(FAR, on_link, Permission::Describe));
    let seen = ask(FAR, &owner, None, Some(&link));
    assert!(seen.can_read && seen.missing.is_empty(), "{seen:?}");
    assert!(
        ask(FAR, &owner, None, Some(&Facts::default())).missing[0].contains("no resource link")
    );
}

#[test]
fn what_is_not_there_is_said() {
    assert!(ask(NEAR, &Facts::default(), None, None).missing[0].contains("no table"));
    let owner = facts(vec![grant(NEAR, table(), Permission::Select)]);
    let side = Side {
        account: OWNER,
        facts: &owner,
        held: &[],
    };
    let question = Question {
        principal: NEAR,
        table: "orders",
        column: Some("d"),
    };
    let seen = explain(question, side, None, None);
    assert!(!seen.can_read);
    assert!(
        seen.missing.join(";").contains("no column d"),
        "{:?}",
        seen.missing
    );
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let principals = [
        NEAR,
        FAR,
        HOME,
        "IAM_ALLOWED_PRINCIPALS",
        "222222222222:IAMPrincipals",
    ];
    let objects = [
        table(),
        column("a"),
        column("c"),
        filter(),
        tagged("open"),
        Object::Database,
    ];
    let permissions = [Permission::Select, Permission::All, Permission::Describe];
    (0..5_usize, 0..6_usize, 0..3_usize, any::<bool>()).prop_map(
        move |(to, on, what, grantable)| Grant {
            grantable,
            ..grant(principals[to], objects[on].clone(), permissions[what])
        },
    )
}

proptest! {
    #[test]
    fn more_grants_never_make_less_readable(
        grants in proptest::collection::vec(any_grant(), 0..8),
        local in proptest::collection::vec(any_grant(), 0..8),
        more in any_grant(),
        at_owner in any::<bool>(),
        near in any::<bool>(),
    ) {
        let principal = if near { NEAR } else { FAR };
        let (mut owner, mut home) = (facts(grants), facts(local));
        let before = ask(principal, &owner, Some(&home), None);
        if at_owner { owner.grants.push(more) } else { home.grants.push(more) }
        let after = ask(principal, &owner, Some(&home), None);
        for (before, after) in before.columns.iter().zip(&after.columns) {
            prop_assert!(!before.readable || after.readable, "{}", before.name);
            // All rows stay all rows.
            let whole = before.readable && before.rows.is_empty();
            prop_assert!(!whole || after.rows.is_empty());
        }
        prop_assert!(!before.can_read || after.can_read);
    }
}
