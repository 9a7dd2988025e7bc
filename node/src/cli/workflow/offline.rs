//! What can be done with a document without a server: check it, draw it, write it out.

use std::path::Path;

use datamesh_actors::Place;
use datamesh_actors::workflow::{filled_in, shipped};
use datamesh_workflow::graph::{self, Style};
use datamesh_workflow::validate::{Diagnostic, MachineType, Report, validate};
use serde_json::{Value, json};

use crate::cli::cx::Cx;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::globals::Format;
use crate::cli::output;

/// The width of a drawing that goes to a file.
const FILE_WIDTH: usize = 100;

/// The text of a document: that of a file, or of a shipped workflow.
pub fn read(reference: &str) -> Result<String, Failure> {
    if let (Some(text), false) = (shipped(reference), Path::new(reference).exists()) {
        return Ok(text.to_owned());
    }
    read_file(reference)
}

/// The text of a file; `-` is standard input.
pub fn read_file(path: &str) -> Result<String, Failure> {
    let text = match path {
        "-" => std::io::read_to_string(std::io::stdin()),
        path => std::fs::read_to_string(path),
    };
    text.map_err(|error| {
        Failure::new(Exit::NotFound, format!("{path} cannot be read: {error}"))
            .hint("name a file, or a shipped workflow: promotion")
    })
}

/// Checks a document, and says all that is wrong with it.
///
/// # Errors
/// Exit code 6 if it has errors.
pub fn check(cx: &mut Cx<'_>, reference: &str, express: bool) -> Result<(), Failure> {
    let text = read(reference)?;
    let machine_type = match express {
        true => MachineType::Express,
        false => MachineType::Standard,
    };
    let diagnostics = validate(&text, machine_type);
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    match cx.globals.output {
        Format::Table | Format::Wide => {
            let lines: String = diagnostics
                .iter()
                .map(|diagnostic| format!("{reference}: {diagnostic}\n"))
                .collect();
            let verdict = match errors {
                0 => format!("{reference}: valid\n"),
                _ => String::new(),
            };
            output::write(cx.terminal, &format!("{lines}{verdict}"))?;
        }
        format => {
            let report = report(diagnostics);
            output::document(cx.terminal, format, &report)?;
        }
    }
    match errors {
        0 => Ok(()),
        1 => Err(Failure::new(
            Exit::Invalid,
            format!("{reference} has an error"),
        )),
        several => Err(Failure::new(
            Exit::Invalid,
            format!("{reference} has {several} errors"),
        )),
    }
}

/// The answer of `ValidateStateMachineDefinition`.
pub fn report(diagnostics: Vec<Diagnostic>) -> Value {
    serde_json::to_value(Report::new(diagnostics)).unwrap_or_default()
}

/// Draws a document.
///
/// # Errors
/// It is not JSON.
pub fn draw(cx: &mut Cx<'_>, reference: &str, ascii: bool) -> Result<(), Failure> {
    let text = read(reference)?;
    let document: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::new(Exit::Invalid, format!("{reference} is not JSON: {error}")).hint(format!(
            "`datamesh workflow validate {reference}` says more"
        ))
    })?;
    match cx.globals.output {
        Format::Table | Format::Wide => {
            let style = Style {
                width: cx.terminal.width.unwrap_or(FILE_WIDTH),
                ascii,
            };
            output::write(cx.terminal, &graph::draw(&document, style))
        }
        format => output::document(cx.terminal, format, &document),
    }
}

/// Writes a shipped document out, with what it leaves open filled in.
///
/// # Errors
/// There is none of that name, or the file cannot be written.
pub fn export(
    cx: &mut Cx<'_>,
    name: &str,
    home: &Place,
    file: Option<&Path>,
) -> Result<(), Failure> {
    let text = shipped(name).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("no workflow `{name}` is shipped"))
            .hint("there is `promotion`")
    })?;
    let document = filled_in(text, home);
    let Some(file) = file else {
        return output::write(cx.terminal, &document);
    };
    std::fs::write(file, document).map_err(|error| {
        let what = format!("{} cannot be written: {error}", file.display());
        Failure::new(Exit::Unexpected, what)
    })?;
    let written = json!({"file": file.display().to_string()});
    match cx.globals.output {
        Format::Table | Format::Wide => Ok(()),
        format => output::document(cx.terminal, format, &written),
    }
}
