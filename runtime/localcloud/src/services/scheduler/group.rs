//! Schedule groups. Every account has the group `default` in every region, unasked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::{Scope, Tx};

pub(super) const GROUPS: &str = "scheduler.groups";
pub(super) const DEFAULT: &str = "default";
pub(super) const NAME_PATTERN: &str = "^[0-9a-zA-Z-_.]+$";

/// A group, as it is stored under its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
    pub(super) tags: BTreeMap<String, String>,
}

impl Group {
    pub(super) fn new(name: &str, now_ms: i64) -> Self {
        Self {
            name: name.to_owned(),
            created_ms: now_ms,
            modified_ms: now_ms,
            tags: BTreeMap::new(),
        }
    }

    pub(super) fn show(&self, scope: &Scope) -> Value {
        json!({
            "Arn": arn(scope, &self.name),
            "CreationDate": epoch_seconds(self.created_ms),
            "LastModificationDate": epoch_seconds(self.modified_ms),
            "Name": self.name,
            "State": "ACTIVE",
        })
    }

    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, GROUPS, &self.name, self)
    }
}

pub(super) fn arn(scope: &Scope, name: &str) -> String {
    format!(
        "arn:aws:scheduler:{}:{}:schedule-group/{name}",
        scope.region, scope.account
    )
}

/// Checks a name of a schedule or a group as `member` of a request.
pub(super) fn check_name(constraints: &mut Constraints, member: &str, name: Option<&str>) {
    constraints.length(member, name, 1, 64);
    constraints.pattern(member, name, NAME_PATTERN);
}

/// Makes the default group when it is first looked at.
pub(super) fn make_default(call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let group = Group::new(DEFAULT, call.now_ms);
    tx.insert(&call.scope, GROUPS, DEFAULT, &group).map(|_| ())
}

pub(super) fn require(name: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Group, ServiceError> {
    if name == DEFAULT {
        make_default(call, tx)?;
    }
    tx.get(&call.scope, GROUPS, name)?
        .ok_or_else(|| error::not_found(format!("Schedule group {name} does not exist.")))
}
