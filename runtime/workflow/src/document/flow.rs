//! The data flow of a state, a catcher or a choice rule.

use serde_json::Value;

use super::Payload;
use super::compile::Language;
use super::fields::{Fields, Problems};
use crate::flow::{DataFlow, JsonataFlow, PathFlow, Place, Selection};
use crate::jsonata::JsonataTemplate;
use crate::path::{Path, ReferencePath};
use crate::template::Template;

/// Compiles the data flow fields that stand in `fields`. A map's `Parameters` are its item
/// selector's older name and are left to it.
pub(super) fn compile(
    fields: &Fields<'_>,
    language: Language,
    of_map: bool,
    problems: &mut Problems,
) -> DataFlow {
    match language {
        Language::JsonPath => DataFlow::JsonPath(Box::new(PathFlow {
            input_path: selection(fields, "InputPath", problems),
            parameters: if of_map {
                None
            } else {
                template(fields, "Parameters", problems)
            },
            result_selector: template(fields, "ResultSelector", problems),
            assign: template(fields, "Assign", problems),
            result_path: place(fields, problems),
            output_path: selection(fields, "OutputPath", problems),
        })),
        Language::Jsonata => DataFlow::Jsonata(Box::new(JsonataFlow {
            arguments: jsonata(fields, "Arguments", problems),
            assign: jsonata(fields, "Assign", problems),
            output: jsonata(fields, "Output", problems),
        })),
    }
}

fn selection(fields: &Fields<'_>, field: &str, problems: &mut Problems) -> Selection {
    match fields.get(field) {
        None => Selection::Whole,
        Some(Value::Null) => Selection::Nothing,
        Some(_) => match fields.parsed(field, problems, Path::parse) {
            Some(path) if path.text() != "$" => Selection::At(path),
            _ => Selection::Whole,
        },
    }
}

fn place(fields: &Fields<'_>, problems: &mut Problems) -> Place {
    match fields.get("ResultPath") {
        None => Place::Whole,
        Some(Value::Null) => Place::Nowhere,
        Some(Value::String(text)) if text == "$" => Place::Whole,
        Some(_) => fields
            .parsed("ResultPath", problems, ReferencePath::parse)
            .map_or(Place::Whole, Place::At),
    }
}

pub(super) fn template(
    fields: &Fields<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Template> {
    let parsed = Template::parse(fields.get(field)?);
    problems.keep(fields.at(field), parsed)
}

pub(super) fn jsonata(
    fields: &Fields<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<JsonataTemplate> {
    let parsed = JsonataTemplate::parse(fields.get(field)?);
    problems.keep(fields.at(field), parsed)
}

/// A payload whose field has one name in JSONPath and another in JSONata.
pub(super) fn payload(
    fields: &Fields<'_>,
    field: &str,
    language: Language,
    problems: &mut Problems,
) -> Option<Payload> {
    match language {
        Language::JsonPath => template(fields, field, problems).map(Payload::Template),
        Language::Jsonata => jsonata(fields, field, problems).map(Payload::Jsonata),
    }
}
