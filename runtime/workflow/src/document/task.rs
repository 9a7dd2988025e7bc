//! Tasks: the resource, and how its answer is waited for.

use serde::{Deserialize, Serialize};

use super::Task;
use super::compile::Language;
use super::fields::{Fields, Problems};
use super::flow::payload;
use super::wait::amount;

/// How a task waits for its answer (Step Functions' service integration patterns).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    /// The answer to the request is the result.
    RequestResponse,
    /// `.sync`, `.sync:2`: the job that was started ends.
    Sync,
    /// `.waitForTaskToken`: somebody gives the token back.
    WaitForTaskToken,
}

impl Pattern {
    fn of(resource: &str) -> Self {
        if resource.ends_with(".waitForTaskToken") {
            Pattern::WaitForTaskToken
        } else if resource.ends_with(".sync") || resource.ends_with(".sync:2") {
            Pattern::Sync
        } else {
            Pattern::RequestResponse
        }
    }
}

pub(super) fn compile(fields: &Fields<'_>, language: Language, problems: &mut Problems) -> Task {
    let resource = fields.required_text("Resource", problems);
    Task {
        resource: resource.to_owned(),
        pattern: Pattern::of(resource),
        timeout: amount(
            fields,
            ["TimeoutSeconds", "TimeoutSecondsPath"],
            language,
            problems,
        ),
        heartbeat: amount(
            fields,
            ["HeartbeatSeconds", "HeartbeatSecondsPath"],
            language,
            problems,
        ),
        credentials: payload(fields, "Credentials", language, problems),
    }
}
