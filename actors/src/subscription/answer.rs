use datamesh_actor::{Rejection, Violation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agreement::{Request, Scope};

/// What an approver gives with the yes, where it is not all that was asked: the members `scope` and `until`
/// of the answer of [`Approve`](crate::approval::Approve). A member that is missing gives what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    /// What of the table.
    pub scope: Option<Scope>,
    /// Until when: RFC 3339, or milliseconds since the Unix epoch.
    pub until: Option<Value>,
}

impl Answer {
    /// Reads the members of an answer; others are ignored.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn read(answer: &Value) -> Result<Self, String> {
        if answer.is_null() {
            return Ok(Self::default());
        }
        let answer: Self = serde_json::from_value(answer.clone())
            .map_err(|error| format!("the answer cannot be read: {error}"))?;
        answer.until_ms()?;
        Ok(answer)
    }

    /// Until when, in milliseconds since the Unix epoch; `None` if the answer does not say.
    ///
    /// # Errors
    /// If it is no moment.
    pub fn until_ms(&self) -> Result<Option<i64>, String> {
        match &self.until {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => number
                .as_i64()
                .map(Some)
                .ok_or_else(|| format!("until: {number} is not a whole number of milliseconds")),
            Some(Value::String(text)) => text
                .parse::<jiff::Timestamp>()
                .map(|at| Some(at.as_millisecond()))
                .map_err(|error| format!("until: {error}")),
            Some(other) => Err(format!("until: {other} is no moment")),
        }
    }

    /// Refuses an answer that gives more than a request asks, or that cannot be read. For the API, before
    /// the yes is said.
    ///
    /// # Errors
    /// `INVALID_FIELDS`, field by field.
    pub fn check(answer: &Value, asked: &Request) -> Result<(), Rejection> {
        let wrong = |field: &str, description: String| {
            Rejection::invalid(vec![Violation {
                field: field.to_owned(),
                description,
            }])
        };
        let answer = Self::read(answer).map_err(|error| wrong("answer", error))?;
        if let Some(scope) = &answer.scope
            && !scope.is_within(&asked.scope)
        {
            return Err(wrong(
                "answer.scope",
                "gives more than was asked: give the same or less".to_owned(),
            ));
        }
        let until_ms = answer
            .until_ms()
            .map_err(|error| wrong("answer.until", error))?;
        match (until_ms, asked.window.until_ms) {
            (Some(until_ms), Some(asked)) if until_ms > asked => Err(wrong(
                "answer.until",
                "is later than was asked: give the same or less".to_owned(),
            )),
            (Some(until_ms), _) if until_ms <= asked.window.from_ms => Err(wrong(
                "answer.until",
                "is before the beginning: reject it instead".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// What and until when, in milliseconds since the Unix epoch, of what was asked: never more than that.
    pub(super) fn of(&self, asked: &Request) -> (Scope, Option<i64>) {
        let scope = self
            .scope
            .as_ref()
            .filter(|scope| scope.is_within(&asked.scope))
            .unwrap_or(&asked.scope)
            .clone();
        let given = self.until_ms().ok().flatten();
        let until_ms = match (given, asked.window.until_ms) {
            (Some(given), Some(asked)) => Some(given.min(asked)),
            (given, asked) => given.or(asked),
        };
        (scope, until_ms)
    }
}
