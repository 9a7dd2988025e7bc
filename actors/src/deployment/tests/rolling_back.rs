use super::*;

#[test]
fn a_rollback_deploys_the_last_success_before() {
    let mut core = deployed();
    deploy_again(&mut core, "dep-2", "2");
    deploy_again(&mut core, "dep-3", "3");
    core.tell(rollback("dep-3", "dep-4")).unwrap();
    assert_eq!(latest(&core).rolls_back, "dep-3");
    assert_eq!(latest(&core).parameters["Size"], "2");
    core.tell(rollback("dep-3", "dep-5")).unwrap();
    execute(&mut core, "UPDATE_COMPLETE");
    core.settle("LookAtStack", Ok(looked("UPDATE_COMPLETE")));
    let record = core.reply();
    assert_eq!(record.deployment_id.as_deref(), Some("dep-4"));
    let undone = &core.rows[&(DEPLOYMENTS.to_owned(), "dep-3".to_owned())];
    assert_eq!(undone["rollbackReason"], "it was wrong");
    // Asked again, nothing is done again.
    core.tell(rollback("dep-3", "dep-6")).unwrap();
    assert_eq!(core.reply().status, EnvironmentStatus::Ready);
    assert_eq!(latest(&core).deployment_id, "dep-4");
}

#[test]
fn the_first_deployment_is_undone_by_deleting_the_stack() {
    let mut core = deployed();
    core.tell(rollback("dep-1", "dep-2")).unwrap();
    assert_eq!(core.reply().status, EnvironmentStatus::Deploying);
    core.settle("Inspect", Ok(seen("CREATE_COMPLETE")));
    core.settle(
        "DeleteStack",
        Ok(Outcome::StackDeletionAsked { left: vec![] }),
    );
    core.timer(LOOK_TIMER);
    core.settle("LookAtStack", Ok(looked("DELETE_COMPLETE")));
    core.settle("Detach", Ok(Outcome::Detached));
    assert_eq!(core.reply().status, EnvironmentStatus::Empty);
    assert_eq!(latest(&core).change, Some(StackChange::Delete));
}

#[test]
fn what_cloudformation_put_back_already_is_a_success_without_a_change() {
    let mut core = deployed();
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    execute(&mut core, "CREATE_COMPLETE");
    core.settle("LookAtStack", Ok(looked("UPDATE_ROLLBACK_COMPLETE")));
    core.tell(rollback("dep-2", "dep-3")).unwrap();
    let done = latest(&core);
    assert_eq!(done.status, DeploymentStatus::Success);
    assert_eq!(done.change, Some(StackChange::None));
    assert_eq!(core.reply().deployment_id.as_deref(), Some("dep-1"));
    let undone = &core.rows[&(DEPLOYMENTS.to_owned(), "dep-2".to_owned())];
    assert_eq!(undone["rollbackReason"], "it was wrong");
    // A later rollback of the one before still finds what was before that.
    core.tell(rollback("dep-1", "dep-4")).unwrap();
    assert_eq!(step(&core), Some(Step::Inspect));
}

#[test]
fn a_deletion_is_undone_by_deploying_again() {
    let mut core = deployed();
    core.tell(delete("dep-2")).unwrap();
    core.settle("Inspect", Ok(seen("")));
    core.settle("Detach", Ok(Outcome::Detached));
    core.tell(rollback("dep-2", "dep-3")).unwrap();
    execute(&mut core, "");
    core.settle("LookAtStack", Ok(looked("CREATE_COMPLETE")));
    assert_eq!(core.reply().status, EnvironmentStatus::Ready);
}

#[test]
fn what_is_running_or_unknown_cannot_be_undone() {
    let mut core = deployed();
    assert_eq!(
        refused(core.tell(rollback("dep-9", "dep-x"))),
        "DEPLOYMENT_NOT_FOUND"
    );
    core.tell(Command::Deploy(deploy("dep-2", "2"))).unwrap();
    assert_eq!(
        refused(core.tell(rollback("dep-2", "dep-x"))),
        "DEPLOYMENT_RUNNING"
    );
}
