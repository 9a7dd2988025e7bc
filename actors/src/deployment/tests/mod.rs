#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blueprints;
mod checks;
mod cloud;
mod deploying;
mod hard_ends;
mod orders;
mod promotions;
mod property;
mod rolling_back;

use std::collections::BTreeMap;

use datamesh_actor::Rejection;

use super::*;
use crate::project;
use crate::testing::Core;
use crate::world::Place;

pub const TEMPLATE: &str = "
Parameters:
  Environment: { Type: String }
  Size: { Type: Number, Default: 1, MaxValue: 9 }
  Password: { Type: String, NoEcho: true, Default: '' }
Resources:
  Topic: { Type: AWS::SNS::Topic }
";
pub const STACK: &str =
    "arn:aws:cloudformation:eu-central-1:123456789012:stack/datamesh-proj-1-dev/1";

pub fn core() -> Core<Environment> {
    Core::new("proj-1.dev")
}

pub fn deploy(id: &str, size: &str) -> Deploy {
    Deploy {
        deployment_id: id.to_owned(),
        template: TEMPLATE.to_owned(),
        parameters: BTreeMap::from([("Size".to_owned(), size.to_owned())]),
        ..Deploy::default()
    }
}

pub fn rollback(of: &str, id: &str) -> Command {
    Command::Rollback(Rollback {
        deployment_id: of.to_owned(),
        new_id: id.to_owned(),
        reason: "it was wrong".to_owned(),
        promotion_id: String::new(),
    })
}

pub fn delete(id: &str) -> Command {
    Command::Delete(Delete {
        deployment_id: id.to_owned(),
        etag: String::new(),
    })
}

pub fn hold(id: &str) -> Command {
    Command::Hold(Hold {
        promotion_id: id.to_owned(),
    })
}

pub fn home() -> Home {
    Home {
        place: Place {
            account: "123456789012".into(),
            region: "eu-central-1".into(),
        },
        domain_id: "dom-1".into(),
        project: project::Home {
            aws_account_id: "123456789012".into(),
            region: "eu-central-1".into(),
            data_zone_domain_id: "dzd_1".into(),
            data_lake_bucket: "data-lake-finance".into(),
        },
    }
}

pub fn at(status: &str) -> Seen {
    Seen {
        stack_id: (!status.is_empty()).then(|| STACK.to_owned()),
        status: status.to_owned(),
        ..Seen::default()
    }
}

pub fn seen(status: &str) -> Outcome {
    Outcome::StackSeen { seen: at(status) }
}

pub fn looked(status: &str) -> Outcome {
    Outcome::StackLooked {
        seen: at(status),
        events: vec![StackEvent {
            logical_id: "Topic".into(),
            status: status.to_owned(),
            ..StackEvent::default()
        }],
        first_failure: status
            .contains("ROLLBACK")
            .then(|| "Topic (AWS::SNS::Topic): no luck".to_owned()),
        begun: true,
    }
}

pub fn change_set(creates: bool) -> Outcome {
    Outcome::ChangeSetCreated {
        stack_id: STACK.into(),
        change_set: ChangeSet {
            id: "cs-1".into(),
            creates,
        },
    }
}

pub fn reviewed(review: Review) -> Outcome {
    let changes = match review {
        Review::Differs => vec![ResourceChange {
            action: "Add".into(),
            logical_id: "Topic".into(),
            ..ResourceChange::default()
        }],
        Review::Same => Vec::new(),
    };
    Outcome::ChangeSetReviewed {
        review,
        changes,
        mark: Some("event-1".into()),
    }
}

/// Takes a deployment to where the stack is looked at, from how the stack stands.
pub fn execute(core: &mut Core<Environment>, status: &str) {
    to_review(core, status);
    core.settle("ReviewChangeSet", Ok(reviewed(Review::Differs)));
    core.settle("Execute", Ok(Outcome::ChangeSetExecuted));
    core.timer(LOOK_TIMER);
}

/// Takes a deployment to where its change set is read.
pub fn to_review(core: &mut Core<Environment>, status: &str) {
    if core.names().contains(&"Attach") {
        core.settle("Attach", Ok(Outcome::Attached { home: home() }));
    }
    let capabilities = vec!["CAPABILITY_IAM".to_owned()];
    core.settle(
        "ValidateTemplate",
        Ok(Outcome::TemplateValid { capabilities }),
    );
    core.settle("Inspect", Ok(seen(status)));
    let creates = matches!(status, "" | "REVIEW_IN_PROGRESS");
    core.settle("CreateChangeSet", Ok(change_set(creates)));
}

/// An environment in which `dep-1` is deployed.
pub fn deployed() -> Core<Environment> {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    execute(&mut core, "");
    core.settle("LookAtStack", Ok(looked("CREATE_COMPLETE")));
    core
}

/// Deploys again, with another size.
pub fn deploy_again(core: &mut Core<Environment>, id: &str, size: &str) {
    core.tell(Command::Deploy(deploy(id, size))).unwrap();
    execute(core, "CREATE_COMPLETE");
    core.settle("LookAtStack", Ok(looked("UPDATE_COMPLETE")));
}

pub fn latest(core: &Core<Environment>) -> DeploymentRecord {
    let running = core.state.running.iter().map(|r| &r.deployment);
    let past = core.state.past.iter().rev().map(|past| &past.deployment);
    running.chain(past).next().unwrap().clone()
}

pub fn step(core: &Core<Environment>) -> Option<Step> {
    core.state.step
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T, Rejection>) -> String {
    result.unwrap_err().reason
}
