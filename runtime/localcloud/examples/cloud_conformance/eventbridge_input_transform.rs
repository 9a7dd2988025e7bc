//! `PutTargets` with `InputPath` or `InputTransformer`, `PutEvents`, `ReceiveMessage`: what the target
//! gets.

use serde_json::{Map, Value};

use crate::eventbridge_stage::Stage;
use crate::mask::Masks;

/// Runs one recorded target. Where the recording has no bodies, the target has only to be accepted.
pub fn run(case: &Value) -> Result<(), String> {
    let pattern = case.get("pattern").ok_or("the case has no pattern")?;
    let mut target = Map::new();
    for (name, field) in [
        ("InputPath", "input_path"),
        ("InputTransformer", "input_transformer"),
    ] {
        if let Some(value) = case.get(field).filter(|value| !value.is_null()) {
            target.insert(name.to_owned(), value.clone());
        }
    }
    let stage = Stage::new(pattern, target)?;
    let entries = case.get("put_events_entries").and_then(Value::as_array);
    stage.put(entries.ok_or("the case has no entries")?)?;
    let Some(expected) = case.get("expected_bodies").and_then(Value::as_array) else {
        return Ok(());
    };
    let received = stage.received()?;
    let mut masks = Masks::default();
    let same = expected.len() == received.len()
        && expected.iter().zip(&received).all(|(expected, text)| {
            let body = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
            fits(expected, &body, &mut masks)
        });
    if same {
        Ok(())
    } else {
        Err(format!("{received:?}"))
    }
}

fn fits(expected: &Value, found: &Value, masks: &mut Masks) -> bool {
    match (expected, found) {
        (Value::String(expected), Value::String(found)) => {
            masks.fits(expected, found) || masks.fits(&with_moments(expected), found)
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(expected, found)| fits(expected, found, masks))
        }
        (Value::Object(expected), Value::Object(found)) => {
            expected.len() == found.len()
                && expected.iter().all(|(name, expected)| {
                    found
                        .get(name)
                        .is_some_and(|found| fits(expected, found, masks))
                })
        }
        (Value::String(expected), found) => masks.fits(expected, &found.to_string()),
        _ => expected == found,
    }
}

/// The recordings have the word `date` where a moment stood within a text.
fn with_moments(recorded: &str) -> String {
    recorded
        .split(' ')
        .map(|word| match word.trim_end_matches([',', '.', '"']) {
            "date" => word.replacen("date", "<moment>", 1),
            _ => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}
