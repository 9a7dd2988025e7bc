//! The catalog at the wire, with requests that no SDK would send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use crate::stage::Stage;

fn ask(stage: &Stage, operation: &str, input: &Value) -> (u16, Value) {
    let target = format!("AWSGlue.{operation}");
    stage.send("glue", ("POST", "/"), Some(&target), input)
}

#[track_caller]
fn done(stage: &Stage, operation: &str, input: &Value) -> Value {
    let (status, answer) = ask(stage, operation, input);
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

fn catalog() -> Stage {
    let stage = Stage::new();
    let input = json!({"DatabaseInput": {"Name": "sales"}});
    done(&stage, "CreateDatabase", &input);
    stage
}

#[test]
fn members_of_a_table_that_the_service_sets_are_ignored_in_requests() {
    let stage = catalog();
    let table = |version: &str| {
        json!({"DatabaseName": "sales", "TableInput": {
            "Name": "orders",
            "Description": version,
            "DatabaseName": "other",
            "CreateTime": 1,
            "UpdateTime": 1,
            "CreatedBy": "me",
            "CatalogId": "999999999999",
            "VersionId": "7",
            "IsRegisteredWithLakeFormation": true,
        }})
    };
    done(&stage, "CreateTable", &table("first"));
    done(&stage, "UpdateTable", &table("second"));
    let named = json!({"DatabaseName": "sales", "Name": "orders"});
    let got = done(&stage, "GetTable", &named);
    let got = &got["Table"];
    assert_eq!(got["Description"], "second");
    assert_eq!(got["DatabaseName"], "sales");
    assert_eq!(got["VersionId"], "1");
    assert_eq!(got["IsRegisteredWithLakeFormation"], false);
    let named = json!({"DatabaseName": "sales", "TableName": "orders"});
    let versions = done(&stage, "GetTableVersions", &named);
    assert_eq!(versions["TableVersions"].as_array().unwrap().len(), 2);
}

#[test]
fn members_of_a_partition_that_the_service_sets_are_ignored_in_requests() {
    let stage = catalog();
    let table = json!({"DatabaseName": "sales", "TableInput": {
        "Name": "orders",
        "PartitionKeys": [{"Name": "day", "Type": "int"}],
    }});
    done(&stage, "CreateTable", &table);
    let partition = |value: &str| {
        json!({
            "Values": [value],
            "DatabaseName": "other",
            "TableName": "other",
            "CreationTime": 1,
            "CatalogId": "999999999999",
        })
    };
    let with = |member: &str, value: Value| json!({"DatabaseName": "sales", "TableName": "orders", member: value});
    let all = |input: &Value| {
        let answer = done(&stage, "GetPartitions", input);
        let partitions = answer["Partitions"].as_array().unwrap().clone();
        let shown = partitions.iter().map(|one| {
            assert_eq!(one["TableName"], "orders");
            one["Values"][0].as_str().unwrap().to_owned()
        });
        shown.collect::<Vec<_>>()
    };
    let named = with("Expression", Value::Null);
    done(
        &stage,
        "CreatePartition",
        &with("PartitionInput", partition("1")),
    );
    let batch = with(
        "PartitionInputList",
        json!([partition("2"), partition("3")]),
    );
    done(&stage, "BatchCreatePartition", &batch);
    assert_eq!(all(&named), ["1", "2", "3"]);
    let mut update = with("PartitionInput", partition("4"));
    update["PartitionValueList"] = json!(["1"]);
    done(&stage, "UpdatePartition", &update);
    let entry = json!({"PartitionValueList": ["2"], "PartitionInput": partition("5")});
    done(
        &stage,
        "BatchUpdatePartition",
        &with("Entries", json!([entry])),
    );
    assert_eq!(all(&named), ["3", "4", "5"]);
}

#[test]
fn a_column_type_that_is_nested_too_deep_is_refused() {
    let stage = catalog();
    let kind = format!("{}int{}", "array<".repeat(18_000), ">".repeat(18_000));
    let input = json!({
        "DatabaseName": "sales",
        "OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE"}},
        "TableInput": {
            "Name": "orders",
            "StorageDescriptor": {
                "Location": "s3://lake/orders",
                "Columns": [{"Name": "deep", "Type": kind}],
            },
        },
    });
    let (status, answer) = ask(&stage, "CreateTable", &input);
    assert_eq!(status, 400, "{answer}");
    assert_eq!(answer["__type"], "InvalidInputException");
}
