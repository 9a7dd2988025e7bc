//! An event as `GetExecutionHistory` answers it.

use serde_json::{Map, Value, json};

use super::{Event, HistoryEvent, StateType, TaskKind};

impl Event {
    /// The event's `type`.
    pub fn type_name(&self) -> &'static str {
        use StateType::*;
        match self {
            Event::ExecutionStarted { .. } => "ExecutionStarted",
            Event::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Event::ExecutionFailed { .. } => "ExecutionFailed",
            Event::ExecutionTimedOut { .. } => "ExecutionTimedOut",
            Event::ExecutionAborted { .. } => "ExecutionAborted",
            Event::StateEntered { state_type, .. } => match state_type {
                Pass => "PassStateEntered",
                Task => "TaskStateEntered",
                Choice => "ChoiceStateEntered",
                Wait => "WaitStateEntered",
                Succeed => "SucceedStateEntered",
                Fail => "FailStateEntered",
                Parallel => "ParallelStateEntered",
                Map => "MapStateEntered",
            },
            Event::StateExited { state_type, .. } => match state_type {
                Pass => "PassStateExited",
                Task => "TaskStateExited",
                Choice => "ChoiceStateExited",
                Wait => "WaitStateExited",
                Succeed | Fail => "SucceedStateExited",
                Parallel => "ParallelStateExited",
                Map => "MapStateExited",
            },
            Event::EvaluationFailed { .. } => "EvaluationFailed",
            Event::ParallelStateStarted => "ParallelStateStarted",
            Event::ParallelStateSucceeded => "ParallelStateSucceeded",
            Event::ParallelStateFailed { .. } => "ParallelStateFailed",
            Event::MapStateStarted { .. } => "MapStateStarted",
            Event::MapStateSucceeded => "MapStateSucceeded",
            Event::MapStateFailed { .. } => "MapStateFailed",
            Event::MapIterationStarted { .. } => "MapIterationStarted",
            Event::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Event::MapIterationFailed { .. } => "MapIterationFailed",
            Event::MapIterationAborted { .. } => "MapIterationAborted",
            Event::MapRunStarted { .. } => "MapRunStarted",
            Event::MapRunSucceeded => "MapRunSucceeded",
            Event::MapRunFailed { .. } => "MapRunFailed",
            Event::TaskScheduled { kind, .. } => of(
                *kind,
                [
                    "TaskScheduled",
                    "LambdaFunctionScheduled",
                    "ActivityScheduled",
                ],
            ),
            Event::TaskStarted { kind, .. } => of(
                *kind,
                ["TaskStarted", "LambdaFunctionStarted", "ActivityStarted"],
            ),
            Event::TaskSubmitted { .. } => "TaskSubmitted",
            Event::TaskSucceeded { kind, .. } => of(
                *kind,
                [
                    "TaskSucceeded",
                    "LambdaFunctionSucceeded",
                    "ActivitySucceeded",
                ],
            ),
            Event::TaskFailed { kind, .. } => of(
                *kind,
                ["TaskFailed", "LambdaFunctionFailed", "ActivityFailed"],
            ),
            Event::TaskTimedOut { kind, .. } => of(
                *kind,
                ["TaskTimedOut", "LambdaFunctionTimedOut", "ActivityTimedOut"],
            ),
        }
    }

    /// The name and the content of the event's details, where its type has them.
    pub fn details(&self) -> Option<(String, Value)> {
        let mut name = self.type_name().to_owned();
        let fields = match self {
            Event::ExecutionStarted { input, role_arn } => json!({
                "input": input.to_string(), "inputDetails": whole(), "roleArn": role_arn
            }),
            Event::ExecutionSucceeded { output } => json!({
                "output": output.to_string(), "outputDetails": whole()
            }),
            Event::StateEntered {
                name: state, input, ..
            } => {
                name = "StateEntered".to_owned();
                json!({"name": state, "input": input.to_string(), "inputDetails": whole()})
            }
            Event::StateExited {
                name: state,
                output,
                assigned,
                ..
            } => {
                name = "StateExited".to_owned();
                exited(state, output, assigned)
            }
            Event::EvaluationFailed {
                state,
                error,
                cause,
            } => {
                json!({"state": state, "error": error, "cause": cause})
            }
            Event::ExecutionFailed { error, cause }
            | Event::ExecutionTimedOut { error, cause }
            | Event::ExecutionAborted { error, cause }
            | Event::ParallelStateFailed { error, cause }
            | Event::MapStateFailed { error, cause }
            | Event::MapRunFailed { error, cause } => failed(error, cause),
            Event::MapStateStarted { length } => json!({"length": length}),
            Event::MapIterationStarted { name, index }
            | Event::MapIterationSucceeded { name, index }
            | Event::MapIterationFailed { name, index }
            | Event::MapIterationAborted { name, index } => json!({"name": name, "index": index}),
            Event::MapRunStarted { map_run_arn } => json!({"mapRunArn": map_run_arn}),
            Event::TaskScheduled {
                kind,
                resource,
                parameters,
                timeout_seconds,
                heartbeat_seconds,
            } => {
                let key = of(*kind, ["parameters", "input", "input"]);
                let mut fields = named(*kind, resource);
                fields.insert(key.to_owned(), parameters.to_string().into());
                for (key, seconds) in [
                    ("timeoutInSeconds", timeout_seconds),
                    ("heartbeatInSeconds", heartbeat_seconds),
                ] {
                    if let Some(seconds) = seconds {
                        fields.insert(key.to_owned(), (*seconds).into());
                    }
                }
                Value::Object(fields)
            }
            Event::TaskStarted {
                kind: TaskKind::Service,
                resource,
            } => Value::Object(named(TaskKind::Service, resource)),
            Event::TaskSubmitted { resource, output } => {
                let mut fields = named(TaskKind::Service, resource);
                fields.insert("output".to_owned(), output.to_string().into());
                fields.insert("outputDetails".to_owned(), whole());
                Value::Object(fields)
            }
            Event::TaskSucceeded {
                kind,
                resource,
                output,
            } => {
                let mut fields = answered(*kind, resource);
                fields.insert("output".to_owned(), output.to_string().into());
                fields.insert("outputDetails".to_owned(), whole());
                Value::Object(fields)
            }
            Event::TaskFailed {
                kind,
                resource,
                error,
                cause,
            }
            | Event::TaskTimedOut {
                kind,
                resource,
                error,
                cause,
            } => {
                let mut fields = answered(*kind, resource);
                if let Value::Object(more) = failed(error, cause) {
                    fields.extend(more);
                }
                Value::Object(fields)
            }
            Event::TaskStarted { .. }
            | Event::ParallelStateStarted
            | Event::ParallelStateSucceeded
            | Event::MapStateSucceeded
            | Event::MapRunSucceeded => return None,
        };
        Some((lower_first(&name) + "EventDetails", fields))
    }
}

impl HistoryEvent {
    /// The event as the API answers it, save that its `timestamp` is in milliseconds since 1970.
    pub fn to_api(&self) -> Value {
        let mut event = Map::new();
        event.insert("timestamp".to_owned(), self.timestamp_ms.into());
        event.insert("type".to_owned(), self.event.type_name().into());
        event.insert("id".to_owned(), self.id.into());
        event.insert("previousEventId".to_owned(), self.previous_event_id.into());
        if let Some((name, details)) = self.event.details() {
            event.insert(name, details);
        }
        Value::Object(event)
    }
}

fn of(kind: TaskKind, [service, lambda, activity]: [&'static str; 3]) -> &'static str {
    match kind {
        TaskKind::Service => service,
        TaskKind::Lambda => lambda,
        TaskKind::Activity => activity,
    }
}

fn whole() -> Value {
    json!({"truncated": false})
}

fn exited(state: &str, output: &Value, assigned: &Map<String, Value>) -> Value {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), state.into());
    fields.insert("output".to_owned(), output.to_string().into());
    fields.insert("outputDetails".to_owned(), whole());
    if !assigned.is_empty() {
        let texts = assigned
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string().into()));
        fields.insert(
            "assignedVariables".to_owned(),
            Value::Object(texts.collect()),
        );
        fields.insert("assignedVariablesDetails".to_owned(), whole());
    }
    Value::Object(fields)
}

fn failed(error: &Option<String>, cause: &Option<String>) -> Value {
    let mut fields = Map::new();
    for (key, text) in [("error", error), ("cause", cause)] {
        if let Some(text) = text {
            fields.insert(key.to_owned(), text.as_str().into());
        }
    }
    Value::Object(fields)
}

/// What is called: a service and its action, or an ARN.
fn named(kind: TaskKind, resource: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    if kind == TaskKind::Service {
        let (service, action) = service_and_action(resource);
        fields.insert("resourceType".to_owned(), service.into());
        fields.insert("resource".to_owned(), action.into());
    } else {
        fields.insert("resource".to_owned(), resource.into());
    }
    fields
}

/// As [`named`], for the answers, which name a service only.
fn answered(kind: TaskKind, resource: &str) -> Map<String, Value> {
    match kind {
        TaskKind::Service => named(kind, resource),
        TaskKind::Lambda | TaskKind::Activity => Map::new(),
    }
}

/// `sqs` and `sendMessage.waitForTaskToken` of
/// `arn:aws:states:::sqs:sendMessage.waitForTaskToken`; `aws-sdk:s3` and `getObject` of
/// `arn:aws:states:::aws-sdk:s3:getObject`.
pub fn service_and_action(resource: &str) -> (&str, &str) {
    let rest = resource
        .split_once(":::")
        .map_or(resource, |(_, rest)| rest);
    let from = if rest.starts_with("aws-sdk:") {
        "aws-sdk:".len()
    } else {
        0
    };
    match rest[from..].find(':') {
        Some(at) => (&rest[..from + at], &rest[from + at + 1..]),
        None => (rest, ""),
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().collect::<String>() + chars.as_str())
        .unwrap_or_default()
}
