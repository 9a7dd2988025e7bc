//! The process dies after each commit of a promotion and its workflow in turn: the end is the same as
//! without any crash, and no deed is done twice.

use std::time::Duration;

use datamesh_actors::promotion::{PromotionRecord, Status};

use crate::pretended::statuses;
use crate::stage::{PROMOTION, Stage};

/// The kinds of actors whose commits are counted.
const COUNTED: [&str; 4] = ["promotion", "execution", "approval", "environment"];

/// What is to be the same at every end.
#[derive(Debug, PartialEq)]
struct Ending {
    record: PromotionRecord,
    deeds: Vec<String>,
    history: Vec<String>,
    approvals: usize,
    messages: Vec<String>,
    held: bool,
    pinned: bool,
}

async fn ending(stage: &Stage) -> Ending {
    let record = stage.promotion().await;
    let mut history = stage.history(&record.execution_id).await;
    // The yes may overtake the word that somebody was asked.
    history.retain(|kind| kind != "TaskSubmitted");
    let environment = async |id| stage.environment(id).await;
    Ending {
        deeds: stage
            .api
            .deeds()
            .iter()
            .map(|deed| without_id(deed))
            .collect(),
        history,
        approvals: stage.approvals().await.len(),
        messages: statuses(&stage.published),
        held: environment("proj-1.staging")
            .await
            .is_some_and(|e| e.held_by.is_some()),
        pinned: environment("proj-1.dev")
            .await
            .is_some_and(|e| !e.pinned_by.is_empty()),
        record: PromotionRecord {
            created_ms: 0,
            updated_ms: 0,
            completed_ms: None,
            version: 0,
            approval_id: None,
            deployment_ids: vec![],
            ..record
        },
    }
}

/// A deed without the id of the deployment that it is about: that comes from the number of the commit that
/// asked for it, and a commit more or less may have been needed.
fn without_id(deed: &str) -> String {
    match deed.split_once("/dep-") {
        Some((before, after)) => {
            let (_, verb) = after.split_once(':').unwrap_or((after, ""));
            format!("{before}/dep-…:{verb}")
        }
        None => deed.to_owned(),
    }
}

/// Promotes, and approves when that is asked for; the process dies after the commit with this number, if
/// there is one. Says how many commits there were.
async fn play(mut stage: Stage, dies_after: Option<usize>) -> (Stage, usize) {
    let mut changes = stage.runtime.changes();
    stage.promote(PROMOTION).await;
    let mut commits = 0;
    let mut dies_after = dies_after;
    loop {
        let change = tokio::time::timeout(Duration::from_millis(20), changes.recv()).await;
        if let Ok(Ok(change)) = change
            && COUNTED.contains(&&*change.key.kind)
        {
            commits += 1;
        }
        if dies_after.is_some_and(|at| commits >= at) {
            dies_after = None;
            stage = stage.restart().await;
            changes = stage.runtime.changes();
        }
        for approval in stage.approvals().await {
            if approval.status.is_open() {
                // It may end at the same moment, which is as well.
                let _ = stage.approve(&approval.approval_id).await;
            }
        }
        if stage.promotion().await.status.is_ended() {
            return (stage, commits);
        }
    }
}

/// What has ended may still tell it: waits until nobody holds anything.
async fn settled(stage: &Stage) -> Ending {
    let mut last = ending(stage).await;
    for _ in 0..100 {
        if !last.held && !last.pinned {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        last = ending(stage).await;
    }
    last
}

async fn compare_all(prepare: impl Fn(&Stage), status: Status) {
    let stage = Stage::set().await;
    prepare(&stage);
    let (stage, commits) = play(stage, None).await;
    let expected = settled(&stage).await;
    assert_eq!(expected.record.status, status, "{expected:#?}");
    assert!(commits > 12, "{commits}");
    for at in 1..=commits {
        let stage = Stage::set().await;
        prepare(&stage);
        let (stage, _) = play(stage, Some(at)).await;
        assert_eq!(settled(&stage).await, expected, "died after commit {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_is_completed_wherever_the_process_dies() {
    compare_all(|_| {}, Status::Completed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_is_rolled_back_wherever_the_process_dies() {
    let bad = |stage: &Stage| {
        let problem = serde_json::json!({"code": "TESTS_FAILED", "detail": "the stack drifted"});
        stage.api.answer("/api/v1/tests/run", 409, problem);
    };
    compare_all(bad, Status::RolledBack).await;
}
