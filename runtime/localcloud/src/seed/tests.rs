//! A seed makes what is not there, and leaves what is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::{Fault, FaultEffect, Options};

const SEED: &str = r#"
account = "111122223333"
region = "eu-west-1"

[organization]
accounts = ["222233334444"]
sharing = true

[[key]]
alias = "alias/lake"

[[role]]
name = "reader"
trusts = ["arn:aws:iam::222233334444:root", "glue.amazonaws.com"]
[role.policies]
read = '''{"Version": "2012-10-17", "Statement":
    [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'''

[[bucket]]
name = "seeded-lake"
[bucket.files]
"sales/a b.csv" = { text = "id,amount\n1,20\n" }
"sales/b.bin" = { base64 = "AAEC" }

[[queue]]
name = "orders"
attributes = { VisibilityTimeout = "60" }
dead_letters = "orders-dead"

[[queue]]
name = "orders-dead"

[[topic]]
name = "news"
queues = ["orders"]

[[bus]]
name = "shop"

[[rule]]
name = "to-orders"
bus = "shop"
pattern = '{"source": ["shop"]}'
queues = ["orders"]

[[database]]
name = "sales"

[[database]]
name = "sales"
account = "222233334444"

[[table]]
name = "orders"
database = "sales"
location = "s3://seeded-lake/sales/"
format = "csv"
columns = ["id bigint", "amount double"]
partition_keys = ["day string"]
"#;

fn cloud() -> LocalCloud {
    LocalCloud::open(Options::in_memory()).unwrap()
}

#[tokio::test]
async fn a_seed_is_applied_once_and_then_found() {
    let cloud = cloud();
    let seed: Seed = toml::from_str(SEED).unwrap();
    let things = [
        "organization",
        "account 222233334444",
        "key alias/lake",
        "role reader",
        "bucket seeded-lake",
        "file seeded-lake/sales/a b.csv",
        "file seeded-lake/sales/b.bin",
        "queue orders",
        "queue orders-dead",
        "topic news",
        "bus shop",
        "rule to-orders",
        "database sales",
        "database sales",
        "table sales.orders",
    ];
    let first = cloud.seed(&seed).await.unwrap();
    assert_eq!(first.made, things);
    assert!(first.found.is_empty());
    let second = cloud.seed(&seed).await.unwrap();
    assert_eq!(second.found, things);
    assert!(second.made.is_empty());
}

#[tokio::test]
async fn a_file_that_differs_is_written_again() {
    let cloud = cloud();
    let mut seed: Seed = toml::from_str(SEED).unwrap();
    cloud.seed(&seed).await.unwrap();
    let files = &mut seed.buckets[0].files;
    files.get_mut("sales/a b.csv").unwrap().text = Some("id\n2\n".to_owned());
    let again = cloud.seed(&seed).await.unwrap();
    assert_eq!(again.made, ["file seeded-lake/sales/a b.csv"]);
}

#[tokio::test]
async fn a_seed_that_was_struck_goes_on_where_it_was() {
    let cloud = cloud();
    let seed: Seed = toml::from_str(SEED).unwrap();
    cloud.faults().inject(Fault {
        operation: Some("CreateTopic".to_owned()),
        ..Fault::once(FaultEffect::ServerError)
    });
    let struck = cloud.seed(&seed).await.unwrap_err().to_string();
    assert!(
        struck.starts_with("topic news: CreateTopic was refused: "),
        "{struck}"
    );
    let again = cloud.seed(&seed).await.unwrap();
    assert_eq!(again.made[0], "topic news");
}

#[tokio::test]
async fn what_makes_no_sense_names_the_thing() {
    let cloud = cloud();
    for (text, reason) in [
        (
            "[[bucket]]\nname = \"lake\"\naccount = \"1\"",
            "bucket lake: the account \"1\" is not 12 digits",
        ),
        (
            "[[bucket]]\nname = \"lake\"\nfiles = { a = {} }",
            "file lake/a: write one of text, base64 and file",
        ),
        (
            "[[table]]\nname = \"t\"\ndatabase = \"d\"\nformat = \"xls\"",
            "table d.t: the format is csv, json or parquet, not \"xls\"",
        ),
    ] {
        let seed: Seed = toml::from_str(text).unwrap();
        let refused = cloud.seed(&seed).await.unwrap_err();
        assert_eq!(refused.to_string(), reason);
    }
}

#[test]
fn a_seed_reads_the_files_beside_it_and_travels_as_json() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id\n1\n").unwrap();
    let path = folder.path().join("seed.toml");
    let text = "[[bucket]]\nname = \"lake\"\nfiles = { \"x.csv\" = { file = \"a.csv\" } }";
    std::fs::write(&path, text).unwrap();
    let seed = Seed::read(&path).unwrap();
    assert_eq!(seed.buckets[0].files["x.csv"].bytes().unwrap(), b"id\n1\n");

    let json = serde_json::to_string(&seed).unwrap();
    let copy = folder.path().join("seed.json");
    std::fs::write(&copy, json).unwrap();
    assert_eq!(Seed::read(&copy).unwrap(), seed);

    std::fs::write(&path, "[[buckets]]\nname = \"lake\"").unwrap();
    let refused = Seed::read(&path).unwrap_err().to_string();
    assert!(refused.contains("buckets"), "{refused}");
}
