//! `PutRule`, `PutTargets`, `PutEvents`, `ReceiveMessage`: does an entry reach the target.

use serde_json::{Map, Value};

use crate::eventbridge_stage::Stage;

/// Runs one recorded entry.
pub fn run(case: &Value) -> Result<(), String> {
    let pattern = case.get("pattern").ok_or("the case has no pattern")?;
    let entry = case
        .get("put_events_entry")
        .ok_or("the case has no entry")?;
    let stage = Stage::new(pattern, Map::new())?;
    stage.put(std::slice::from_ref(entry))?;
    let found = if stage.received()?.is_empty() {
        "no-match"
    } else {
        "match"
    };
    match case.get("expected").and_then(Value::as_str) {
        Some(expected) if expected == found => Ok(()),
        _ => Err(found.to_owned()),
    }
}
