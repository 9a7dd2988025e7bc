use super::*;
use crate::testing::failure;

fn failed_with(status: &str, failed: &[&str]) -> Outcome {
    let Outcome::StackLooked {
        mut seen,
        events,
        first_failure,
        begun,
    } = looked(status)
    else {
        panic!("not a look");
    };
    seen.failed = failed.iter().map(|&name| name.to_owned()).collect();
    Outcome::StackLooked {
        seen,
        events,
        first_failure,
        begun,
    }
}

fn look(core: &mut Core<Environment>, outcome: Outcome) {
    core.timer(LOOK_TIMER);
    core.settle("LookAtStack", Ok(outcome));
}

#[test]
fn an_update_that_is_rolled_back_fails_with_the_first_reason_and_leaves_all_as_before() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    execute(&mut core, "CREATE_COMPLETE");
    core.settle("LookAtStack", Ok(looked("UPDATE_ROLLBACK_IN_PROGRESS")));
    look(&mut core, looked("UPDATE_ROLLBACK_COMPLETE"));
    let done = latest(&core);
    assert_eq!(done.status, DeploymentStatus::Failed);
    assert_eq!(
        done.error_message,
        "STACK_FAILED: Topic (AWS::SNS::Topic): no luck (the stack is UPDATE_ROLLBACK_COMPLETE)"
    );
    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Ready);
    assert_eq!(record.deployment_id.as_deref(), Some("dep-1"));
    let told: Vec<String> = core.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told.last().map(String::as_str), Some("DeploymentFailed"));
}

#[test]
fn a_stack_that_never_came_to_life_is_replaced() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    execute(&mut core, "");
    core.settle("LookAtStack", Ok(looked("ROLLBACK_COMPLETE")));
    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Empty);
    assert!(record.status_reason.contains("ROLLBACK_COMPLETE"));

    core.tell(Command::Deploy(deploy("dep-2", "1"))).unwrap();
    let capabilities = vec![];
    core.settle(
        "ValidateTemplate",
        Ok(Outcome::TemplateValid { capabilities }),
    );
    core.settle("Inspect", Ok(seen("ROLLBACK_COMPLETE")));
    assert_eq!(latest(&core).step, "REPLACE");
    core.settle(
        "DeleteStack",
        Ok(Outcome::StackDeletionAsked { left: vec![] }),
    );
    core.settle("Inspect", Ok(seen("")));
    core.settle("CreateChangeSet", Ok(change_set(true)));
    assert_eq!(step(&core), Some(Step::Review));
    assert_eq!(latest(&core).change, Some(StackChange::Create));
}

#[test]
fn a_preview_does_not_replace_a_stack() {
    let mut core = core();
    let preview = Deploy {
        dry_run: true,
        ..deploy("dep-1", "1")
    };
    core.tell(Command::Deploy(preview)).unwrap();
    core.settle("Attach", Ok(Outcome::Attached { home: home() }));
    let capabilities = vec![];
    core.settle(
        "ValidateTemplate",
        Ok(Outcome::TemplateValid { capabilities }),
    );
    core.settle("Inspect", Ok(seen("ROLLBACK_COMPLETE")));
    assert!(latest(&core).error_message.starts_with("STACK_NOT_USABLE"));
}

#[test]
fn a_way_back_that_fails_is_continued_and_then_passes_over_what_fails() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    execute(&mut core, "CREATE_COMPLETE");
    core.settle(
        "LookAtStack",
        Ok(failed_with("UPDATE_ROLLBACK_FAILED", &["Topic"])),
    );
    assert_eq!(latest(&core).step, "RECOVER");
    core.settle(
        "ContinueRollback",
        Ok(Outcome::RollbackContinued { left: vec![] }),
    );
    look(&mut core, failed_with("UPDATE_ROLLBACK_FAILED", &["Topic"]));
    let EnvironmentEffect::ContinueRollback(effect) = core.pending.last().unwrap() else {
        panic!("the way back is not continued");
    };
    assert_eq!(effect.skip, ["Topic"]);
    let left = vec!["Topic".to_owned()];
    core.settle("ContinueRollback", Ok(Outcome::RollbackContinued { left }));
    look(&mut core, looked("UPDATE_ROLLBACK_COMPLETE"));
    assert!(
        latest(&core)
            .error_message
            .contains("passed over on the way back")
    );
    assert_eq!(core.reply().status, EnvironmentStatus::Ready);
}

#[test]
fn a_stack_that_does_not_come_back_is_broken_until_the_next_deployment_repairs_it() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    execute(&mut core, "CREATE_COMPLETE");
    core.settle("LookAtStack", Ok(looked("UPDATE_ROLLBACK_FAILED")));
    for _ in 0..2 {
        core.settle(
            "ContinueRollback",
            Ok(Outcome::RollbackContinued { left: vec![] }),
        );
        look(&mut core, looked("UPDATE_ROLLBACK_FAILED"));
    }
    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Broken);
    assert!(record.status_reason.starts_with("STACK_STUCK"));

    core.tell(Command::Deploy(deploy("dep-3", "3"))).unwrap();
    let capabilities = vec![];
    core.settle(
        "ValidateTemplate",
        Ok(Outcome::TemplateValid { capabilities }),
    );
    core.settle("Inspect", Ok(seen("UPDATE_ROLLBACK_FAILED")));
    core.settle(
        "ContinueRollback",
        Ok(Outcome::RollbackContinued { left: vec![] }),
    );
    core.settle("Inspect", Ok(seen("UPDATE_ROLLBACK_COMPLETE")));
    assert_eq!(step(&core), Some(Step::CreateChangeSet));
}

#[test]
fn what_cannot_be_deleted_is_left_and_said() {
    let mut core = deployed();
    core.tell(delete("dep-2")).unwrap();
    core.settle("Inspect", Ok(seen("CREATE_COMPLETE")));
    core.settle(
        "DeleteStack",
        Ok(Outcome::StackDeletionAsked { left: vec![] }),
    );
    look(&mut core, failed_with("DELETE_FAILED", &["Topic"]));
    let EnvironmentEffect::DeleteStack(effect) = core.pending.last().unwrap() else {
        panic!("the stack is not deleted again");
    };
    assert_eq!(effect.retain, ["Topic"]);
    let left = vec!["Topic".to_owned()];
    core.settle("DeleteStack", Ok(Outcome::StackDeletionAsked { left }));
    look(&mut core, looked("DELETE_COMPLETE"));
    core.settle("Detach", Ok(Outcome::Detached));
    let record = core.reply();
    assert_eq!(record.status, EnvironmentStatus::Empty);
    assert!(
        record.status_reason.contains("RESOURCES_LEFT"),
        "{}",
        record.status_reason
    );
}

#[test]
fn a_stale_look_after_the_execution_is_not_its_end() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    execute(&mut core, "CREATE_COMPLETE");
    let stale = Outcome::StackLooked {
        seen: at("CREATE_COMPLETE"),
        events: vec![],
        first_failure: None,
        begun: false,
    };
    core.settle("LookAtStack", Ok(stale));
    assert_eq!(core.reply().status, EnvironmentStatus::Deploying);
    look(&mut core, looked("UPDATE_COMPLETE"));
    assert_eq!(core.reply().status, EnvironmentStatus::Ready);
}

#[test]
fn a_stack_that_somebody_deletes_meanwhile_fails_the_deployment() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    execute(&mut core, "CREATE_COMPLETE");
    core.settle("LookAtStack", Ok(looked("")));
    assert!(latest(&core).error_message.starts_with("STACK_GONE"));
}

#[test]
fn a_broken_environment_whose_stack_turns_out_to_be_gone_is_empty() {
    let mut core = deployed();
    core.tell(delete("dep-2")).unwrap();
    core.settle("Inspect", Ok(seen("CREATE_COMPLETE")));
    core.settle(
        "DeleteStack",
        Ok(Outcome::StackDeletionAsked { left: vec![] }),
    );
    core.settle("LookAtStack", Err(failure("AccessDenied")));
    assert_eq!(core.reply().status, EnvironmentStatus::Broken);
    let preview = Deploy {
        dry_run: true,
        ..deploy("dep-3", "1")
    };
    core.tell(Command::Deploy(preview)).unwrap();
    to_review(&mut core, "");
    core.settle("ReviewChangeSet", Ok(reviewed(Review::Differs)));
    core.settle("Discard", Ok(Outcome::Discarded { stack_too: true }));
    core.settle("Detach", Ok(Outcome::Detached));
    assert_eq!(core.reply().status, EnvironmentStatus::Empty);
}
