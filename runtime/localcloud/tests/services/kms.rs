use std::time::Duration;

use datamesh_localcloud::LocalCloud;
use serde_json::{Value, json};

use crate::raw;
use crate::setup::cloud;

async fn done(cloud: &LocalCloud, operation: &str, input: Value) -> Value {
    let (status, output) = raw::json(cloud, "kms", operation, input).await;
    assert_eq!(status, 200, "{operation}: {output}");
    output
}

async fn refused(cloud: &LocalCloud, operation: &str, input: Value, code: &str) -> String {
    let (_, output) = raw::json(cloud, "kms", operation, input).await;
    assert_eq!(output["__type"], code, "{operation}: {output}");
    output["message"].as_str().unwrap().to_owned()
}

async fn key(cloud: &LocalCloud) -> String {
    let made = done(cloud, "CreateKey", json!({"Description": "of the lake"})).await;
    assert_eq!(made["KeyMetadata"]["KeyState"], "Enabled");
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_found_by_all_its_names() {
    let (cloud, _) = cloud();
    let id = key(&cloud).await;
    done(
        &cloud,
        "CreateAlias",
        json!({"AliasName": "alias/lake", "TargetKeyId": id}),
    )
    .await;
    for name in [
        id.clone(),
        format!("arn:aws:kms:eu-west-1:111122223333:key/{id}"),
        "alias/lake".to_owned(),
        "arn:aws:kms:eu-west-1:111122223333:alias/lake".to_owned(),
    ] {
        let found = done(&cloud, "DescribeKey", json!({"KeyId": name})).await;
        assert_eq!(found["KeyMetadata"]["KeyId"], id.as_str());
    }
    let again = json!({"AliasName": "alias/lake", "TargetKeyId": id});
    refused(&cloud, "CreateAlias", again, "AlreadyExistsException").await;
    let reserved = json!({"AliasName": "alias/aws/s3", "TargetKeyId": id});
    refused(&cloud, "CreateAlias", reserved, "NotAuthorizedException").await;
    let listed = done(&cloud, "ListAliases", json!({"KeyId": id})).await;
    assert_eq!(listed["Aliases"][0]["AliasName"], "alias/lake");
    done(&cloud, "DeleteAlias", json!({"AliasName": "alias/lake"})).await;
    refused(
        &cloud,
        "DescribeKey",
        json!({"KeyId": "alias/lake"}),
        "NotFoundException",
    )
    .await;
}

#[tokio::test]
async fn a_deleted_key_can_be_saved_until_its_day() {
    let (cloud, clock) = cloud();
    let id = key(&cloud).await;
    let schedule = json!({"KeyId": id, "PendingWindowInDays": 7});
    refused(
        &cloud,
        "ScheduleKeyDeletion",
        json!({"KeyId": id, "PendingWindowInDays": 6}),
        "ValidationException",
    )
    .await;
    done(&cloud, "ScheduleKeyDeletion", schedule.clone()).await;
    let message = refused(
        &cloud,
        "EnableKeyRotation",
        json!({"KeyId": id}),
        "KMSInvalidStateException",
    )
    .await;
    assert!(message.ends_with("is pending deletion."), "{message}");
    done(&cloud, "CancelKeyDeletion", json!({"KeyId": id})).await;
    let found = done(&cloud, "DescribeKey", json!({"KeyId": id})).await;
    assert_eq!(found["KeyMetadata"]["KeyState"], "Disabled");
    done(&cloud, "ScheduleKeyDeletion", schedule).await;
    clock.advance(Duration::from_secs(7 * 86_400));
    refused(
        &cloud,
        "DescribeKey",
        json!({"KeyId": id}),
        "NotFoundException",
    )
    .await;
}

#[tokio::test]
async fn policies_rotation_and_tags_are_kept() {
    let (cloud, _) = cloud();
    let id = key(&cloud).await;
    let policy = done(&cloud, "GetKeyPolicy", json!({"KeyId": id})).await;
    assert!(
        policy["Policy"]
            .as_str()
            .unwrap()
            .contains("arn:aws:iam::111122223333:root")
    );
    let bad = json!({"KeyId": id, "Policy": "{}"});
    refused(
        &cloud,
        "PutKeyPolicy",
        bad,
        "MalformedPolicyDocumentException",
    )
    .await;
    done(
        &cloud,
        "EnableKeyRotation",
        json!({"KeyId": id, "RotationPeriodInDays": 90}),
    )
    .await;
    let status = done(&cloud, "GetKeyRotationStatus", json!({"KeyId": id})).await;
    assert_eq!(
        (
            &status["KeyRotationEnabled"],
            &status["RotationPeriodInDays"]
        ),
        (&json!(true), &json!(90))
    );
    let tags = json!({"KeyId": id, "Tags": [{"TagKey": "team", "TagValue": "sales"}]});
    done(&cloud, "TagResource", tags).await;
    let tags = done(&cloud, "ListResourceTags", json!({"KeyId": id})).await;
    assert_eq!(
        tags["Tags"],
        json!([{"TagKey": "team", "TagValue": "sales"}])
    );
    assert_eq!(
        done(&cloud, "ListKeys", json!({})).await["Keys"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
