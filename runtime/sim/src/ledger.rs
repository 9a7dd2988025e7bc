//! The entity of the simulation: a ledger that remembers every command that counted, in order. Its reply is
//! the number of entries and a digest over all of them, so that one reply tells which past it stands on.

use std::panic::resume_unwind;

use datamesh_actor::pod::Fuse;
use datamesh_actor::{
    CANCELLED, Ctx, Decision, Effect, Entity, Failure, Idempotency, Named, Rank, Rejection,
    RejectionKind,
};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::mine::{Kills, step};

/// The entity.
pub struct Ledger;

/// The view that shows each ledger's page.
pub const VIEW: &str = "ledgers";

/// How far a ledger is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Entries so far.
    pub entries: u64,
    /// A digest over all of them, in order.
    pub digest: u64,
}

/// What can be asked.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// Enters this number.
    Enter(u32),
    /// Enters the number and asks the world outside for a deed.
    Do(u32, Deed),
    /// Enters the number and wants to be woken so many milliseconds later.
    Wake(u32, i64),
    /// Asks how far it is.
    Read,
    /// Is refused.
    Refuse,
    /// Panics.
    Panic,
    /// Blows the fuse of the process that decides on it, and enters the number if that goes on living.
    Poison(u32, #[serde(skip)] Fuse),
}

/// What can happen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// The command of this number counted.
    Entered(u32),
    /// The deed of this number is done.
    Done(u32),
    /// The deed of this number met a failure that does not go away.
    Failed(u32),
    /// The timer of this number came due at this time, in milliseconds.
    Woken(u32, i64),
}

/// A deed in the world outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deed {
    /// Which.
    pub number: u32,
    /// How a repeat stays one deed.
    pub how: Idempotency,
    /// How many parts it has: each can fail alone.
    pub parts: u32,
    /// Whether the world refuses it for good.
    pub impossible: bool,
    /// When it is taken up after a start; the journal keeps that beside it.
    #[serde(skip)]
    pub rank: Rank,
    /// Whether it kills who tries it.
    pub deadly: bool,
    /// Whether its ledger panics if it is cancelled.
    pub fragile: bool,
    /// It is nothing in the world outside: this ledger is asked to enter [`told`] of its number, and to do a deed.
    pub tells: Option<u32>,
}

/// What a ledger enters that is told of the deed of this number.
pub fn told(number: u32) -> u32 {
    1_000 + number
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Enter(_) => "Enter",
            Self::Do(..) => "Do",
            Self::Wake(..) => "Wake",
            Self::Read => "Read",
            Self::Refuse => "Refuse",
            Self::Panic => "Panic",
            Self::Poison(..) => "Poison",
        }
    }
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Entered(_) => "Entered",
            Self::Done(_) => "Done",
            Self::Failed(_) => "Failed",
            Self::Woken(..) => "Woken",
        }
    }
}

impl Named for Deed {
    fn name(&self) -> &'static str {
        "Deed"
    }
}

impl Effect for Deed {
    fn idempotency(&self) -> Idempotency {
        self.how
    }

    fn rank(&self) -> Rank {
        self.rank
    }
}

impl Entity for Ledger {
    const KIND: &'static str = "ledger";
    type State = Page;
    type Command = Command;
    type Event = Event;
    type Effect = Deed;
    type Outcome = ();
    type Reply = Page;

    fn decide(_: &Page, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Enter(number) => Ok(Decision::event(Event::Entered(number))),
            Command::Do(number, deed) => Ok(Decision::event(Event::Entered(number)).effect(deed)),
            Command::Wake(number, after_ms) => Ok(Decision::event(Event::Entered(number))
                .timer(format!("wake-{number}"), ctx.now_ms() + after_ms)),
            Command::Read => Ok(Decision::none()),
            Command::Refuse => Err(Rejection::new(
                RejectionKind::FailedPrecondition,
                "NEVER",
                "a ledger refuses this always",
            )),
            // Not the macro: that would call the hook that prints.
            Command::Panic => resume_unwind(Box::new("it was asked to")),
            Command::Poison(number, fuse) => {
                fuse.blow();
                Ok(Decision::event(Event::Entered(number)))
            }
        }
    }

    fn settle(_: &Page, deed: &Deed, end: Result<(), Failure>, _: &mut Ctx) -> Decision<Self> {
        Decision::event(match end {
            Ok(()) => Event::Done(deed.number),
            Err(failure) if deed.fragile && failure.code == CANCELLED => {
                resume_unwind(Box::new("it cannot be without it"))
            }
            Err(_) => Event::Failed(deed.number),
        })
    }

    fn timer(_: &Page, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let number = name.strip_prefix("wake-").and_then(|n| n.parse().ok());
        number.map_or_else(Decision::none, |number| {
            step(number, Kills::Timer);
            Decision::event(Event::Woken(number, ctx.now_ms()))
        })
    }

    fn apply(page: &mut Page, event: &Event) {
        if let Event::Entered(number) = event {
            step(*number, Kills::Replay);
        }
        let (kind, number) = match event {
            Event::Entered(number) => (1, *number),
            Event::Done(number) => (2, *number),
            Event::Failed(number) => (3, *number),
            Event::Woken(number, _) => (4, *number),
        };
        page.entries += 1;
        // FNV-1a over (kind, number): order matters.
        for part in [kind, u64::from(number)] {
            page.digest = (page.digest ^ part).wrapping_mul(0x0100_0000_01b3);
        }
        page.digest = page.digest.rotate_left(17);
    }

    fn reply(_: &str, page: &Page) -> Page {
        page.clone()
    }

    fn views(id: &str, page: &Page) -> Vec<ViewChange> {
        let doc = serde_json::value::to_raw_value(page);
        let put = |doc| ViewChange::Put {
            collection: VIEW.to_owned(),
            key: id.to_owned(),
            sort: id.to_owned(),
            fields: Vec::new(),
            doc,
        };
        doc.ok().into_iter().map(put).collect()
    }
}
