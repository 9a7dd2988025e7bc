//! Rules, stored under `bus/rule`.
//!
//! Every change of a bus's rules gives the bus a new stamp: see `compiled`.

use serde::{Deserialize, Serialize};

use super::{arn, compiled, error, tags};
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const RULES: &str = "events.rules";
pub(super) const NAME_PATTERN: &str = r"[\.\-_A-Za-z0-9]+";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    #[serde(rename = "ENABLED")]
    Enabled,
    #[serde(rename = "DISABLED")]
    Disabled,
    /// Enabled, read-only CloudTrail management events included.
    #[serde(rename = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")]
    EnabledWithAllCloudTrail,
}

/// A rule, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schedule_expression: Option<String>,
    pub(super) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_arn: Option<String>,
    pub(super) event_bus_name: String,
}

impl Rule {
    pub(super) fn new(scope: &Scope, bus: &str, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            arn: arn::of_rule(scope, bus, name),
            event_pattern: None,
            schedule_expression: None,
            state: State::Enabled,
            description: None,
            role_arn: None,
            event_bus_name: bus.to_owned(),
        }
    }

    pub(super) fn key(&self) -> String {
        key(&self.event_bus_name, &self.name)
    }

    /// Writes the rule, over an older one of its name.
    pub(super) fn save(
        &self,
        scope: &Scope,
        tx: &Tx<'_>,
        cloud: &CloudInner,
    ) -> Result<(), ServiceError> {
        compiled::changed(scope, tx, cloud, &self.event_bus_name)?;
        tx.put(scope, RULES, &self.key(), self)
    }
}

/// Deletes a rule, which has no targets any more, with its tags.
pub(super) fn remove(
    scope: &Scope,
    tx: &Tx<'_>,
    cloud: &CloudInner,
    bus: &str,
    name: &str,
) -> Result<(), ServiceError> {
    compiled::changed(scope, tx, cloud, bus)?;
    tx.delete(scope, RULES, &key(bus, name))?;
    tags::forget(scope, tx, &arn::of_rule(scope, bus, name))
}

/// How many rules the bus has.
pub(super) fn count(scope: &Scope, tx: &Tx<'_>, bus: &str) -> Result<u64, ServiceError> {
    // `0` is what comes after `/`.
    tx.count(scope, RULES, &key(bus, ""), &format!("{bus}0"))
}

pub(super) fn key(bus: &str, rule: &str) -> String {
    format!("{bus}/{rule}")
}

/// Checks a rule's name as `member` of a request.
pub(super) fn check_name(constraints: &mut Constraints, member: &str, name: &str) {
    constraints.length(member, Some(name), 1, 64);
    constraints.pattern(member, Some(name), NAME_PATTERN);
}

pub(super) fn find(
    scope: &Scope,
    tx: &Tx<'_>,
    bus: &str,
    name: &str,
) -> Result<Option<Rule>, ServiceError> {
    tx.get(scope, RULES, &key(bus, name))
}

pub(super) fn require(
    scope: &Scope,
    tx: &Tx<'_>,
    bus: &str,
    name: &str,
) -> Result<Rule, ServiceError> {
    find(scope, tx, bus, name)?
        .ok_or_else(|| error::not_found(format!("Rule {name} does not exist on EventBus {bus}.")))
}

/// The rules of a bus, in the order of their names.
pub(super) fn on_bus(scope: &Scope, tx: &Tx<'_>, bus: &str) -> Result<Vec<Rule>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: RULES,
            prefix: &key(bus, ""),
        },
    )
}
