//! `TestEventPattern`.

use serde::{Deserialize, Serialize};

use super::error;
use super::pattern::{Event, Pattern};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// What an event must have; `resources` may be left out.
const MANDATORY: [&str; 6] = ["id", "account", "source", "time", "region", "detail-type"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    event_pattern: Option<String>,
    event: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    result: bool,
}

pub(super) fn test_event_pattern(
    input: Input,
    _call: &Call<'_>,
    _tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let pattern = constraints.required("eventPattern", input.event_pattern);
    let event = constraints.required("event", input.event);
    constraints.length("eventPattern", Some(&pattern), 0, 4096);
    constraints.check(error::VALIDATION)?;
    let event = Event::new(&event).map_err(|e| error::bad_pattern(&e))?;
    if let Some(missing) = MANDATORY.iter().find(|name| !event.has(name)) {
        return Err(error::validation(format!(
            "Parameter Event is not valid. Reason: {missing} is a required argument."
        )));
    }
    let pattern = Pattern::new(&pattern).map_err(|e| error::bad_pattern(&e))?;
    Ok(Output {
        result: pattern.matches(&event),
    })
}
