//! What clients want, what they were told, and when they ask again.

use datamesh_actor::pod::Reply;
use datamesh_actor::{AskError, Entity, Idempotency, Meta};
use datamesh_journal::EntityKey;
use rand::Rng;

use crate::event::Event;
use crate::ledger::{Command, Deed, Ledger, Page};
use crate::world::{World, say};

/// How long a client waits for an answer before it sends again.
const PATIENCE_MS: i64 = 5_000;
/// How much later than its answer a message may come once more.
const LATE_MS: u64 = 30_000;

/// A command that a client wants done, until it is answered.
#[derive(Debug)]
pub struct Wish {
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
    sent: u32,
    /// Whether it is to be sent again anyhow: of two messages that are refused one comes again.
    again: bool,
}

/// A command that was sent and is not answered.
pub(crate) struct Waiting {
    wish: usize,
    pub(crate) pod: usize,
    pub(crate) life: u32,
    /// When it was taken, as events are counted.
    taken: u64,
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
                others: Vec::new(),
                sent: 0,
                again: false,
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
        wanted.again = false;
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

    /// A message that was answered comes once more.
    pub(crate) fn repeat(&mut self, wish: usize) {
        let pod = self.below(self.plan.pods as u64) as usize;
        let delay = self.delay();
        self.after(delay, Event::Arrive { pod, wish });
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
        say!(
            self,
            Some(pod),
            "takes command w{wish} for {entity}: {command:?}"
        );
        let now_ms = self.clock(pod);
        let key = EntityKey::new(Ledger::KIND, entity.as_str());
        let meta = Meta {
            command_id: Some(format!("w{wish}")),
            ..Meta::default()
        };
        let Some(host) = self.pods.get_mut(pod) else {
            return;
        };
        let (life, goes) = (host.life, host.going.is_some());
        let Some(process) = host.process.as_mut() else {
            return;
        };
        let status = process.status(&key);
        let Ok(mut reply) = process.command::<Ledger>(now_ms, &entity, command, meta) else {
            return;
        };
        let answer = reply.look();
        self.perform(pod);
        self.judge_taken(wish, goes, status, answer.as_ref());
        let waiting = Waiting {
            wish,
            pod,
            life,
            taken: self.events_so_far,
            reply,
        };
        match answer {
            Some(answer) => self.answered(&waiting, answer),
            None => self.waiting.push(waiting),
        }
    }

    /// Takes the answers that are there.
    pub(crate) fn look(&mut self) {
        let mut still = Vec::new();
        for mut waiting in std::mem::take(&mut self.waiting) {
            match waiting.reply.look() {
                None => still.push(waiting),
                Some(answer) => self.answered(&waiting, answer),
            }
        }
        self.waiting.extend(still);
    }

    fn answered(&mut self, waiting: &Waiting, answer: Result<Page, AskError>) {
        let (wish, pod) = (waiting.wish, waiting.pod);
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        let entity = wanted.entity.clone();
        let page = match (answer, &wanted.command) {
            (Ok(page), _) => page,
            (Err(AskError::Rejected(_)), Command::Refuse) => Page::default(),
            // A ledger that cannot be read is an internal error too, and no answer.
            (Err(AskError::Internal(text)), Command::Panic) if text.contains("panicked") => {
                Page::default()
            }
            (Err(error), _) => {
                say!(self, Some(pod), "does not answer w{wish}: {error}");
                let wanted = &mut self.wishes[wish];
                if wanted.answer.is_none() && !std::mem::replace(&mut wanted.again, true) {
                    let patience_ms = match error {
                        AskError::Paused { .. } | AskError::Quarantined { .. } => 1_000,
                        AskError::Draining => 300,
                        _ => (50 * i64::from(wanted.sent)).min(2_000),
                    };
                    let delay = patience_ms + self.delay();
                    self.after(delay, Event::Send { wish });
                }
                return;
            }
        };
        say!(
            self,
            Some(pod),
            "answers w{wish}: {} entries, digest {:016x}",
            page.entries,
            page.digest
        );
        self.judge_answer(wish, waiting.life, waiting.taken, &page);
        let wanted = &mut self.wishes[wish];
        let counts = matches!(
            wanted.command,
            Command::Enter(_) | Command::Do(..) | Command::Wake(..)
        );
        if counts {
            let told = self.told.entry(entity).or_default();
            *told = (*told).max(page.entries);
        }
        match &wanted.answer {
            None => {
                wanted.answer = Some(page);
                if counts && self.chance(3) {
                    let late_ms = self.below(LATE_MS) as i64;
                    self.after(late_ms, Event::Repeat { wish });
                }
            }
            Some(first) if *first != page => wanted.others.push(page),
            Some(_) => {}
        }
    }
}
