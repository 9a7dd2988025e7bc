//! Projects: a name in a domain, a DataZone project, and prefixes in the domain's bucket.

mod attach_asset;
mod attach_environment;
mod create;
mod delete;
mod detach_asset;
mod detach_environment;
mod effects;
mod event;
mod events;
mod plan;
mod record;
mod set_up;
mod state;
mod update;

#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::life::Status;
use crate::turn::Turn;

pub use attach_asset::AttachAsset;
pub use attach_environment::AttachEnvironment;
pub use create::Create;
pub use delete::Delete;
pub use detach_asset::DetachAsset;
pub use detach_environment::DetachEnvironment;
pub(crate) use effects::FOLDERS;
pub use effects::{Outcome, ProjectEffect, ProjectEffects};
pub use event::Event;
pub use events::{SETUP_SOURCE, SOURCE};
pub use record::{Home, PROJECTS, ProjectRecord, SetupStatus};
pub use set_up::SetUp;
pub use state::{Change, State, Step};
pub use update::Update;

/// The timer that begins a set-up that is overdue or failed.
const SETUP_TIMER: &str = "set-up";

/// The project as an aggregate; ids are `proj-…`.
pub struct Project;

/// What a project can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Create`].
    Create(Create),
    /// See [`Update`].
    Update(Update),
    /// See [`Delete`].
    Delete(Delete),
    /// See [`SetUp`]; for the worker.
    SetUp(SetUp),
    /// See [`AttachAsset`]; for assets.
    AttachAsset(AttachAsset),
    /// See [`DetachAsset`]; for assets.
    DetachAsset(DetachAsset),
    /// See [`AttachEnvironment`]; for environments.
    AttachEnvironment(AttachEnvironment),
    /// See [`DetachEnvironment`]; for environments.
    DetachEnvironment(DetachEnvironment),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "CreateProject",
            Self::Update(_) => "UpdateProject",
            Self::Delete(_) => "DeleteProject",
            Self::SetUp(_) => "SetUpProject",
            Self::AttachAsset(_) => "AttachAsset",
            Self::DetachAsset(_) => "DetachAsset",
            Self::AttachEnvironment(_) => "AttachEnvironment",
            Self::DetachEnvironment(_) => "DetachEnvironment",
        }
    }
}

impl Entity for Project {
    const KIND: &'static str = "project";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = ProjectEffect;
    type Outcome = Outcome;
    type Reply = ProjectRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Create(create) => create.decide(state, ctx),
            Command::Update(update) => update.decide(state, ctx),
            Command::Delete(delete) => delete.decide(state, ctx),
            Command::SetUp(set_up) => set_up.decide(state, ctx),
            Command::AttachAsset(attach) => attach.decide(state, ctx.id()),
            Command::DetachAsset(detach) => detach.decide(state, ctx.id()),
            Command::AttachEnvironment(attach) => attach.decide(state, ctx.id()),
            Command::DetachEnvironment(detach) => detach.decide(state, ctx.id()),
        }
    }

    fn settle(
        state: &State,
        effect: &ProjectEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        plan::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        if name == SETUP_TIMER {
            plan::set_up(&mut turn);
        }
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> ProjectRecord {
        state.record.clone().unwrap_or_else(|| ProjectRecord {
            project_id: id.to_owned(),
            ..ProjectRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state.record.iter().filter_map(ProjectRecord::row).collect()
    }
}

impl State {
    /// The record, unless there is none or it is a tombstone.
    fn live(&self, id: &str) -> Result<&ProjectRecord, Rejection> {
        self.record
            .as_ref()
            .filter(|record| record.status != Status::Deleted)
            .ok_or_else(|| not_found(id))
    }
}

fn not_found(id: &str) -> Rejection {
    Rejection::not_found("PROJECT_NOT_FOUND", format!("there is no project {id}"))
}
