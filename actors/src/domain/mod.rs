//! Domains: a name in the mesh, a bucket and a DataZone domain, and the names of the projects in it.

mod create;
mod delete;
mod effects;
mod events;
mod plan;
mod record;
mod release_name;
mod reserve_name;
mod state;
mod update;

#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::life::Status;
use crate::turn::Turn;

pub use create::Create;
pub use delete::Delete;
pub use effects::{DomainEffect, DomainEffects, Outcome};
pub use events::SOURCE;
pub use record::{DOMAINS, DomainRecord};
pub use release_name::ReleaseName;
pub use reserve_name::ReserveName;
pub use state::{Change, Event, State, Step};
pub use update::Update;

/// The domain as an aggregate; ids are `dom-…`.
pub struct Domain;

/// What a domain can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Create`].
    Create(Create),
    /// See [`Update`].
    Update(Update),
    /// See [`Delete`].
    Delete(Delete),
    /// See [`ReserveName`]; for projects.
    ReserveName(ReserveName),
    /// See [`ReleaseName`]; for projects.
    ReleaseName(ReleaseName),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "CreateDomain",
            Self::Update(_) => "UpdateDomain",
            Self::Delete(_) => "DeleteDomain",
            Self::ReserveName(_) => "ReserveProjectName",
            Self::ReleaseName(_) => "ReleaseProjectName",
        }
    }
}

impl Entity for Domain {
    const KIND: &'static str = "domain";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = DomainEffect;
    type Outcome = Outcome;
    type Reply = DomainRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Create(create) => create.decide(state, ctx),
            Command::Update(update) => update.decide(state, ctx),
            Command::Delete(delete) => delete.decide(state, ctx),
            Command::ReserveName(reserve) => reserve.decide(state, ctx.id()),
            Command::ReleaseName(release) => release.decide(state, ctx.id()),
        }
    }

    fn settle(
        state: &State,
        effect: &DomainEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        plan::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> DomainRecord {
        state.record.clone().unwrap_or_else(|| DomainRecord {
            domain_id: id.to_owned(),
            ..DomainRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state.record.iter().filter_map(DomainRecord::row).collect()
    }
}

impl State {
    /// The record, unless there is none or it is a tombstone.
    fn live(&self, id: &str) -> Result<&DomainRecord, Rejection> {
        self.record
            .as_ref()
            .filter(|record| record.status != Status::Deleted)
            .ok_or_else(|| not_found(id))
    }
}

fn not_found(id: &str) -> Rejection {
    Rejection::not_found("DOMAIN_NOT_FOUND", format!("there is no domain {id}"))
}
