#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::deployment::{Deployed, MASK, digest};
use crate::execution::{Approved, End, ExecutionStatus, Report};
use crate::person::Person;
use crate::testing::{Core, Drama, End as Ends, Outside, failure};

fn create() -> Create {
    Create {
        project_id: "proj-1".into(),
        project_name: "Orders".into(),
        target_environment: "staging".into(),
        parameters: BTreeMap::new(),
        comment: "it is time".into(),
        requested_by: Person {
            user: "u-ann".into(),
            email: "ann@example.com".into(),
            groups: vec!["sales".into()],
            admin: false,
        },
        approval: serde_json::Value::Null,
        document: "{}".into(),
        workflow_digest: "w".into(),
    }
}

fn deployed() -> Deployed {
    let parameters = BTreeMap::from([
        ("Size".to_owned(), "1".to_owned()),
        ("Password".to_owned(), MASK.to_owned()),
    ]);
    Deployed {
        template: "Resources: {}".into(),
        digest: digest("Resources: {}", &parameters),
        parameters,
        blueprint: String::new(),
    }
}

fn pinned() -> Outcome {
    Outcome::Pinned {
        deployed: deployed(),
    }
}

fn cancel() -> Command {
    Command::Cancel(Cancel {
        by: "ann@example.com".into(),
        reason: "not today".into(),
    })
}

fn changed(digest: &str) -> Command {
    Command::SourceChanged(SourceChanged {
        digest: digest.into(),
    })
}

fn follow(report: Report) -> Command {
    Command::Follow(Follow { report })
}

fn at(number: u64, state: &str) -> Report {
    Report {
        number,
        current_states: vec![state.into()],
        ..Report::default()
    }
}

fn ended(number: u64, status: ExecutionStatus, error: &str) -> Report {
    Report {
        number,
        end: Some(End {
            status,
            error: error.into(),
            cause: "because".into(),
        }),
        ..Report::default()
    }
}

fn approved(number: u64) -> Report {
    Report {
        approval_id: Some("apr-1".into()),
        approved: Some(Approved {
            approved_by: vec!["bob@example.com".into()],
            reason: "fine".into(),
        }),
        ..at(number, "Deploy")
    }
}

fn running() -> Core<Promotion> {
    let mut core = Core::<Promotion>::new("prom-req-1");
    core.tell(Command::Create(create())).unwrap();
    core.settle("PutEvent", Ok(Outcome::EventPut));
    core.settle("PinSource", Ok(pinned()));
    core.settle("HoldTarget", Ok(Outcome::Held));
    core.settle("StartWorkflow", Ok(Outcome::WorkflowStarted));
    core.told();
    core
}

/// Lets go of the target and the source, and gives the record at the end.
fn finish(core: &mut Core<Promotion>) -> PromotionRecord {
    core.settle("ReleaseTarget", Ok(Outcome::Released));
    assert!(
        !core.reply().status.is_ended(),
        "the source is still pinned"
    );
    core.settle("UnpinSource", Ok(Outcome::Unpinned));
    let record = core.reply();
    assert!(record.status.is_ended());
    assert_eq!(record.completed_ms, Some(core.now_ms));
    record
}

#[test]
fn the_workflow_gets_what_the_source_has_and_acts_in_the_name_of_who_asked() {
    let mut core = Core::<Promotion>::new("prom-req-1");
    let mut asked = create();
    asked.parameters = BTreeMap::from([("Size".to_owned(), "9".to_owned())]);
    core.tell(Command::Create(asked)).unwrap();
    assert_eq!(core.told()[0].0, "PromotionRequested");
    core.settle("PinSource", Ok(pinned()));
    core.settle("HoldTarget", Ok(Outcome::Held));
    let start = core.pending.iter().find_map(|effect| match effect {
        PromotionEffect::StartWorkflow(start) => Some(start.clone()),
        _ => None,
    });
    let start = start.unwrap();
    assert_eq!(start.run_as, create().requested_by);
    assert_eq!(start.input["cfnTemplate"], "Resources: {}");
    assert_eq!(
        start.input["parameters"],
        json!({"Password": MASK, "Size": "9"})
    );
    assert_eq!(start.input["sourceDigest"], deployed().digest);
    assert_ne!(start.input["digest"], start.input["sourceDigest"]);
    assert_eq!(core.reply().digest, start.input["digest"]);
    assert_eq!(start.execution_id, Create::execution_id("prom-req-1"));
}

#[test]
fn a_promotion_goes_from_pending_over_approved_to_completed() {
    let mut core = running();
    core.tell(follow(at(1, "ValidateSource"))).unwrap();
    assert_eq!(core.reply().current_state, "ValidateSource");
    core.tell(follow(approved(2))).unwrap();
    let record = core.reply();
    assert_eq!(record.status, Status::Approved);
    assert_eq!(record.approved_by, ["bob@example.com"]);
    core.tell(follow(ended(3, ExecutionStatus::Succeeded, "")))
        .unwrap();
    let record = finish(&mut core);
    assert_eq!(record.status, Status::Completed);
    let told: Vec<String> = core.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["PromotionApproved", "PromotionCompleted"]);
}

#[test]
fn a_report_that_comes_late_or_twice_changes_nothing() {
    let mut core = running();
    core.tell(follow(approved(5))).unwrap();
    let seq = core.seq;
    for late in [at(4, "ValidateSource"), approved(5)] {
        core.tell(follow(late)).unwrap();
        assert_eq!(core.seq, seq);
    }
    core.tell(follow(ended(6, ExecutionStatus::Succeeded, "")))
        .unwrap();
    let record = finish(&mut core);
    core.tell(follow(ended(7, ExecutionStatus::Failed, "E")))
        .unwrap();
    assert_eq!(core.reply(), record);
}

#[test]
fn the_second_promotion_to_a_target_fails_and_lets_go_of_the_source() {
    let mut core = Core::<Promotion>::new("prom-req-2");
    core.tell(Command::Create(create())).unwrap();
    core.settle("PinSource", Ok(pinned()));
    core.settle("HoldTarget", Err(failure("PROMOTION_RUNNING")));
    let record = finish(&mut core);
    assert_eq!(record.status, Status::Failed);
    assert!(record.status_reason.starts_with("PROMOTION_RUNNING: "));
    assert!(!core.names().contains(&"StartWorkflow"));
}

#[test]
fn nothing_is_promoted_where_nothing_is_deployed() {
    let mut core = Core::<Promotion>::new("prom-req-1");
    core.tell(Command::Create(create())).unwrap();
    core.settle("PinSource", Err(failure("NOTHING_DEPLOYED")));
    core.settle("UnpinSource", Ok(Outcome::Unpinned));
    assert_eq!(core.reply().status, Status::Failed);
}

#[test]
fn a_hidden_value_does_not_pass_through_a_workflow() {
    let mut core = Core::<Promotion>::new("prom-req-1");
    let mut asked = create();
    asked.parameters = BTreeMap::from([("Password".to_owned(), "s3cret".to_owned())]);
    core.tell(Command::Create(asked)).unwrap();
    core.settle("PinSource", Ok(pinned()));
    core.settle("UnpinSource", Ok(Outcome::Unpinned));
    let record = core.reply();
    assert!(record.status_reason.starts_with("HIDDEN_PARAMETER: "));
    let kept = serde_json::to_string(&core.state).unwrap();
    assert!(!kept.contains("s3cret"));
}

#[test]
fn a_pending_promotion_can_be_cancelled_and_an_approved_one_cannot() {
    let mut core = running();
    core.tell(cancel()).unwrap();
    core.settle("StopWorkflow", Ok(Outcome::WorkflowStopped));
    core.tell(follow(ended(
        1,
        ExecutionStatus::Aborted,
        "Promotion.Cancelled",
    )))
    .unwrap();
    let record = finish(&mut core);
    assert_eq!(record.status, Status::Cancelled);
    assert_eq!(
        record.status_reason,
        "CANCELLED: cancelled by ann@example.com: not today"
    );
    core.tell(cancel()).unwrap();
    assert_eq!(core.reply(), record);

    let mut core = running();
    core.tell(follow(approved(1))).unwrap();
    let refused = core.tell(cancel()).unwrap_err();
    assert_eq!(refused.reason, "PROMOTION_DEPLOYING");
}

#[test]
fn a_cancellation_that_comes_too_late_lets_the_promotion_go_on() {
    let mut core = running();
    core.tell(cancel()).unwrap();
    core.settle("StopWorkflow", Err(failure("EXECUTION_DEPLOYING")));
    let record = core.reply();
    assert_eq!(record.status, Status::Pending);
    assert!(record.status_reason.starts_with("TOO_LATE: "));
    core.tell(follow(approved(1))).unwrap();
    core.tell(follow(ended(2, ExecutionStatus::Succeeded, "")))
        .unwrap();
    assert_eq!(finish(&mut core).status, Status::Completed);
}

#[test]
fn a_changed_source_voids_the_approval_and_ends_the_promotion() {
    let mut core = running();
    core.tell(changed(&deployed().digest)).unwrap();
    assert!(core.names().iter().all(|name| *name == "PutEvent"));
    let waiting = Report {
        approval_id: Some("apr-1".into()),
        ..at(1, "ApprovalGate")
    };
    core.tell(follow(waiting)).unwrap();
    core.tell(changed("other")).unwrap();
    core.settle("VoidApproval", Ok(Outcome::ApprovalVoided));
    core.settle("StopWorkflow", Ok(Outcome::WorkflowStopped));
    core.tell(follow(ended(2, ExecutionStatus::Failed, "Approval.Voided")))
        .unwrap();
    let record = finish(&mut core);
    assert_eq!(record.status, Status::Cancelled);
    assert!(record.status_reason.starts_with("SOURCE_CHANGED: "));
}

#[test]
fn what_is_approved_goes_on_with_what_was_approved() {
    let mut core = running();
    core.tell(follow(approved(1))).unwrap();
    let seq = core.seq;
    core.tell(changed("other")).unwrap();
    assert_eq!(core.seq, seq);
}

#[test]
fn the_end_of_a_workflow_is_taken_even_when_another_one_was_wanted() {
    let mut core = running();
    core.tell(cancel()).unwrap();
    let mut done = ended(1, ExecutionStatus::Succeeded, "");
    done.approved = approved(1).approved;
    core.tell(follow(done)).unwrap();
    core.settle("StopWorkflow", Ok(Outcome::WorkflowStopped));
    assert_eq!(finish(&mut core).status, Status::Completed);
}

#[test]
fn only_what_runs_is_found_as_running() {
    let mut core = running();
    let record = core.reply();
    let row = record.row().unwrap();
    let datamesh_journal::ViewChange::Put { fields, .. } = row else {
        panic!("no row");
    };
    let mark = (RUNNING.to_owned(), super::running("proj-1", "staging"));
    assert!(fields.contains(&mark));
    core.tell(follow(ended(1, ExecutionStatus::Failed, "E")))
        .unwrap();
    let record = finish(&mut core);
    let Some(datamesh_journal::ViewChange::Put { fields, .. }) = record.row() else {
        panic!("no row");
    };
    assert!(!fields.iter().any(|(name, _)| name == RUNNING));
}

/// The other actors, as far as a promotion changes them.
#[derive(Default)]
struct Others {
    pinned: bool,
    held: bool,
    started: bool,
    stopped: bool,
    voided: bool,
}

impl Outside<Promotion> for Others {
    fn perform(&mut self, effect: &PromotionEffect) -> Outcome {
        match effect {
            PromotionEffect::Pin(_) => {
                self.pinned = true;
                pinned()
            }
            PromotionEffect::Hold(_) => {
                self.held = true;
                Outcome::Held
            }
            PromotionEffect::StartWorkflow(_) => {
                self.started = true;
                Outcome::WorkflowStarted
            }
            PromotionEffect::VoidApproval(_) => {
                self.voided = true;
                Outcome::ApprovalVoided
            }
            PromotionEffect::StopWorkflow(_) => {
                self.stopped = true;
                Outcome::WorkflowStopped
            }
            PromotionEffect::Release(_) => {
                self.held = false;
                Outcome::Released
            }
            PromotionEffect::Unpin(_) => {
                self.pinned = false;
                Outcome::Unpinned
            }
            PromotionEffect::PutEvent(_) => Outcome::EventPut,
        }
    }
}

#[derive(Clone, Debug)]
enum Act {
    Settle(usize, Ends),
    Cancel,
    Changed,
    Follow(u64, bool),
    End(u64, usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..4_usize, prop_oneof![
            5 => Just(Ends::Done),
            1 => Just(Ends::DoneAndLost),
        ]).prop_map(|(which, end)| Act::Settle(which, end)),
        1 => (0..4_usize).prop_map(|which| Act::Settle(which, Ends::Refused)),
        1 => Just(Act::Cancel),
        1 => Just(Act::Changed),
        2 => (1..9_u64, any::<bool>()).prop_map(|(number, yes)| Act::Follow(number, yes)),
        1 => (1..12_u64, 0..4_usize).prop_map(|(number, which)| Act::End(number, which)),
    ]
}

const WORKFLOW_ENDS: [(ExecutionStatus, &str); 4] = [
    (ExecutionStatus::Succeeded, ""),
    (ExecutionStatus::Failed, "Approval.Rejected"),
    (ExecutionStatus::Failed, ROLLED_BACK),
    (ExecutionStatus::Aborted, "Promotion.Cancelled"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: in the end nothing is held and nothing is pinned, there was one
    /// end, and the world was told of it once.
    #[test]
    fn nothing_is_held_after_any_end(acts in prop::collection::vec(act(), 0..40)) {
        let mut drama = Drama::<Promotion, Others>::new("prom-req-1");
        drama.core.tell(Command::Create(create())).unwrap();
        let mut first_end: Option<Status> = None;
        for act in acts {
            match act {
                Act::Settle(which, end) => {
                    // Letting go is never refused.
                    let names = drama.core.names();
                    let name = names.get(which % names.len().max(1)).copied();
                    let lets_go = matches!(name, Some("ReleaseTarget" | "UnpinSource"));
                    drama.end(which, if lets_go { Ends::Done } else { end });
                }
                Act::Cancel => { let _ = drama.core.tell(cancel()); }
                Act::Changed => { drama.core.tell(changed("other")).unwrap(); }
                Act::Follow(number, yes) if drama.outside.started => {
                    let report = if yes { approved(number) } else { at(number, "S") };
                    drama.core.tell(follow(report)).unwrap();
                }
                Act::End(number, which) if drama.outside.started => {
                    let (status, error) = WORKFLOW_ENDS[which];
                    drama.core.tell(follow(ended(number, status, error))).unwrap();
                }
                Act::Follow(..) | Act::End(..) => {}
            }
            let status = drama.core.reply().status;
            if let Some(first) = first_end {
                prop_assert_eq!(status, first, "an end is the end");
            } else if status.is_ended() {
                first_end = Some(status);
            }
        }
        for number in 0..50 {
            while !drama.core.pending.is_empty() {
                drama.end(0, Ends::Done);
            }
            if drama.core.reply().status.is_ended() {
                break;
            }
            // A workflow that runs ends some time.
            let end = ended(100 + number, ExecutionStatus::Failed, "E");
            drama.core.tell(follow(end)).unwrap();
        }
        let record = drama.core.reply();
        prop_assert!(record.status.is_ended(), "{record:?}");
        prop_assert!(!drama.outside.held, "the target is released");
        prop_assert!(!drama.outside.pinned, "the source is unpinned");
        prop_assert_eq!(drama.steps(), 0);
        let told = drama.core.told();
        let ends = told.iter().filter(|(kind, _)| {
            !matches!(kind.as_str(), "PromotionRequested" | "PromotionApproved")
        });
        prop_assert_eq!(ends.count(), 1);
        prop_assert!(drama.core.state.order.is_none(), "what was needed to run is not kept");
    }
}
