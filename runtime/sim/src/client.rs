//! What clients do: they send, are told, and ask again.

use datamesh_actor::pod::Reply;
use datamesh_actor::{ActorStatus, AskError, Entity};
use datamesh_journal::EntityKey;

use crate::event::Event;
use crate::ledger::{Command, Ledger, Page};
use crate::perform::ms;
use crate::world::{World, say};

/// How long a client waits for an answer before it sends again.
const PATIENCE_MS: i64 = 5_000;
/// How much later than its answer a message may come once more.
const LATE_MS: u64 = 30_000;

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
    /// A client sends; some messages come twice, and each takes its own time.
    pub(crate) fn send(&mut self, wish: usize) {
        let Some(wanted) = self.wishes.get_mut(wish) else {
            return;
        };
        wanted.again = false;
        if wanted.answer.is_some() || wanted.given_up {
            return;
        }
        if wanted.sent == 0 {
            wanted.floor = self.told.get(&wanted.entity).copied().unwrap_or(0);
        }
        wanted.sent += 1;
        let (sent, fickle) = (wanted.sent, wanted.fickle);
        let home = datamesh_actor::derive_id("", &[&wanted.entity])
            .bytes()
            .map(usize::from)
            .sum::<usize>()
            % self.plan.pods;
        let copies = if self.chance(8) && !fickle { 2 } else { 1 };
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
        let mut command = wanted.command.clone();
        let (entity, meta) = (wanted.entity.clone(), wanted.meta.clone());
        if let Command::Poison(_, fuse) = &mut command
            && self.poisonous()
            && let Some(host) = self.pods.get(pod)
        {
            *fuse = host.black_box.fuse();
        }
        say!(
            self,
            Some(pod),
            "takes command w{wish} for {entity}: {}",
            named(&command)
        );
        let now_ms = self.clock(pod);
        let key = EntityKey::new(Ledger::KIND, entity.as_str());
        let Some(host) = self.pods.get_mut(pod) else {
            return;
        };
        let (life, goes) = (host.life, host.going.is_some());
        let Some(process) = host.process.as_mut() else {
            return;
        };
        let status = process.status(&key);
        let full = process.is_full();
        let Ok(mut reply) = process.command::<Ledger>(now_ms, &entity, command, meta) else {
            return;
        };
        let answer = reply.look();
        self.perform(pod);
        self.judge_taken(wish, goes, status, answer.as_ref());
        let repeated = self.waiting.iter().any(|waiting| waiting.wish == wish);
        if full && status == Some(ActorStatus::Resident) && answer.is_none() && !repeated {
            self.judge_full(wish);
        }
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
        self.look_at_told();
        self.judge_places();
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
            (Err(AskError::Internal(text)), Command::Panic) if text.contains("panicked") => {
                Page::default()
            }
            (Err(error), _) => {
                say!(self, Some(pod), "does not answer w{wish}: {error}");
                let hint = self.hint(&error);
                let wanted = &mut self.wishes[wish];
                let nothing_changed = !matches!(error, AskError::Retry { .. });
                if wanted.fickle && wanted.sent == 1 && wanted.answer.is_none() && nothing_changed {
                    wanted.given_up = true;
                    self.counts.turned_away += 1;
                    say!(self, None, "w{wish} is given up");
                    return;
                }
                if wanted.answer.is_none() && !std::mem::replace(&mut wanted.again, true) {
                    let patience_ms = match error {
                        AskError::Busy { .. } => hint,
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
            Command::Enter(_) | Command::Do(..) | Command::Wake(..) | Command::Poison(..)
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

    /// When to come again, as a refusal for want of a place says.
    fn hint(&mut self, error: &AskError) -> i64 {
        let AskError::Busy { retry_after, .. } = error else {
            return 0;
        };
        let hint_ms = ms(*retry_after);
        self.counts.busy += 1;
        if !(50..=5_000).contains(&hint_ms) {
            self.wrong(format!("a hint says to come again in {hint_ms} ms"));
        }
        hint_ms
    }
}

/// A command in a line of the trace.
fn named(command: &Command) -> String {
    match command {
        Command::Poison(number, _) => format!("Poison({number})"),
        other => format!("{other:?}"),
    }
}
