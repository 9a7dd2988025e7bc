//! What tasks answer: for each state its outcomes, in the order of the calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use thiserror::Error;

/// How one call ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With a result.
    Result(Arc<Value>),
    /// Not at all: only a time limit ends it.
    Silence,
    /// With an error.
    Error {
        /// The error's name.
        error: Option<String>,
        /// What led to it.
        cause: Option<String>,
    },
}

/// The outcomes of each state. All iterations of a map share their state's outcomes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mocks(BTreeMap<String, Vec<Outcome>>);

/// Mocks that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MockError {
    /// Neither form fits.
    #[error(
        "mocks are an object from a state's name to an array of {{\"result\": …}} or \
         {{\"error\": …, \"cause\": …}}, in the order of the calls: {0}"
    )]
    Form(String),
    /// A test case names a response that isn't there.
    #[error(
        "the state '{state}' of the test case names the mocked response '{response}', which is not there"
    )]
    NoResponse {
        /// The state.
        state: String,
        /// What it names.
        response: String,
    },
    /// The file has several test cases.
    #[error("name one of the test cases: {0}")]
    NoCase(String),
}

impl Outcome {
    fn parse(outcome: &Value) -> Result<Self, &'static str> {
        if outcome.is_null() {
            return Ok(Outcome::Silence);
        }
        let fields = outcome
            .as_object()
            .ok_or("an outcome is an object, or null")?;
        let known = |name: &String| matches!(name.as_str(), "result" | "error" | "cause");
        if !fields.keys().all(known) {
            return Err("an outcome has a result, or an error and a cause");
        }
        let text = |name| match fields.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        match (fields.get("result"), text("error"), text("cause")) {
            (Some(result), None, None) => Ok(Outcome::Result(Arc::new(result.clone()))),
            (Some(_), ..) => Err("give either a result or an error"),
            (None, None, None) if fields.is_empty() => Err("give either a result or an error"),
            (None, error, cause) => Ok(Outcome::Error { error, cause }),
        }
    }
}

impl Mocks {
    /// Reads mocks: an object from a state's name to an array of `{"result": …}`, `{"error": …,
    /// "cause": …}`, or `null` for a call that nobody answers. A state's single outcome may stand
    /// without the array.
    pub fn parse(mocks: &Value) -> Result<Self, MockError> {
        let form = |problem: &str| MockError::Form(problem.to_owned());
        let states = match mocks {
            Value::Null => return Ok(Self::default()),
            Value::Object(states) => states,
            _ => return Err(form("this is no object")),
        };
        let mut read = BTreeMap::new();
        for (state, outcomes) in states {
            let outcomes = match outcomes {
                Value::Array(outcomes) => outcomes.as_slice(),
                Value::Null => &[],
                single => std::slice::from_ref(single),
            };
            let outcomes = outcomes.iter().map(|outcome| {
                Outcome::parse(outcome)
                    .map_err(|problem| MockError::Form(format!("the state '{state}': {problem}")))
            });
            read.insert(state.clone(), outcomes.collect::<Result<_, _>>()?);
        }
        Ok(Self(read))
    }

    /// Reads a mock configuration file of Step Functions Local: `StateMachines` with `TestCases`,
    /// and `MockedResponses` with `Return` or `Throw` for each attempt. `case` names the test case;
    /// it may be left out where there is one only.
    pub fn parse_configuration(file: &Value, case: Option<&str>) -> Result<Self, MockError> {
        let machines = file.get("StateMachines").and_then(Value::as_object);
        let cases: Map<String, Value> = machines
            .into_iter()
            .flat_map(Map::values)
            .filter_map(|machine| machine.get("TestCases")?.as_object())
            .flat_map(|cases| {
                cases
                    .iter()
                    .map(|(name, case)| (name.clone(), case.clone()))
            })
            .collect();
        let chosen = match case {
            Some(case) => cases.get(case),
            None if cases.len() == 1 => cases.values().next(),
            None => None,
        };
        let Some(Value::Object(states)) = chosen else {
            let names: Vec<&str> = cases.keys().map(String::as_str).collect();
            return Err(MockError::NoCase(names.join(", ")));
        };
        let mut read = BTreeMap::new();
        for (state, response) in states {
            let name = response.as_str().unwrap_or_default();
            let attempts = file
                .get("MockedResponses")
                .and_then(|responses| responses.get(name));
            let Some(Value::Object(attempts)) = attempts else {
                return Err(MockError::NoResponse {
                    state: state.clone(),
                    response: name.to_owned(),
                });
            };
            read.insert(state.clone(), numbered(attempts)?);
        }
        Ok(Self(read))
    }

    /// Whether a file is in the form of [`Mocks::parse_configuration`].
    pub fn is_configuration(file: &Value) -> bool {
        file.get("StateMachines").is_some() && file.get("MockedResponses").is_some()
    }

    /// The outcome of a state's call of that number, from 0.
    pub fn outcome(&self, state: &str, call: usize) -> Option<&Outcome> {
        self.0.get(state)?.get(call)
    }
}

/// The most attempts that one range may stand for.
const MOST_ATTEMPTS: usize = 10_000;

/// Outcomes by attempt, `"0"` or `"1-3"`.
fn numbered(attempts: &Map<String, Value>) -> Result<Vec<Outcome>, MockError> {
    let mut outcomes = BTreeMap::new();
    for (range, response) in attempts {
        let problem = || MockError::Form(format!("'{range}' is no attempt nor a range of them"));
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let from: usize = from.trim().parse().map_err(|_| problem())?;
        let to: usize = to.trim().parse().map_err(|_| problem())?;
        if to < from || to - from > MOST_ATTEMPTS {
            return Err(problem());
        }
        let outcome = match (response.get("Return"), response.get("Throw")) {
            (Some(result), None) => Outcome::Result(Arc::new(result.clone())),
            (None, Some(thrown)) => {
                let text = |key| thrown.get(key).and_then(Value::as_str).map(str::to_owned);
                Outcome::Error {
                    error: text("Error"),
                    cause: text("Cause"),
                }
            }
            _ => {
                return Err(MockError::Form(format!(
                    "'{range}': give either Return or Throw"
                )));
            }
        };
        outcomes.extend((from..=to).map(|attempt| (attempt, outcome.clone())));
    }
    Ok(outcomes.into_values().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outcomes_come_in_the_order_of_the_calls() {
        let mocks = Mocks::parse(&json!({
            "A": [{"result": null}, {"error": "E", "cause": "c"}],
            "B": {"error": "F"}
        }));
        let mocks = mocks.unwrap();
        assert_eq!(
            mocks.outcome("A", 0),
            Some(&Outcome::Result(Arc::new(Value::Null)))
        );
        let error = Outcome::Error {
            error: Some("E".to_owned()),
            cause: Some("c".to_owned()),
        };
        assert_eq!(mocks.outcome("A", 1), Some(&error));
        assert_eq!(mocks.outcome("A", 2), None);
        assert!(mocks.outcome("B", 0).is_some());
    }

    #[test]
    fn a_mock_that_is_neither_result_nor_error_is_refused_by_name() {
        let error = Mocks::parse(&json!({"A": [{}]})).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("the state 'A': give either a result or an error")
        );
        assert!(Mocks::parse(&json!({"A": [{"results": 1}]})).is_err());
    }

    #[test]
    fn step_functions_locals_configuration_is_read() {
        let file = json!({
            "StateMachines": {"M": {"TestCases": {"Happy": {"A": "Answer"}}}},
            "MockedResponses": {"Answer": {
                "0-1": {"Throw": {"Error": "E", "Cause": "c"}}, "2": {"Return": {"ok": true}}
            }}
        });
        assert!(Mocks::is_configuration(&file));
        let mocks = Mocks::parse_configuration(&file, None).unwrap();
        assert!(matches!(mocks.outcome("A", 1), Some(Outcome::Error { .. })));
        assert!(matches!(mocks.outcome("A", 2), Some(Outcome::Result(_))));
        assert!(Mocks::parse_configuration(&file, Some("Sad")).is_err());
    }
}
