use super::*;

#[test]
fn every_blueprint_is_a_template_that_can_be_made_a_form_of() {
    for blueprint in BLUEPRINTS {
        let template = template::Template::parse(blueprint.text).unwrap();
        assert!(!template.description.is_empty());
        for parameter in &template.parameters {
            let name = format!("{}.{}", blueprint.name, parameter.name);
            assert!(!parameter.description.is_empty(), "{name}");
            assert!(!parameter.label.is_empty(), "{name}");
            assert!(!parameter.group.is_empty(), "{name}");
            if let Some(default) = &parameter.default {
                assert_eq!(parameter.check(default), Ok(()), "{name}");
            }
        }
    }
}

#[test]
fn a_blueprint_needs_nothing_but_what_datamesh_gives() {
    for blueprint in BLUEPRINTS {
        let order = Deploy {
            template: String::new(),
            blueprint: blueprint.name.to_owned(),
            parameters: BTreeMap::new(),
            ..deploy("dep-1", "1")
        };
        core().tell(Command::Deploy(order)).unwrap();
    }
}

#[test]
fn the_projects_blueprint_gets_its_folders_and_loses_them() {
    let mut core = core();
    let order = Deploy {
        template: String::new(),
        blueprint: "project".to_owned(),
        parameters: BTreeMap::new(),
        ..deploy("dep-1", "1")
    };
    core.tell(Command::Deploy(order)).unwrap();
    execute(&mut core, "");
    core.settle("LookAtStack", Ok(looked("CREATE_COMPLETE")));
    core.settle("PutPrefixes", Ok(Outcome::PrefixesPut));
    assert_eq!(core.reply().status, EnvironmentStatus::Ready);

    core.tell(delete("dep-2")).unwrap();
    core.settle("Inspect", Ok(seen("")));
    let left = "DATA_LEFT: 3 objects".to_owned();
    core.settle("RemovePrefixes", Ok(Outcome::PrefixesRemoved { left }));
    core.settle("Detach", Ok(Outcome::Detached));
    assert!(core.reply().status_reason.contains("DATA_LEFT"));
}
