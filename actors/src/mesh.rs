//! How an effect of one actor sends a command to another.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::{AskError, EffectCx, EffectError, ErrorClass, Meta, Priority, Runtime};
use datamesh_journal::{JournalError, ViewQuery, ViewRow};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::{Hold, HoldEnd, LedgerId, LookEnd, ShareEnd, ShareOrder};
use crate::approval::{self, Approval, ApprovalRecord};
use crate::asset::{ASSETS, AssetRecord};
use crate::deployment::{self, Environment, EnvironmentRecord};
use crate::domain::{self, DOMAINS, Domain, DomainRecord};
use crate::domain_name::{self, DomainName, Holder};
use crate::execution::{
    self, ExecutionRecord, TaskEnded, WorkflowExecution, execution_of, not_waited_for,
};
use crate::own_api::LateApi;
use crate::permission::{self, Ledger, PERMISSIONS, PermissionRecord};
use crate::project::{self, PROJECTS, Project, ProjectRecord};
use crate::promotion::{self, Promotion, PromotionRecord, SourceChanged};
use crate::share::{self, Decided, Share, ShareRecord, share_of};
use crate::subscription::{self, Subscription, subscription_of};
use crate::task_end::TaskEnd;
use crate::world::Place;

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

    /// Asks an execution.
    async fn execution(
        &self,
        id: &str,
        command: execution::Command,
        command_id: &str,
    ) -> Result<ExecutionRecord, AskError>;

    /// Asks a promotion.
    async fn promotion(
        &self,
        id: &str,
        command: promotion::Command,
        command_id: &str,
    ) -> Result<PromotionRecord, AskError>;

    /// The groups that own the domain of a project, as the lists have it; none for a project that is not
    /// there.
    async fn owner_groups(&self, project_id: &str) -> Result<Vec<String>, AskError>;

    /// Tells the execution, or the subscription, that waits for this token how its task ended. Refused with `TASK_NOT_FOUND` if
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

    /// An asset and where it lives, as the lists have it; `None` for one that is not there.
    async fn asset_source(&self, asset_id: &str) -> Result<Option<AssetSource>, AskError>;

    /// A project and where it lives, as the lists have it; `None` for one that is not there.
    async fn project_source(&self, project_id: &str) -> Result<Option<ProjectSource>, AskError>;

    /// What a principal has on a table, or on columns of it, in the ledger of its database: as the list of
    /// permissions has it, which a ledger brings up to date before it grants anything, and after it has taken it.
    async fn permissions(
        &self,
        ledger: &LedgerId,
        table: &str,
        principal: &str,
    ) -> Result<Vec<PermissionRecord>, AskError>;

    /// Tells a ledger what a holder needs of it from now on. The end is told through
    /// [`Mesh::hold_ended`].
    async fn hold(&self, ledger: &LedgerId, hold: Hold, command_id: &str) -> Result<(), AskError>;

    /// Asks a ledger to look at all that a holder holds. The end is told through [`Mesh::look_ended`].
    async fn look(
        &self,
        ledger: &LedgerId,
        holder: &str,
        number: u64,
        command_id: &str,
    ) -> Result<(), AskError>;

    /// Tells a holder what became of its hold.
    async fn hold_ended(&self, end: HoldEnd, command_id: &str) -> Result<(), AskError>;

    /// Tells a holder what was seen of what it holds.
    async fn look_ended(&self, end: LookEnd, command_id: &str) -> Result<(), AskError>;

    /// Tells a share what its subscription wants. The end is told through [`Mesh::share_ended`].
    async fn order_share(
        &self,
        share_id: &str,
        order: ShareOrder,
        command_id: &str,
    ) -> Result<(), AskError>;

    /// Tells a subscription what became of its order.
    async fn share_ended(&self, end: ShareEnd, command_id: &str) -> Result<(), AskError>;
}

/// An asset, and what access to it needs to know of where it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetSource {
    /// The asset.
    pub asset: AssetRecord,
    /// The account and region of its domain: its table is in that catalogue.
    pub place: Place,
    /// The groups that own its domain.
    pub owner_groups: Vec<String>,
    /// The DataZone domain of its domain; empty while there is none.
    pub data_zone_domain_id: String,
}

/// A project, and what access for it needs to know of where it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSource {
    /// The project.
    pub project: ProjectRecord,
    /// The account and region of its domain.
    pub place: Place,
    /// The groups that own its domain.
    pub owner_groups: Vec<String>,
    /// The DataZone domain of its domain; empty while there is none.
    pub data_zone_domain_id: String,
}

/// The actors of a runtime that starts later: effects are registered before there is a runtime. Until
/// [`LateMesh::bind`] every command is told to come again.
#[derive(Default)]
pub struct LateMesh {
    runtime: OnceLock<Runtime>,
    api: Arc<LateApi>,
}

/// A list that could not be read is read again after this long.
const UNREAD_RETRY: Duration = Duration::from_millis(200);
/// At most so many rows of a list are read: more than a principal has for a table.
const MAX_ROWS: usize = 1_000;

impl LateMesh {
    /// From now on commands go to this runtime. Only the first call counts.
    pub fn bind(&self, runtime: Runtime) {
        if self.runtime.set(runtime).is_err() {
            tracing::warn!("the actors are bound to a runtime already");
        }
    }

    /// The way to the API, to be bound when it is served.
    pub fn api(&self) -> &Arc<LateApi> {
        &self.api
    }

    async fn row<T: DeserializeOwned>(
        &self,
        collection: &str,
        key: &str,
    ) -> Result<Option<T>, AskError> {
        let row = self.runtime()?.journal().view(collection, key).await;
        row.map_err(unread)?.as_ref().map(read).transpose()
    }

    async fn share(
        &self,
        id: &str,
        command: share::Command,
        command_id: &str,
    ) -> Result<ShareRecord, AskError> {
        let runtime = self.runtime()?;
        runtime.ask::<Share>(id, command, meta(command_id)).await
    }

    fn runtime(&self) -> Result<&Runtime, AskError> {
        self.runtime.get().ok_or_else(|| AskError::Retry {
            retry_after: Duration::from_millis(50),
            reason: "the runtime is still starting".to_owned(),
        })
    }
}

/// A list could not be read.
fn unread(error: JournalError) -> AskError {
    AskError::Retry {
        retry_after: UNREAD_RETRY,
        reason: error.to_string(),
    }
}

fn read<T: DeserializeOwned>(row: &ViewRow) -> Result<T, AskError> {
    serde_json::from_str(row.doc.get()).map_err(|error| AskError::Internal(error.to_string()))
}

/// What one actor asks of another is part of what was accepted before: it goes before new work.
fn meta(command_id: &str) -> Meta {
    Meta {
        command_id: Some(command_id.to_owned()),
        priority: Priority::High,
        ..Meta::default()
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

    async fn execution(
        &self,
        id: &str,
        command: execution::Command,
        command_id: &str,
    ) -> Result<ExecutionRecord, AskError> {
        let runtime = self.runtime()?;
        runtime
            .ask::<WorkflowExecution>(id, command, meta(command_id))
            .await
    }

    async fn promotion(
        &self,
        id: &str,
        command: promotion::Command,
        command_id: &str,
    ) -> Result<PromotionRecord, AskError> {
        let runtime = self.runtime()?;
        runtime
            .ask::<Promotion>(id, command, meta(command_id))
            .await
    }

    async fn owner_groups(&self, project_id: &str) -> Result<Vec<String>, AskError> {
        let Some(project) = self.row::<ProjectRecord>(PROJECTS, project_id).await? else {
            return Ok(Vec::new());
        };
        let domain = self
            .row::<DomainRecord>(DOMAINS, &project.domain_id)
            .await?;
        Ok(domain.map(|domain| domain.owner_groups).unwrap_or_default())
    }

    async fn task_ended(
        &self,
        task_token: &str,
        end: TaskEnd,
        command_id: &str,
    ) -> Result<(), AskError> {
        if let Some(share_id) = share_of(task_token) {
            let decided = share::Command::Decided(Decided {
                token: task_token.to_owned(),
                end,
            });
            return self.share(share_id, decided, command_id).await.map(drop);
        }
        if let Some(id) = subscription_of(task_token) {
            let decided = subscription::Command::Decided(subscription::Decided {
                token: task_token.to_owned(),
                end,
            });
            let runtime = self.runtime()?;
            return runtime
                .ask::<Subscription>(id, decided, meta(command_id))
                .await
                .map(drop);
        }
        let Some(id) = execution_of(task_token) else {
            return Err(AskError::Rejected(not_waited_for()));
        };
        let ended = execution::Command::TaskEnded(TaskEnded {
            token: task_token.to_owned(),
            end,
        });
        self.execution(id, ended, command_id).await.map(drop)
    }

    async fn promotion_source_changed(
        &self,
        promotion_id: &str,
        digest: &str,
        command_id: &str,
    ) -> Result<(), AskError> {
        let changed = promotion::Command::SourceChanged(SourceChanged {
            digest: digest.to_owned(),
        });
        self.promotion(promotion_id, changed, command_id)
            .await
            .map(drop)
    }

    async fn asset_source(&self, asset_id: &str) -> Result<Option<AssetSource>, AskError> {
        let Some(asset) = self.row::<AssetRecord>(ASSETS, asset_id).await? else {
            return Ok(None);
        };
        let Some(domain) = self.row::<DomainRecord>(DOMAINS, &asset.domain_id).await? else {
            return Ok(None);
        };
        Ok(Some(AssetSource {
            asset,
            place: place_of(&domain),
            owner_groups: domain.owner_groups,
            data_zone_domain_id: domain.data_zone_domain_id.unwrap_or_default(),
        }))
    }

    async fn project_source(&self, project_id: &str) -> Result<Option<ProjectSource>, AskError> {
        let Some(project) = self.row::<ProjectRecord>(PROJECTS, project_id).await? else {
            return Ok(None);
        };
        let Some(domain) = self
            .row::<DomainRecord>(DOMAINS, &project.domain_id)
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(ProjectSource {
            project,
            place: place_of(&domain),
            owner_groups: domain.owner_groups,
            data_zone_domain_id: domain.data_zone_domain_id.unwrap_or_default(),
        }))
    }

    async fn permissions(
        &self,
        ledger: &LedgerId,
        table: &str,
        principal: &str,
    ) -> Result<Vec<PermissionRecord>, AskError> {
        // The first leads through the index: an account has more rows than a principal.
        let fields = [
            ("principal", principal),
            ("table", table),
            ("database", &ledger.database),
            ("account", ledger.account.as_str()),
        ];
        let query = ViewQuery {
            collection: PERMISSIONS.to_owned(),
            fields: fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            limit: MAX_ROWS,
            ..ViewQuery::default()
        };
        let rows = self.runtime()?.journal().views(&query).await;
        let mut all: Vec<PermissionRecord> = Vec::new();
        for row in rows.map_err(unread)?.items {
            all.push(read(&row)?);
        }
        let id = ledger.to_string();
        all.retain(|found| found.ledger == id);
        Ok(all)
    }

    async fn hold(&self, ledger: &LedgerId, hold: Hold, command_id: &str) -> Result<(), AskError> {
        let hold = permission::Command::Hold(Box::new(hold));
        let runtime = self.runtime()?;
        runtime
            .ask::<Ledger>(&ledger.to_string(), hold, meta(command_id))
            .await
            .map(drop)
    }

    async fn look(
        &self,
        ledger: &LedgerId,
        holder: &str,
        number: u64,
        command_id: &str,
    ) -> Result<(), AskError> {
        let look = permission::Command::Look(permission::LookAt {
            holder: holder.to_owned(),
            number,
        });
        let runtime = self.runtime()?;
        runtime
            .ask::<Ledger>(&ledger.to_string(), look, meta(command_id))
            .await
            .map(drop)
    }

    async fn hold_ended(&self, end: HoldEnd, command_id: &str) -> Result<(), AskError> {
        let holder = end.holder.clone();
        let ended = share::Command::HoldEnded(Box::new(end));
        self.share(&holder, ended, command_id).await.map(drop)
    }

    async fn look_ended(&self, end: LookEnd, command_id: &str) -> Result<(), AskError> {
        let holder = end.holder.clone();
        let ended = share::Command::LookEnded(Box::new(end));
        self.share(&holder, ended, command_id).await.map(drop)
    }

    async fn order_share(
        &self,
        share_id: &str,
        order: ShareOrder,
        command_id: &str,
    ) -> Result<(), AskError> {
        let order = share::Command::Order(order);
        self.share(share_id, order, command_id).await.map(drop)
    }

    async fn share_ended(&self, end: ShareEnd, command_id: &str) -> Result<(), AskError> {
        let runtime = self.runtime()?;
        let id = end.subscription_id.clone();
        let ended = subscription::Command::ShareEnded(subscription::ShareEnded { end });
        runtime
            .ask::<Subscription>(&id, ended, meta(command_id))
            .await
            .map(drop)
    }
}

fn place_of(domain: &DomainRecord) -> Place {
    Place {
        account: domain.aws_account_id.clone(),
        region: domain.region.clone(),
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
        AskError::Busy { retry_after, .. } => EffectError {
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
        AskError::Unread(_) => patience("ActorUnread", error.to_string()),
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
