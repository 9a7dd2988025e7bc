//! What clients want: drawn before anything happens.

use datamesh_actor::pod::Fuse;
use datamesh_actor::{Idempotency, Meta, Priority, Rank};
use rand::Rng;

use crate::event::Event;
use crate::ledger::{Command, Deed, Page};
use crate::plan::Poison;
use crate::world::World;

/// A command that a client wants done, until it is answered.
#[derive(Debug)]
pub(crate) struct Wish {
    /// Which ledger.
    pub entity: String,
    /// What.
    pub command: Command,
    /// Entries of the ledger that some client had been told of when this was first sent.
    pub floor: u64,
    /// The first answer; the refusal of what is always refused is the empty page.
    pub answer: Option<Page>,
    /// Other answers than the first: where the command counted again.
    pub others: Vec<Page>,
    /// Whose it is, and whether it can wait.
    pub(crate) meta: Meta,
    /// Whether its client takes the first refusal for an answer; it sends one message then.
    pub(crate) fickle: bool,
    /// It was refused, and is not sent again: it never happened.
    pub given_up: bool,
    pub(crate) sent: u32,
    /// Whether it is to be sent again anyhow: of two messages that are refused one comes again.
    pub(crate) again: bool,
}

impl World {
    /// Draws what clients want, and when they first say so.
    pub(crate) fn wish(&mut self) {
        let mut at_ms = self.now_ms;
        let first = 3 + self.below(20);
        let poisonous = first..first + self.plan.poisons();
        self.deadly = u32::try_from(first).unwrap_or(u32::MAX);
        let mut before = 0;
        for n in 0..self.plan.commands {
            let number = u32::try_from(n).unwrap_or(u32::MAX);
            let drawn = self.draw_command(number);
            let poison = self.plan.poison.filter(|_| poisonous.contains(&(n as u64)));
            let command = match poison {
                Some(Poison::Command) => Command::Poison(number, Fuse::default()),
                Some(Poison::Deed) => Command::Do(number, deadly(number)),
                Some(Poison::Timer) => Command::Wake(number, 20 + self.below(2_000) as i64),
                Some(Poison::Replay) => Command::Enter(number),
                None => drawn,
            };
            let twin = poison.is_some() && n as u64 > first;
            let entity = match self.below(self.plan.entities as u64) {
                _ if twin => before,
                entity => entity,
            };
            before = entity;
            let meta = Meta {
                command_id: Some(format!("w{n}")),
                tenant: Some(format!("t{}", n % 3).into()),
                priority: match self.below(5) {
                    0 => Priority::High,
                    _ => Priority::Normal,
                },
                ..Meta::default()
            };
            let wish = Wish {
                entity: format!("l{entity}"),
                command,
                floor: 0,
                answer: None,
                others: Vec::new(),
                meta,
                fickle: self.below(5) == 0 && poison.is_none(),
                given_up: false,
                sent: 0,
                again: false,
            };
            self.wishes.push(wish);
            // Some come together: an entity then decides ahead of its commits.
            if !self.rng.next_u64().is_multiple_of(3) && !twin {
                let most_ms = if self.plan.cured { 1_500 } else { 300 };
                at_ms += self.below(most_ms) as i64;
            }
            self.at(at_ms, Event::Send { wish: n });
        }
    }

    fn draw_command(&mut self, number: u32) -> Command {
        let deed = self.draw_deed(number);
        match self.rng.next_u64() % 12 {
            0..=3 => Command::Enter(number),
            4..=6 => Command::Do(number, deed),
            7..=8 => Command::Wake(number, 20 + self.below(20_000) as i64),
            9 => Command::Refuse,
            10 if self.plan.trouble => Command::Panic,
            _ => Command::Read,
        }
    }

    fn draw_deed(&mut self, number: u32) -> Deed {
        let how = match self.rng.next_u64() % 4 {
            0 => Idempotency::NaturalKey,
            1 => Idempotency::ReadBack,
            2 => Idempotency::AtLeastOnce,
            _ => Idempotency::Token,
        };
        let several = matches!(how, Idempotency::Token | Idempotency::NaturalKey);
        // Whoever tells a ledger that nobody sees to has no end.
        let tells = self.rng.next_u64().is_multiple_of(3) && self.plan.cured;
        let tells = tells.then(|| self.below(self.plan.entities as u64) as u32);
        Deed {
            number,
            how: match tells {
                Some(_) => Idempotency::Token,
                None => how,
            },
            tells,
            parts: if several { 1 + self.below(3) as u32 } else { 1 },
            impossible: self.rng.next_u64().is_multiple_of(10) && tells.is_none(),
            rank: match self.rng.next_u64() % 4 {
                0 => Rank::Revoke,
                1 => Rank::Verify,
                _ => Rank::Normal,
            },
            deadly: false,
            fragile: self.rng.next_u64().is_multiple_of(6),
        }
    }
}

/// A deed that kills who tries it.
fn deadly(number: u32) -> Deed {
    Deed {
        number,
        how: Idempotency::NaturalKey,
        parts: 1,
        impossible: false,
        rank: Rank::Normal,
        deadly: true,
        fragile: false,
        tells: None,
    }
}
