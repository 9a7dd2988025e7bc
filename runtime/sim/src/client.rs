//! What clients want, what they were told, and when they ask again.

use datamesh_actor::pod::Reply;
use datamesh_actor::{AskError, Idempotency, Meta};
use rand::Rng;

use crate::event::Event;
use crate::ledger::{Command, Deed, Ledger, Page};
use crate::world::World;

/// How long a client waits for an answer before it sends again.
const PATIENCE_MS: i64 = 5_000;

/// A command that a client wants done, until it is answered.
#[derive(Debug)]
pub struct Wish {
    /// Which ledger.
    pub entity: String,
    /// What.
    pub command: Command,
    /// Entries of the ledger that some client had been told of when this was first sent.
    pub floor: u64,
    /// The answer; the refusal of what is always refused is the empty page.
    pub answer: Option<Page>,
    sent: u32,
}

/// A command that was sent and is not answered.
pub(crate) struct Waiting {
    wish: usize,
    pod: usize,
    reply: Reply<Ledger>,
}

impl World {
    /// Draws what clients want, and when they first say so.
    pub(crate) fn wish(&mut self) {
        let mut at_ms = self.now_ms;
        for n in 0..self.plan.commands {
            let number = u32::try_from(n).unwrap_or(u32::MAX);
            let how = match self.rng.next_u64() % 4 {
                0 => Idempotency::NaturalKey,
                1 => Idempotency::ReadBack,
                2 => Idempotency::AtLeastOnce,
                _ => Idempotency::Token,
            };
            let several = matches!(how, Idempotency::Token | Idempotency::NaturalKey);
            let deed = Deed {
                number,
                how,
                parts: if several { 1 + self.below(3) as u32 } else { 1 },
                impossible: self.rng.next_u64().is_multiple_of(10),
            };
            let command = match self.rng.next_u64() % 12 {
                0..=3 => Command::Enter(number),
                4..=6 => Command::Do(number, deed),
                7..=8 => Command::Wake(number, 20 + self.below(20_000) as i64),
                9 => Command::Refuse,
                10 if self.plan.trouble => Command::Panic,
                _ => Command::Read,
            };
            let entity = self.below(self.plan.entities as u64);
            self.wishes.push(Wish {
                entity: format!("l{entity}"),
                command,
                floor: 0,
                answer: None,
                sent: 0,
            });
            // Some come together: an entity then decides ahead of its commits.
            if !self.rng.next_u64().is_multiple_of(3) {
                at_ms += self.below(1_500) as i64;
            }
            self.at(at_ms, Event::Send { wish: n });
        }
    }

    /// A client sends; some messages come twice, and each takes its own time.
    pub(crate) fn send(&mut self, wish: usize) {
        let Some(wanted) = self.wishes.get_mut(wish) else {
            return;
        };
        if wanted.answer.is_some() {
            return;
        }
        if wanted.sent == 0 {
            wanted.floor = self.told.get(&wanted.entity).copied().unwrap_or(0);
        }
        wanted.sent += 1;
        let sent = wanted.sent;
        let home = datamesh_actor::derive_id("", &[&wanted.entity])
            .bytes()
            .map(usize::from)
            .sum::<usize>()
            % self.plan.pods;
        let copies = if self.chance(8) { 2 } else { 1 };
        for _ in 0..copies {
            let pod = match self.chance(5) {
                true => self.below(self.plan.pods as u64) as usize,
                false => home,
            };
            let delay = self.delay();
            self.after(delay, Event::Arrive { pod, wish });
        }
        self.after(PATIENCE_MS, Event::Impatient { wish, sent });
    }

    /// Nobody answered in time.
    pub(crate) fn impatient(&mut self, wish: usize, sent: u32) {
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        if wanted.answer.is_none() && wanted.sent == sent {
            self.send(wish);
        }
    }

    /// A command reaches a pod.
    pub(crate) fn arrive(&mut self, pod: usize, wish: usize) {
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        let command = wanted.command.clone();
        let entity = wanted.entity.clone();
        self.say(
            Some(pod),
            format!("takes command w{wish} for {entity}: {command:?}"),
        );
        let now_ms = self.clock(pod);
        let meta = Meta {
            command_id: Some(format!("w{wish}")),
            ..Meta::default()
        };
        let Some(process) = self.pods.get_mut(pod).and_then(|p| p.process.as_mut()) else {
            return;
        };
        if let Ok(reply) = process.command::<Ledger>(now_ms, &entity, command, meta) {
            self.waiting.push(Waiting { wish, pod, reply });
        }
        self.perform(pod);
    }

    /// Takes the answers that are there.
    pub(crate) fn look(&mut self) {
        let mut still = Vec::new();
        for mut waiting in std::mem::take(&mut self.waiting) {
            match waiting.reply.look() {
                None => still.push(waiting),
                Some(answer) => self.answered(waiting.wish, waiting.pod, answer),
            }
        }
        self.waiting.extend(still);
    }

    fn answered(&mut self, wish: usize, pod: usize, answer: Result<Page, AskError>) {
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        let entity = wanted.entity.clone();
        let page = match (answer, &wanted.command) {
            (Ok(page), _) => page,
            (Err(AskError::Rejected(_)), Command::Refuse) => Page::default(),
            (Err(AskError::Internal(_)), Command::Panic) => Page::default(),
            (Err(error), _) => {
                self.say(Some(pod), format!("does not answer w{wish}: {error}"));
                if self.wishes[wish].answer.is_none() {
                    let patience_ms = match error {
                        AskError::Paused { .. } | AskError::Quarantined { .. } => 1_000,
                        _ => 50,
                    };
                    let delay = patience_ms + self.delay();
                    self.after(delay, Event::Send { wish });
                }
                return;
            }
        };
        self.say(
            Some(pod),
            format!(
                "answers w{wish}: {} entries, digest {:016x}",
                page.entries, page.digest
            ),
        );
        self.judge_answer(wish, &entity, &page);
        let told = self.told.entry(entity).or_default();
        if !matches!(self.wishes[wish].command, Command::Read) {
            *told = (*told).max(page.entries);
        }
        self.wishes[wish].answer.get_or_insert(page);
    }
}
