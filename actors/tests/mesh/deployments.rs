//! Deployments against the embedded CloudFormation: the whole way, the hard ends, and a process that goes
//! down at every step.

use std::collections::BTreeMap;
use std::time::Duration;

use datamesh_actors::deployment::{
    CHECKS, CheckKind, CheckRecord, Command, DEPLOYMENTS, Delete, Deploy, DeploymentRecord,
    DeploymentStatus, DriftStatus, ENVIRONMENTS, Environment, EnvironmentRecord, EnvironmentStatus,
    Rollback, RunCheck, StackChange,
};
use datamesh_actors::project::{self, Project};
use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::scenario::PROJECT;
use crate::stage::{Stage, home, wrapped};
use crate::wrappers::{LostOnce, Twice};

const DEV: &str = "proj-1.dev";
const STACK: &str = "datamesh-proj-1-dev";
const TEMPLATE: &str = "
Parameters:
  Environment: { Type: String }
  ProjectId: { Type: String }
  Label: { Type: String, Default: a }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: !Sub 'orders-${Environment}' }
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub 'orders-${ProjectId}-${Environment}'
      Description: !Ref Label
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Principal: { Service: glue.amazonaws.com }, Action: 'sts:AssumeRole' }]
Outputs:
  QueueUrl: { Value: !Ref Queue }
";

fn deploy(id: &str, label: &str) -> Deploy {
    Deploy {
        deployment_id: id.to_owned(),
        template: TEMPLATE.to_owned(),
        parameters: BTreeMap::from([("Label".to_owned(), label.to_owned())]),
        ..Deploy::default()
    }
}

fn delete(id: &str) -> Command {
    Command::Delete(Delete {
        deployment_id: id.to_owned(),
        etag: String::new(),
    })
}

fn rollback(of: &str, id: &str) -> Command {
    Command::Rollback(Rollback {
        deployment_id: of.to_owned(),
        new_id: id.to_owned(),
        ..Rollback::default()
    })
}

impl Stage {
    async fn tell(&self, command: Command) -> EnvironmentRecord {
        self.ask::<Environment>(DEV, command).await.unwrap()
    }

    async fn ended(&self, id: &str) -> DeploymentRecord {
        let ended = |d: Option<&DeploymentRecord>| d.is_some_and(DeploymentRecord::is_ended);
        self.until(DEPLOYMENTS, id, ended).await.unwrap()
    }

    async fn deploy(&self, id: &str, label: &str) -> DeploymentRecord {
        self.tell(Command::Deploy(deploy(id, label))).await;
        self.ended(id).await
    }

    async fn environment(&self) -> Option<EnvironmentRecord> {
        self.row(ENVIRONMENTS, DEV).await
    }

    async fn check(&self, id: &str, kind: CheckKind) -> CheckRecord {
        let command = Command::RunCheck(RunCheck {
            check_id: id.to_owned(),
            kind,
            digest: String::new(),
        });
        self.tell(command).await;
        let ended = |c: Option<&CheckRecord>| c.is_some_and(|c| c.ended);
        self.until(CHECKS, id, ended).await.unwrap()
    }

    /// CloudFormation's status of the stack; empty if there is none.
    async fn stack(&self) -> String {
        match self.aws.cloudformation(&home()).describe_stack(STACK).await {
            Ok(stack) => stack.status,
            Err(error) if error.is_not_found() => String::new(),
            Err(error) => panic!("{error}"),
        }
    }

    async fn ready(register: crate::stage::Register) -> Self {
        let stage = Self::set_with(register).await;
        stage.make_domain().await;
        stage.make_project().await;
        stage
    }

    fn fail(&self, service: &str, operation: &str, times: Times) {
        let effect = FaultEffect::Error {
            status: 400,
            code: "LimitExceeded".to_owned(),
            message: "Cannot exceed quota".to_owned(),
        };
        self.cloud.faults().inject(Fault {
            service: Some(service.to_owned()),
            operation: Some(operation.to_owned()),
            times,
            ..Fault::once(effect)
        });
    }
}

/// Deploys, changes, undoes and removes, and checks what is there after each.
async fn live(stage: &Stage) {
    let first = stage.deploy("dep-1", "a").await;
    assert_eq!(first.status, DeploymentStatus::Success, "{first:#?}");
    assert_eq!(first.change, Some(StackChange::Create));
    assert_eq!(first.changes.len(), 2);
    assert!(first.outputs["QueueUrl"].contains("orders-dev"));
    assert!(
        first
            .events
            .iter()
            .any(|e| e.logical_id == "Role" && e.status == "CREATE_COMPLETE")
    );

    let same = stage.deploy("dep-2", "a").await;
    assert_eq!(same.change, Some(StackChange::None), "{same:#?}");
    let second = stage.deploy("dep-3", "b").await;
    assert_eq!(second.status, DeploymentStatus::Success, "{second:#?}");
    assert_eq!(second.change, Some(StackChange::Update));
    assert_eq!(second.changes[0].logical_id, "Role");
    assert_eq!(second.changes[0].action, "Modify");

    stage.tell(rollback("dep-3", "dep-4")).await;
    let undone = stage.ended("dep-4").await;
    assert_eq!(undone.parameters["Label"], "a");
    assert_eq!(
        stage.environment().await.unwrap().status,
        EnvironmentStatus::Ready
    );
    let verified = stage.check("chk-1", CheckKind::Verify).await;
    assert_eq!(verified.failed().count(), 0, "{verified:#?}");

    let delete_project = project::Command::Delete(project::Delete::default());
    let refused = stage
        .ask::<Project>(PROJECT, delete_project)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("dev"), "{refused}");
    stage.tell(delete("dep-5")).await;
    let gone = stage.ended("dep-5").await;
    assert_eq!(gone.status, DeploymentStatus::Success, "{gone:#?}");
    assert_eq!(stage.stack().await, "");
    assert_eq!(stage.environment().await, None);
    let delete_project = project::Command::Delete(project::Delete::default());
    stage.ask::<Project>(PROJECT, delete_project).await.unwrap();
    stage.until_project(PROJECT, |p| p.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_deployed_changed_undone_and_removed() {
    let stage = Stage::ready(crate::stage::plainly).await;
    live(&stage).await;
    let told = stage.told().await;
    let count = |kind: &str| told.iter().filter(|told| *told == kind).count();
    assert_eq!(
        (count("DeploymentStarted"), count("DeploymentSucceeded")),
        (5, 5)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_of_a_deployment_is_run_twice() {
    let stage =
        Stage::ready(|builder, world| wrapped(builder, world, |x| x, |x| x, |x| x, Twice)).await;
    live(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_of_a_deployment_is_done_and_its_outcome_is_lost() {
    let stage =
        Stage::ready(|builder, world| wrapped(builder, world, |x| x, |x| x, |x| x, LostOnce::new))
            .await;
    live(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_deployment_fails_before_or_loses_its_answer() {
    for effect in [
        FaultEffect::ServerError,
        FaultEffect::Throttle,
        FaultEffect::TimeoutAfter,
    ] {
        let stage = Stage::ready(crate::stage::plainly).await;
        for operation in [
            "ValidateTemplate",
            "DescribeStacks",
            "DescribeStackEvents",
            "CreateChangeSet",
            "DescribeChangeSet",
            "ExecuteChangeSet",
            "DeleteChangeSet",
            "DeleteStack",
            "GetTemplate",
            "DetectStackDrift",
            "DescribeStackDriftDetectionStatus",
            "DescribeStackResourceDrifts",
        ] {
            stage.cloud.faults().inject(Fault {
                service: Some("cloudformation".to_owned()),
                operation: Some(operation.to_owned()),
                ..Fault::once(effect.clone())
            });
        }
        live(&stage).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_goes_down_at_every_step_goes_on_from_there() {
    let mut stage = Stage::ready(crate::stage::plainly).await;
    stage.tell(Command::Deploy(deploy("dep-1", "a"))).await;
    let mut steps = Vec::new();
    for _ in 0..100 {
        stage = stage.restart().await;
        let record: DeploymentRecord = stage.row(DEPLOYMENTS, "dep-1").await.unwrap();
        if record.is_ended() {
            break;
        }
        if steps.last() != Some(&record.step) {
            steps.push(record.step.clone());
        }
        // One more commit, and down again.
        let seen = record.version;
        stage
            .until(DEPLOYMENTS, "dep-1", |d: Option<&DeploymentRecord>| {
                d.is_some_and(|d| d.version != seen || d.is_ended())
            })
            .await;
    }
    let done = stage.ended("dep-1").await;
    assert_eq!(done.status, DeploymentStatus::Success, "{done:#?}");
    assert!(steps.len() >= 3, "{steps:?}");
    assert_eq!(stage.stack().await, "CREATE_COMPLETE");
    stage.tell(delete("dep-2")).await;
    let stage = stage.restart().await;
    assert_eq!(stage.ended("dep-2").await.status, DeploymentStatus::Success);
    assert_eq!(stage.stack().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_fails_half_way_leaves_the_environment_as_before() {
    let stage = Stage::ready(crate::stage::plainly).await;
    stage.fail("iam", "CreateRole", Times::Count(1));
    let failed = stage.deploy("dep-1", "a").await;
    assert_eq!(failed.status, DeploymentStatus::Failed, "{failed:#?}");
    assert!(
        failed.error_message.contains("Role (AWS::IAM::Role)"),
        "{}",
        failed.error_message
    );
    assert!(
        failed.error_message.contains("Cannot exceed quota"),
        "{}",
        failed.error_message
    );
    assert_eq!(stage.stack().await, "ROLLBACK_COMPLETE");
    assert_eq!(
        stage.environment().await.unwrap().status,
        EnvironmentStatus::Empty
    );

    // The next one replaces the stack, when the name of its queue has rested for a minute.
    let minute = Duration::from_secs(61);
    let driven = stage.cloud.drive_clock(|clock| clock.step(minute)).await;
    driven.unwrap().unwrap();
    let second = stage.deploy("dep-2", "a").await;
    assert_eq!(second.status, DeploymentStatus::Success, "{second:#?}");
    assert_eq!(second.change, Some(StackChange::Create));

    // A change that fails is put back.
    let before = stage.environment().await.unwrap();
    let template = TEMPLATE.replace("RoleName: !Sub 'orders", "RoleName: !Sub 'invoices");
    stage.fail("iam", "CreateRole", Times::Count(1));
    let order = Deploy {
        template,
        ..deploy("dep-3", "a")
    };
    stage.tell(Command::Deploy(order)).await;
    let third = stage.ended("dep-3").await;
    assert_eq!(third.status, DeploymentStatus::Failed, "{third:#?}");
    assert_eq!(third.changes[0].replacement, "True");
    let after = stage.environment().await.unwrap();
    assert_eq!(after.status, EnvironmentStatus::Ready);
    assert_eq!(
        (after.digest, after.deployment_id),
        (before.digest, before.deployment_id)
    );
    stage.tell(rollback("dep-3", "dep-4")).await;
    assert_eq!(stage.ended("dep-4").await.change, Some(StackChange::None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_leaves_neither_change_set_nor_stack() {
    let stage = Stage::ready(crate::stage::plainly).await;
    let preview = |id: &str, label: &str| {
        Command::Deploy(Deploy {
            dry_run: true,
            ..deploy(id, label)
        })
    };
    stage.tell(preview("dep-1", "a")).await;
    let shown = stage.ended("dep-1").await;
    assert_eq!(shown.status, DeploymentStatus::Previewed, "{shown:#?}");
    assert_eq!(shown.changes.len(), 2);
    assert_eq!(stage.stack().await, "");
    stage
        .until(ENVIRONMENTS, DEV, |e: Option<&EnvironmentRecord>| {
            e.is_none()
        })
        .await;

    stage.deploy("dep-2", "a").await;
    stage.tell(preview("dep-3", "b")).await;
    let shown = stage.ended("dep-3").await;
    assert_eq!(shown.changes[0].logical_id, "Role");
    assert_eq!(stage.stack().await, "CREATE_COMPLETE");
    assert_eq!(
        stage.environment().await.unwrap().deployment_id.as_deref(),
        Some("dep-2")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_cannot_be_is_refused_with_cloudformations_words() {
    let stage = Stage::ready(crate::stage::plainly).await;
    let order = Deploy {
        template: TEMPLATE.replace("AWS::SQS::Queue", "AWS::SQS::Kettle"),
        ..deploy("dep-1", "a")
    };
    stage.tell(Command::Deploy(order)).await;
    let failed = stage.ended("dep-1").await;
    assert_eq!(failed.status, DeploymentStatus::Failed);
    assert!(
        failed.error_message.contains("AWS::SQS::Kettle"),
        "{}",
        failed.error_message
    );
    assert_eq!(stage.stack().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_blueprints_come_to_life_and_go() {
    let stage = Stage::ready(crate::stage::plainly).await;
    for (name, id) in [("project", "dep-1"), ("domain", "dep-3")] {
        let order = Deploy {
            template: String::new(),
            blueprint: name.to_owned(),
            parameters: BTreeMap::new(),
            ..deploy(id, "")
        };
        stage.tell(Command::Deploy(order)).await;
        let done = stage.ended(id).await;
        assert_eq!(done.status, DeploymentStatus::Success, "{name}: {done:#?}");
        let keys = stage.objects("data-lake-finance").await;
        let folder = "projects/proj-1/dev/raw/".to_owned();
        assert_eq!(keys.contains(&folder), name == "project", "{keys:?}");
        let tested = stage.check(&format!("chk-{name}"), CheckKind::Test).await;
        assert_eq!(tested.failed().count(), 0, "{tested:#?}");
        assert_eq!(tested.drift_status, DriftStatus::InSync);
        let next = format!("{id}-gone");
        stage.tell(delete(&next)).await;
        let gone = stage.ended(&next).await;
        assert_eq!(gone.status, DeploymentStatus::Success, "{name}: {gone:#?}");
        let keys = stage.objects("data-lake-finance").await;
        assert!(!keys.contains(&folder), "{keys:?}");
    }
}
