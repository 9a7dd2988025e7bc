//! Compares an answer with the recorded one.

use serde_json::{Map, Value};

use crate::mask::Masks;

/// The context object's field that recordings from before redrives lack.
const SINCE_REDRIVE: &str = "RedriveCount";

/// Collects differences; masks keep their meaning throughout.
pub struct Comparison {
    /// Nondeterministic: of scalars only their being there is compared.
    shape_only: bool,
    masks: Masks,
    /// In words, in order.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Nothing compared yet.
    pub fn new(shape_only: bool) -> Self {
        Self {
            shape_only,
            masks: Masks::default(),
            differences: Vec::new(),
        }
    }

    /// From here on, names that this text (the case's own) has nowhere count as masks.
    pub fn own_text(&mut self, text: String) {
        self.masks.own_text = Some(text);
    }

    /// Notes where a value differs. A field that is not there is null. 1 and 1.0 differ: Step
    /// Functions tells them apart.
    pub fn value(&mut self, place: &str, recorded: &Value, answered: &Value) {
        match (recorded, answered) {
            (Value::Object(one), Value::Object(other)) => self.fields(place, one, other),
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                for (index, (one, other)) in one.iter().zip(other).enumerate() {
                    self.value(&format!("{place}[{index}]"), one, other);
                }
            }
            (Value::Object(_) | Value::Array(_), Value::String(text)) if is_cause(place) => {
                match serde_json::from_str::<Value>(text) {
                    Ok(value) if !value.is_string() => self.value(place, recorded, &value),
                    _ => self.differ(place, recorded, answered),
                }
            }
            (Value::String(one), Value::String(other)) => {
                let fits = self.shape_only
                    || self.masks.fits(one, other)
                    || (is_cause(place) && self.same_json(place, one, other));
                if !fits {
                    self.differ(place, recorded, answered);
                }
            }
            _ if recorded == answered => {}
            _ if self.shape_only && is_scalar(recorded) && is_scalar(answered) => {}
            _ => self.differ(place, recorded, answered),
        }
    }

    fn fields(
        &mut self,
        place: &str,
        recorded: &Map<String, Value>,
        answered: &Map<String, Value>,
    ) {
        let inside = |name: &str| match place {
            "" => name.to_owned(),
            place => format!("{place}/{name}"),
        };
        for (name, value) in recorded {
            match answered.get(name) {
                Some(other) => self.value(&inside(name), value, other),
                None => self
                    .differences
                    .push(format!("{}: expected {value}, is missing", inside(name))),
            }
        }
        for (name, value) in answered {
            let unknown_then = name == SINCE_REDRIVE && place.starts_with("calls");
            if !recorded.contains_key(name) && !unknown_then {
                self.differences
                    .push(format!("{}: not expected, got {value}", inside(name)));
            }
        }
    }

    /// The states entered: in this order, or in any.
    pub fn states(&mut self, mut recorded: Vec<Value>, answered: &Value, ordered: bool) {
        let mut entered = answered.as_array().cloned().unwrap_or_default();
        if !ordered {
            let name = |state: &Value| state.as_str().unwrap_or_default().to_owned();
            recorded.sort_by_key(name);
            entered.sort_by_key(name);
        }
        if recorded != entered {
            self.differ("states", &Value::Array(recorded), &Value::Array(entered));
        }
    }

    /// Causes often hold JSON, whose spacing and order don't matter.
    fn same_json(&mut self, place: &str, recorded: &str, answered: &str) -> bool {
        let (Ok(one), Ok(other)) = (
            serde_json::from_str::<Value>(recorded),
            serde_json::from_str::<Value>(answered),
        ) else {
            return false;
        };
        let before = self.differences.len();
        self.value(place, &one, &other);
        self.differences.len() == before
    }

    fn differ(&mut self, place: &str, recorded: &Value, answered: &Value) {
        self.differences.push(format!(
            "{place}: expected {recorded}\n      got {answered}"
        ));
    }
}

fn is_cause(place: &str) -> bool {
    place
        .rsplit('/')
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("cause"))
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(recorded: Value, answered: Value) -> Vec<String> {
        let mut comparison = Comparison::new(false);
        comparison.value("output", &recorded, &answered);
        comparison.differences
    }

    #[test]
    fn the_same_is_the_same() {
        for (recorded, answered) in [
            (json!({"a": [1, 0.5, null]}), json!({"a": [1, 0.5, null]})),
            (
                json!({"id": "<uuid:1>", "again": "<uuid:1>"}),
                json!({"id": "x", "again": "x"}),
            ),
            (
                json!({"Cause": "{\"a\": 1}"}),
                json!({"Cause": "{\"a\":1}"}),
            ),
            (json!({"cause": {"a": 1}}), json!({"cause": "{\"a\":1}"})),
        ] {
            assert_eq!(differences(recorded, answered), Vec::<String>::new());
        }
    }

    #[test]
    fn differences_say_where() {
        assert_eq!(
            differences(
                json!({"a": [1], "b": 1, "d": "1"}),
                json!({"a": [2], "c": 1, "d": 1})
            ),
            [
                "output/a[0]: expected 1\n      got 2",
                "output/b: expected 1, is missing",
                "output/d: expected \"1\"\n      got 1",
                "output/c: not expected, got 1",
            ]
        );
        assert_eq!(
            differences(json!({"Text": "{\"a\": 1}"}), json!({"Text": "{\"a\":1}"})).len(),
            1
        );
    }
}
