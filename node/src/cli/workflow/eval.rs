//! Runs documents offline, in driven time: a wait costs nothing, and tasks are answered from mocks.

use std::io::{BufRead, Write};

use datamesh_workflow::Machine;
use datamesh_workflow::eval::{Mocks, Options, answer_line, evaluate};
use serde_json::{Value, json};

use super::offline;
use crate::cli::cx::Cx;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::globals::Format;
use crate::cli::output;

/// Runs one document.
///
/// # Errors
/// The document, the input or the mocks cannot be read; exit code 8 if it did not succeed.
pub fn one(
    cx: &mut Cx<'_>,
    reference: &str,
    input: &str,
    mocks: Option<&str>,
) -> Result<(), Failure> {
    let text = offline::read(reference)?;
    let machine = Machine::compile(&text).map_err(|_| {
        Failure::new(Exit::Invalid, format!("{reference} has errors")).hint(format!(
            "`datamesh workflow validate {reference}` says which"
        ))
    })?;
    let input = json_of("--input", input)?;
    let mocks = match mocks {
        Some(file) => json_of("--mocks", &offline::read_file(file)?)?,
        None => json!({}),
    };
    let mocks = Mocks::parse(&mocks)
        .map_err(|error| Failure::new(Exit::Invalid, format!("--mocks: {error}")))?;
    let ended = evaluate(&machine, Options::of_input(input), &mocks);
    let answer = Value::Object(ended.to_json());
    let format = match cx.globals.output {
        Format::Table | Format::Wide => Format::Json,
        format => format,
    };
    output::document(cx.terminal, format, &answer)?;
    match answer["status"].as_str() {
        Some("SUCCEEDED") => Ok(()),
        status => Err(Failure::new(
            Exit::EndedFailed,
            format!("it ended {}", status.unwrap_or_default()),
        )),
    }
}

/// The JSON of an argument, or of the file that it names after an `@`.
pub fn json_of(flag: &str, text: &str) -> Result<Value, Failure> {
    let text = match text.strip_prefix('@') {
        Some(file) => offline::read_file(file)?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(Exit::Invalid, format!("{flag} is not JSON: {error}")))
}

/// Answers cases from standard input, a JSON line each, until it ends. A case that cannot be run is
/// answered with its problem.
///
/// # Errors
/// Standard input cannot be read, or nobody reads the answers.
pub fn batch(cx: &mut Cx<'_>) -> Result<(), Failure> {
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| {
            Failure::new(
                Exit::Unexpected,
                format!("standard input cannot be read: {error}"),
            )
        })?;
        if !line.trim().is_empty() {
            writeln!(cx.terminal.out, "{}", answer_line(&line))?;
            cx.terminal.out.flush()?;
        }
    }
    Ok(())
}
