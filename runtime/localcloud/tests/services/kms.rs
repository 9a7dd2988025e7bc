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
    for name in ["lake", "alias/", "alias/a lake"] {
        let bad = json!({"AliasName": name, "TargetKeyId": id});
        refused(&cloud, "CreateAlias", bad, "ValidationException").await;
    }
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

#[tokio::test]
async fn what_a_key_encrypts_it_alone_decrypts() {
    let (cloud, _) = cloud();
    let id = key(&cloud).await;
    let other = key(&cloud).await;
    let context = json!({"table": "orders"});
    let input = json!({"KeyId": id, "Plaintext": "c2VjcmV0", "EncryptionContext": context});
    let sealed = done(&cloud, "Encrypt", input).await;
    let blob = sealed["CiphertextBlob"].clone();
    let decrypt = |context: &Value| json!({"CiphertextBlob": blob, "EncryptionContext": context});
    let opened = done(&cloud, "Decrypt", decrypt(&context)).await;
    assert_eq!(opened["Plaintext"], "c2VjcmV0");
    assert_eq!(opened["KeyId"], sealed["KeyId"]);

    let foreign = decrypt(&json!({"table": "people"}));
    refused(&cloud, "Decrypt", foreign, "InvalidCiphertextException").await;
    let mut named = decrypt(&context);
    named["KeyId"] = json!(other);
    refused(&cloud, "Decrypt", named, "IncorrectKeyException").await;
    let forged = json!({"CiphertextBlob": "Zm9yZ2Vk"});
    refused(&cloud, "Decrypt", forged, "InvalidCiphertextException").await;

    let first = opened["KeyMaterialId"].clone();
    let current = async |id: &str| {
        let found = done(&cloud, "DescribeKey", json!({"KeyId": id})).await;
        found["KeyMetadata"]["CurrentKeyMaterialId"].clone()
    };
    assert_eq!(first, current(&id).await);
    done(&cloud, "RotateKeyOnDemand", json!({"KeyId": id})).await;
    let opened = done(&cloud, "Decrypt", decrypt(&context)).await;
    assert_eq!(opened["KeyMaterialId"], first);
    assert_ne!(current(&id).await, first);
    let rotations = done(&cloud, "ListKeyRotations", json!({"KeyId": id})).await;
    assert_eq!(rotations["Rotations"][0]["RotationType"], "ON_DEMAND");

    let moved = json!({
        "CiphertextBlob": blob,
        "SourceEncryptionContext": context,
        "DestinationKeyId": other,
    });
    let moved = done(&cloud, "ReEncrypt", moved).await;
    assert_eq!(moved["SourceKeyMaterialId"], first);
    assert_eq!(moved["DestinationKeyMaterialId"], current(&other).await);
    done(&cloud, "DisableKey", json!({"KeyId": id})).await;
    refused(&cloud, "Decrypt", decrypt(&context), "DisabledException").await;
    let opened = json!({"CiphertextBlob": moved["CiphertextBlob"]});
    let opened = done(&cloud, "Decrypt", opened).await;
    assert_eq!(opened["Plaintext"], "c2VjcmV0");
}

#[tokio::test]
async fn a_data_key_comes_plain_and_encrypted() {
    let (cloud, _) = cloud();
    let id = key(&cloud).await;
    let input = json!({"KeyId": id, "KeySpec": "AES_256"});
    let made = done(&cloud, "GenerateDataKey", input.clone()).await;
    let opened = json!({"CiphertextBlob": made["CiphertextBlob"]});
    let opened = done(&cloud, "Decrypt", opened).await;
    assert_eq!(opened["Plaintext"], made["Plaintext"]);
    assert_eq!(opened["KeyMaterialId"], made["KeyMaterialId"]);
    let sealed = done(&cloud, "GenerateDataKeyWithoutPlaintext", input).await;
    assert!(sealed.get("Plaintext").is_none());
    let neither = json!({"KeyId": id});
    refused(&cloud, "GenerateDataKey", neither, "ValidationException").await;
    let random = done(&cloud, "GenerateRandom", json!({"NumberOfBytes": 3})).await;
    assert_eq!(random["Plaintext"].as_str().unwrap().len(), 4);
}
