use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::deployment_record::{DeploymentRecord, DeploymentStatus};
use super::event::Event;
use super::record::{Deployed, EnvironmentStatus};
use super::running::{Goal, Running};
use super::secrets::Secrets;
use super::template::Template;
use super::{Environment, State, plan};
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Most characters of a reason.
const MAX_REASON: usize = 500;

/// Puts the environment back to what it was before a deployment, by another deployment: the template and
/// parameters of the last success before it, or no stack if there was none. What the deployment did not
/// change, or CloudFormation put back already, is a success without a change.
///
/// Repeatable: a deployment that is being undone, or was undone last, is not undone again. Refused with
/// `DEPLOYMENT_TOO_OLD` where what was before is not remembered any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// `dep-…`, the deployment to undo.
    pub deployment_id: String,
    /// `dep-…`, the id of the deployment that does it.
    pub new_id: String,
    /// Why.
    pub reason: String,
    /// The promotion that undoes; empty if none does.
    pub promotion_id: String,
}

/// What was before a deployment.
enum Before {
    Deployed(Deployed),
    Nothing,
    Unknown,
}

impl Rollback {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("deploymentId", validate::id(&self.deployment_id));
        let length = self.reason.chars().count();
        if length > MAX_REASON {
            let fault = format!("has {length} characters, of {MAX_REASON} at most");
            found.check("reason", Err(fault));
        }
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        self.check()?;
        let Some(undone) = state.deployment(&self.deployment_id) else {
            return Err(if state.forgotten {
                too_old(&self.deployment_id)
            } else {
                Rejection::not_found(
                    "DEPLOYMENT_NOT_FOUND",
                    format!("there is no deployment {} here", self.deployment_id),
                )
            });
        };
        if state.deployment(&self.new_id).is_some() || state.is_undoing(&self.deployment_id) {
            return Ok(Decision::none());
        }
        state.refuse_unless_held_by(&self.promotion_id)?;
        state.refuse_while_running()?;
        let record = state.record(ctx.id())?;
        let before = state.before(undone);
        let mut turn = Turn::new(state, ctx);
        let mut running = plan::running(&turn, &record, &self.new_id, &self.promotion_id);
        running
            .deployment
            .rolls_back
            .clone_from(&self.deployment_id);
        match before {
            Before::Unknown => return Err(too_old(&self.deployment_id)),
            Before::Deployed(deployed) => {
                running.keep = state.kept(&deployed);
                running.want(deployed);
            }
            Before::Nothing => running.goal = Goal::Remove,
        }
        let reason = if self.reason.is_empty() {
            format!("undone by {}", self.new_id)
        } else {
            self.reason
        };
        turn.happen(Event::RollbackNoted {
            deployment_id: self.deployment_id.clone(),
            reason,
        });
        if let Some(undone) = turn.state.deployment(&self.deployment_id) {
            let row = undone.row();
            turn.show(row);
        }
        if state.is_as(&running) {
            plan::start_and_end(&mut turn, running);
        } else {
            plan::start(&mut turn, running, Secrets::default());
        }
        Ok(turn.done())
    }
}

impl State {
    /// Whether a deployment is being undone, or undoing it was the last that succeeded.
    fn is_undoing(&self, id: &str) -> bool {
        let running = self.running.as_ref();
        if running.is_some_and(|running| running.deployment.rolls_back == id) {
            return true;
        }
        let mut newest_first = self.past.iter().rev().map(|past| &past.deployment);
        let last = newest_first.find(|d| d.status == DeploymentStatus::Success);
        last.is_some_and(|last| last.rolls_back == id)
    }

    /// What was deployed before a deployment.
    fn before(&self, undone: &DeploymentRecord) -> Before {
        let at = self
            .past
            .iter()
            .position(|past| past.deployment.deployment_id == undone.deployment_id)
            .unwrap_or(self.past.len());
        let mut newest_first = self.past.iter().take(at).rev();
        let success = newest_first.find(|past| past.deployment.status == DeploymentStatus::Success);
        match success {
            Some(past) => match &past.deployed {
                Some(deployed) => Before::Deployed(deployed.clone()),
                None => Before::Nothing,
            },
            None if self.forgotten => Before::Unknown,
            None => Before::Nothing,
        }
    }

    /// Whether the environment is already as a rollback would make it.
    fn is_as(&self, running: &Running) -> bool {
        let Some(record) = &self.record else {
            return false;
        };
        match running.goal {
            Goal::Remove => record.cfn_stack_id.is_none() && self.home.is_none(),
            Goal::Deploy | Goal::Preview => {
                record.status == EnvironmentStatus::Ready
                    && self.deployed.as_ref() == Some(&running.wanted)
            }
        }
    }

    /// The hidden parameters of what is to be deployed again: the stack keeps their values.
    fn kept(&self, deployed: &Deployed) -> std::collections::BTreeSet<String> {
        let template = Template::parse(&deployed.template).unwrap_or_default();
        let hidden = template.parameters.into_iter().filter(|p| p.no_echo);
        hidden
            .map(|parameter| parameter.name)
            .filter(|name| deployed.parameters.contains_key(name) && self.has_value(name))
            .collect()
    }

    /// Whether the stack has a value for a hidden parameter.
    pub(super) fn has_value(&self, parameter: &str) -> bool {
        self.deployed
            .as_ref()
            .is_some_and(|deployed| deployed.parameters.contains_key(parameter))
    }
}

fn too_old(id: &str) -> Rejection {
    Rejection::precondition(
        "DEPLOYMENT_TOO_OLD",
        format!(
            "what was before the deployment {id} is not remembered: deploy the wanted template"
        ),
    )
}
