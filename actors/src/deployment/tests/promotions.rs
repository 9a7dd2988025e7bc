use super::*;

fn release(id: &str) -> Command {
    Command::Release(Release {
        promotion_id: id.to_owned(),
    })
}

fn pin(id: &str) -> Command {
    Command::Pin(Pin {
        promotion_id: id.to_owned(),
    })
}

fn unpin(id: &str) -> Command {
    Command::Unpin(Unpin {
        promotion_id: id.to_owned(),
    })
}

fn of(promotion_id: &str, id: &str) -> Command {
    Command::Deploy(Deploy {
        promotion_id: promotion_id.to_owned(),
        ..deploy(id, "2")
    })
}

#[test]
fn one_promotion_holds_an_environment() {
    let mut core = core();
    core.tell(hold("prom-1")).unwrap();
    core.tell(hold("prom-1")).unwrap();
    assert_eq!(refused(core.tell(hold("prom-2"))), "PROMOTION_RUNNING");
    core.tell(release("prom-2")).unwrap();
    assert_eq!(core.reply().held_by.as_deref(), Some("prom-1"));
    core.tell(release("prom-1")).unwrap();
    core.tell(hold("prom-2")).unwrap();
}

#[test]
fn a_held_environment_takes_deployments_of_its_promotion_only() {
    let mut core = deployed();
    core.tell(hold("prom-1")).unwrap();
    let anybody = core.tell(Command::Deploy(deploy("dep-2", "2")));
    assert_eq!(refused(anybody), "ENVIRONMENT_HELD");
    assert_eq!(
        refused(core.tell(of("prom-2", "dep-2"))),
        "ENVIRONMENT_HELD"
    );
    assert_eq!(
        refused(core.tell(rollback("dep-1", "dep-2"))),
        "ENVIRONMENT_HELD"
    );
    assert_eq!(refused(core.tell(delete("dep-2"))), "ENVIRONMENT_HELD");
    core.tell(of("prom-1", "dep-2")).unwrap();
    assert_eq!(refused(core.tell(hold("prom-3"))), "PROMOTION_RUNNING");
}

#[test]
fn a_promotion_that_does_not_hold_the_environment_cannot_deploy() {
    let mut core = core();
    assert_eq!(
        refused(core.tell(of("prom-1", "dep-1"))),
        "ENVIRONMENT_NOT_HELD"
    );
}

#[test]
fn an_environment_is_not_taken_during_a_deployment() {
    let mut core = core();
    core.tell(Command::Deploy(deploy("dep-1", "1"))).unwrap();
    assert_eq!(refused(core.tell(hold("prom-1"))), "DEPLOYMENT_RUNNING");
}

#[test]
fn a_pin_answers_what_is_deployed_and_a_change_is_told() {
    let mut core = core();
    assert_eq!(refused(core.tell(pin("prom-1"))), "NOTHING_DEPLOYED");
    let mut core = deployed();
    let pinned = core.tell(pin("prom-1")).unwrap().deployed.unwrap();
    assert_eq!(pinned.template, TEMPLATE);
    assert_eq!(pinned.parameters["Size"], "1");
    core.tell(pin("prom-2")).unwrap();
    core.tell(unpin("prom-2")).unwrap();
    core.pending.clear();
    deploy_again(&mut core, "dep-2", "2");
    let told: Vec<_> = core
        .pending
        .iter()
        .filter_map(|effect| match effect {
            EnvironmentEffect::TellPromotion(tell) => Some(tell.promotion_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["prom-1"]);
}

#[test]
fn the_same_deployment_again_is_no_change_for_a_promotion() {
    let mut core = deployed();
    core.tell(pin("prom-1")).unwrap();
    deploy_again(&mut core, "dep-2", "1");
    assert!(!core.names().contains(&"TellPromotion"));
}
