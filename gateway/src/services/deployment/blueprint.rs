use datamesh_actors::deployment::template::Parameter;
use datamesh_actors::deployment::{ALWAYS_GIVEN, Blueprint, GIVEN};
use datamesh_proto::v1;

/// A blueprint as the protos show it; lists are without the template.
pub fn shown(blueprint: &Blueprint, with_template: bool) -> v1::Blueprint {
    let template = blueprint.template();
    v1::Blueprint {
        name: blueprint.name.to_owned(),
        description: template.description,
        parameters: template.parameters.into_iter().map(parameter).collect(),
        template: if with_template {
            blueprint.text.to_owned()
        } else {
            String::new()
        },
        capabilities: blueprint
            .capabilities
            .iter()
            .map(|&name| name.to_owned())
            .collect(),
        digest: blueprint.digest(),
    }
}

fn parameter(parameter: Parameter) -> v1::BlueprintParameter {
    let given = ALWAYS_GIVEN.iter().chain(&GIVEN);
    let length =
        |length: Option<u32>| i32::try_from(length.unwrap_or_default()).unwrap_or(i32::MAX);
    v1::BlueprintParameter {
        given: given.into_iter().any(|name| *name == parameter.name),
        name: parameter.name,
        label: parameter.label,
        group: parameter.group,
        r#type: parameter.kind,
        description: parameter.description,
        default_value: parameter.default,
        allowed_values: parameter.allowed_values,
        allowed_pattern: parameter.allowed_pattern.unwrap_or_default(),
        constraint_description: parameter.constraint_description,
        min_length: length(parameter.min_length),
        max_length: length(parameter.max_length),
        min_value: parameter.min_value.unwrap_or_default(),
        max_value: parameter.max_value.unwrap_or_default(),
        no_echo: parameter.no_echo,
    }
}
