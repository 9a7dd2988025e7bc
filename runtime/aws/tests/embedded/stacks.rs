use std::collections::BTreeMap;

use datamesh_aws::cloudformation::{
    ChangeAction, ChangeSet, ChangeSetKind, CreateChangeSet, Replacement, Template, is_no_change,
};
use datamesh_aws::{ErrorClass, PageRequest, Token};
use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::setup::World;

const LAKE: &str = r"
Parameters:
  Name:
    Type: String
    AllowedPattern: '[a-z-]+'
  Secret:
    Type: String
    NoEcho: true
    Default: hush
Resources:
  Lake:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      VersioningConfiguration:
        Status: Enabled
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: glue.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: read
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: !Sub '${Lake.Arn}/*'
Outputs:
  LakeArn:
    Value: !GetAtt Lake.Arn
    Export:
      Name: !Sub '${AWS::StackName}-arn'
";

fn token(purpose: &str) -> Token {
    Token::derive("effect", purpose)
}

fn wish(name: &str, kind: ChangeSetKind, bucket: &str) -> CreateChangeSet {
    CreateChangeSet {
        stack: "lake".into(),
        name: name.into(),
        kind,
        template: Template::Body(LAKE.into()),
        parameters: BTreeMap::from([("Name".to_owned(), bucket.to_owned())]),
        previous_parameters: Vec::new(),
        capabilities: vec!["CAPABILITY_IAM".into()],
        tags: BTreeMap::from([("team".to_owned(), "sales".to_owned())]),
        role_arn: None,
        notification_arns: Vec::new(),
        description: None,
        on_failure: None,
        token: token(name),
    }
}

/// Makes the change set and reads it until it is made.
async fn made(world: &World, wish: CreateChangeSet) -> ChangeSet {
    let cloudformation = world.aws.cloudformation(&world.home);
    let created = cloudformation
        .create_change_set(wish.clone())
        .await
        .unwrap();
    let again = cloudformation.create_change_set(wish).await.unwrap();
    assert_eq!(created, again, "a token makes a repeat the same deed");
    loop {
        let described = cloudformation
            .describe_change_set(None, &created.change_set_id, PageRequest::default())
            .await
            .unwrap();
        if !described.status.ends_with("_PENDING") && !described.status.ends_with("_IN_PROGRESS") {
            return described;
        }
    }
}

async fn settled(world: &World, stack: &str) -> String {
    let cloudformation = world.aws.cloudformation(&world.home);
    loop {
        let status = cloudformation.describe_stack(stack).await.unwrap().status;
        if !status.ends_with("_IN_PROGRESS") {
            return status;
        }
    }
}

async fn executed(world: &World, wish: CreateChangeSet) -> String {
    let name = wish.name.clone();
    let change_set = made(world, wish).await;
    assert_eq!(change_set.execution_status, "AVAILABLE", "{change_set:?}");
    let cloudformation = world.aws.cloudformation(&world.home);
    let execute = token(&format!("execute {name}"));
    for _ in 0..2 {
        cloudformation
            .execute_change_set(Some("lake"), &name, &execute)
            .await
            .unwrap();
    }
    settled(world, "lake").await
}

#[tokio::test]
async fn a_stack_goes_through_its_life() {
    let world = World::new();
    let cloudformation = world.aws.cloudformation(&world.home);
    let summary = cloudformation
        .validate_template(Template::Body(LAKE.into()))
        .await
        .unwrap();
    assert_eq!(summary.capabilities, ["CAPABILITY_IAM"]);
    assert!(
        summary
            .parameters
            .iter()
            .any(|p| p.key == "Secret" && p.no_echo)
    );

    let status = executed(&world, wish("first", ChangeSetKind::Create, "lake-one")).await;
    assert_eq!(status, "CREATE_COMPLETE");
    let stack = cloudformation.describe_stack("lake").await.unwrap();
    assert_eq!(stack.outputs["LakeArn"], "arn:aws:s3:::lake-one");
    assert_eq!(stack.exports["lake-arn"], "LakeArn");
    assert_eq!(stack.parameters["Secret"], "****");
    assert_eq!(stack.tags["team"], "sales");
    assert_eq!(cloudformation.get_template("lake").await.unwrap(), LAKE);
    world
        .aws
        .s3(&world.home)
        .head_bucket("lake-one")
        .await
        .unwrap();
    let resources = cloudformation
        .list_stack_resources("lake", PageRequest::default())
        .await
        .unwrap();
    let kinds: Vec<_> = resources
        .items
        .iter()
        .map(|r| r.resource_type.as_str())
        .collect();
    assert_eq!(kinds, ["AWS::S3::Bucket", "AWS::IAM::Role"]);

    let events = cloudformation
        .stack_events_after("lake", None, 10)
        .await
        .unwrap();
    assert!(events[0].is_of_stack());
    let last = events.last().unwrap();
    assert_eq!(
        (last.status.as_str(), last.is_of_stack()),
        ("CREATE_COMPLETE", true)
    );
    let seen = last.event_id.clone();

    let same = made(&world, wish("same", ChangeSetKind::Update, "lake-one")).await;
    assert_eq!(same.status, "FAILED");
    assert!(is_no_change(same.status_reason.as_deref().unwrap()));

    let change_set = made(&world, wish("rename", ChangeSetKind::Update, "lake-two")).await;
    let lake = &change_set.changes.items[0];
    assert_eq!(
        (lake.action, lake.replacement),
        (ChangeAction::Modify, Some(Replacement::Always))
    );
    let causes: Vec<_> = lake
        .details
        .iter()
        .filter_map(|d| d.causing_entity.as_deref())
        .collect();
    assert_eq!(causes, ["Name"]);
    let status = executed(&world, wish("rename", ChangeSetKind::Update, "lake-two")).await;
    assert_eq!(status, "UPDATE_COMPLETE");
    let events = cloudformation
        .stack_events_after("lake", Some(&seen), 10)
        .await
        .unwrap();
    assert_eq!(events[0].status, "UPDATE_IN_PROGRESS");
    assert_eq!(
        events[0].token.as_deref(),
        Some(token("execute rename").as_str())
    );

    let detection = cloudformation.detect_stack_drift("lake").await.unwrap();
    let done = loop {
        let status = cloudformation.drift_detection(&detection).await.unwrap();
        if status.status != "DETECTION_IN_PROGRESS" {
            break status;
        }
    };
    assert_eq!(done.drift_status.as_deref(), Some("IN_SYNC"), "{done:?}");
    let drifts = cloudformation
        .stack_resource_drifts("lake", PageRequest::default())
        .await
        .unwrap();
    assert_eq!(drifts.items.len(), 2);

    for _ in 0..2 {
        cloudformation
            .delete_stack("lake", &[], None, &token("delete"))
            .await
            .unwrap();
    }
    assert_eq!(settled(&world, &stack.stack_id).await, "DELETE_COMPLETE");
    let gone = cloudformation.describe_stack("lake").await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
}

#[tokio::test]
async fn a_failed_create_rolls_back_and_can_only_be_deleted() {
    let world = World::new();
    world.cloud.faults().inject(Fault {
        service: Some("iam".into()),
        operation: Some("CreateRole".into()),
        ..Fault::once(FaultEffect::ServerError)
    });
    let status = executed(&world, wish("first", ChangeSetKind::Create, "lake-one")).await;
    assert_eq!(status, "ROLLBACK_COMPLETE");
    let cloudformation = world.aws.cloudformation(&world.home);
    let error = cloudformation
        .create_change_set(wish("again", ChangeSetKind::Update, "lake-one"))
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::Conflict, "{error}");
    assert!(
        world
            .aws
            .s3(&world.home)
            .head_bucket("lake-one")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_rollback_that_fails_is_continued() {
    let world = World::new();
    executed(&world, wish("first", ChangeSetKind::Create, "lake-one")).await;
    for operation in ["PutRolePolicy", "UpdateAssumeRolePolicy"] {
        world.cloud.faults().inject(Fault {
            service: Some("iam".into()),
            operation: Some(operation.into()),
            times: Times::Always,
            ..Fault::once(FaultEffect::ServerError)
        });
    }
    let status = executed(&world, wish("rename", ChangeSetKind::Update, "lake-two")).await;
    assert_eq!(status, "UPDATE_ROLLBACK_FAILED");
    let cloudformation = world.aws.cloudformation(&world.home);
    let skip = ["Reader".to_owned()];
    cloudformation
        .continue_update_rollback("lake", &skip, None, &token("continue"))
        .await
        .unwrap();
    assert_eq!(settled(&world, "lake").await, "UPDATE_ROLLBACK_COMPLETE");
    let made_in_vain = world.aws.s3(&world.home).head_bucket("lake-two").await;
    assert!(made_in_vain.unwrap_err().is_not_found());
    world
        .aws
        .s3(&world.home)
        .head_bucket("lake-one")
        .await
        .unwrap();
}
