use aws_sdk_cloudformation::types::StackResourceDrift;
use serde_json::json;

use crate::stage::{Stage, refusal, resources};

async fn detect(stage: &Stage) -> (String, Vec<StackResourceDrift>) {
    let detect = stage
        .client
        .detect_stack_drift()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    let id = detect.stack_drift_detection_id().unwrap().to_owned();
    let words = refusal(
        stage
            .client
            .detect_stack_drift()
            .stack_name("mesh")
            .send()
            .await,
    )
    .1;
    assert!(
        words.starts_with("Drift detection is already in progress"),
        "{words}"
    );
    for _ in 0..10 {
        let status = stage.client.describe_stack_drift_detection_status();
        let status = status.stack_drift_detection_id(&id).send().await.unwrap();
        if status.detection_status().unwrap().as_str() != "DETECTION_IN_PROGRESS" {
            assert_eq!(
                status.detection_status().unwrap().as_str(),
                "DETECTION_COMPLETE",
                "{status:?}"
            );
            let drifts = stage
                .client
                .describe_stack_resource_drifts()
                .stack_name("mesh");
            let drifts = drifts.send().await.unwrap();
            let found = status.stack_drift_status().unwrap().as_str().to_owned();
            return (found, drifts.stack_resource_drifts().to_vec());
        }
    }
    panic!("the detection does not end");
}

#[tokio::test]
async fn what_was_changed_behind_the_stack_is_found() {
    let stage = Stage::new();
    let template = resources(json!({
        "Lake": {"Type": "AWS::S3::Bucket", "Properties": {
            "BucketName": "lake",
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": true},
            ]},
            "LifecycleConfiguration": {"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 30}]},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "RestrictPublicBuckets": true},
            "Tags": [{"Key": "team", "Value": "sales"}],
        }},
        "Sales": {"Type": "AWS::Glue::Database", "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseInput": {"Name": "sales", "Description": "of sales"},
        }},
        "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders", "VisibilityTimeout": 60}},
    }));
    stage.created("mesh", &template).await;
    let (status, drifts) = detect(&stage).await;
    assert_eq!(status, "IN_SYNC", "{drifts:#?}");
    assert_eq!(drifts.len(), 3);

    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    let suspended = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status("Suspended".into())
        .build();
    let put = s3.put_bucket_versioning().bucket("lake");
    put.versioning_configuration(suspended)
        .send()
        .await
        .unwrap();
    s3.delete_bucket_tagging()
        .bucket("lake")
        .send()
        .await
        .unwrap();
    let glue = aws_sdk_glue::Client::new(&stage.sdk);
    glue.delete_database().name("sales").send().await.unwrap();

    let (status, drifts) = detect(&stage).await;
    assert_eq!(status, "DRIFTED");
    let of = |id: &str| {
        let mut found = drifts
            .iter()
            .filter(|drift| drift.logical_resource_id() == Some(id));
        found.next().unwrap()
    };
    assert_eq!(
        of("Sales").stack_resource_drift_status().unwrap().as_str(),
        "DELETED"
    );
    assert_eq!(
        of("Orders").stack_resource_drift_status().unwrap().as_str(),
        "IN_SYNC"
    );
    let lake = of("Lake");
    assert_eq!(
        lake.stack_resource_drift_status().unwrap().as_str(),
        "MODIFIED"
    );
    let differences: Vec<(&str, &str)> = lake
        .property_differences()
        .iter()
        .map(|difference| {
            let kind = difference.difference_type().unwrap().as_str();
            (difference.property_path().unwrap(), kind)
        })
        .collect();
    assert_eq!(
        differences,
        [
            ("/VersioningConfiguration/Status", "NOT_EQUAL"),
            ("/Tags", "REMOVE")
        ]
    );
    let stack = stage.stack("mesh").await;
    assert_eq!(
        stack
            .drift_information()
            .unwrap()
            .stack_drift_status()
            .unwrap()
            .as_str(),
        "DRIFTED"
    );
}
