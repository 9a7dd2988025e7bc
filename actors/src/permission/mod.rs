//! Ledgers: the one writer of what Lake Formation keeps about a database, or about an account; and what the
//! Permission service shows of it.
//!
//! Holders say what they need ([`Hold`]); the ledger wants what any of them wants, and takes away what nobody
//! does. What it does next is in `plan`, what an answer means in `settle`, when a holder is told in `ends`,
//! what permissions that overlap do to each other in `overlap`.
//! Who can read a table, and why, is in [`explain`].

mod apply;
mod ask;
mod effects;
mod ends;
mod event;
mod events;
pub mod explain;
mod fate;
mod grant;
mod hold;
mod holder;
mod holding;
mod inspect;
mod item;
mod keep;
mod let_go;
mod look;
mod looking;
mod overlap;
mod plan;
mod queues;
mod record;
mod repair;
mod resource_record;
mod revoke;
mod rows;
mod settle;
mod state;
mod verify;
mod work;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod resource_tests;
#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::access::Hold;
use work::Work;

pub use effects::{
    InspectTable, LedgerEffect, LedgerEffects, Outcome, Put, Remove, See, Target, TellHolder,
    TellLook,
};
pub use event::{Event, Fate, Sight};
pub use events::SOURCE;
pub use grant::Grant;
pub use holder::{Holder, Told};
pub use inspect::Inspect;
pub use item::{Item, Phase};
pub use keep::Keep;
pub use let_go::LetGo;
pub use look::LookAt;
pub use looking::{Inspection, Looking};
pub use queues::Queues;
pub use record::{
    HeldBy, HolderRecord, LEDGERS, LedgerRecord, MAX_LISTED, PERMISSIONS, PermissionRecord,
    PermissionStatus, permission_id,
};
pub use repair::Repair;
pub use resource_record::{LAKE_RESOURCES, ResourceRecord, kind_of, resource_id};
pub use revoke::Revoke;
pub use state::{Lane, State};
pub use verify::Verify;

/// The timer of whatever is due next.
const PLAN_TIMER: &str = "plan";

/// Whether a holder is the ledger's own: a permission that the Permission service gave, or a resource that
/// the LakeFormation service put.
fn is_own(holder: &str) -> bool {
    holder.starts_with("perm-") || holder.starts_with("lake-")
}

/// The ledger as an aggregate; its id is a [`LedgerId`](crate::access::LedgerId) as text.
pub struct Ledger;

/// What a ledger can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A holder needs this from now on; for shares. See [`Hold`].
    Hold(Box<Hold>),
    /// See [`LookAt`]; for shares.
    Look(LookAt),
    /// See [`Grant`].
    Grant(Box<Grant>),
    /// See [`Revoke`].
    Revoke(Box<Revoke>),
    /// See [`Keep`].
    Keep(Box<Keep>),
    /// See [`LetGo`].
    LetGo(LetGo),
    /// See [`Inspect`].
    Inspect(Inspect),
    /// See [`Verify`].
    Verify(Verify),
    /// See [`Repair`].
    Repair(Repair),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Hold(_) => "Hold",
            Self::Look(_) => "Look",
            Self::Grant(_) => "GrantPermission",
            Self::Revoke(_) => "RevokePermission",
            Self::Keep(_) => "PutLakeResource",
            Self::LetGo(_) => "DeleteLakeResource",
            Self::Inspect(_) => "InspectTable",
            Self::Verify(_) => "VerifyPermissions",
            Self::Repair(_) => "RepairPermissions",
        }
    }
}

impl Entity for Ledger {
    const KIND: &'static str = "ledger";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = LedgerEffect;
    type Outcome = Outcome;
    type Reply = LedgerRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        if crate::access::LedgerId::parse(ctx.id()).is_none() {
            return Err(Rejection::not_found(
                "LEDGER_NOT_FOUND",
                format!("{} names no account, region and database", ctx.id()),
            ));
        }
        match command {
            Command::Hold(hold) => hold::decide(*hold, state, ctx),
            Command::Look(look) => look.decide(state, ctx),
            Command::Grant(grant) => grant.decide(state, ctx),
            Command::Revoke(revoke) => revoke.decide(state, ctx),
            Command::Keep(keep) => keep.decide(state, ctx),
            Command::LetGo(let_go) => let_go.decide(state, ctx),
            Command::Inspect(inspect) => inspect.decide(state, ctx),
            Command::Verify(verify) => verify.decide(state, ctx),
            Command::Repair(repair) => repair.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &LedgerEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut work = Work::new(state, ctx);
        settle::settle(&mut work, effect, result);
        work.done()
    }

    fn timer(state: &State, _: &str, ctx: &mut Ctx) -> Decision<Self> {
        Work::new(state, ctx).done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> LedgerRecord {
        LedgerRecord::of(id, state)
    }

    fn views(id: &str, state: &State) -> Vec<ViewChange> {
        LedgerRecord::of(id, state).row().into_iter().collect()
    }
}
