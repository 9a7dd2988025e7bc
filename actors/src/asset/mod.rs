//! Assets: what a project offers. A Glue table and its files, a DataZone asset that describes them, and a
//! listing in the catalogue while it is published.

mod create;
mod delete;
mod effects;
mod event;
mod events;
mod plan;
mod publish;
mod publish_status;
mod record;
mod settle;
mod state;
mod unpublish;
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
pub use effects::{AssetEffect, AssetEffects, ListingState, Outcome};
pub use event::Event;
pub use events::SOURCE;
pub use publish::Publish;
pub use publish_status::{PublishMove, PublishStatus};
pub use record::{ASSETS, AssetRecord, Column};
pub use state::{Content, Home, Look, State, Step, TableFacts, Work};
pub use unpublish::Unpublish;
pub use update::Update;

/// The timer of the next look at the listing.
const LISTING_TIMER: &str = "listing";

/// The asset as an aggregate; ids are `asset-…`.
pub struct Asset;

/// What an asset can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Create`].
    Create(Create),
    /// See [`Update`].
    Update(Update),
    /// See [`Publish`].
    Publish(Publish),
    /// See [`Unpublish`].
    Unpublish(Unpublish),
    /// See [`Delete`].
    Delete(Delete),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "CreateAsset",
            Self::Update(_) => "UpdateAsset",
            Self::Publish(_) => "PublishAsset",
            Self::Unpublish(_) => "UnpublishAsset",
            Self::Delete(_) => "DeleteAsset",
        }
    }
}

impl Entity for Asset {
    const KIND: &'static str = "asset";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = AssetEffect;
    type Outcome = Outcome;
    type Reply = AssetRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Create(create) => create.decide(state, ctx),
            Command::Update(update) => update.decide(state, ctx),
            Command::Publish(publish) => publish.decide(state, ctx),
            Command::Unpublish(unpublish) => unpublish.decide(state, ctx),
            Command::Delete(delete) => delete.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &AssetEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        settle::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        if name == LISTING_TIMER {
            plan::look(&mut turn);
        }
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> AssetRecord {
        state.record.clone().unwrap_or_else(|| AssetRecord {
            asset_id: id.to_owned(),
            ..AssetRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state.record.iter().filter_map(AssetRecord::row).collect()
    }
}

impl State {
    /// The record, unless there is none or it is a tombstone.
    fn live(&self, id: &str) -> Result<&AssetRecord, Rejection> {
        self.record
            .as_ref()
            .filter(|record| record.status != Status::Deleted)
            .ok_or_else(|| not_found(id))
    }
}

/// Refuses a change of an asset that is on its way somewhere.
fn at_rest(record: &AssetRecord) -> Result<(), Rejection> {
    record.status.ready_for_change("asset")?;
    if record.publish_status.is_moving() {
        return Err(Rejection::precondition(
            "NOT_READY",
            format!(
                "the asset is {}: try again when that is done",
                record.publish_status.as_str()
            ),
        ));
    }
    Ok(())
}

fn not_found(id: &str) -> Rejection {
    Rejection::not_found("ASSET_NOT_FOUND", format!("there is no asset {id}"))
}
