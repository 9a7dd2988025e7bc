//! Environments: what of a project runs in dev, staging or prod, as one CloudFormation stack that changes
//! through change sets only. A deployment is a change of it; an environment does one at a time.
//!
//! `deploy`, `rollback` and `delete` begin a deployment, `plan` takes it from step to step, `settle` takes in
//! what a step has brought. All that was learned is in [`Running`], so that a crash at any point goes on from
//! there. Hidden values take a way of their own: [`Secrets`].

mod blueprint;
mod check;
mod delete;
mod deploy;
mod deployment_record;
mod digest;
mod effects;
mod event;
mod events;
mod hold;
mod home;
mod pin;
mod plan;
mod record;
mod release;
mod rollback;
mod run_check;
mod running;
mod secrets;
mod settle;
mod state;
pub mod template;
mod unpin;

#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::turn::Turn;
use crate::validate::{self, Violations};

pub use blueprint::{BLUEPRINTS, Blueprint, find as blueprint};
pub use check::{CHECKS, CheckKind, CheckRecord, CheckResult, MAX_CHECKS};
pub use delete::Delete;
pub use deploy::Deploy;
pub use deployment_record::{
    DEPLOYMENTS, DeploymentRecord, DeploymentStatus, MAX_CHANGES, MAX_EVENTS, ResourceChange,
    StackChange, StackEvent,
};
pub use digest::digest;
pub use effects::{EnvironmentEffect, EnvironmentEffects, Outcome};
pub use event::{End, Event};
pub use events::SOURCE;
pub use hold::Hold;
pub use home::{ALWAYS_GIVEN, GIVEN, Home};
pub use pin::Pin;
pub use record::{
    DEPLOYED, Deployed, DriftStatus, ENVIRONMENTS, EnvironmentRecord, EnvironmentStatus, NAMES,
    environment_id,
};
pub use release::Release;
pub use rollback::Rollback;
pub use run_check::RunCheck;
pub use running::{ChangeSet, Goal, Review, Running, Seen};
pub use secrets::{MASK, Secrets};
pub use state::{KEPT, Past, State, Step};
pub use unpin::Unpin;

/// The timer of the next look at a stack that changes.
const LOOK_TIMER: &str = "look";

/// The environment as an aggregate; ids are `{project_id}.{environment}`.
pub struct Environment;

/// What an environment can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Deploy`].
    Deploy(Deploy),
    /// See [`Rollback`].
    Rollback(Rollback),
    /// See [`Delete`].
    Delete(Delete),
    /// See [`RunCheck`].
    RunCheck(RunCheck),
    /// See [`Hold`]; for promotions.
    Hold(Hold),
    /// See [`Release`]; for promotions.
    Release(Release),
    /// See [`Pin`]; for promotions.
    Pin(Pin),
    /// See [`Unpin`]; for promotions.
    Unpin(Unpin),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Deploy(_) => "Deploy",
            Self::Rollback(_) => "RollbackDeployment",
            Self::Delete(_) => "DeleteEnvironment",
            Self::RunCheck(_) => "RunCheck",
            Self::Hold(_) => "HoldEnvironment",
            Self::Release(_) => "ReleaseEnvironment",
            Self::Pin(_) => "PinEnvironment",
            Self::Unpin(_) => "UnpinEnvironment",
        }
    }
}

impl Entity for Environment {
    const KIND: &'static str = "environment";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = EnvironmentEffect;
    type Outcome = Outcome;
    type Reply = EnvironmentRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Deploy(deploy) => deploy.decide(state, ctx),
            Command::Rollback(rollback) => rollback.decide(state, ctx),
            Command::Delete(delete) => delete.decide(state, ctx),
            Command::RunCheck(check) => check.decide(state, ctx),
            Command::Hold(hold) => hold.decide(state, ctx),
            Command::Release(release) => release.decide(state, ctx),
            Command::Pin(pin) => pin.decide(state, ctx),
            Command::Unpin(unpin) => unpin.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &EnvironmentEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        settle::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        if name == LOOK_TIMER {
            plan::look(&mut turn);
        }
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> EnvironmentRecord {
        let record = state.record.clone();
        let record = record.unwrap_or_else(|| EnvironmentRecord::new(id));
        let pinned = !record.pinned_by.is_empty();
        let running = state.running.iter().map(|running| &running.deployment);
        let past = state.past.iter().rev().map(|past| &past.deployment);
        let brief = |latest: &DeploymentRecord| DeploymentRecord {
            changes: Vec::new(),
            events: Vec::new(),
            ..latest.clone()
        };
        EnvironmentRecord {
            deployed: state.deployed.clone().filter(|_| pinned),
            latest: running.chain(past).next().map(brief).map(Box::new),
            ..record
        }
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        let attached = state.home.is_some();
        let record = state
            .record
            .iter()
            .filter_map(|record| record.row(attached));
        let past = state.past.back().map(|past| &past.deployment);
        let running = state.running.as_ref().map(|running| &running.deployment);
        let deployments = past.into_iter().chain(running);
        record
            .chain(deployments.filter_map(DeploymentRecord::row))
            .collect()
    }
}

fn check_promotion_id(id: &str) -> Result<(), Rejection> {
    let mut found = Violations::default();
    found.check("promotionId", validate::id(id));
    found.refuse()
}

fn not_found(id: &str) -> Rejection {
    Rejection::not_found(
        "ENVIRONMENT_NOT_FOUND",
        format!("there is no environment {id}"),
    )
}
