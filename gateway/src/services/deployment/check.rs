//! Checks of what is deployed: a command, its result as a row, and an answer when that is there.

use datamesh_actor::{Rejection, RejectionKind, Violation};
use datamesh_actors::deployment::{
    CheckKind, CheckRecord, Command, EnvironmentRecord, RunCheck, environment_id,
};
use tonic::Status;

use super::{Deployments, environment};
use crate::authz::Action;
use crate::services::failure::rejected;
use crate::services::follow::wait;
use crate::services::request_id::RequestId;

/// What a check is about.
pub struct About<'a> {
    /// The project.
    pub project_id: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// What to look at.
    pub kind: CheckKind,
    /// The digest that is expected; empty for no check.
    pub digest: String,
}

/// The status of a check that passed, or may still.
pub fn status(check: &CheckRecord) -> String {
    if check.ended { "PASSED" } else { "IN_PROGRESS" }.to_owned()
}

/// What is not as it should be, as a refusal.
pub fn passed(check: CheckRecord, reason: &str, what: &str) -> Result<CheckRecord, Status> {
    let violations: Vec<Violation> = check
        .failed()
        .map(|result| Violation {
            field: result.name.clone(),
            description: result.detail.clone(),
        })
        .collect();
    if !check.ended || violations.is_empty() {
        return Ok(check);
    }
    let details: Vec<String> = violations
        .iter()
        .map(|violation| format!("{}: {}", violation.field, violation.description))
        .collect();
    Err(rejected(Rejection {
        kind: RejectionKind::FailedPrecondition,
        reason: reason.to_owned(),
        message: format!("{what}: {}", details.join("; ")),
        violations,
    }))
}

impl Deployments {
    /// Runs a check, and waits for its end, for 60 seconds at most. With the same request id it is the same
    /// check.
    pub(super) async fn check(
        &self,
        request_id: &RequestId<'_>,
        about: About<'_>,
    ) -> Result<CheckRecord, Status> {
        let backend = &self.0;
        environment("environment", about.environment)?;
        self.authorize(request_id, Action::CheckEnvironment, about.project_id)
            .await?;
        let check_id = request_id.new_id("chk-", &backend.runtime);
        let environment_id = environment_id(about.project_id, about.environment);
        let changes = backend.runtime.changes();
        let command = Command::RunCheck(RunCheck {
            check_id: check_id.clone(),
            kind: about.kind,
            digest: about.digest,
        });
        let _: EnvironmentRecord = backend.ask(request_id, &environment_id, command).await?;
        let check: CheckRecord = backend.get(&check_id).await?;
        wait(backend, changes, check, |check| check.ended).await
    }
}
