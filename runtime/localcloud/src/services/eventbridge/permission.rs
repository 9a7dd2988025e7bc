//! `PutPermission`, `RemovePermission`: the statements of a bus's policy, which is kept and shown, and
//! not evaluated.

use serde::Deserialize;
use serde_json::{Value, json};

use super::bus::{self, Bus};
use super::{arn, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// The largest policy, in bytes.
const MAX_POLICY: usize = 10_240;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    event_bus_name: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    statement_id: Option<String>,
    condition: Option<Condition>,
    policy: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    #[serde(rename = "Type")]
    operator: String,
    key: String,
    value: String,
}

/// A whole policy, or one statement that is added to it or put in place of the one with its id.
pub(super) fn put_permission(
    input: PutInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = bus::named(call, input.event_bus_name.as_deref())?;
    let mut bus = bus::require(&call.scope, tx, &name)?;
    let policy = match &input.policy {
        Some(text) => whole(text, &input)?,
        None => with_statement(&bus, statement(&input, &arn::of_bus(&call.scope, &name))?),
    };
    if policy.to_string().len() > MAX_POLICY {
        return Err(ServiceError::bad_request(
            "PolicyLengthExceededException",
            "The policy is longer than 10240 bytes.",
        ));
    }
    bus.policy = Some(policy);
    bus.modified_ms = call.now_ms;
    bus.save(&call.scope, tx)?;
    Ok(json!({}))
}

fn whole(text: &str, input: &PutInput) -> Result<Value, ServiceError> {
    let others = input.action.is_some()
        || input.principal.is_some()
        || input.statement_id.is_some()
        || input.condition.is_some();
    if others {
        return Err(error::validation(
            "Parameter Policy can't be given together with StatementId, Action, Principal or \
             Condition.",
        ));
    }
    let malformed = || error::validation("This policy contains invalid Json");
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed())?;
    if policy.is_object() {
        Ok(policy)
    } else {
        Err(malformed())
    }
}

fn statement(input: &PutInput, bus_arn: &str) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let action = constraints.required("action", input.action.clone());
    let principal = constraints.required("principal", input.principal.clone());
    let id = constraints.required("statementId", input.statement_id.clone());
    constraints.length("statementId", Some(&id), 1, 64);
    constraints.pattern("statementId", Some(&id), "[a-zA-Z0-9-_]+");
    constraints.pattern("principal", Some(&principal), r"(\d{12}|\*)");
    constraints.check(error::VALIDATION)?;
    if action != "events:PutEvents" {
        return Err(error::validation(
            "Provided value in parameter 'action' is not supported.",
        ));
    }
    let principal = if principal == "*" {
        json!("*")
    } else {
        json!({"AWS": format!("arn:aws:iam::{principal}:root")})
    };
    let mut statement = json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": bus_arn,
    });
    if let Some(condition) = &input.condition {
        if condition.operator != "StringEquals" || condition.key != "aws:PrincipalOrgID" {
            return Err(error::validation(
                "Provided value in parameter 'condition' is not supported.",
            ));
        }
        statement["Condition"] = json!({&condition.operator: {&condition.key: &condition.value}});
    }
    Ok(statement)
}

fn with_statement(bus: &Bus, statement: Value) -> Value {
    let mut statements = statements(bus);
    statements.retain(|known| known["Sid"] != statement["Sid"]);
    statements.push(statement);
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statements(bus: &Bus) -> Vec<Value> {
    match bus.policy.as_ref().map(|policy| &policy["Statement"]) {
        Some(Value::Array(statements)) => statements.clone(),
        Some(single @ Value::Object(_)) => vec![single.clone()],
        _ => Vec::new(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveInput {
    event_bus_name: Option<String>,
    statement_id: Option<String>,
    #[serde(default)]
    remove_all_permissions: bool,
}

pub(super) fn remove_permission(
    input: RemoveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = bus::named(call, input.event_bus_name.as_deref())?;
    let mut bus = bus::require(&call.scope, tx, &name)?;
    if input.remove_all_permissions {
        bus.policy = None;
    } else {
        let mut constraints = Constraints::new();
        let id = constraints.required("statementId", input.statement_id);
        constraints.check(error::VALIDATION)?;
        if bus.policy.is_none() {
            return Err(error::not_found("EventBus does not have a policy."));
        }
        let mut statements = statements(&bus);
        let before = statements.len();
        statements.retain(|known| known["Sid"] != id.as_str());
        if statements.len() == before {
            return Err(error::not_found(
                "Statement with the provided id does not exist.",
            ));
        }
        bus.policy = (!statements.is_empty())
            .then(|| json!({"Version": "2012-10-17", "Statement": statements}));
    }
    bus.modified_ms = call.now_ms;
    bus.save(&call.scope, tx)?;
    Ok(json!({}))
}
