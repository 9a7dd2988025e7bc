//! `datamesh blueprint …`

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::globals::Format;
use super::grid::{self, Field, always, if_room};
use super::{json, output};

/// What can be done with blueprints.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List the blueprints
    List,
    /// Show what a blueprint makes, and the form of its parameters
    Show {
        /// Its name
        name: String,
        /// Print the CloudFormation template instead
        #[arg(long)]
        template: bool,
    },
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::List => {
            let request = v1::ListBlueprintsRequest::default();
            let list = session
                .deployments()
                .list_blueprints(request)
                .await?
                .into_inner();
            let columns = [always("NAME"), if_room("DESCRIPTION")];
            let row = |blueprint: &v1::Blueprint| {
                vec![
                    Field::plain(&blueprint.name),
                    Field::plain(&blueprint.description),
                ]
            };
            let rows = list.blueprints.iter().map(row).collect();
            output::list(cx.terminal, format, &columns, rows, "no blueprints", || {
                json::of(&list, "ListBlueprintsResponse")
            })
        }
        Verb::Show { name, template } => {
            let request = v1::GetBlueprintRequest { name };
            let blueprint = session
                .deployments()
                .get_blueprint(request)
                .await?
                .into_inner();
            match format {
                _ if template => output::write(cx.terminal, &blueprint.template),
                Format::Table | Format::Wide => form(&blueprint, cx),
                format => {
                    let document = json::of(&blueprint, "Blueprint")?;
                    output::document(cx.terminal, format, &document)
                }
            }
        }
    }
}

/// The parameters, as somebody fills them in: group by group, with what is allowed and what is preset.
fn form(blueprint: &v1::Blueprint, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let head = [
        ("Blueprint", Field::plain(&blueprint.name)),
        ("Makes", Field::plain(&blueprint.description)),
        ("Needs", Field::plain(blueprint.capabilities.join(", "))),
        ("Digest", Field::faint(&blueprint.digest)),
    ];
    let head = grid::record(&head, cx.terminal);
    output::write(cx.terminal, &format!("{head}\n"))?;
    let columns = [
        always("PARAMETER"),
        always("DEFAULT"),
        if_room("ALLOWED"),
        if_room("MEANING"),
        if_room("GROUP"),
    ];
    let rows = blueprint.parameters.iter().map(|parameter| {
        vec![
            Field::plain(&parameter.name),
            Field::plain(preset(parameter)),
            Field::plain(allowed(parameter)),
            Field::plain(&parameter.label),
            Field::plain(&parameter.group),
        ]
    });
    let text = grid::table(&columns, rows.collect(), false, cx.terminal);
    output::write(cx.terminal, &text)
}

fn preset(parameter: &v1::BlueprintParameter) -> String {
    match &parameter.default_value {
        _ if parameter.given => "(given)".to_owned(),
        None => "(required)".to_owned(),
        Some(_) if parameter.no_echo => "(hidden)".to_owned(),
        Some(value) if value.is_empty() => "(empty)".to_owned(),
        Some(value) => value.clone(),
    }
}

fn allowed(parameter: &v1::BlueprintParameter) -> String {
    let range = |least: &str, most: &str| match (least, most) {
        ("", "") => String::new(),
        (least, "") => format!("{least} or more"),
        ("", most) => format!("up to {most}"),
        (least, most) => format!("{least} to {most}"),
    };
    if !parameter.allowed_values.is_empty() {
        return parameter.allowed_values.join(", ");
    }
    if !parameter.constraint_description.is_empty() {
        return parameter.constraint_description.clone();
    }
    let numbers = range(&parameter.min_value, &parameter.max_value);
    if !numbers.is_empty() {
        return numbers;
    }
    let text = |length: i32| match length {
        0 => String::new(),
        length => length.to_string(),
    };
    let characters = range(&text(parameter.min_length), &text(parameter.max_length));
    match characters.as_str() {
        "" => parameter.r#type.to_lowercase(),
        characters => format!("{characters} characters"),
    }
}
