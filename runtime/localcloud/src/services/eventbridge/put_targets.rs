//! `PutTargets`: adds targets, and replaces those with the same ids.

use serde::{Deserialize, Serialize};

use super::rule;
use super::target::{self, FailedEntry, Target};
use super::{arn, bus, error};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// Targets per rule.
const MAX_TARGETS: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: Option<String>,
    event_bus_name: Option<String>,
    targets: Option<Vec<Target>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    failed_entry_count: usize,
    failed_entries: Vec<FailedEntry>,
}

pub(super) fn put_targets(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("rule", input.rule);
    rule::check_name(&mut constraints, "rule", &name);
    let targets = constraints.required("targets", input.targets);
    constraints.count("targets", Some(&targets), 1, 100);
    for (index, target) in targets.iter().enumerate() {
        let member = |name: &str| format!("targets.{}.member.{name}", index + 1);
        constraints.length(&member("id"), Some(&target.id), 1, 64);
        constraints.pattern(&member("id"), Some(&target.id), r"[\.\-_A-Za-z0-9]+");
        constraints.length(&member("arn"), Some(&target.arn), 1, 1600);
        constraints.length(&member("input"), target.input.as_deref(), 0, 8192);
        constraints.length(&member("inputPath"), target.input_path.as_deref(), 0, 256);
        let retry = target.retry_policy.as_ref();
        constraints.range(
            &member("retryPolicy.maximumRetryAttempts"),
            retry.and_then(|retry| retry.maximum_retry_attempts),
            0,
            185,
        );
        constraints.range(
            &member("retryPolicy.maximumEventAgeInSeconds"),
            retry.and_then(|retry| retry.maximum_event_age_in_seconds),
            60,
            86_400,
        );
    }
    constraints.check(error::VALIDATION)?;
    for target in &targets {
        check(target)?;
    }

    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    bus::require(&call.scope, tx, &bus)?;
    let rule = rule::require(&call.scope, tx, &bus, &name)?;
    let mut failed_entries = Vec::new();
    let mut faults = BatchFaults::of(call);
    for target in &targets {
        if let Some(injected) = faults.injected() {
            failed_entries.push(FailedEntry::new(target.id.clone(), injected));
            continue;
        }
        target::save(&call.scope, tx, &bus, &name, target)?;
    }
    if target::of_rule(&call.scope, tx, &rule.key())?.len() > MAX_TARGETS {
        return Err(ServiceError::bad_request(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    Ok(Output {
        failed_entry_count: failed_entries.len(),
        failed_entries,
    })
}

fn check(target: &Target) -> Result<(), ServiceError> {
    let Target { id, arn, .. } = target;
    if arn::parts(arn).is_none() {
        return Err(error::validation(format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )));
    }
    let inputs = [
        target.input.is_some(),
        target.input_path.is_some(),
        target.input_transformer.is_some(),
    ];
    if inputs.iter().filter(|given| **given).count() > 1 {
        return Err(error::validation(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )));
    }
    if let Some(input) = &target.input
        && serde_json::from_str::<serde::de::IgnoredAny>(input).is_err()
    {
        return Err(error::validation(format!(
            "Parameter Input for target {id} is not valid. Reason: The input is not JSON."
        )));
    }
    if let Some(path) = &target.input_path
        && !path.starts_with('$')
    {
        return Err(error::validation(format!(
            "Parameter InputPath for target {id} is not valid. Reason: The path does not start with $."
        )));
    }
    let dead_letters = target.dead_letter_config.as_ref();
    if let Some(queue) = dead_letters.and_then(|config| config.arn.as_deref())
        && (!arn::is_queue(queue) || arn::is_fifo_queue(queue))
    {
        return Err(error::validation(format!(
            "Parameter DeadLetterConfig.Arn for target {id} is not valid. Reason: {queue} is not the \
             ARN of a standard queue."
        )));
    }
    if let Some(transformer) = &target.input_transformer {
        transformer.check(id).map_err(error::validation)?;
    }
    let has_group = target
        .sqs_parameters
        .as_ref()
        .is_some_and(|sqs| sqs.message_group_id.is_some());
    if arn::is_fifo_queue(arn) && !has_group {
        return Err(error::validation(format!(
            "Parameter(s) SqsParameters must be specified for target: {id}."
        )));
    }
    Ok(())
}
