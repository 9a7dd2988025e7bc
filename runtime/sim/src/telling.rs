//! A deed that asks another ledger, as the effects of the mesh do: through its own process, in the name of the system,
//! under an id that is the same at every try.

use datamesh_actor::pod::{Ended, Reply};
use datamesh_actor::{
    AskError, EffectError, Entity, ErrorClass, Idempotency, Meta, Priority, Rank,
};
use datamesh_journal::EntityKey;

use crate::event::Event;
use crate::ledger::{Command, Deed, Ledger, told};
use crate::outside::Telling;
use crate::perform::ms;
use crate::world::{World, say};

/// A try that waits for the answer of a ledger.
pub(crate) struct Asking {
    pod: usize,
    life: u32,
    end: Ended,
    reply: Reply<Ledger>,
    unheard: bool,
    /// Then it is given up.
    until_ms: i64,
}

impl World {
    /// The try asks the ledger, and ends when that has answered.
    pub(crate) fn tell(&mut self, pod: usize, life: u32, telling: &Telling, end: Ended) {
        let id = format!("l{}", telling.ledger);
        let meta = Meta {
            command_id: Some(telling.key.clone()),
            priority: Priority::High,
            ..Meta::default()
        };
        say!(self, Some(pod), "effect {} tells {id}", telling.key);
        let now_ms = self.clock(pod);
        let process = self.pods.get_mut(pod).and_then(|h| h.process.as_mut());
        let command = Command::Do(told(telling.number), simple(told(telling.number)));
        let asked =
            process.map(|process| process.command_of::<Ledger>(now_ms, &id, command, meta, &end));
        let Some(Ok(reply)) = asked else {
            return;
        };
        let limit_ms = end.given_up().map_or(0, ms);
        self.asking.push(Asking {
            pod,
            life,
            end,
            reply,
            unheard: telling.unheard,
            until_ms: self.now_ms + limit_ms,
        });
        self.perform(pod);
    }

    /// Takes the answers that are there.
    pub(crate) fn look_at_told(&mut self) {
        let mut still = Vec::new();
        for mut asking in std::mem::take(&mut self.asking) {
            let host = self.pods.get(asking.pod);
            if !host.is_some_and(|host| host.life == asking.life && host.process.is_some()) {
                // Its process is gone, and with it the try.
                continue;
            }
            let answer = match asking.unheard {
                true => None,
                false => asking.reply.look(),
            };
            match answer {
                Some(answer) => asking
                    .end
                    .came(answer.map(drop).map_err(|e| unanswered(&e))),
                None if self.now_ms >= asking.until_ms => self.counts.given_up += 1,
                None => {
                    still.push(asking);
                    continue;
                }
            }
            let Asking { pod, life, end, .. } = asking;
            let (delay, ran) = (self.delay(), true);
            self.after(
                delay,
                Event::Ended {
                    pod,
                    life,
                    end,
                    ran,
                },
            );
        }
        self.asking.extend(still);
    }

    /// Each deed that told a ledger of itself and was done has told it; and no ledger was told more often than asked.
    pub(crate) fn judge_told(&mut self) {
        let mut wrong = Vec::new();
        for wish in &self.wishes {
            let Command::Do(number, deed) = &wish.command else {
                continue;
            };
            let Some(ledger) = deed.tells else {
                continue;
            };
            let history = |id: &str| self.histories.get(&EntityKey::new(Ledger::KIND, id));
            let teller = history(&wish.entity);
            let count = |of: fn(&crate::history::History, u32) -> usize| {
                teller.map_or(0, |history| of(history, *number))
            };
            let asked = count(|history, n| history.entered.get(&n).map_or(0, Vec::len));
            let done = count(|history, n| history.done.get(&n).copied().unwrap_or(0));
            let heard = history(&format!("l{ledger}"))
                .and_then(|history| history.entered.get(&told(*number)))
                .map_or(0, Vec::len);
            if heard < done {
                wrong.push(format!(
                    "deed {number} told l{ledger} of itself {done} times, and that heard it {heard} times"
                ));
            }
            // A ledger that forgets its receipts soon may hear it again.
            if heard > asked && self.plan.receipts >= self.plan.commands {
                wrong.push(format!(
                    "l{ledger} heard of deed {number} {heard} times, and was to hear it {asked} times"
                ));
            }
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }
}

/// What a ledger does that was told: were it refused for that, who told it could not end.
fn simple(number: u32) -> Deed {
    Deed {
        number,
        how: Idempotency::Token,
        parts: 1,
        impossible: false,
        rank: Rank::Normal,
        deadly: false,
        fragile: false,
        tells: None,
    }
}

fn unanswered(error: &AskError) -> EffectError {
    let patience = |class| EffectError::new(class, "Unanswered", error.to_string());
    match error {
        AskError::Busy { retry_after, .. } => EffectError {
            retry_after: Some(*retry_after),
            ..patience(ErrorClass::Throttle)
        },
        AskError::Paused { .. }
        | AskError::Quarantined { .. }
        | AskError::Unread(_)
        | AskError::Draining => patience(ErrorClass::Throttle),
        AskError::Rejected(_) | AskError::CommandIdReused => patience(ErrorClass::Terminal),
        AskError::Retry { .. } | AskError::UnknownKind(_) | AskError::Internal(_) => {
            patience(ErrorClass::Transient)
        }
    }
}
