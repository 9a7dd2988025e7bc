//! Cases as JSON lines, answered line by line.

use serde_json::{Map, Value, json};

use super::mocks::Mocks;
use super::run::{Options, evaluate};
use crate::machine::Machine;
use crate::test_state::TestState;
use crate::validate::{MachineType, Report, creation_error, validate};

/// Answers one line. A line that can't be read is answered with its problem.
pub fn answer_line(line: &str) -> String {
    match serde_json::from_str(line) {
        Ok(case) => answer(&case).to_string(),
        Err(error) => json!({"problem": format!("This line is no JSON: {error}")}).to_string(),
    }
}

/// Answers one case.
///
/// - `{"name", "definition", "input", "mocks"}` is run, and answered by `{"name", "status",
///   "output" | "error", "cause", "states"}`; with `"trace": true` also by `trace` and `calls`.
/// - `{"name", "request"}` is answered as [`TestState`] is.
/// - `{"name", "definition_text"}` is answered as `ValidateStateMachineDefinition` is, with the
///   `error` and `message` of `CreateStateMachine` when that would refuse the document.
///
/// `"type": "EXPRESS"` asks for an express workflow. What can't be run is answered by `{"name",
/// "problem"}`.
pub fn answer(case: &Value) -> Value {
    let mut answer = Map::new();
    if let Some(name) = case.get("name") {
        answer.insert("name".to_owned(), name.clone());
    }
    let done = match (case.get("request"), case.get("definition_text")) {
        (Some(request), _) => test_state(request),
        (None, Some(Value::String(text))) => check(text, machine_type(case)),
        _ => run(case),
    };
    match done {
        Ok(more) => answer.extend(more),
        Err(problem) => {
            answer.insert("problem".to_owned(), problem.into());
        }
    }
    Value::Object(answer)
}

fn machine_type(case: &Value) -> MachineType {
    match case.get("type").and_then(Value::as_str) {
        Some("EXPRESS") => MachineType::Express,
        _ => MachineType::Standard,
    }
}

fn run(case: &Value) -> Result<Map<String, Value>, String> {
    let text = match case.get("definition") {
        Some(Value::String(text)) => text.clone(),
        Some(definition) => definition.to_string(),
        None => return Err("The case has no 'definition'.".to_owned()),
    };
    let machine = Machine::compile_as(&text, machine_type(case)).map_err(|diagnostics| {
        diagnostics
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let mocks = case.get("mocks").unwrap_or(&Value::Null);
    let mocks = Mocks::parse(mocks).map_err(|error| error.to_string())?;
    let input = case.get("input").cloned().unwrap_or_else(|| json!({}));
    let options = match machine_type(case) {
        MachineType::Standard => Options::of_input(input),
        MachineType::Express => Options::of_input(input).express(),
    };
    let evaluation = evaluate(&machine, options, &mocks);
    let mut answer = evaluation.to_json();
    if case.get("trace") == Some(&Value::Bool(true)) {
        answer.insert("trace".to_owned(), evaluation.trace());
        answer.insert("calls".to_owned(), evaluation.calls_made());
    }
    Ok(answer)
}

fn test_state(request: &Value) -> Result<Map<String, Value>, String> {
    let tested = TestState::parse(request).and_then(|test| test.run());
    tested
        .map(|tested| tested.to_json())
        .map_err(|error| error.to_string())
}

fn check(text: &str, machine_type: MachineType) -> Result<Map<String, Value>, String> {
    let diagnostics = validate(text, machine_type);
    let refusal = creation_error(&diagnostics);
    let report = serde_json::to_value(Report::new(diagnostics)).map_err(|e| e.to_string())?;
    let mut answer = match report {
        Value::Object(answer) => answer,
        _ => Map::new(),
    };
    if let Some(message) = refusal {
        answer.insert("error".to_owned(), "InvalidDefinition".into());
        answer.insert("message".to_owned(), message.into());
    }
    Ok(answer)
}
