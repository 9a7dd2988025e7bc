use datamesh_actor::{AskError, Rejection};
use datamesh_actors::approval::{self, Approval, Reject, Status as ApprovalStatus};
use datamesh_actors::execution::ExecutionStatus;
use datamesh_actors::promotion::{self, Cancel, Promotion, Status};
use serde_json::json;

use crate::pretended::statuses;
use crate::stage::{Luck, PROMOTION, Stage, bob};

fn rejected(error: AskError) -> Rejection {
    match error {
        AskError::Rejected(rejection) => rejection,
        other => panic!("not refused: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_is_deployed_in_the_name_of_who_asked_and_told_when_it_is_done() {
    let stage = Stage::set().await;
    stage.promote(PROMOTION).await;
    let approval = stage.asked().await;
    assert_eq!(stage.promotion().await.status, Status::Pending);
    stage.approve(&approval).await.unwrap();
    let record = stage
        .until_promotion(PROMOTION, |r| r.status.is_ended())
        .await;
    assert_eq!(record.status, Status::Completed, "{record:#?}");
    assert_eq!(record.approved_by, ["bob@example.com"]);
    assert_eq!(record.approval_reason, "fine");
    assert_eq!(record.deployment_ids.len(), 1);
    assert_eq!(stage.api.people(), ["ann@example.com"]);
    let body = stage.api.body_of("POST /api/v1/deployments");
    assert_eq!(body["promotionId"], PROMOTION);
    assert_eq!(body["digest"], record.digest);
    assert_eq!(statuses(&stage.published), ["COMPLETED"]);
    let execution = stage.execution(&record.execution_id).await;
    assert_eq!(execution.status, ExecutionStatus::Succeeded);
    assert_eq!(execution.owner, format!("promotion/{PROMOTION}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_cannot_approve_and_a_no_ends_it() {
    let stage = Stage::set().await;
    stage.promote(PROMOTION).await;
    let id = stage.asked().await;
    let mut asker = crate::stage::ann();
    asker.groups.push("admins".into());
    let approve = approval::Command::Approve(approval::Approve {
        by: asker,
        ..approval::Approve::default()
    });
    let refused = stage
        .ask::<Approval>(&id, approve, "a-1")
        .await
        .unwrap_err();
    rejected(refused);
    let reject = approval::Command::Reject(Reject {
        by: bob(),
        comment: "not before the holidays".into(),
    });
    stage.ask::<Approval>(&id, reject, "a-2").await.unwrap();
    let record = stage
        .until_promotion(PROMOTION, |r| r.status.is_ended())
        .await;
    assert_eq!(record.status, Status::Rejected);
    assert!(record.rejection_reason.contains("holidays"), "{record:#?}");
    assert_eq!(statuses(&stage.published), ["REJECTED"]);
    assert!(
        !stage
            .api
            .deeds()
            .contains(&"POST /api/v1/deployments".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_promotions_to_one_target_one_fails_and_the_other_goes_on() {
    let stage = Stage::set().await;
    tokio::join!(stage.promote(PROMOTION), stage.promote("prom-req-2"));
    let failed = |r: &promotion::PromotionRecord| r.status == Status::Failed;
    let waiting = |r: &promotion::PromotionRecord| r.approval_id.is_some();
    let either = |r: &promotion::PromotionRecord| failed(r) || waiting(r);
    let first = stage.until_promotion(PROMOTION, either).await;
    let second = stage.until_promotion("prom-req-2", either).await;
    let (lost, won) = match failed(&first) {
        true => (first, second),
        false => (second, first),
    };
    assert!(
        lost.status_reason.starts_with("PROMOTION_RUNNING: "),
        "{lost:#?}"
    );
    assert!(waiting(&won), "{won:#?}");
    let held = stage.environment("proj-1.staging").await.unwrap().held_by;
    assert_eq!(held.as_deref(), Some(won.request_id.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_source_voids_the_approval() {
    let stage = Stage::set().await;
    stage.promote(PROMOTION).await;
    let id = stage.asked().await;
    let other = r#"{"Resources": {"Other": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}"#;
    stage.deploy("dep-dev2", other).await;
    let record = stage
        .until_promotion(PROMOTION, |r| r.status.is_ended())
        .await;
    assert_eq!(record.status, Status::Cancelled);
    assert!(
        record.status_reason.starts_with("SOURCE_CHANGED: "),
        "{record:#?}"
    );
    let approvals = stage.approvals().await;
    assert_eq!(approvals[0].status, ApprovalStatus::Voided);
    stage.approve(&id).await.unwrap_err();
    assert!(
        !stage
            .api
            .deeds()
            .contains(&"POST /api/v1/deployments".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_closes_the_approval_and_frees_the_target() {
    let stage = Stage::set().await;
    stage.promote(PROMOTION).await;
    stage.asked().await;
    let cancel = promotion::Command::Cancel(Cancel {
        by: "ann@example.com".into(),
        reason: String::new(),
    });
    stage
        .ask::<Promotion>(PROMOTION, cancel, "c-1")
        .await
        .unwrap();
    let record = stage
        .until_promotion(PROMOTION, |r| r.status.is_ended())
        .await;
    assert_eq!(record.status, Status::Cancelled);
    let execution = stage.execution(&record.execution_id).await;
    assert_eq!(execution.status, ExecutionStatus::Aborted);
    let id = record.approval_id.unwrap();
    let closed = |a: Option<&approval::ApprovalRecord>| a.is_some_and(|a| !a.status.is_open());
    stage.until(approval::APPROVALS, &id, closed).await;
    stage.promote("prom-req-2").await;
    let next = |r: &promotion::PromotionRecord| r.approval_id.is_some();
    stage.until_promotion("prom-req-2", next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_fails_ends_the_promotion_with_its_reason() {
    let stage = Stage::set().await;
    let failed = json!({
        "deploymentId": "dep-x",
        "projectId": "proj-1",
        "status": "FAILED",
        "errorMessage": "CREATE_FAILED: the role is there already",
    });
    stage.api.answer("/api/v1/deployments", 200, failed);
    stage.promote(PROMOTION).await;
    let approval = stage.asked().await;
    stage.approve(&approval).await.unwrap();
    let record = stage
        .until_promotion(PROMOTION, |r| r.status.is_ended())
        .await;
    assert_eq!(record.status, Status::Failed);
    assert!(
        record.status_reason.contains("the role is there already"),
        "{record:#?}"
    );
    assert_eq!(statuses(&stage.published), ["FAILED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_fit_is_not_put_to_anybody() {
    let stage = Stage::set().await;
    let problem = json!({"code": "VALIDATION_FAILED", "detail": "the stack is broken"});
    stage.api.answer("/api/v1/validate", 409, problem);
    stage.promote(PROMOTION).await;
    let record = stage
        .until_promotion(PROMOTION, |r| r.status.is_ended())
        .await;
    assert_eq!(record.status, Status::Failed);
    assert!(
        record.status_reason.contains("the stack is broken"),
        "{record:#?}"
    );
    assert!(stage.approvals().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_is_one_deed_though_it_is_done_twice_or_its_outcome_is_lost() {
    for luck in [Luck::Twice, Luck::LostOnce] {
        let stage = Stage::set_with(luck).await;
        stage.promote(PROMOTION).await;
        let approval = stage.asked().await;
        stage.approve(&approval).await.unwrap();
        let ended = |r: &promotion::PromotionRecord| r.status.is_ended();
        let record = stage.until_promotion(PROMOTION, ended).await;
        assert_eq!(record.status, Status::Completed, "{luck:?} {record:#?}");
        assert_eq!(
            stage.api.deeds(),
            [
                "GET /api/v1/verify",
                "POST /api/v1/deployments",
                "POST /api/v1/tests/run",
                "POST /api/v1/validate"
            ],
            "{luck:?}"
        );
        assert_eq!(stage.approvals().await.len(), 1, "{luck:?}");
        assert_eq!(statuses(&stage.published), ["COMPLETED"], "{luck:?}");
    }
}
