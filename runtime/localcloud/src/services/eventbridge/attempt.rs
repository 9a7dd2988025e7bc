//! One try to deliver to one target.

use serde::{Deserialize, Serialize};

use super::arn;
use super::delivery::{self, Incoming, Origin};
use super::target::Target;
use crate::error::ServiceError;
use crate::faults::{Before, FaultEffect};
use crate::request::Call;
use crate::services::{sns, sqs};
use crate::store::{Scope, Tx, read_json};

/// What is to be delivered to one target of a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Invocation {
    pub(super) rule_arn: String,
    pub(super) target: Target,
    pub(super) body: String,
    /// When it was tried first: milliseconds since the Unix epoch.
    pub(super) first_ms: i64,
    /// When its event came: milliseconds since the Unix epoch.
    pub(super) ingested_ms: i64,
    /// How often it was tried again.
    pub(super) retries: i64,
}

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// `ERROR_CODE` of a dead letter.
    pub(super) code: String,
    /// `ERROR_MESSAGE` of a dead letter.
    pub(super) message: String,
    /// Whether another try may help: it does not where the target is not there.
    pub(super) passes: bool,
}

impl Failure {
    fn lasting(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            passes: false,
        }
    }

    fn passing(code: &str, message: impl Into<String>) -> Self {
        Self {
            passes: true,
            ..Self::lasting(code, message)
        }
    }
}

/// Delivers once, in the name of `scope`, whose rule it is. A fault that is injected for the target's
/// service strikes it: one that loses only the answer leaves the delivery done and failed, so that
/// it is done again, as on AWS.
pub(super) fn attempt(
    scope: &Scope,
    invocation: &Invocation,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<Failure>, ServiceError> {
    let target = &invocation.target.arn;
    let service = arn::parts(target).map_or("", |[_, _, service, ..]| service);
    let operation = match service {
        "sqs" => "SendMessage",
        "sns" => "Publish",
        "events" => "PutEvents",
        _ => {
            return Ok(Some(Failure::lasting(
                "NO_RESOURCE",
                format!("The embedded AWS does not invoke targets of the service {service}."),
            )));
        }
    };
    let cloud = call.cloud;
    let struck = cloud
        .faults
        .strike(service, operation, &scope.account, &cloud.ids);
    let before = match (&struck.effect, cloud.service(service)) {
        (Some(effect), Some(service)) => effect.before(service),
        _ => Before::GoOn,
    };
    match before {
        Before::GoOn => {}
        Before::Refuse(error) => return Ok(Some(refused(error))),
        Before::Lose | Before::Reset | Before::Silence(_) => {
            return Ok(Some(Failure::passing(
                "SDK_CLIENT_ERROR",
                "The target could not be reached.",
            )));
        }
    }
    let lost = (struck.effect == Some(FaultEffect::TimeoutAfter))
        .then(|| Failure::passing("SDK_CLIENT_ERROR", "The target did not answer in time."));
    let arrived = match service {
        "sqs" => to_queue(invocation, call, tx)?,
        "sns" => sns::deliver(tx, call, target, &invocation.body)?,
        _ => to_bus(invocation, call, tx)?,
    };
    if arrived {
        return Ok(lost);
    }
    Ok(Some(Failure::lasting(
        "NO_RESOURCE",
        format!("The target {target} does not exist or does not take the event."),
    )))
}

fn refused(error: ServiceError) -> Failure {
    if error.code.contains("Throttl") || error.status == 429 {
        Failure::passing("THROTTLING", error.message)
    } else if error.status >= 500 {
        Failure::passing("ERROR_FROM_TARGET", error.message)
    } else {
        Failure::lasting(&error.code, error.message)
    }
}

/// A FIFO queue deduplicates by content, or takes nothing: an event has no other id for it.
fn to_queue(invocation: &Invocation, call: &Call<'_>, tx: &Tx<'_>) -> Result<bool, ServiceError> {
    let parameters = invocation.target.sqs_parameters.as_ref();
    let delivery = sqs::Delivery {
        queue_arn: &invocation.target.arn,
        body: invocation.body.clone(),
        group: parameters.and_then(|parameters| parameters.message_group_id.as_deref()),
        ..sqs::Delivery::default()
    };
    sqs::deliver_to(tx, call.cloud, delivery, call.now_ms)
}

fn to_bus(invocation: &Invocation, call: &Call<'_>, tx: &Tx<'_>) -> Result<bool, ServiceError> {
    let Some((scope, bus)) = arn::named(&invocation.target.arn, "event-bus/") else {
        return Ok(false);
    };
    let event = read_json(&invocation.body)
        .map_err(|error| ServiceError::internal(format!("an event is not JSON: {error}")))?;
    let incoming = Incoming {
        event: &event,
        ingested_ms: invocation.ingested_ms,
        origin: Origin::Forwarded,
    };
    delivery::deliver(&scope, bus, incoming, call, tx)
}
