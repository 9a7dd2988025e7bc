//! `PutRule`: creates a rule or replaces all of it but its targets.

use serde::{Deserialize, Serialize};

use super::bus::{self, DEFAULT};
use super::pattern::Pattern;
use super::rule::{self, Rule, State};
use super::tags::{self, Tag};
use super::{error, schedule};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// Rules per bus: AWS's quota is 300 until somebody asks for more, and nobody can be asked here.
const MAX_RULES: u64 = 2_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
    schedule_expression: Option<String>,
    event_pattern: Option<String>,
    state: Option<State>,
    description: Option<String>,
    role_arn: Option<String>,
    event_bus_name: Option<String>,
    /// Looked at when the rule is created, as on AWS.
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    rule_arn: String,
}

pub(super) fn put_rule(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    rule::check_name(&mut constraints, "name", &name);
    constraints.length("description", input.description.as_deref(), 0, 512);
    constraints.length("eventPattern", input.event_pattern.as_deref(), 0, 4096);
    let schedule_expression = input.schedule_expression.filter(|text| !text.is_empty());
    constraints.length("scheduleExpression", schedule_expression.as_deref(), 0, 256);
    constraints.check(error::VALIDATION)?;

    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    let event_pattern = input.event_pattern.filter(|text| !text.is_empty());
    if let Some(expression) = &schedule_expression {
        if bus != DEFAULT {
            return Err(error::validation(
                "ScheduleExpression is supported only on the default event bus.",
            ));
        }
        if !schedule::is_valid(expression) {
            return Err(error::validation(
                "Parameter ScheduleExpression is not valid.",
            ));
        }
    } else if event_pattern.is_none() {
        return Err(error::validation(
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ));
    }
    if let Some(text) = &event_pattern {
        Pattern::new(text).map_err(|e| error::bad_pattern(&e))?;
    }
    bus::require(&call.scope, tx, &bus)?;

    let rule = Rule {
        event_pattern,
        schedule_expression,
        state: input.state.unwrap_or(State::Enabled),
        description: input.description,
        role_arn: input.role_arn,
        ..Rule::new(&call.scope, &bus, &name)
    };
    let is_new = rule::find(&call.scope, tx, &bus, &name)?.is_none();
    rule.save(&call.scope, tx, call.cloud)?;
    schedule::arrange(&rule, call.now_ms, &call.scope, tx)?;
    if is_new {
        tags::set(&call.scope, tx, &rule.arn, input.tags)?;
    }
    if rule::count(&call.scope, tx, &bus)? > MAX_RULES {
        return Err(ServiceError::bad_request(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    Ok(Output { rule_arn: rule.arn })
}
