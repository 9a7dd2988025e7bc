#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn accepts(rule: fn(&str) -> Result<(), String>, texts: &[&str]) {
    for text in texts {
        assert_eq!(rule(text), Ok(()), "{text:?}");
    }
}

#[track_caller]
fn refuses(rule: fn(&str) -> Result<(), String>, texts: &[&str]) {
    for text in texts {
        assert!(rule(text).is_err(), "{text:?} was accepted");
    }
}

#[test]
fn domain_names_make_bucket_names() {
    accepts(domain_name, &["a", "finance", "sales-2", &"a".repeat(53)]);
    refuses(
        domain_name,
        &[
            "",
            "Finance",
            "-a",
            "a-",
            "a_b",
            "a.b",
            "a b",
            "ä",
            "x-s3alias",
            "x--x-s3",
            &"a".repeat(54),
        ],
    );
}

#[test]
fn project_names_are_what_datazone_takes() {
    accepts(
        project_name,
        &["Finance Analytics", "a", "a_b-c 1", &"x".repeat(64)],
    );
    refuses(
        project_name,
        &[
            "",
            " a",
            "a ",
            "a.b",
            "a/b",
            "ä",
            "a\tb",
            "a\u{0}",
            &"x".repeat(65),
        ],
    );
}

#[test]
fn asset_names_may_be_in_any_script() {
    accepts(
        asset_name,
        &[
            "Transactions Table",
            "Zahlungen (täglich)",
            "取引",
            &"取".repeat(256),
        ],
    );
    refuses(
        asset_name,
        &["", " a", "a\n", "a\u{7f}b", "a\u{85}b", &"取".repeat(257)],
    );
}

#[test]
fn groups_are_visible_words() {
    accepts(group, &["finance-owners", "a:b/c@d", "Größe"]);
    refuses(group, &["", "a b", "a\u{a0}b", "a\tb", &"g".repeat(129)]);
}

#[test]
fn accounts_are_twelve_digits() {
    accepts(account, &["000000000000", "123456789012"]);
    refuses(
        account,
        &[
            "",
            "12345678901",
            "1234567890123",
            "12345678901a",
            "１23456789012",
        ],
    );
}

#[test]
fn regions_look_like_regions() {
    accepts(
        region,
        &["eu-central-1", "us-gov-west-1", "ap-southeast-12"],
    );
    refuses(
        region,
        &[
            "",
            "eu",
            "eu-1",
            "EU-central-1",
            "eu-central",
            "eu--1",
            "a/b-c-1",
        ],
    );
}

#[test]
fn s3_locations_have_a_bucket_and_a_slash() {
    accepts(
        s3_location,
        &[
            "s3://data-lake/transactions/",
            "s3://abc/",
            "s3://a.b.c/x/y.csv",
        ],
    );
    refuses(
        s3_location,
        &[
            "",
            "data-lake/x",
            "s3://data-lake",
            "s3:///x",
            "s3://AB/x",
            "s3://ab/x",
            "s3://a..b/x",
            "S3://abc/x",
            "s3://abc/\n",
        ],
    );
    let long = format!("s3://abc/{}", "k".repeat(1_025));
    refuses(s3_location, &[&long]);
}

#[test]
fn glue_tables_are_a_database_and_a_table() {
    accepts(glue_table, &["finance_db.transactions", "a.b$iceberg"]);
    refuses(
        glue_table,
        &["", "finance_db", ".t", "d.", "a.b.c", "A.b", "a b.c", "a.ü"],
    );
    let name = GlueTableName::parse("finance_db.transactions").unwrap();
    assert_eq!((name.database, name.table), ("finance_db", "transactions"));
}

#[test]
fn descriptions_may_have_lines_but_no_other_control_characters() {
    accepts(
        description,
        &["", "two\nlines\twith a tab", &"ä".repeat(2_048)],
    );
    refuses(description, &["\u{0}", "\u{1b}[31m", &"ä".repeat(2_049)]);
}

#[test]
fn every_violation_names_its_field() {
    let mut found = Violations::default();
    owner_groups(
        "ownerGroups",
        &["a".into(), "".into(), "a".into()],
        &mut found,
    );
    metadata(
        "metadata",
        &BTreeMap::from([("ok".into(), "v".into()), ("bad".into(), "\u{0}".into())]),
        &mut found,
    );
    let rejection = found.refuse().unwrap_err();
    let fields: Vec<&str> = rejection
        .violations
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["ownerGroups[1]", "ownerGroups[2]", "metadata[\"bad\"]"]
    );
}

#[test]
fn no_groups_and_too_many_groups_are_refused() {
    for count in [0, 21] {
        let groups: Vec<String> = (0..count).map(|n| format!("g{n}")).collect();
        let mut found = Violations::default();
        owner_groups("ownerGroups", &groups, &mut found);
        assert!(found.refuse().is_err(), "{count}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_rule_panic(text: String) {
        for rule in [
            domain_name, project_name, asset_name, group, account, region, s3_location, glue_table,
            description, format,
        ] {
            let _ = rule(&text);
        }
    }

    #[test]
    fn an_accepted_name_has_no_control_character(text in "\\PC{0,3}[\\x00-\\x1f\\x7f-\\x9f]\\PC{0,3}") {
        for rule in [domain_name, project_name, asset_name, group, s3_location, glue_table] {
            prop_assert!(rule(&text).is_err());
        }
    }
}
