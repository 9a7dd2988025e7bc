//! Cases as JSON lines, answered line by line.

use serde_json::{Map, Value, json};

use super::mocks::Mocks;
use super::run::{Options, evaluate};
use crate::machine::Machine;
use crate::test_state::TestState;

/// Answers one line. A line that can't be read is answered with its problem.
pub fn answer_line(line: &str) -> String {
    match serde_json::from_str(line) {
        Ok(case) => answer(&case).to_string(),
        Err(error) => json!({"problem": format!("This line is no JSON: {error}")}).to_string(),
    }
}

/// Answers one case: `{"name", "definition", "input", "mocks"}` is run and answered by
/// `{"name", "status", "output" | "error", "cause", "states"}`, and with `"trace": true` also what
/// [`super::Evaluation::trace`] gives. `{"name", "request"}` is answered as [`TestState`] is. What can't be run is answered by
/// `{"name", "problem"}`.
pub fn answer(case: &Value) -> Value {
    let mut answer = Map::new();
    if let Some(name) = case.get("name") {
        answer.insert("name".to_owned(), name.clone());
    }
    let done = match case.get("request") {
        Some(request) => test_state(request),
        None => run(case),
    };
    match done {
        Ok(more) => answer.extend(more),
        Err(problem) => {
            answer.insert("problem".to_owned(), problem.into());
        }
    }
    Value::Object(answer)
}

fn run(case: &Value) -> Result<Map<String, Value>, String> {
    let text = match case.get("definition") {
        Some(Value::String(text)) => text.clone(),
        Some(definition) => definition.to_string(),
        None => return Err("The case has no 'definition'.".to_owned()),
    };
    let machine = Machine::compile(&text).map_err(|problems| {
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let mocks = case.get("mocks").unwrap_or(&Value::Null);
    let mocks = Mocks::parse(mocks).map_err(|error| error.to_string())?;
    let input = case.get("input").cloned().unwrap_or_else(|| json!({}));
    let evaluation = evaluate(&machine, Options::of_input(input), &mocks);
    let mut answer = evaluation.to_json();
    if case.get("trace") == Some(&Value::Bool(true)) {
        answer.insert("trace".to_owned(), evaluation.trace());
    }
    Ok(answer)
}

fn test_state(request: &Value) -> Result<Map<String, Value>, String> {
    let tested = TestState::parse(request).and_then(|test| test.run());
    tested
        .map(|tested| tested.to_json())
        .map_err(|error| error.to_string())
}
