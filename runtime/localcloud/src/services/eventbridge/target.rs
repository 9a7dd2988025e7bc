//! Targets, stored under `bus/rule/id`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::input::InputTransformer;
use crate::error::ServiceError;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const TARGETS: &str = "events.targets";

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
    /// What only other kinds of targets look at.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
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
