//! How an effect of one actor sends a command to another.

use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::{AskError, EffectCx, EffectError, ErrorClass, Meta, Rejection, Runtime};

use crate::approval::{self, Approval, ApprovalRecord};
use crate::deployment::{self, Environment, EnvironmentRecord};
use crate::domain::{self, Domain, DomainRecord};
use crate::domain_name::{self, DomainName, Holder};
use crate::project::{self, Project, ProjectRecord};
use crate::task_end::TaskEnd;

/// The other actors, as an effect reaches them. Every command carries an id, so that a repeat is one.
#[async_trait]
pub trait Mesh: Send + Sync + 'static {
    /// Asks the actor of a domain's name.
    async fn domain_name(
        &self,
        name: &str,
        command: domain_name::Command,
        command_id: &str,
    ) -> Result<Holder, AskError>;

    /// Asks a domain.
    async fn domain(
        &self,
        id: &str,
        command: domain::Command,
        command_id: &str,
    ) -> Result<DomainRecord, AskError>;

    /// Asks a project.
    async fn project(
        &self,
        id: &str,
        command: project::Command,
        command_id: &str,
    ) -> Result<ProjectRecord, AskError>;

    /// Asks an approval.
    async fn approval(
        &self,
        id: &str,
        command: approval::Command,
        command_id: &str,
    ) -> Result<ApprovalRecord, AskError>;

    /// Asks an environment of a project.
    async fn environment(
        &self,
        id: &str,
        command: deployment::Command,
        command_id: &str,
    ) -> Result<EnvironmentRecord, AskError>;

    /// Tells the execution that waits for this token how its task ended. Refused with `TASK_NOT_FOUND` if
    /// nobody waits for it any more.
    async fn task_ended(
        &self,
        task_token: &str,
        end: TaskEnd,
        command_id: &str,
    ) -> Result<(), AskError>;

    /// Tells a promotion that the environment it promotes from runs something else now.
    async fn promotion_source_changed(
        &self,
        promotion_id: &str,
        digest: &str,
        command_id: &str,
    ) -> Result<(), AskError>;
}

/// The actors of a runtime that starts later: effects are registered before there is a runtime. Until
/// [`LateMesh::bind`] every command is told to come again.
#[derive(Default)]
pub struct LateMesh {
    runtime: OnceLock<Runtime>,
}

impl LateMesh {
    /// From now on commands go to this runtime. Only the first call counts.
    pub fn bind(&self, runtime: Runtime) {
        if self.runtime.set(runtime).is_err() {
            tracing::warn!("the actors are bound to a runtime already");
        }
    }

    fn runtime(&self) -> Result<&Runtime, AskError> {
        self.runtime.get().ok_or_else(|| AskError::Retry {
            retry_after: Duration::from_millis(50),
            reason: "the runtime is still starting".to_owned(),
        })
    }
}

fn meta(command_id: &str) -> Meta {
    Meta {
        command_id: Some(command_id.to_owned()),
        by: None,
    }
}

#[async_trait]
impl Mesh for LateMesh {
    async fn domain_name(
        &self,
        name: &str,
        command: domain_name::Command,
        command_id: &str,
    ) -> Result<Holder, AskError> {
        let runtime = self.runtime()?;
        runtime
            .ask::<DomainName>(name, command, meta(command_id))
            .await
    }

    async fn domain(
        &self,
        id: &str,
        command: domain::Command,
        command_id: &str,
    ) -> Result<DomainRecord, AskError> {
        let runtime = self.runtime()?;
        runtime.ask::<Domain>(id, command, meta(command_id)).await
    }

    async fn project(
        &self,
        id: &str,
        command: project::Command,
        command_id: &str,
    ) -> Result<ProjectRecord, AskError> {
        let runtime = self.runtime()?;
        runtime.ask::<Project>(id, command, meta(command_id)).await
    }

    async fn approval(
        &self,
        id: &str,
        command: approval::Command,
        command_id: &str,
    ) -> Result<ApprovalRecord, AskError> {
        let runtime = self.runtime()?;
        runtime.ask::<Approval>(id, command, meta(command_id)).await
    }

    async fn environment(
        &self,
        id: &str,
        command: deployment::Command,
        command_id: &str,
    ) -> Result<EnvironmentRecord, AskError> {
        let runtime = self.runtime()?;
        runtime
            .ask::<Environment>(id, command, meta(command_id))
            .await
    }

    async fn task_ended(&self, _: &str, _: TaskEnd, _: &str) -> Result<(), AskError> {
        Err(AskError::Rejected(Rejection::not_found(
            "TASK_NOT_FOUND",
            "no task waits for this token",
        )))
    }

    async fn promotion_source_changed(
        &self,
        promotion_id: &str,
        _: &str,
        _: &str,
    ) -> Result<(), AskError> {
        Err(AskError::Rejected(Rejection::not_found(
            "PROMOTION_NOT_FOUND",
            format!("there is no promotion {promotion_id}"),
        )))
    }
}

/// What an unanswered command means to the effect that sent it. A refusal is told to the actor; all else
/// passes, some of it only when an operator has lifted a pause.
pub(crate) fn unanswered(error: AskError) -> EffectError {
    let patience =
        |code: &str, message: String| EffectError::new(ErrorClass::Throttle, code, message);
    match error {
        AskError::Rejected(rejection) => {
            EffectError::new(ErrorClass::Terminal, rejection.reason, rejection.message)
        }
        AskError::Busy { retry_after } => EffectError {
            retry_after: Some(retry_after),
            ..patience("ActorBusy", "the other actor is busy".to_owned())
        },
        AskError::Retry {
            retry_after,
            reason,
        } => EffectError {
            retry_after: Some(retry_after),
            ..EffectError::new(ErrorClass::Transient, "ActorUnanswered", reason)
        },
        AskError::Paused { .. } => patience("ActorPaused", error.to_string()),
        AskError::Quarantined { .. } => patience("ActorQuarantined", error.to_string()),
        AskError::Draining => patience("Draining", error.to_string()),
        AskError::CommandIdReused => {
            EffectError::new(ErrorClass::Terminal, "CommandIdReused", error.to_string())
        }
        AskError::UnknownKind(_) | AskError::Internal(_) => {
            EffectError::new(ErrorClass::Transient, "ActorFailed", error.to_string())
        }
    }
}

/// Whether the other actor says that what the command is about is not there.
pub(crate) fn is_gone(error: &AskError) -> bool {
    matches!(error, AskError::Rejected(rejection)
        if rejection.kind == datamesh_actor::RejectionKind::NotFound)
}

/// The id of the command that an effect sends: the same at every try.
pub(crate) fn command_id(cx: &EffectCx) -> String {
    cx.key()
}
