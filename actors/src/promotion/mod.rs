//! Promotions: what runs in one environment of a project goes to the next, by a workflow, with an approval.

mod cancel;
mod create;
mod effects;
mod end;
mod event;
mod events;
mod follow;
mod plan;
mod record;
mod source_changed;
mod state;
mod status;

#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::turn::Turn;

pub use cancel::Cancel;
pub use create::Create;
pub use effects::{Outcome, PromotionEffect, PromotionEffects};
pub use end::ROLLED_BACK;
pub use event::Event;
pub use events::SOURCE;
pub use follow::Follow;
pub use record::{PROMOTIONS, PromotionRecord, RUNNING, running};
pub use source_changed::SourceChanged;
pub use state::{Ending, Order, Source, State, Step, Workflow};
pub use status::Status;

/// The promotion as an aggregate; ids are `prom-req-…`.
pub struct Promotion;

/// What a promotion can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Create`].
    Create(Create),
    /// See [`Cancel`].
    Cancel(Cancel),
    /// See [`Follow`]; for its workflow.
    Follow(Follow),
    /// See [`SourceChanged`]; for the environment it promotes from.
    SourceChanged(SourceChanged),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "CreatePromotion",
            Self::Cancel(_) => "CancelPromotion",
            Self::Follow(_) => "FollowWorkflow",
            Self::SourceChanged(_) => "SourceChanged",
        }
    }
}

impl Entity for Promotion {
    const KIND: &'static str = "promotion";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = PromotionEffect;
    type Outcome = Outcome;
    type Reply = PromotionRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Create(create) => create.decide(state, ctx),
            Command::Cancel(cancel) => cancel.decide(state, ctx),
            Command::Follow(follow) => follow.decide(state, ctx),
            Command::SourceChanged(changed) => changed.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &PromotionEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        plan::settle(&mut turn, effect, result);
        turn.done()
    }

    /// No timers: whoever is waited for has its own.
    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> PromotionRecord {
        state.record.clone().unwrap_or_else(|| PromotionRecord {
            request_id: id.to_owned(),
            ..PromotionRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state
            .record
            .iter()
            .filter_map(PromotionRecord::row)
            .collect()
    }
}

impl State {
    fn known(&self, id: &str) -> Result<&PromotionRecord, Rejection> {
        self.record.as_ref().ok_or_else(|| not_found(id))
    }
}

pub(crate) fn not_found(id: &str) -> Rejection {
    Rejection::not_found("PROMOTION_NOT_FOUND", format!("there is no promotion {id}"))
}
