use super::*;
use crate::testing::failure;

fn check(id: &str, kind: CheckKind) -> Command {
    Command::RunCheck(RunCheck {
        check_id: id.to_owned(),
        kind,
        digest: String::new(),
    })
}

fn found(passed: bool, detection_id: Option<&str>) -> Outcome {
    Outcome::CheckSeen {
        results: vec![CheckResult::new("stack-complete", passed, "it is")],
        detection_id: detection_id.map(str::to_owned),
    }
}

fn row(core: &Core<Environment>, id: &str) -> CheckRecord {
    let row = core.rows[&(CHECKS.to_owned(), id.to_owned())].clone();
    serde_json::from_value(row).unwrap()
}

#[test]
fn a_check_without_drift_ends_with_its_first_look() {
    let mut core = deployed();
    core.tell(check("chk-1", CheckKind::Validate)).unwrap();
    core.tell(check("chk-1", CheckKind::Validate)).unwrap();
    assert!(!row(&core, "chk-1").ended);
    core.settle("BeginCheck", Ok(found(true, None)));
    let done = row(&core, "chk-1");
    assert!(done.ended);
    assert_eq!(done.failed().count(), 0);
    core.tell(check("chk-1", CheckKind::Validate)).unwrap();
    assert!(!core.names().contains(&"BeginCheck"));
}

#[test]
fn a_check_with_drift_waits_for_it_and_the_environment_shows_it() {
    let mut core = deployed();
    core.tell(check("chk-1", CheckKind::Verify)).unwrap();
    core.settle("BeginCheck", Ok(found(true, Some("detection-1"))));
    assert!(!row(&core, "chk-1").ended);
    let drift = Outcome::DriftSeen {
        results: vec![CheckResult::new("no-drift", false, "the topic")],
        drift_status: DriftStatus::Drifted,
    };
    core.settle("AwaitDrift", Ok(drift));
    let done = row(&core, "chk-1");
    assert!(done.ended);
    let failed: Vec<&str> = done.failed().map(|result| result.name.as_str()).collect();
    assert_eq!(failed, ["no-drift"]);
    assert_eq!(core.reply().drift_status, DriftStatus::Drifted);
}

#[test]
fn a_check_that_cannot_look_has_failed() {
    let mut core = deployed();
    core.tell(check("chk-1", CheckKind::Test)).unwrap();
    core.settle("BeginCheck", Err(failure("AccessDenied")));
    let done = row(&core, "chk-1");
    assert!(done.ended);
    assert_eq!(done.failed().count(), 1);
}

#[test]
fn only_what_is_deployed_and_at_rest_is_checked() {
    let mut core = core();
    let nothing = core.tell(check("chk-1", CheckKind::Drift));
    assert_eq!(refused(nothing), "NOTHING_DEPLOYED");
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    let running = core.tell(check("chk-1", CheckKind::Drift));
    assert_eq!(refused(running), "DEPLOYMENT_RUNNING");
}

#[test]
fn the_oldest_check_gives_way() {
    let mut core = deployed();
    for n in 0..=MAX_CHECKS {
        core.tell(check(&format!("chk-{n}"), CheckKind::Validate))
            .unwrap();
        core.settle("BeginCheck", Ok(found(true, None)));
    }
    assert_eq!(core.state.checks.len(), MAX_CHECKS);
    assert!(
        !core
            .rows
            .contains_key(&(CHECKS.to_owned(), "chk-0".to_owned()))
    );
    assert!(
        core.rows
            .contains_key(&(CHECKS.to_owned(), "chk-1".to_owned()))
    );
}
