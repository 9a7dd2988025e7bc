use serde_json::json;

use super::*;
use crate::testing::failure;

#[test]
fn a_first_deployment_goes_from_step_to_step_and_is_told() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    assert_eq!(core.reply().status, EnvironmentStatus::Deploying);
    assert_eq!(latest(&core).step, "VALIDATE");
    to_review(&mut core, "");
    assert_eq!(latest(&core).step, "CHANGE_SET");
    core.settle("ReviewChangeSet", Ok(reviewed(Review::Differs)));
    assert_eq!(latest(&core).step, "EXECUTE");
    core.settle("Execute", Ok(Outcome::ChangeSetExecuted));
    core.settle("LookAtStack", Ok(looked("CREATE_IN_PROGRESS")));
    assert_eq!(latest(&core).step, "FOLLOW");
    assert_eq!(core.timers.len(), 1);
    core.timer(LOOK_TIMER);
    core.settle("LookAtStack", Ok(looked("CREATE_COMPLETE")));

    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Ready);
    assert_eq!(record.stack_name, "datamesh-proj-1-dev");
    assert_eq!(record.cfn_stack_id.as_deref(), Some(STACK));
    assert_eq!(record.deployment_id.as_deref(), Some("dep-1"));
    let done = latest(&core);
    assert_eq!(done.status, DeploymentStatus::Success);
    assert_eq!(done.change, Some(StackChange::Create));
    assert_eq!((done.changes.len(), done.events.len()), (1, 2));
    let row = &core.rows[&(DEPLOYED.to_owned(), "proj-1.dev".to_owned())];
    assert_eq!(row["digest"], json!(done.digest));
    assert_eq!(row["template"], TEMPLATE);
    assert!(core.timers.is_empty());
    let told = core.told();
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["DeploymentStarted", "DeploymentSucceeded"]);
    assert_eq!(told[1].1["change"], json!("CREATE"));
    assert!(
        core.rows
            .contains_key(&(DEPLOYMENTS.to_owned(), "dep-1".to_owned()))
    );
    assert!(
        core.rows
            .contains_key(&(ENVIRONMENTS.to_owned(), "proj-1.dev".to_owned()))
    );
}

#[test]
fn the_change_set_gets_what_was_asked_for_and_what_datamesh_gives() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "7"))).unwrap();
    core.settle("Attach", Ok(Outcome::Attached { home: home() }));
    let capabilities = vec!["CAPABILITY_IAM".to_owned()];
    core.settle(
        "ValidateTemplate",
        Ok(Outcome::TemplateValid { capabilities }),
    );
    core.settle("Inspect", Ok(seen("UPDATE_COMPLETE")));
    let EnvironmentEffect::CreateChangeSet(effect) = core.pending.last().unwrap() else {
        panic!("no change set is made");
    };
    assert_eq!(effect.name, "dep-1");
    assert!(!effect.creates);
    assert_eq!(effect.capabilities, ["CAPABILITY_IAM"]);
    let given = [("Environment", "dev"), ("Size", "7")];
    let given = given.map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(effect.parameters, BTreeMap::from(given));
}

#[test]
fn no_difference_is_a_success_and_its_change_set_goes() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "1"))).unwrap();
    to_review(&mut core, "CREATE_COMPLETE");
    core.settle("ReviewChangeSet", Ok(reviewed(Review::Same)));
    core.settle("Discard", Ok(Outcome::Discarded { stack_too: false }));
    let done = latest(&core);
    assert_eq!(done.status, DeploymentStatus::Success);
    assert_eq!(done.change, Some(StackChange::None));
    assert_eq!(core.reply().deployment_id.as_deref(), Some("dep-2"));
}

#[test]
fn a_preview_shows_the_difference_and_leaves_nothing() {
    let mut core = core();
    let preview = Deploy {
        dry_run: true,
        ..deploy("dep-1", "1")
    };
    core.tell(Command::Deploy(preview)).unwrap();
    to_review(&mut core, "");
    core.settle("ReviewChangeSet", Ok(reviewed(Review::Differs)));
    core.settle("Discard", Ok(Outcome::Discarded { stack_too: true }));
    let done = latest(&core);
    assert_eq!(done.status, DeploymentStatus::Previewed);
    assert_eq!(done.changes[0].logical_id, "Topic");
    core.settle("Detach", Ok(Outcome::Detached));
    assert_eq!(core.reply().status, EnvironmentStatus::Empty);
    assert!(
        !core
            .rows
            .contains_key(&(ENVIRONMENTS.to_owned(), "proj-1.dev".to_owned()))
    );
    assert_eq!(core.told(), []);
}

#[test]
fn a_deployment_that_is_sent_again_is_one() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    assert_eq!(core.names(), ["PutEvent", "Attach"]);
    let other = core
        .tell(Command::Deploy(deploy("dep-2", "1")))
        .unwrap_err();
    assert_eq!(other.reason, "DEPLOYMENT_RUNNING");
    assert!(other.message.contains("dep-1"), "{}", other.message);
}

#[test]
fn a_template_that_cloudformation_refuses_changes_nothing() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    core.settle("ValidateTemplate", Err(failure("ValidationError")));
    let done = latest(&core);
    assert_eq!(done.status, DeploymentStatus::Failed);
    assert_eq!(
        done.error_message,
        "ValidationError: ValidationError happened"
    );
    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Ready);
    assert_eq!(record.deployment_id.as_deref(), Some("dep-1"));
}

#[test]
fn a_change_set_that_fails_is_removed_and_said() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    to_review(&mut core, "");
    core.settle("ReviewChangeSet", Err(failure("CHANGE_SET_FAILED")));
    core.settle("Discard", Ok(Outcome::Discarded { stack_too: true }));
    assert_eq!(latest(&core).status, DeploymentStatus::Failed);
    core.settle("Detach", Ok(Outcome::Detached));
    assert!(core.names().iter().all(|name| *name == "PutEvent"));
    assert_eq!(core.reply().cfn_stack_id, None);
}

#[test]
fn a_project_that_is_not_there_ends_the_deployment() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    core.settle("Attach", Err(failure("PROJECT_NOT_FOUND")));
    assert!(latest(&core).error_message.starts_with("PROJECT_NOT_FOUND"));
    assert_eq!(core.reply().status, EnvironmentStatus::Empty);
}

#[test]
fn a_deletion_takes_the_stack_and_tells_the_project() {
    let mut core = deployed();
    core.tell(delete("dep-2")).unwrap();
    core.tell(delete("dep-3")).unwrap();
    assert_eq!(core.reply().status, EnvironmentStatus::Deleting);
    core.settle("Inspect", Ok(seen("CREATE_COMPLETE")));
    core.settle(
        "DeleteStack",
        Ok(Outcome::StackDeletionAsked { left: vec![] }),
    );
    core.timer(LOOK_TIMER);
    core.settle("LookAtStack", Ok(looked("DELETE_IN_PROGRESS")));
    core.timer(LOOK_TIMER);
    core.settle("LookAtStack", Ok(looked("DELETE_COMPLETE")));
    core.settle("Detach", Ok(Outcome::Detached));
    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Empty);
    assert_eq!((record.cfn_stack_id, record.deployed), (None, None));
    assert_eq!(latest(&core).change, Some(StackChange::Delete));
    assert!(
        !core
            .rows
            .contains_key(&(ENVIRONMENTS.to_owned(), "proj-1.dev".to_owned()))
    );
    assert_eq!(refused(core.tell(delete("dep-4"))), "ENVIRONMENT_NOT_FOUND");
}

#[test]
fn only_ten_successes_and_ten_others_are_remembered() {
    let mut core = deployed();
    for n in 2..=15 {
        deploy_again(&mut core, &format!("dep-{n}"), &(n % 9).to_string());
        core.pending.clear();
    }
    assert_eq!(core.state.past.len(), KEPT);
    assert!(core.state.forgotten);
    assert_eq!(
        refused(core.tell(rollback("dep-2", "dep-x"))),
        "DEPLOYMENT_TOO_OLD"
    );
    assert_eq!(
        refused(core.tell(rollback("dep-6", "dep-x"))),
        "DEPLOYMENT_TOO_OLD"
    );
}
