//! Stacks: what they are, and how they are found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::drift::{ResourceDrift, StackDrift};
use super::error::{no_stack, validation};
use super::operation::Operation;
use super::template::{Policy, Template, Values};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// Stacks, deleted ones too, by key.
pub(super) const STACKS: &str = "cloudformation.stacks";
/// The keys of stacks that are not deleted, by name.
const NAMES: &str = "cloudformation.names";

/// What a stack is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Definition {
    /// As it was sent.
    pub(super) template: String,
    /// Every parameter of the template.
    pub(super) parameters: Values,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) capabilities: Vec<String>,
    pub(super) role_arn: Option<String>,
    pub(super) notification_arns: Vec<String>,
    pub(super) description: Option<String>,
    pub(super) change_set_id: Option<String>,
}

/// What is done when an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OnFailure {
    DoNothing,
    Rollback,
    Delete,
}

impl OnFailure {
    /// From `OnFailure` or `OnStackFailure`, and `DisableRollback`.
    pub(super) fn of(name: Option<&str>, disable_rollback: bool) -> Result<Self, ServiceError> {
        match (name, disable_rollback) {
            (Some(_), true) => Err(validation(
                "You cannot specify both OnFailure and DisableRollback",
            )),
            (None, true) | (Some("DO_NOTHING"), _) => Ok(Self::DoNothing),
            (None | Some("ROLLBACK"), _) => Ok(Self::Rollback),
            (Some("DELETE"), _) => Ok(Self::Delete),
            (Some(other), _) => Err(validation(format!(
                "1 validation error detected: Value '{other}' at 'onFailure' failed to satisfy \
                 constraint: Member must satisfy enum value set: [ROLLBACK, DELETE, DO_NOTHING]"
            ))),
        }
    }
}

/// A resource of a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StackResource {
    pub(super) id: String,
    pub(super) kind: String,
    /// `None` until it is made.
    pub(super) physical_id: Option<String>,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) updated_ms: i64,
    /// As they were applied last.
    pub(super) properties: Value,
    /// What `Fn::GetAtt` gives.
    pub(super) attributes: Map<String, Value>,
    /// What must be there before it, and go after it.
    pub(super) needs: Vec<String>,
    pub(super) deletion_policy: Policy,
    pub(super) update_replace_policy: Policy,
    pub(super) metadata: Value,
    pub(super) drift: Option<ResourceDrift>,
}

/// An output with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OutputValue {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) description: Option<String>,
    pub(super) export: Option<String>,
}

/// What a stack was before an update, to go back to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) definition: Definition,
    pub(super) resources: BTreeMap<String, StackResource>,
    pub(super) outputs: Vec<OutputValue>,
    /// What updates replaced that failed and were not undone.
    pub(super) leftovers: Vec<StackResource>,
}

/// A stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stack {
    /// The last part of the ARN.
    pub(super) key: String,
    /// The ARN.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) created_ms: i64,
    pub(super) updated_ms: Option<i64>,
    pub(super) deleted_ms: Option<i64>,
    pub(super) definition: Definition,
    pub(super) outputs: Vec<OutputValue>,
    pub(super) on_failure: OnFailure,
    pub(super) timeout_minutes: Option<u32>,
    pub(super) protected: bool,
    pub(super) policy: Option<String>,
    pub(super) resources: BTreeMap<String, StackResource>,
    /// The operation under way.
    pub(super) operation: Option<Operation>,
    /// Kept while an update that failed can still be undone.
    pub(super) before: Option<Box<Before>>,
    pub(super) events: u64,
    pub(super) last_event_ms: i64,
    pub(super) drift: Option<StackDrift>,
}

impl Stack {
    pub(super) fn new(name: &str, definition: Definition, call: &Call<'_>) -> Self {
        let key = call.cloud.uuid();
        Self {
            id: format!(
                "arn:aws:cloudformation:{}:{}:stack/{name}/{key}",
                call.scope.region, call.scope.account
            ),
            key,
            name: name.to_owned(),
            status: "REVIEW_IN_PROGRESS".to_owned(),
            reason: None,
            created_ms: call.now_ms,
            updated_ms: None,
            deleted_ms: None,
            definition,
            outputs: Vec::new(),
            on_failure: OnFailure::Rollback,
            timeout_minutes: None,
            protected: false,
            policy: None,
            resources: BTreeMap::new(),
            operation: None,
            before: None,
            events: 0,
            last_event_ms: 0,
            drift: None,
        }
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.deleted_ms.is_some()
    }

    /// Whether anything of it was ever made.
    pub(super) fn is_in_review(&self) -> bool {
        self.status == "REVIEW_IN_PROGRESS"
    }

    /// Refuses unless the status is one of these.
    pub(super) fn check_status(
        &self,
        allowed: &[&str],
        what_cannot_be: &str,
    ) -> Result<(), ServiceError> {
        if allowed.contains(&self.status.as_str()) {
            return Ok(());
        }
        Err(validation(format!(
            "Stack:{} is in {} state and can not {what_cannot_be}.",
            self.id, self.status
        )))
    }

    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, STACKS, &self.key, self)?;
        if self.is_deleted() {
            let current: Option<String> = tx.get(scope, NAMES, &self.name)?;
            if current.as_deref() == Some(self.key.as_str()) {
                tx.delete(scope, NAMES, &self.name)?;
            }
            return Ok(());
        }
        tx.put(scope, NAMES, &self.name, &self.key)
    }

    /// The template that it is made of; it was checked when it came.
    pub(super) fn template(&self) -> Result<Template, ServiceError> {
        Template::parse(&self.definition.template)
    }

    /// What `Ref` gives for parameters and pseudo parameters.
    pub(super) fn values(&self, template: &Template, scope: &Scope) -> BTreeMap<String, Value> {
        values(&self.id, &self.name, &self.definition, template, scope)
    }
}

/// What `Ref` gives for parameters and pseudo parameters.
pub(super) fn values(
    id: &str,
    name: &str,
    definition: &Definition,
    template: &Template,
    scope: &Scope,
) -> BTreeMap<String, Value> {
    let mut values = template.references_of(&definition.parameters);
    let pseudo = [
        ("AWS::AccountId", scope.account.as_str()),
        ("AWS::Partition", "aws"),
        ("AWS::Region", scope.region.as_str()),
        ("AWS::StackId", id),
        ("AWS::StackName", name),
        ("AWS::URLSuffix", "amazonaws.com"),
    ];
    for (name, value) in pseudo {
        values.insert(name.to_owned(), Value::from(value));
    }
    let topics = definition
        .notification_arns
        .iter()
        .cloned()
        .map(Value::from);
    values.insert("AWS::NotificationARNs".to_owned(), topics.collect());
    values
}

/// 1 to 128 letters, digits and hyphens, a letter first.
pub(super) fn check_name(member: &str, name: &str) -> Result<(), ServiceError> {
    let fits = name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        return Ok(());
    }
    Err(validation(format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

/// The stack of this name, or behind this ARN even if it was deleted; `None` if there is none.
pub(super) fn find(
    call: &Call<'_>,
    tx: &Tx<'_>,
    name: &str,
) -> Result<Option<Stack>, ServiceError> {
    let key = match name.strip_prefix("arn:") {
        Some(_) => name.rsplit('/').next().map(str::to_owned),
        None => tx.get(&call.scope, NAMES, name)?,
    };
    let stack: Option<Stack> = match key {
        Some(key) => tx.get(&call.scope, STACKS, &key)?,
        None => None,
    };
    Ok(stack.filter(|stack| stack.id == name || !name.starts_with("arn:")))
}

/// The same, and an error if there is none.
pub(super) fn require(
    call: &Call<'_>,
    tx: &Tx<'_>,
    name: Option<&str>,
) -> Result<Stack, ServiceError> {
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
        validation(
            "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: \
             Member must not be null",
        )
    })?;
    find(call, tx, name)?.ok_or_else(|| no_stack(name))
}

/// Every stack of the account and region, deleted ones too.
pub(super) fn all(scope: &Scope, tx: &Tx<'_>) -> Result<Vec<Stack>, ServiceError> {
    let stacks: Vec<(String, Stack)> = tx.scan(scope, STACKS, "", None, usize::MAX)?;
    Ok(stacks.into_iter().map(|(_, stack)| stack).collect())
}
