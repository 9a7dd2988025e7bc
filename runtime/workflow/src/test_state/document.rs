//! The document around the state under test.

use serde_json::{Map, Value, json};

use super::request::RequestError;
use crate::validate::{Diagnostic, MachineType, validate, validate_state};

/// The name that a state without a document has.
pub(super) const STATE_NAME: &str = "StateName";

/// A document that has the state, and the state's name in it. A state that stands alone gets a
/// document in which whatever it points to is there.
pub(super) fn around(
    definition: &Value,
    named: Option<&str>,
) -> Result<(Value, String), RequestError> {
    let problem = |field, problem: &str| RequestError::Field {
        field,
        problem: problem.to_owned(),
    };
    if definition.get("States").is_some() {
        let name =
            named.ok_or_else(|| problem("stateName", "name one of the document's states"))?;
        return Ok((definition.clone(), name.to_owned()));
    }
    let Value::Object(state) = definition else {
        return Err(problem("definition", "a state is an object"));
    };
    let mut states = Map::new();
    for target in targets(state) {
        states.insert(target.to_owned(), json!({"Type": "Succeed"}));
    }
    states.insert(STATE_NAME.to_owned(), definition.clone());
    Ok((
        json!({"StartAt": STATE_NAME, "States": states}),
        STATE_NAME.to_owned(),
    ))
}

/// What keeps the definition, a document or a state, from being tested.
pub(super) fn errors(definition: &Value) -> Vec<Diagnostic> {
    let mut found = match definition.get("States") {
        Some(_) => validate(&definition.to_string(), MachineType::Standard),
        None => validate_state(definition, MachineType::Standard),
    };
    found.retain(Diagnostic::is_error);
    found
}

/// The states that a state's own fields point to.
fn targets(state: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let entries = ["Choices", "Catch"]
        .into_iter()
        .filter_map(|field| state.get(field)?.as_array());
    let entries = entries.flatten().filter_map(|entry| entry.get("Next"));
    let own = ["Next", "Default"]
        .into_iter()
        .filter_map(|field| state.get(field));
    own.chain(entries).filter_map(Value::as_str)
}
