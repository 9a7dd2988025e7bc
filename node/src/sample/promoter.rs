//! Plays the promotion of a project: its steward deploys a blueprint to dev and asks for staging and prod,
//! and another member of the domain's team says yes.
//!
//! Every request id is fixed, and a promotion that was completed is left as it is.

use datamesh_proto::v1;
use datamesh_proto::v1::promotion::Status;
use tokio::time::{Instant, timeout};

use super::player::{How, PATIENCE, Step};
use super::script::PromotionScript;
use crate::cli::session::Session;
use crate::cli::{Exit, Failure};

/// Where a project goes, one after the other.
const TARGETS: [&str; 2] = ["staging", "prod"];

/// How often a promotion may have ended otherwise and be asked for again.
const LIVES: u32 = 20;

/// Promotes one project.
pub struct Promoter<'a> {
    /// What is deployed, and who approves.
    pub script: &'a PromotionScript,
    /// The project.
    pub project: &'a v1::Project,
    /// `aviation/network`.
    pub path: &'a str,
    /// The connection of who asks.
    pub asker: &'a Session,
    /// The connection of who approves.
    pub approver: &'a Session,
}

impl Promoter<'_> {
    /// Deploys to dev and promotes to staging and prod, telling `told` of each step.
    ///
    /// # Errors
    /// The first thing that did not reach its end.
    pub async fn play(
        &self,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<(), Failure> {
        told(self.deploy().await?)?;
        for target in TARGETS {
            told(self.promote(target).await?)?;
        }
        Ok(())
    }

    /// The blueprint in dev, if nothing is there yet.
    async fn deploy(&self) -> Result<Step, Failure> {
        let started = Instant::now();
        let path = format!("{} to dev", self.path);
        let find = v1::ListDeploymentsRequest {
            project_id: self.project.project_id.clone(),
            environment: "dev".to_owned(),
            status: v1::deployment::Status::Success as i32,
            page_size: 1,
            ..Default::default()
        };
        let mut deployments = self.asker.deployments();
        let found = deployments.list_deployments(find).await?.into_inner();
        let how = match found.deployments.is_empty() {
            false => How::Found,
            true => How::Made,
        };
        let mut state = "SUCCESS".to_owned();
        if how == How::Made {
            let request = v1::CreateDeploymentRequest {
                project_id: self.project.project_id.clone(),
                target_environment: "dev".to_owned(),
                blueprint: self.script.blueprint.clone(),
                request_id: format!("sample/{}/dev", self.path),
                wait: true,
                ..Default::default()
            };
            let made = deployments.create_deployment(request).await?.into_inner();
            made.status().as_str_name().clone_into(&mut state);
            if made.status() != v1::deployment::Status::Success {
                return Err(ended("deployment", &path, &state, &made.error_message));
            }
        }
        Ok(Step {
            noun: "deployment",
            path,
            how,
            state,
            took: started.elapsed(),
        })
    }

    /// A promotion to `target`, unless one was completed.
    async fn promote(&self, target: &str) -> Result<Step, Failure> {
        let started = Instant::now();
        let path = format!("{} to {target}", self.path);
        let step = |how| Step {
            noun: "promotion",
            path: path.clone(),
            how,
            state: Status::Completed.as_str_name().to_owned(),
            took: started.elapsed(),
        };
        if self.is_promoted(target).await? {
            return Ok(step(How::Found));
        }
        for life in 1..=LIVES {
            let request = v1::CreatePromotionRequest {
                project_id: self.project.project_id.clone(),
                target_environment: target.to_owned(),
                comment: format!("the sample promotes {}", self.path),
                request_id: format!("sample/{}/{target}/{life}", self.path),
                ..Default::default()
            };
            let mut promotions = self.asker.promotions();
            let first = promotions.create_promotion(request).await?.into_inner();
            // The answer may be that of an earlier run, and that promotion may have ended otherwise since.
            let promotion_id = first.request_id;
            let get = v1::GetPromotionRequest {
                promotion_id: promotion_id.clone(),
            };
            let now = promotions.get_promotion(get).await?.into_inner();
            if has_ended(&now) && now.status() != Status::Completed {
                continue;
            }
            let last = timeout(PATIENCE, self.follow(promotion_id)).await;
            let last = last.map_err(|_| {
                Failure::new(
                    Exit::Unavailable,
                    format!("promotion {path} has no end after {}s", PATIENCE.as_secs()),
                )
                .hint("`datamesh promotion list` says how far it is")
            })??;
            if last.status() == Status::Completed {
                return Ok(step(How::Made));
            }
            let state = last.status().as_str_name();
            return Err(ended("promotion", &path, state, &last.status_reason));
        }
        Err(ended(
            "promotion",
            &path,
            "given up",
            "every try ended otherwise",
        ))
    }

    async fn is_promoted(&self, target: &str) -> Result<bool, Failure> {
        let find = v1::ListPromotionsRequest {
            project_id: self.project.project_id.clone(),
            target_environment: target.to_owned(),
            status: Status::Completed as i32,
            page_size: 1,
            ..Default::default()
        };
        let found = self.asker.promotions().list_promotions(find).await?;
        Ok(!found.into_inner().promotions.is_empty())
    }

    /// Follows a promotion to its end, and approves it on the way.
    async fn follow(&self, promotion_id: String) -> Result<v1::Promotion, Failure> {
        let watch = v1::WatchPromotionRequest { promotion_id };
        let mut promotions = self.asker.promotions();
        let mut changes = promotions.watch_promotion(watch).await?.into_inner();
        let mut approved = false;
        while let Some(promotion) = changes.message().await? {
            if has_ended(&promotion) {
                return Ok(promotion);
            }
            if promotion.status() == Status::Pending && !approved {
                approved = self.approve(&promotion).await?;
            }
        }
        Err(Failure::new(
            Exit::Unavailable,
            "the server ended the watch of a promotion",
        ))
    }

    /// Says yes to what is in the approver's inbox for this promotion; `false` if it is not there yet.
    async fn approve(&self, promotion: &v1::Promotion) -> Result<bool, Failure> {
        if promotion.approval_id.is_empty() {
            return Ok(false);
        }
        let mut approvals = self.approver.approvals();
        let inbox = v1::ListApprovalsRequest {
            inbox: true,
            execution_id: promotion.execution_id.clone(),
            ..Default::default()
        };
        let inbox = approvals.list_approvals(inbox).await?.into_inner();
        let Some(approval) = inbox.approvals.into_iter().next() else {
            return Ok(false);
        };
        let yes = v1::ApproveApprovalRequest {
            request_id: format!("sample/{}", approval.approval_id),
            approval_id: approval.approval_id,
            digest: promotion.digest.clone(),
            comment: "looks right".to_owned(),
            ..Default::default()
        };
        approvals.approve_approval(yes).await?;
        Ok(true)
    }
}

fn has_ended(promotion: &v1::Promotion) -> bool {
    match promotion.status() {
        Status::Unspecified | Status::Pending | Status::Approved => false,
        Status::Rejected
        | Status::Completed
        | Status::Failed
        | Status::Expired
        | Status::Cancelled
        | Status::RolledBack => true,
    }
}

fn ended(noun: &str, path: &str, state: &str, reason: &str) -> Failure {
    Failure::new(
        Exit::EndedFailed,
        format!("{noun} {path} ended {state}: {reason}"),
    )
    .hint("`datamesh promotion list` and `datamesh deployment list` say what happened")
}
