//! Targets, stored under `bus/rule/id`, and an index by what they are.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::input::InputTransformer;
use super::rule;
use crate::error::ServiceError;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const TARGETS: &str = "events.targets";
/// Rules by bus, target ARN, rule and target id.
const BY_ARN: &str = "events.rules_by_target";

/// A target, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input_transformer: Option<InputTransformer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sqs_parameters: Option<SqsParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_policy: Option<RetryPolicy>,
    /// What only other kinds of targets look at.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// A target that was not added or removed, although the request succeeded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FailedEntry {
    pub(super) target_id: String,
    pub(super) error_code: Cow<'static, str>,
    pub(super) error_message: String,
}

impl FailedEntry {
    pub(super) fn new(target_id: String, error: ServiceError) -> Self {
        Self {
            target_id,
            error_code: error.code,
            error_message: error.message,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SqsParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_group_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeadLetterConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arn: Option<String>,
}

/// How long and how often a delivery is tried again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RetryPolicy {
    /// 0 to 185; 185 if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum_retry_attempts: Option<i64>,
    /// 60 to 86,400; a day if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum_event_age_in_seconds: Option<i64>,
}

/// Writes a target of the rule `rule` on `bus`, over an older one of its id.
pub(super) fn save(
    scope: &Scope,
    tx: &Tx<'_>,
    bus: &str,
    rule: &str,
    target: &Target,
) -> Result<(), ServiceError> {
    remove(scope, tx, bus, rule, &target.id)?;
    let index = index_key(bus, &target.arn, rule, &target.id);
    tx.put(scope, BY_ARN, &index, &rule)?;
    let key = key(&rule::key(bus, rule), &target.id);
    tx.put(scope, TARGETS, &key, target)
}

/// Deletes a target; `false` if there is none.
pub(super) fn remove(
    scope: &Scope,
    tx: &Tx<'_>,
    bus: &str,
    rule: &str,
    id: &str,
) -> Result<bool, ServiceError> {
    let key = key(&rule::key(bus, rule), id);
    let Some(target) = tx.get::<Target>(scope, TARGETS, &key)? else {
        return Ok(false);
    };
    tx.delete(scope, BY_ARN, &index_key(bus, &target.arn, rule, id))?;
    tx.delete(scope, TARGETS, &key)
}

/// The names of the rules of `bus` that have this target, in their order.
pub(super) fn rules_with(
    scope: &Scope,
    tx: &Tx<'_>,
    bus: &str,
    arn: &str,
) -> Result<Vec<String>, ServiceError> {
    let mut rules: Vec<String> = paging::all(
        tx,
        Listing {
            scope,
            collection: BY_ARN,
            prefix: &format!("{bus}\n{arn}\n"),
        },
    )?;
    rules.dedup();
    Ok(rules)
}

fn index_key(bus: &str, arn: &str, rule: &str, id: &str) -> String {
    format!("{bus}\n{arn}\n{rule}\n{id}")
}

/// `rule` is the rule's key.
pub(super) fn key(rule: &str, id: &str) -> String {
    format!("{rule}/{id}")
}

/// The targets of the rule with this key, in the order of their ids.
pub(super) fn of_rule(scope: &Scope, tx: &Tx<'_>, rule: &str) -> Result<Vec<Target>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: TARGETS,
            prefix: &key(rule, ""),
        },
    )
}
