use super::*;

const SECRET: &str = "hunter2";

fn with(pairs: &[(&str, &str)]) -> Deploy {
    Deploy {
        parameters: pairs
            .iter()
            .map(|&(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        ..deploy("dep-1", "1")
    }
}

fn blueprint(name: &str, pairs: &[(&str, &str)]) -> Deploy {
    Deploy {
        template: String::new(),
        blueprint: name.to_owned(),
        ..with(pairs)
    }
}

#[test]
fn wrong_parameters_are_refused_by_their_names_all_at_once() {
    let wrong = with(&[("Size", "10"), ("Colour", "red"), ("Environment", "prod")]);
    let refusal = core().tell(Command::Deploy(wrong)).unwrap_err();
    let fields: Vec<&str> = refusal
        .violations
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    assert_eq!(fields, ["parameters[\"Colour\"]", "parameters[\"Size\"]"]);
    let given = with(&[("Environment", "prod")]);
    let refusal = core().tell(Command::Deploy(given)).unwrap_err();
    assert!(
        refusal.message.contains("given by datamesh: dev"),
        "{}",
        refusal.message
    );
    assert!(
        core()
            .tell(Command::Deploy(with(&[("Environment", "dev")])))
            .is_ok()
    );
}

#[test]
fn one_of_template_and_blueprint_is_needed() {
    let neither = Deploy {
        template: String::new(),
        ..deploy("dep-1", "1")
    };
    assert_eq!(
        neither.check().unwrap_err().violations[0].field,
        "cfnTemplate"
    );
    let unknown = blueprint("castle", &[]).check().unwrap_err();
    assert!(
        unknown.message.contains("domain, project"),
        "{}",
        unknown.message
    );
    let given = blueprint("project", &[("DataLakeBucket", "my-bucket")]);
    let refusal = core().tell(Command::Deploy(given)).unwrap_err();
    assert_eq!(
        refusal.violations[0].field,
        "parameters[\"DataLakeBucket\"]"
    );
}

#[test]
fn a_template_that_is_too_long_is_refused_with_what_to_do() {
    let long = Deploy {
        template: format!("{TEMPLATE}\n# {}", "x".repeat(60_000)),
        ..deploy("dep-1", "1")
    };
    let refusal = long.check().unwrap_err();
    assert!(refusal.message.contains("split it"), "{}", refusal.message);
}

#[test]
fn another_digest_than_the_expected_one_is_refused() {
    let mut core = core();
    let order = Deploy {
        digest: "0".repeat(64),
        ..deploy("dep-1", "1")
    };
    assert_eq!(
        refused(core.tell(Command::Deploy(order))),
        "DIGEST_MISMATCH"
    );
    let parameters = BTreeMap::from([("Size".to_owned(), "1".to_owned())]);
    let order = Deploy {
        digest: digest(TEMPLATE, &parameters),
        ..deploy("dep-1", "1")
    };
    core.tell(Command::Deploy(order)).unwrap();
}

#[test]
fn a_hidden_value_reaches_the_change_set_and_nothing_else() {
    let mut core = core();
    let order = with(&[("Size", "1"), ("Password", SECRET)]);
    core.tell(Command::Deploy(order)).unwrap();
    to_review_keeping(&mut core, "");
    let EnvironmentEffect::CreateChangeSet(effect) = core.pending.last().unwrap() else {
        panic!("no change set is made");
    };
    assert_eq!(effect.secrets.0["Password"], SECRET);
    assert!(!effect.parameters.contains_key("Password"));
    assert_eq!(latest(&core).parameters["Password"], MASK);
    core.settle("CreateChangeSet", Ok(change_set(true)));
    core.settle("ReviewChangeSet", Ok(reviewed(Review::Differs)));
    core.settle("Execute", Ok(Outcome::ChangeSetExecuted));
    core.timer(LOOK_TIMER);
    core.settle("LookAtStack", Ok(looked("CREATE_COMPLETE")));
    let everything = format!(
        "{} {:?} {:?}",
        serde_json::to_string(&core.state).unwrap(),
        core.rows,
        core.pending
    );
    assert!(!everything.contains(SECRET));

    // The next deployment keeps it, said or unsaid.
    let order = Deploy {
        deployment_id: "dep-2".to_owned(),
        ..with(&[("Size", "2"), ("Password", MASK)])
    };
    core.tell(Command::Deploy(order)).unwrap();
    to_review_keeping(&mut core, "CREATE_COMPLETE");
    let EnvironmentEffect::CreateChangeSet(effect) = core.pending.last().unwrap() else {
        panic!("no change set is made");
    };
    assert_eq!(effect.keep, ["Password"]);
}

fn to_review_keeping(core: &mut Core<Environment>, status: &str) {
    if core.names().contains(&"Attach") {
        core.settle("Attach", Ok(Outcome::Attached { home: home() }));
    }
    let capabilities = vec![];
    core.settle(
        "ValidateTemplate",
        Ok(Outcome::TemplateValid { capabilities }),
    );
    core.settle("Inspect", Ok(seen(status)));
}

#[test]
fn a_hidden_value_that_nobody_gave_is_asked_for() {
    let order = Deploy {
        template: TEMPLATE.replace(", Default: ''", ""),
        ..with(&[("Password", MASK)])
    };
    let refusal = core().tell(Command::Deploy(order)).unwrap_err();
    assert_eq!(refusal.violations[0].field, "parameters[\"Password\"]");
}

#[test]
fn an_environment_has_one_of_three_names() {
    let mut core = Core::<Environment>::new("proj-1.moon");
    let refusal = refused(core.tell(Command::Deploy(deploy("dep-1", "1"))));
    assert_eq!(refusal, "ENVIRONMENT_NOT_FOUND");
}
