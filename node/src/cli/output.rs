//! Prints results in the format that was asked for.

use std::io::Write;

use serde_json::Value;

use super::exit::Exit;
use super::failure::Failure;
use super::globals::Format;
use super::grid::{self, Column, Field};
use super::json;
use super::resource::Resource;
use super::terminal::Terminal;

/// Prints one result: `fields` for people, `json()` for machines.
///
/// # Errors
/// The output cannot be written.
pub fn one(
    terminal: &mut Terminal,
    format: Format,
    fields: &[(&str, Field)],
    json: impl FnOnce() -> Result<Value, Failure>,
) -> Result<(), Failure> {
    match format {
        Format::Table | Format::Wide => {
            let text = grid::record(fields, terminal);
            write(terminal, &text)
        }
        Format::Json | Format::Yaml => document(terminal, format, &json()?),
    }
}

/// Prints a resource: all that is known of it.
///
/// # Errors
/// The output cannot be written.
pub fn resource<R: Resource>(
    terminal: &mut Terminal,
    format: Format,
    resource: &R,
) -> Result<(), Failure> {
    let record = resource.record(terminal.now());
    one(terminal, format, &record, || json::of(resource, R::MESSAGE))
}

/// Prints a list: rows for people, `json()` for machines; `nothing` is said to people on standard error
/// when it is empty.
///
/// # Errors
/// The output cannot be written.
pub fn list(
    terminal: &mut Terminal,
    format: Format,
    columns: &[Column],
    rows: Vec<Vec<Field>>,
    nothing: &str,
    json: impl FnOnce() -> Result<Value, Failure>,
) -> Result<(), Failure> {
    match format {
        Format::Table | Format::Wide if rows.is_empty() => {
            writeln!(terminal.err, "{nothing}")?;
            Ok(())
        }
        Format::Table | Format::Wide => {
            let text = grid::table(columns, rows, format == Format::Wide, terminal);
            write(terminal, &text)
        }
        Format::Json | Format::Yaml => document(terminal, format, &json()?),
    }
}

/// Prints one of a stream: a line for people and as JSON, a document as YAML.
///
/// # Errors
/// The output cannot be written.
pub fn streamed(
    terminal: &mut Terminal,
    format: Format,
    line: &str,
    json: impl FnOnce() -> Result<Value, Failure>,
) -> Result<(), Failure> {
    match format {
        Format::Table | Format::Wide => write(terminal, &format!("{line}\n")),
        Format::Json => write(terminal, &format!("{}\n", json()?)),
        Format::Yaml => {
            let text = yaml(&json()?)?;
            write(terminal, &format!("---\n{text}"))
        }
    }
}

/// Prints a document.
///
/// # Errors
/// The output cannot be written.
pub fn document(terminal: &mut Terminal, format: Format, value: &Value) -> Result<(), Failure> {
    let text = match format {
        Format::Yaml => yaml(value)?,
        _ => format!("{value:#}\n"),
    };
    write(terminal, &text)
}

/// Writes text to the results.
///
/// # Errors
/// The output cannot be written.
pub fn write(terminal: &mut Terminal, text: &str) -> Result<(), Failure> {
    terminal.out.write_all(text.as_bytes())?;
    terminal.out.flush()?;
    Ok(())
}

fn yaml(value: &Value) -> Result<String, Failure> {
    serde_yaml_ng::to_string(value)
        .map_err(|error| Failure::new(Exit::Unexpected, format!("no YAML form: {error}")))
}
