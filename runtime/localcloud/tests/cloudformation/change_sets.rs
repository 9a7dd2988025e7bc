use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::ChangeSetType;
use serde_json::json;

use crate::stage::{Stage, refusal, resources};

fn lake(versioning: &str) -> String {
    resources(json!({"Lake": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "lake", "VersioningConfiguration": {"Status": versioning}},
    }}))
}

async fn change_set(
    stage: &Stage,
    name: &str,
    kind: ChangeSetType,
    template: &str,
) -> DescribeChangeSetOutput {
    let create = stage
        .client
        .create_change_set()
        .stack_name("lake")
        .change_set_name(name);
    create
        .change_set_type(kind)
        .template_body(template)
        .send()
        .await
        .unwrap();
    described(stage, name).await
}

async fn described(stage: &Stage, name: &str) -> DescribeChangeSetOutput {
    for _ in 0..10 {
        let describe = stage
            .client
            .describe_change_set()
            .stack_name("lake")
            .change_set_name(name);
        let described = describe.send().await.unwrap();
        let status = described.status().unwrap().as_str();
        if !status.ends_with("_PENDING") && !status.ends_with("_IN_PROGRESS") {
            return described;
        }
    }
    panic!("the change set does not settle");
}

async fn execute(stage: &Stage, name: &str) {
    let execute = stage
        .client
        .execute_change_set()
        .stack_name("lake")
        .change_set_name(name);
    execute.send().await.unwrap();
}

#[tokio::test]
async fn a_stack_is_reviewed_made_changed_and_deleted() {
    let stage = Stage::new();
    let first = change_set(&stage, "first", ChangeSetType::Create, &lake("Enabled")).await;
    assert_eq!(first.status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(first.execution_status().unwrap().as_str(), "AVAILABLE");
    let added = first.changes()[0].resource_change().unwrap();
    assert_eq!(added.action().unwrap().as_str(), "Add");
    assert_eq!(added.logical_resource_id(), Some("Lake"));
    assert_eq!(
        stage.stack("lake").await.stack_status().unwrap().as_str(),
        "REVIEW_IN_PROGRESS"
    );

    execute(&stage, "first").await;
    assert_eq!(
        stage.stack("lake").await.stack_status().unwrap().as_str(),
        "CREATE_IN_PROGRESS"
    );
    assert_eq!(stage.settled("lake").await, "CREATE_COMPLETE");
    assert_eq!(
        described(&stage, "first")
            .await
            .execution_status()
            .unwrap()
            .as_str(),
        "EXECUTE_COMPLETE"
    );
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    let versioning = s3
        .get_bucket_versioning()
        .bucket("lake")
        .send()
        .await
        .unwrap();
    assert_eq!(versioning.status().unwrap().as_str(), "Enabled");

    let second = change_set(&stage, "second", ChangeSetType::Update, &lake("Suspended")).await;
    let changed = second.changes()[0].resource_change().unwrap();
    assert_eq!(changed.action().unwrap().as_str(), "Modify");
    assert_eq!(changed.replacement().unwrap().as_str(), "False");
    assert_eq!(changed.scope()[0].as_str(), "Properties");
    let detail = &changed.details()[0];
    assert_eq!(
        detail.target().unwrap().name(),
        Some("VersioningConfiguration")
    );
    assert_eq!(
        detail.change_source().unwrap().as_str(),
        "DirectModification"
    );
    execute(&stage, "second").await;
    assert_eq!(stage.settled("lake").await, "UPDATE_COMPLETE");
    let versioning = s3
        .get_bucket_versioning()
        .bucket("lake")
        .send()
        .await
        .unwrap();
    assert_eq!(versioning.status().unwrap().as_str(), "Suspended");

    assert_eq!(stage.delete("lake").await, "DELETE_COMPLETE");
    assert!(s3.head_bucket().bucket("lake").send().await.is_err());
    let gone = stage
        .client
        .describe_stacks()
        .stack_name("lake")
        .send()
        .await;
    let (code, words) = refusal(gone);
    assert_eq!(code, "ValidationError");
    assert_eq!(words, "Stack with id lake does not exist");
}

#[tokio::test]
async fn the_events_tell_the_story_as_aws_tells_it() {
    let stage = Stage::new();
    change_set(&stage, "first", ChangeSetType::Create, &lake("Enabled")).await;
    execute(&stage, "first").await;
    stage.settled("lake").await;
    let told = stage.events("lake").await;
    let told: Vec<(&str, &str, &str)> = told
        .iter()
        .map(|(id, status, reason)| (id.as_str(), status.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("lake", "REVIEW_IN_PROGRESS", "User Initiated"),
            ("lake", "CREATE_IN_PROGRESS", "User Initiated"),
            ("Lake", "CREATE_IN_PROGRESS", ""),
            ("Lake", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
            ("Lake", "CREATE_COMPLETE", ""),
            ("lake", "CREATE_COMPLETE", ""),
        ]
    );
}

#[tokio::test]
async fn a_change_set_without_changes_fails_and_says_so() {
    let stage = Stage::new();
    stage.created("lake", &lake("Enabled")).await;
    let nothing = change_set(&stage, "nothing", ChangeSetType::Update, &lake("Enabled")).await;
    assert_eq!(nothing.status().unwrap().as_str(), "FAILED");
    assert_eq!(nothing.execution_status().unwrap().as_str(), "UNAVAILABLE");
    assert_eq!(
        nothing.status_reason(),
        Some(
            "The submitted information didn't contain changes. Submit different information to \
             create a change set."
        )
    );
    let execute = stage
        .client
        .execute_change_set()
        .stack_name("lake")
        .change_set_name("nothing");
    assert_eq!(refusal(execute.send().await).0, "InvalidChangeSetStatus");
    let update = stage
        .client
        .update_stack()
        .stack_name("lake")
        .template_body(lake("Enabled"));
    assert_eq!(
        refusal(update.send().await).1,
        "No updates are to be performed."
    );
}

#[tokio::test]
async fn a_token_makes_a_repeat_the_same_deed() {
    let stage = Stage::new();
    let create = stage
        .client
        .create_change_set()
        .stack_name("lake")
        .change_set_name("first")
        .change_set_type(ChangeSetType::Create)
        .client_token("t-1");
    let first = create
        .clone()
        .template_body(lake("Enabled"))
        .send()
        .await
        .unwrap();
    let again = create
        .clone()
        .template_body(lake("Enabled"))
        .send()
        .await
        .unwrap();
    assert_eq!(first.id(), again.id());
    let other = create.template_body(lake("Suspended")).send().await;
    assert_eq!(refusal(other).0, "TokenAlreadyExistsException");

    described(&stage, "first").await;
    let execute = stage
        .client
        .execute_change_set()
        .change_set_name(first.id().unwrap())
        .client_request_token("t-2");
    execute.clone().send().await.unwrap();
    execute.send().await.unwrap();
    assert_eq!(stage.settled("lake").await, "CREATE_COMPLETE");
    let delete = stage
        .client
        .delete_stack()
        .stack_name("lake")
        .client_request_token("t-3");
    delete.clone().send().await.unwrap();
    delete.send().await.unwrap();
    stage.settled(first.stack_id().unwrap()).await;
}

#[tokio::test]
async fn an_executed_change_set_makes_the_others_obsolete() {
    let stage = Stage::new();
    stage.created("lake", &lake("Enabled")).await;
    change_set(&stage, "one", ChangeSetType::Update, &lake("Suspended")).await;
    let tagged = resources(
        json!({"Lake": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "lake"}}}),
    );
    change_set(&stage, "two", ChangeSetType::Update, &tagged).await;
    execute(&stage, "one").await;
    stage.settled("lake").await;
    assert_eq!(
        described(&stage, "two")
            .await
            .execution_status()
            .unwrap()
            .as_str(),
        "OBSOLETE"
    );
    let listed = stage
        .client
        .list_change_sets()
        .stack_name("lake")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.summaries().len(), 2);
    let delete = stage
        .client
        .delete_change_set()
        .stack_name("lake")
        .change_set_name("two");
    delete.clone().send().await.unwrap();
    delete.send().await.unwrap();
    let describe = stage
        .client
        .describe_change_set()
        .stack_name("lake")
        .change_set_name("two");
    assert_eq!(refusal(describe.send().await).0, "ChangeSetNotFound");
}

#[tokio::test]
async fn a_new_name_replaces_and_what_refers_to_it_is_dynamic() {
    let stage = Stage::new();
    let template = |name: &str| {
        resources(json!({
            "Lake": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
            "Rule": {"Type": "AWS::S3::BucketPolicy", "Properties": {
                "Bucket": {"Ref": "Lake"},
                "PolicyDocument": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["Lake", "Arn"]}}]},
            }},
        }))
    };
    stage.created("lake", &template("lake-1")).await;
    let changes = change_set(&stage, "rename", ChangeSetType::Update, &template("lake-2")).await;
    let [lake, rule] = changes.changes() else {
        panic!("{changes:?}")
    };
    let (lake, rule) = (
        lake.resource_change().unwrap(),
        rule.resource_change().unwrap(),
    );
    assert_eq!(lake.replacement().unwrap().as_str(), "True");
    assert_eq!(lake.policy_action().unwrap().as_str(), "ReplaceAndDelete");
    assert_eq!(rule.replacement().unwrap().as_str(), "Conditional");
    let causes: Vec<_> = rule
        .details()
        .iter()
        .filter_map(|detail| detail.causing_entity())
        .collect();
    assert_eq!(causes, ["Lake", "Lake.Arn"]);
    execute(&stage, "rename").await;
    assert_eq!(stage.settled("lake").await, "UPDATE_COMPLETE");
    assert_eq!(stage.resource("lake", "Lake").await.0, "lake-2");
    assert_eq!(stage.resource("lake", "Rule").await.0, "lake-2");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    assert!(s3.head_bucket().bucket("lake-1").send().await.is_err());
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_aws_words() {
    let stage = Stage::new();
    let update = stage
        .client
        .create_change_set()
        .stack_name("lake")
        .change_set_name("c");
    let update = update.template_body(lake("Enabled"));
    assert_eq!(
        refusal(update.send().await).1,
        "Stack [lake] does not exist"
    );
    let events = stage.client.describe_stack_events().stack_name("lake");
    assert_eq!(
        refusal(events.send().await).1,
        "Stack [lake] does not exist"
    );
    stage
        .client
        .delete_stack()
        .stack_name("lake")
        .send()
        .await
        .unwrap();
    stage.created("lake", &lake("Enabled")).await;
    let again = stage
        .client
        .create_stack()
        .stack_name("lake")
        .template_body(lake("Enabled"));
    let (code, words) = refusal(again.send().await);
    assert_eq!(
        (code.as_str(), words.as_str()),
        ("AlreadyExistsException", "Stack [lake] already exists")
    );
}
