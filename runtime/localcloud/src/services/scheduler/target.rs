//! What a schedule invokes, and how.
//!
//! A queue, a topic and an event bus are named by their ARNs (templated targets), an operation by
//! `arn:aws:scheduler:::aws-sdk:<service>:<operation>` (universal targets). Operations that only read
//! are no targets, as on AWS.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::inside::{Inside, InsideError};
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Scope;

/// Who may be a universal target here: the name in the ARN, the signing name, and the protocol.
const SERVICES: &[(&str, &str, Speaks)] = &[
    ("athena", "athena", Speaks::Json),
    ("cloudformation", "cloudformation", Speaks::Query),
    ("dynamodb", "dynamodb", Speaks::Json),
    ("eventbridge", "events", Speaks::Json),
    ("glue", "glue", Speaks::Json),
    ("iam", "iam", Speaks::Query),
    ("kms", "kms", Speaks::Json),
    ("organizations", "organizations", Speaks::Json),
    ("sns", "sns", Speaks::Query),
    ("sqs", "sqs", Speaks::Json),
];

/// What the names of operations that only read begin with.
const READING: &[&str] = &[
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "retrieve",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    Json,
    Query,
}

/// A target, stored and shown alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    pub(super) arn: String,
    role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<String>,
    pub(super) retry_policy: RetryPolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqs_parameters: Option<SqsParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_bridge_parameters: Option<EventBridgeParameters>,
    /// What only other kinds of targets look at.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A target, as a request has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetInput {
    arn: Option<String>,
    role_arn: Option<String>,
    input: Option<String>,
    #[serde(default)]
    retry_policy: RetryPolicy,
    dead_letter_config: Option<DeadLetterConfig>,
    sqs_parameters: Option<SqsParameters>,
    event_bridge_parameters: Option<EventBridgeParameters>,
    kinesis_parameters: Option<Value>,
    ecs_parameters: Option<Value>,
    sage_maker_pipeline_parameters: Option<Value>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RetryPolicy {
    /// From the first attempt on.
    pub(super) maximum_event_age_in_seconds: i64,
    /// After the first attempt.
    pub(super) maximum_retry_attempts: i64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            maximum_event_age_in_seconds: 86_400,
            maximum_retry_attempts: 185,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeadLetterConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arn: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    message_group_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventBridgeParameters {
    #[serde(default)]
    detail_type: String,
    #[serde(default)]
    source: String,
}

impl TargetInput {
    pub(super) fn check(self, constraints: &mut Constraints) -> Target {
        let arn = constraints.required("target.arn", self.arn);
        constraints.length("target.arn", Some(&arn), 1, 1600);
        let role_arn = constraints.required("target.roleArn", self.role_arn);
        constraints.length("target.roleArn", Some(&role_arn), 1, 1600);
        constraints.pattern(
            "target.roleArn",
            Some(&role_arn),
            r"^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@\/-]+$",
        );
        constraints.length("target.input", self.input.as_deref(), 1, usize::MAX);
        let policy = self.retry_policy;
        constraints.range(
            "target.retryPolicy.maximumEventAgeInSeconds",
            Some(policy.maximum_event_age_in_seconds),
            60,
            86_400,
        );
        constraints.range(
            "target.retryPolicy.maximumRetryAttempts",
            Some(policy.maximum_retry_attempts),
            0,
            185,
        );
        let dead_letters = self.dead_letter_config.as_ref();
        constraints.pattern(
            "target.deadLetterConfig.arn",
            dead_letters.and_then(|config| config.arn.as_deref()),
            r"^arn:aws(-[a-z]+)?:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+$",
        );
        let group = self.sqs_parameters.as_ref();
        constraints.length(
            "target.sqsParameters.messageGroupId",
            group.and_then(|sqs| sqs.message_group_id.as_deref()),
            1,
            128,
        );
        if let Some(event) = &self.event_bridge_parameters {
            let member = |name: &str| format!("target.eventBridgeParameters.{name}");
            constraints.length(&member("detailType"), Some(&event.detail_type), 1, 128);
            constraints.length(&member("source"), Some(&event.source), 1, 256);
        }
        let rest = [
            ("KinesisParameters", self.kinesis_parameters),
            ("EcsParameters", self.ecs_parameters),
            (
                "SageMakerPipelineParameters",
                self.sage_maker_pipeline_parameters,
            ),
        ];
        Target {
            arn,
            role_arn,
            input: self.input,
            retry_policy: policy,
            dead_letter_config: self.dead_letter_config,
            sqs_parameters: self.sqs_parameters,
            event_bridge_parameters: self.event_bridge_parameters,
            rest: rest
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
        }
    }
}

/// What an ARN names.
#[derive(Debug, PartialEq, Eq)]
enum Kind<'a> {
    Queue(Place<'a>),
    Topic(Place<'a>),
    Bus(Place<'a>),
    Universal { service: &'a str, action: &'a str },
    Other { service: &'a str },
}

/// Where a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    region: &'a str,
    account: &'a str,
    name: &'a str,
}

impl Place<'_> {
    fn queue_url(&self) -> String {
        format!(
            "https://sqs.{}.amazonaws.com/{}/{}",
            self.region, self.account, self.name
        )
    }
}

fn kind(arn: &str) -> Option<Kind<'_>> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, _, service, region, account, name] = parts[..] else {
        return None;
    };
    if scheme != "arn" || service.is_empty() || name.is_empty() {
        return None;
    }
    let place = Place {
        region,
        account,
        name,
    };
    Some(match service {
        "scheduler" => {
            let (service, action) = name.strip_prefix("aws-sdk:")?.split_once(':')?;
            Kind::Universal { service, action }
        }
        "sqs" => Kind::Queue(place),
        "sns" => Kind::Topic(place),
        "events" if name.starts_with("event-bus/") => Kind::Bus(place),
        _ => Kind::Other { service },
    })
}

/// What the constraints of single members cannot say.
pub(super) fn check(target: &Target) -> Result<(), ServiceError> {
    let arn = &target.arn;
    let kind =
        kind(arn).ok_or_else(|| error::validation("Provided Arn is not in correct format."))?;
    match kind {
        Kind::Bus(_) => check_event(target),
        Kind::Universal { service, action } => check_universal(target, service, action),
        Kind::Queue(_) if arn.ends_with(".fifo") && group_of(target).is_none() => {
            Err(error::validation(
                "SqsParameters with a MessageGroupId must be specified for a FIFO queue.",
            ))
        }
        Kind::Queue(_) | Kind::Topic(_) | Kind::Other { .. } => Ok(()),
    }
}

fn check_event(target: &Target) -> Result<(), ServiceError> {
    let Some(event) = &target.event_bridge_parameters else {
        return Err(error::validation(
            "EventBridgeParameters must be specified for an event bus.",
        ));
    };
    if event.source.starts_with("aws.") {
        return Err(error::validation(
            "The Source of EventBridgeParameters cannot start with aws.",
        ));
    }
    let detail = target.input.as_deref().unwrap_or("{}");
    if serde_json::from_str::<Map<String, Value>>(detail).is_err() {
        return Err(error::validation(
            "The Input for an event bus must be a JSON object.",
        ));
    }
    Ok(())
}

fn check_universal(target: &Target, service: &str, action: &str) -> Result<(), ServiceError> {
    let arn = &target.arn;
    if READING.iter().any(|prefix| action.starts_with(prefix)) {
        return Err(error::validation(format!(
            "{arn} is not a target: the action {action} of the service {service} only reads."
        )));
    }
    let input = target.input.as_deref().unwrap_or("{}");
    if serde_json::from_str::<Map<String, Value>>(input).is_err() {
        return Err(error::validation(
            "Invalid RequestJson provided. Reason The Input is not a JSON object.",
        ));
    }
    Ok(())
}

fn group_of(target: &Target) -> Option<&str> {
    target.sqs_parameters.as_ref()?.message_group_id.as_deref()
}

/// One invocation's facts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occasion<'a> {
    pub(super) schedule_arn: &'a str,
    /// The schedule's moment, in milliseconds since the Unix epoch.
    pub(super) scheduled_ms: i64,
}

/// Invokes the target with this input, as who asks inside. What the target wrote is undone if it
/// refuses.
pub(super) fn invoke(
    target: &Target,
    input: String,
    occasion: Occasion<'_>,
    inside: Inside<'_>,
) -> Result<(), InsideError> {
    match kind(&target.arn) {
        Some(Kind::Queue(place)) => send(place, input, group_of(target), inside),
        Some(Kind::Topic(place)) => {
            let message = json!({"TopicArn": target.arn, "Message": input});
            at(place, inside, |inside| {
                inside.query("sns", "Publish", &message).map(|_| ())
            })
        }
        Some(Kind::Bus(place)) => at(place, inside, |inside| {
            put_event(target, &input, occasion, inside)
        }),
        Some(Kind::Universal { service, action }) => call(service, action, &input, inside),
        Some(Kind::Other { service }) => Err(unknown(service).into()),
        None => Err(error::validation("Provided Arn is not in correct format.").into()),
    }
}

fn send(
    place: Place<'_>,
    body: String,
    group: Option<&str>,
    inside: Inside<'_>,
) -> Result<(), InsideError> {
    let mut message = json!({"QueueUrl": place.queue_url(), "MessageBody": body});
    if let Some(group) = group {
        message["MessageGroupId"] = group.into();
    }
    at(place, inside, |inside| {
        inside.json("sqs", "SendMessage", &message).map(|_| ())
    })
}

fn put_event(
    target: &Target,
    detail: &str,
    occasion: Occasion<'_>,
    inside: Inside<'_>,
) -> Result<(), InsideError> {
    let event = target.event_bridge_parameters.as_ref();
    let entry = json!({
        "EventBusName": target.arn,
        "Source": event.map(|event| &event.source),
        "DetailType": event.map(|event| &event.detail_type),
        "Detail": detail,
        "Resources": [occasion.schedule_arn],
        "Time": epoch_seconds(occasion.scheduled_ms),
    });
    let answer = inside.json("events", "PutEvents", &json!({"Entries": [entry]}))?;
    let outcome = &answer["Entries"][0];
    match outcome["ErrorCode"].as_str() {
        None => Ok(()),
        Some(code) => {
            let message = outcome["ErrorMessage"].as_str().unwrap_or_default();
            Err(ServiceError::bad_request(code.to_owned(), message).into())
        }
    }
}

fn call(service: &str, action: &str, input: &str, inside: Inside<'_>) -> Result<(), InsideError> {
    let known = SERVICES.iter().find(|(name, ..)| *name == service);
    let (_, signing_name, speaks) = known.ok_or_else(|| unknown(service))?;
    let input: Value = serde_json::from_str(input)
        .map_err(|error| error::validation(format!("The Input is not JSON: {error}")))?;
    let mut letters = action.chars();
    let operation: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    match speaks {
        Speaks::Json => inside.json(signing_name, &operation, &input).map(|_| ()),
        Speaks::Query => inside.query(signing_name, &operation, &input).map(|_| ()),
    }
}

fn unknown(service: &str) -> ServiceError {
    error::error(
        501,
        "UnknownOperationException",
        format!("the embedded AWS cannot invoke the service {service} by a schedule"),
    )
}

/// Asks in the account and region of the target.
fn at<T>(place: Place<'_>, inside: Inside<'_>, ask: impl FnOnce(Inside<'_>) -> T) -> T {
    let scope = Scope {
        account: place.account.to_owned(),
        region: place.region.to_owned(),
    };
    let asking = inside.call;
    let call = Call::unasked(asking.service, scope, asking.now_ms, asking.cloud);
    ask(Inside {
        call: &call,
        tx: inside.tx,
    })
}

#[cfg(test)]
mod tests {
    use super::{Kind, Place, kind};

    #[test]
    fn arns_name_targets() {
        let queue = Place {
            region: "eu-west-1",
            account: "111111111111",
            name: "jobs.fifo",
        };
        let arn = "arn:aws:sqs:eu-west-1:111111111111:jobs.fifo";
        assert_eq!(kind(arn), Some(Kind::Queue(queue)));
        let universal = Kind::Universal {
            service: "sqs",
            action: "sendMessage",
        };
        let arn = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage";
        assert_eq!(kind(arn), Some(universal));
        let other = Kind::Other { service: "lambda" };
        let arn = "arn:aws:lambda:eu-west-1:111111111111:function:f";
        assert_eq!(kind(arn), Some(other));
        for bad in [
            "",
            "jobs",
            "arn:aws:sqs:eu-west-1:111111111111",
            "arn:aws:sqs:eu-west-1:111111111111:",
            "arn:aws:scheduler:::sqs:sendMessage",
        ] {
            assert_eq!(kind(bad), None, "{bad}");
        }
    }
}
