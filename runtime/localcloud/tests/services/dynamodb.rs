use datamesh_localcloud::LocalCloud;
use serde_json::{Value, json};

use crate::raw;
use crate::setup::cloud;

async fn done(cloud: &LocalCloud, operation: &str, input: Value) -> Value {
    let (status, output) = raw::json(cloud, "dynamodb", operation, input).await;
    assert_eq!(status, 200, "{operation}: {output}");
    output
}

async fn refused(cloud: &LocalCloud, operation: &str, input: Value, code: &str) {
    let (_, output) = raw::json(cloud, "dynamodb", operation, input).await;
    assert_eq!(output["__type"], code, "{operation}: {output}");
}

fn locks() -> Value {
    json!({
        "TableName": "locks", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    })
}

#[tokio::test]
async fn a_table_is_made_once_described_and_deleted() {
    let (cloud, _) = cloud();
    let made = done(&cloud, "CreateTable", locks()).await;
    assert_eq!(made["TableDescription"]["TableStatus"], "CREATING");
    refused(&cloud, "CreateTable", locks(), "ResourceInUseException").await;
    let found = done(&cloud, "DescribeTable", json!({"TableName": "locks"})).await;
    assert_eq!(found["Table"]["TableStatus"], "ACTIVE");
    assert_eq!(
        found["Table"]["TableArn"],
        "arn:aws:dynamodb:eu-west-1:111122223333:table/locks"
    );
    assert_eq!(
        done(&cloud, "ListTables", json!({})).await["TableNames"],
        json!(["locks"])
    );
    done(&cloud, "DeleteTable", json!({"TableName": "locks"})).await;
    refused(
        &cloud,
        "DescribeTable",
        json!({"TableName": "locks"}),
        "ResourceNotFoundException",
    )
    .await;
}

#[tokio::test]
async fn keys_and_billing_must_fit() {
    let (cloud, _) = cloud();
    let with = |name: &str, value: Value| {
        let mut table = locks();
        table[name] = value;
        table
    };
    for bad in [
        with("TableName", json!("a")),
        with(
            "KeySchema",
            json!([{"AttributeName": "id", "KeyType": "RANGE"}]),
        ),
        with(
            "KeySchema",
            json!([{"AttributeName": "other", "KeyType": "HASH"}]),
        ),
        with("BillingMode", json!("PROVISIONED")),
        with(
            "ProvisionedThroughput",
            json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
        ),
    ] {
        refused(&cloud, "CreateTable", bad, "ValidationException").await;
    }
}

#[tokio::test]
async fn a_protected_table_stays() {
    let (cloud, _) = cloud();
    done(&cloud, "CreateTable", locks()).await;
    let protect = |flag: bool| json!({"TableName": "locks", "DeletionProtectionEnabled": flag});
    done(&cloud, "UpdateTable", protect(true)).await;
    refused(
        &cloud,
        "DeleteTable",
        json!({"TableName": "locks"}),
        "ValidationException",
    )
    .await;
    done(&cloud, "UpdateTable", protect(false)).await;
    done(&cloud, "DeleteTable", json!({"TableName": "locks"})).await;
}

#[tokio::test]
async fn time_to_live_is_switched_once() {
    let (cloud, _) = cloud();
    done(&cloud, "CreateTable", locks()).await;
    let switch = |enabled: bool| json!({"TableName": "locks", "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": "until"}});
    refused(
        &cloud,
        "UpdateTimeToLive",
        switch(false),
        "ValidationException",
    )
    .await;
    done(&cloud, "UpdateTimeToLive", switch(true)).await;
    refused(
        &cloud,
        "UpdateTimeToLive",
        switch(true),
        "ValidationException",
    )
    .await;
    let found = done(&cloud, "DescribeTimeToLive", json!({"TableName": "locks"})).await;
    assert_eq!(found["TimeToLiveDescription"]["AttributeName"], "until");
}
