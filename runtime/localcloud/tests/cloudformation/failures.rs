use aws_sdk_cloudformation::types::{Capability, OnFailure};
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud};
use serde_json::{Value, json};

use crate::setup::{ACCOUNT, REGION, open_file, sdk};
use crate::stage::{Stage, refusal, resources};

fn role(name: &str) -> Value {
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"},
            }]},
        },
    })
}

fn bucket(name: &str) -> Value {
    json!({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}})
}

/// A bucket, and a role that waits for it.
fn bucket_then_role() -> String {
    let mut role = role("reader");
    role["DependsOn"] = json!("Lake");
    resources(json!({"Lake": bucket("lake"), "Reader": role}))
}

#[tokio::test]
async fn a_create_that_fails_takes_everything_back() {
    let stage = Stage::new();
    stage.fail("iam", "CreateRole");
    stage.create("mesh", &bucket_then_role()).await;
    assert_eq!(stage.settled("mesh").await, "ROLLBACK_COMPLETE");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    assert!(s3.head_bucket().bucket("lake").send().await.is_err());

    let events = stage.events("mesh").await;
    let failed = events
        .iter()
        .find(|(_, status, _)| status == "CREATE_FAILED")
        .unwrap();
    assert_eq!(failed.0, "Reader");
    assert!(failed.2.contains("not today"), "{failed:?}");
    let rollback = events
        .iter()
        .find(|(_, status, _)| status == "ROLLBACK_IN_PROGRESS")
        .unwrap();
    assert_eq!(
        rollback.2,
        "The following resource(s) failed to create: [Reader]. Rollback requested by user."
    );

    let update = stage
        .client
        .update_stack()
        .stack_name("mesh")
        .template_body(bucket_then_role());
    let words = refusal(
        update
            .capabilities(Capability::CapabilityNamedIam)
            .send()
            .await,
    )
    .1;
    assert!(
        words.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."),
        "{words}"
    );
    assert_eq!(stage.delete("mesh").await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn what_runs_beside_a_failure_is_cancelled() {
    let stage = Stage::new();
    stage.fail("s3", "CreateBucket");
    stage
        .create(
            "mesh",
            &resources(json!({"A": bucket("lake"), "B": role("reader")})),
        )
        .await;
    assert_eq!(stage.settled("mesh").await, "ROLLBACK_COMPLETE");
    let events = stage.events("mesh").await;
    let cancelled = ("B", "CREATE_FAILED", "Resource creation cancelled");
    let is = |event: &&(String, String, String)| {
        (event.0.as_str(), event.1.as_str(), event.2.as_str()) == cancelled
    };
    assert!(events.iter().any(|event| is(&event)), "{events:#?}");
}

#[tokio::test]
async fn a_failed_stack_can_be_kept_and_rolled_back_later() {
    let stage = Stage::new();
    stage.fail("iam", "CreateRole");
    let create = stage
        .client
        .create_stack()
        .stack_name("mesh")
        .template_body(bucket_then_role());
    let create = create.capabilities(Capability::CapabilityNamedIam);
    create.disable_rollback(true).send().await.unwrap();
    assert_eq!(stage.settled("mesh").await, "CREATE_FAILED");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.head_bucket().bucket("lake").send().await.unwrap();

    stage
        .client
        .rollback_stack()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(stage.settled("mesh").await, "ROLLBACK_COMPLETE");
    assert!(s3.head_bucket().bucket("lake").send().await.is_err());
}

#[tokio::test]
async fn a_failed_stack_can_be_mended_by_an_update() {
    let stage = Stage::new();
    stage.fail("iam", "CreateRole");
    let create = stage
        .client
        .create_stack()
        .stack_name("mesh")
        .template_body(bucket_then_role());
    let create = create.capabilities(Capability::CapabilityNamedIam);
    create.disable_rollback(true).send().await.unwrap();
    stage.settled("mesh").await;
    stage.cloud.faults().clear();
    assert_eq!(
        stage.updated("mesh", &bucket_then_role()).await,
        "UPDATE_COMPLETE"
    );
    assert_eq!(stage.resource("mesh", "Reader").await.0, "reader");
}

#[tokio::test]
async fn on_failure_delete_leaves_nothing() {
    let stage = Stage::new();
    stage.fail("iam", "CreateRole");
    let create = stage
        .client
        .create_stack()
        .stack_name("mesh")
        .template_body(bucket_then_role());
    let create = create.capabilities(Capability::CapabilityNamedIam);
    let created = create.on_failure(OnFailure::Delete).send().await.unwrap();
    assert_eq!(
        stage.settled(created.stack_id().unwrap()).await,
        "DELETE_COMPLETE"
    );
    assert!(
        stage
            .client
            .describe_stacks()
            .stack_name("mesh")
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_throttle_is_waited_out() {
    let stage = Stage::new();
    for effect in [
        FaultEffect::Throttle,
        FaultEffect::TimeoutBefore,
        FaultEffect::TimeoutAfter,
    ] {
        stage.cloud.faults().inject(Fault {
            service: Some("iam".to_owned()),
            operation: Some("CreateRole".to_owned()),
            ..Fault::once(effect)
        });
    }
    stage.created("mesh", &bucket_then_role()).await;
}

#[tokio::test]
async fn a_delete_that_fails_is_repeated_or_leaves_something_behind() {
    let stage = Stage::new();
    stage.created("mesh", &bucket_then_role()).await;
    stage.fail("s3", "DeleteBucket");
    assert_eq!(stage.delete("mesh").await, "DELETE_FAILED");
    assert_eq!(stage.resource("mesh", "Reader").await.1, "DELETE_COMPLETE");
    assert_eq!(stage.resource("mesh", "Lake").await.1, "DELETE_FAILED");
    let stack = stage.stack("mesh").await;
    assert_eq!(
        stack.stack_status_reason(),
        Some("The following resource(s) failed to delete: [Lake]. ")
    );
    let id = stack.stack_id().unwrap();
    let delete = stage
        .client
        .delete_stack()
        .stack_name("mesh")
        .retain_resources("Lake");
    delete.send().await.unwrap();
    assert_eq!(stage.settled(id).await, "DELETE_COMPLETE");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.head_bucket().bucket("lake").send().await.unwrap();
}

#[tokio::test]
async fn a_bucket_with_objects_keeps_its_stack() {
    let stage = Stage::new();
    stage
        .created("mesh", &resources(json!({"Lake": bucket("lake")})))
        .await;
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.put_object()
        .bucket("lake")
        .key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(stage.delete("mesh").await, "DELETE_FAILED");
    s3.delete_object()
        .bucket("lake")
        .key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(stage.delete("mesh").await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn retained_resources_and_protected_stacks_stay() {
    let stage = Stage::new();
    let mut kept = bucket("kept");
    kept["DeletionPolicy"] = json!("Retain");
    stage
        .created(
            "mesh",
            &resources(json!({"Kept": kept, "Gone": bucket("gone")})),
        )
        .await;
    let protect = stage
        .client
        .update_termination_protection()
        .stack_name("mesh");
    protect
        .clone()
        .enable_termination_protection(true)
        .send()
        .await
        .unwrap();
    let words = refusal(stage.client.delete_stack().stack_name("mesh").send().await).1;
    assert_eq!(
        words,
        "Stack [mesh] cannot be deleted while TerminationProtection is enabled"
    );
    protect
        .enable_termination_protection(false)
        .send()
        .await
        .unwrap();
    let id = stage.stack("mesh").await.stack_id().unwrap().to_owned();
    assert_eq!(stage.delete("mesh").await, "DELETE_COMPLETE");
    let events = stage.events(&id).await;
    assert!(
        events
            .iter()
            .any(|(id, status, _)| id == "Kept" && status == "DELETE_SKIPPED")
    );
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.head_bucket().bucket("kept").send().await.unwrap();
    assert!(s3.head_bucket().bucket("gone").send().await.is_err());
}

#[tokio::test]
async fn a_name_that_is_taken_fails_the_stack() {
    let stage = Stage::new();
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    stage
        .created("first", &resources(json!({"Lake": bucket("lake")})))
        .await;
    stage
        .create("second", &resources(json!({"Lake": bucket("lake")})))
        .await;
    assert_eq!(stage.settled("second").await, "ROLLBACK_COMPLETE");
    s3.head_bucket().bucket("lake").send().await.unwrap();
    let events = stage.events("second").await;
    assert!(
        events
            .iter()
            .any(|(_, _, reason)| reason.contains("HandlerErrorCode: AlreadyExists")),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_stack_goes_on_where_the_process_died() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    fn client(cloud: &LocalCloud) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(&sdk(cloud, ACCOUNT, REGION))
    }
    let mut reads = 0;
    {
        let cloud = open_file(&path).unwrap();
        let create = client(&cloud).create_stack().stack_name("mesh");
        let create = create.template_body(bucket_then_role());
        let create = create.capabilities(Capability::CapabilityNamedIam);
        create.send().await.unwrap();
    }
    loop {
        let cloud = open_file(&path).unwrap();
        let described = client(&cloud)
            .describe_stacks()
            .stack_name("mesh")
            .send()
            .await
            .unwrap();
        let status = described.stacks()[0]
            .stack_status()
            .unwrap()
            .as_str()
            .to_owned();
        reads += 1;
        if status != "CREATE_IN_PROGRESS" {
            assert_eq!(status, "CREATE_COMPLETE");
            break;
        }
        assert!(reads < 20, "it does not move on");
    }
    assert!(reads > 2, "it was seen under way");
}

#[tokio::test]
async fn the_clock_moves_a_stack_on_without_being_asked() {
    let stage = Stage::new();
    stage.create("mesh", &bucket_then_role()).await;
    stage.clock.advance(std::time::Duration::from_millis(100));
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.head_bucket().bucket("lake").send().await.unwrap();
}
