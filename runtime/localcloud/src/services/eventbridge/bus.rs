//! Event buses. Every account has the bus `default` in every region, unasked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{arn, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::{Scope, Tx};

pub(super) const BUSES: &str = "events.buses";
pub(super) const DEFAULT: &str = "default";

/// A bus, as it is stored under its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bus {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) kms_key_identifier: Option<String>,
    pub(super) dead_letter_config: Option<Value>,
    pub(super) log_config: Option<Value>,
    /// Kept, and not evaluated.
    #[serde(default)]
    pub(super) policy: Option<Value>,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
}

impl Bus {
    /// The bus that nobody had to create.
    pub(super) fn default_bus() -> Self {
        Self {
            name: DEFAULT.to_owned(),
            description: None,
            kms_key_identifier: None,
            dead_letter_config: None,
            log_config: None,
            policy: None,
            created_ms: 0,
            modified_ms: 0,
        }
    }

    pub(super) fn summary(&self, scope: &Scope) -> Summary {
        Summary {
            name: self.name.clone(),
            arn: arn::of_bus(scope, &self.name),
            description: self.description.clone(),
            policy: self.policy.as_ref().map(Value::to_string),
            creation_time: epoch_seconds(self.created_ms),
            last_modified_time: epoch_seconds(self.modified_ms),
        }
    }
}

/// A bus, as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summary {
    name: String,
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    creation_time: f64,
    last_modified_time: f64,
}

/// The caller's bus that a request names, by name or by ARN; the default bus if it names none.
pub(super) fn named(call: &Call<'_>, name_or_arn: Option<&str>) -> Result<String, ServiceError> {
    let (scope, name) = anywhere(call, name_or_arn)?;
    if scope != call.scope {
        return Err(error::not_found(format!(
            "Event bus {name} does not exist."
        )));
    }
    Ok(name)
}

/// The bus that a request names, in any account and region.
pub(super) fn anywhere(
    call: &Call<'_>,
    name_or_arn: Option<&str>,
) -> Result<(Scope, String), ServiceError> {
    let text = name_or_arn.unwrap_or(DEFAULT);
    let mut constraints = Constraints::new();
    constraints.length("eventBusName", Some(text), 1, 1600);
    constraints.check(error::VALIDATION)?;
    if arn::parts(text).is_none() {
        return Ok((call.scope.clone(), text.to_owned()));
    }
    let (scope, name) = arn::named(text, "event-bus/").ok_or_else(|| {
        error::validation(
            "Parameter EventBusName is not valid. Reason: Provided Arn is not in correct format.",
        )
    })?;
    Ok((scope, name.to_owned()))
}

impl Bus {
    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, BUSES, &self.name, self)
    }
}

pub(super) fn find(scope: &Scope, tx: &Tx<'_>, name: &str) -> Result<Option<Bus>, ServiceError> {
    let stored = tx.get(scope, BUSES, name)?;
    Ok(stored.or_else(|| (name == DEFAULT).then(Bus::default_bus)))
}

pub(super) fn require(scope: &Scope, tx: &Tx<'_>, name: &str) -> Result<Bus, ServiceError> {
    find(scope, tx, name)?
        .ok_or_else(|| error::not_found(format!("Event bus {name} does not exist.")))
}
