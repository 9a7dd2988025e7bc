use aws_sdk_cloudformation::types::Capability;
use serde_json::{Value, json};

use crate::stage::{Stage, parameter, refusal, resources};

fn trust() -> Value {
    json!({"Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"},
    }]})
}

/// A bucket of this name, and a role whose description is this.
fn mesh(bucket: &str, description: &str) -> String {
    resources(json!({
        "Lake": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
        "Reader": {
            "Type": "AWS::IAM::Role",
            "DependsOn": "Lake",
            "Properties": {"RoleName": "reader", "Description": description, "AssumeRolePolicyDocument": trust()},
        },
    }))
}

#[tokio::test]
async fn a_failed_update_brings_back_what_was() {
    let stage = Stage::new();
    stage.created("mesh", &mesh("lake-1", "one")).await;
    stage.cloud.faults().inject(datamesh_localcloud::Fault {
        service: Some("iam".to_owned()),
        operation: Some("UpdateRole".to_owned()),
        ..datamesh_localcloud::Fault::once(datamesh_localcloud::FaultEffect::ServerError)
    });
    assert_eq!(
        stage.updated("mesh", &mesh("lake-2", "two")).await,
        "UPDATE_ROLLBACK_COMPLETE"
    );
    assert_eq!(stage.resource("mesh", "Lake").await.0, "lake-1");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.head_bucket().bucket("lake-1").send().await.unwrap();
    assert!(s3.head_bucket().bucket("lake-2").send().await.is_err());
    let template = stage
        .client
        .get_template()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(
        template.template_body(),
        Some(mesh("lake-1", "one").as_str())
    );
    let stack: Vec<(String, String)> = stage
        .events("mesh")
        .await
        .into_iter()
        .filter(|(id, _, _)| id == "mesh")
        .map(|(_, status, reason)| (status, reason))
        .skip(2)
        .collect();
    let stack: Vec<(&str, &str)> = stack
        .iter()
        .map(|(s, r)| (s.as_str(), r.as_str()))
        .collect();
    assert_eq!(
        stack,
        [
            ("UPDATE_IN_PROGRESS", "User Initiated"),
            (
                "UPDATE_ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to update: [Reader]. "
            ),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
            ("UPDATE_ROLLBACK_COMPLETE", ""),
        ]
    );
}

#[tokio::test]
async fn a_rollback_that_fails_is_continued_when_the_fault_is_gone() {
    let stage = Stage::new();
    stage.created("mesh", &mesh("lake-1", "one")).await;
    stage.fail("iam", "UpdateRole");
    assert_eq!(
        stage.updated("mesh", &mesh("lake-1", "two")).await,
        "UPDATE_ROLLBACK_FAILED"
    );
    let update = stage
        .client
        .update_stack()
        .stack_name("mesh")
        .template_body(mesh("lake-1", "x"));
    let words = refusal(
        update
            .capabilities(Capability::CapabilityNamedIam)
            .send()
            .await,
    )
    .1;
    assert!(
        words.contains("UPDATE_ROLLBACK_FAILED state and can not be updated"),
        "{words}"
    );
    stage.cloud.faults().clear();
    let go_on = stage.client.continue_update_rollback().stack_name("mesh");
    go_on.clone().send().await.unwrap();
    assert_eq!(stage.settled("mesh").await, "UPDATE_ROLLBACK_COMPLETE");
    let words = refusal(go_on.send().await).1;
    assert!(
        words.ends_with("state and can not continue rollback."),
        "{words}"
    );
}

#[tokio::test]
async fn an_update_can_be_cancelled() {
    let stage = Stage::new();
    stage.created("mesh", &mesh("lake-1", "one")).await;
    let update = stage
        .client
        .update_stack()
        .stack_name("mesh")
        .template_body(mesh("lake-2", "two"));
    update
        .capabilities(Capability::CapabilityNamedIam)
        .send()
        .await
        .unwrap();
    stage.stack("mesh").await;
    stage
        .client
        .cancel_update_stack()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(stage.settled("mesh").await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(stage.resource("mesh", "Lake").await.0, "lake-1");
    let words = refusal(
        stage
            .client
            .cancel_update_stack()
            .stack_name("mesh")
            .send()
            .await,
    )
    .1;
    assert_eq!(
        words,
        "CancelUpdateStack cannot be called from current stack status"
    );
}

#[tokio::test]
async fn what_a_template_drops_is_deleted_in_the_end_or_retained() {
    let stage = Stage::new();
    let bucket = |name: &str, policy: &str| json!({"Type": "AWS::S3::Bucket", "DeletionPolicy": policy, "Properties": {"BucketName": name}});
    let before = resources(json!({
        "Stays": bucket("stays", "Delete"), "Goes": bucket("goes", "Delete"), "Left": bucket("left", "Retain"),
    }));
    stage.created("mesh", &before).await;
    let after = resources(json!({"Stays": bucket("stays", "Delete")}));
    assert_eq!(stage.updated("mesh", &after).await, "UPDATE_COMPLETE");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.head_bucket().bucket("left").send().await.unwrap();
    assert!(s3.head_bucket().bucket("goes").send().await.is_err());
    let listed = stage
        .client
        .list_stack_resources()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.stack_resource_summaries().len(), 1);
}

#[tokio::test]
async fn a_custom_name_cannot_be_replaced_under_itself() {
    let stage = Stage::new();
    let role = |path: &str| {
        resources(json!({"Reader": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "reader", "Path": path, "AssumeRolePolicyDocument": trust(),
        }}}))
    };
    stage.created("mesh", &role("/a/")).await;
    assert_eq!(
        stage.updated("mesh", &role("/b/")).await,
        "UPDATE_ROLLBACK_COMPLETE"
    );
    let events = stage.events("mesh").await;
    let words = "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename reader and update the stack again.";
    assert!(
        events.iter().any(|(_, _, reason)| reason == words),
        "{events:#?}"
    );
}

#[tokio::test]
async fn parameters_keep_their_values_and_tags_reach_the_resources() {
    let stage = Stage::new();
    let template = json!({
        "Parameters": {"Name": {"Type": "String"}, "State": {"Type": "String", "Default": "Enabled"}},
        "Resources": {"Lake": {"Type": "AWS::S3::Bucket", "Properties": {
            "BucketName": {"Ref": "Name"}, "VersioningConfiguration": {"Status": {"Ref": "State"}},
        }}},
    })
    .to_string();
    let tag = |value: &str| {
        aws_sdk_cloudformation::types::Tag::builder()
            .key("team")
            .value(value)
            .build()
    };
    let create = stage
        .client
        .create_stack()
        .stack_name("mesh")
        .template_body(&template);
    create
        .parameters(parameter("Name", "lake"))
        .tags(tag("sales"))
        .send()
        .await
        .unwrap();
    stage.settled("mesh").await;
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    let team = || async {
        let tags = s3.get_bucket_tagging().bucket("lake").send().await.unwrap();
        let team = tags
            .tag_set()
            .iter()
            .find(|tag| tag.key() == "team")
            .unwrap()
            .value()
            .to_owned();
        assert!(
            tags.tag_set()
                .iter()
                .any(|tag| tag.key() == "aws:cloudformation:stack-name")
        );
        team
    };
    assert_eq!(team().await, "sales");
    let kept = aws_sdk_cloudformation::types::Parameter::builder()
        .parameter_key("Name")
        .use_previous_value(true)
        .build();
    let update = stage
        .client
        .update_stack()
        .stack_name("mesh")
        .use_previous_template(true);
    let update = update
        .parameters(kept)
        .parameters(parameter("State", "Suspended"));
    update.tags(tag("finance")).send().await.unwrap();
    assert_eq!(stage.settled("mesh").await, "UPDATE_COMPLETE");
    assert_eq!(team().await, "finance");
}

#[tokio::test]
async fn exports_are_shared_and_held() {
    let stage = Stage::new();
    let exporter = json!({
        "Resources": {"Lake": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "lake"}}},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": "Lake.Arn"}, "Export": {"Name": "lake-arn"}}},
    });
    stage.created("exporter", &exporter.to_string()).await;
    let importer = json!({
        "Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {"Arn": {"Value": {"Fn::ImportValue": "lake-arn"}}},
    });
    stage.created("importer", &importer.to_string()).await;
    let outputs = stage.stack("importer").await;
    assert_eq!(
        outputs.outputs()[0].output_value(),
        Some("arn:aws:s3:::lake")
    );
    let exports = stage.client.list_exports().send().await.unwrap();
    assert_eq!(exports.exports()[0].name(), Some("lake-arn"));
    let words = refusal(
        stage
            .client
            .delete_stack()
            .stack_name("exporter")
            .send()
            .await,
    )
    .1;
    assert_eq!(
        words,
        "Export lake-arn cannot be deleted as it is in use by importer"
    );
    stage
        .create(
            "again",
            &exporter.to_string().replace("\"lake\"", "\"lake-2\""),
        )
        .await;
    assert_eq!(stage.settled("again").await, "ROLLBACK_COMPLETE");
    stage.delete("importer").await;
    assert_eq!(stage.delete("exporter").await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn a_failed_update_can_be_kept_and_then_mended_or_undone() {
    for mend in [true, false] {
        let stage = Stage::new();
        stage.created("mesh", &mesh("lake-1", "one")).await;
        stage.fail("iam", "UpdateRole");
        let update = stage.client.update_stack().stack_name("mesh");
        let update = update.template_body(mesh("lake-2", "two"));
        let update = update.capabilities(Capability::CapabilityNamedIam);
        update.disable_rollback(true).send().await.unwrap();
        assert_eq!(stage.settled("mesh").await, "UPDATE_FAILED");
        assert_eq!(stage.resource("mesh", "Lake").await.0, "lake-2");
        stage.cloud.faults().clear();
        let (gone, there) = if mend {
            let ended = stage.updated("mesh", &mesh("lake-2", "two")).await;
            assert_eq!(ended, "UPDATE_COMPLETE");
            ("lake-1", "lake-2")
        } else {
            let undo = stage.client.rollback_stack().stack_name("mesh");
            undo.send().await.unwrap();
            assert_eq!(stage.settled("mesh").await, "UPDATE_ROLLBACK_COMPLETE");
            ("lake-2", "lake-1")
        };
        assert_eq!(stage.resource("mesh", "Lake").await.0, there);
        let s3 = aws_sdk_s3::Client::new(&stage.sdk);
        s3.head_bucket().bucket(there).send().await.unwrap();
        assert!(s3.head_bucket().bucket(gone).send().await.is_err());
    }
}

#[tokio::test]
async fn events_come_newest_first_in_pages() {
    let stage = Stage::new();
    stage.created("mesh", &mesh("lake", "0")).await;
    for number in 1..30 {
        let ended = stage
            .updated("mesh", &mesh("lake", &number.to_string()))
            .await;
        assert_eq!(ended, "UPDATE_COMPLETE");
    }
    let first = stage.client.describe_stack_events().stack_name("mesh");
    let first = first.send().await.unwrap();
    assert_eq!(first.stack_events().len(), 100);
    assert!(first.next_token().is_some());
    let newest = &first.stack_events()[0];
    assert_eq!(
        newest.resource_status().unwrap().as_str(),
        "UPDATE_COMPLETE"
    );
    assert_eq!(newest.logical_resource_id(), Some("mesh"));
    let events = stage.events("mesh").await;
    assert_eq!(events.len(), 8 + 29 * 5);
    assert_eq!(events[0].1, "CREATE_IN_PROGRESS");
}
