//! An entity in memory: how it comes back from the journal, and how its effects are started.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::{EntityKey, Loaded, Record, WorkKind};
use indexmap::IndexMap;
use tokio_util::sync::CancellationToken;

use crate::behalf::Behalf;
use crate::cell::{Cell, Kind};
use crate::control::timer_name;
use crate::effect::{EffectCx, Rank};
use crate::engine::{Action, Env, Task};
use crate::inbox::Inbox;
use crate::planted::planted;
use crate::slot::{EffectStatus, Job, Pending, Resident};
use crate::unsettled::Counted;

/// What these events weigh.
pub(crate) fn bytes_of(events: &[Record]) -> usize {
    events.iter().map(|event| event.data.get().len()).sum()
}

impl Resident {
    pub(crate) fn revived(
        cell: Box<dyn Cell>,
        loaded: Loaded,
        key: &EntityKey,
        env: &mut Env,
        now_ms: i64,
    ) -> Self {
        let mut effects = IndexMap::new();
        let mut timers = BTreeMap::new();
        for work in loaded.work {
            match work.kind {
                WorkKind::Effect => match serde_json::from_str::<Job>(work.data.get()) {
                    Ok(job) => {
                        let paused = work.due_ms.is_none();
                        let running = env.running.contains_key(&(key.clone(), work.id.clone()));
                        let status = match (paused, running) {
                            (true, _) => EffectStatus::Paused,
                            (false, true) => EffectStatus::Started { next_ms: 0 },
                            (false, false) => EffectStatus::Held,
                        };
                        let last_error = job.paused.clone();
                        let asker = job.asker.clone();
                        let counted = (!paused).then(|| env.unsettled.count(now_ms, asker));
                        effects.insert(
                            work.id,
                            Pending {
                                job,
                                rank: Rank::of(work.rank),
                                attempts: 0,
                                failures: 0,
                                repeat: true,
                                status,
                                last_error,
                                waits: None,
                                counted,
                            },
                        );
                    }
                    Err(error) => {
                        tracing::error!(actor = %key, effect = work.id, %error, "a journaled effect cannot be read; it stays in the journal");
                    }
                },
                WorkKind::Timer => {
                    if let (Some(name), Some(due_ms)) =
                        (timer_name(&work.id, work.kind), work.due_ms)
                    {
                        timers.insert(name.to_owned(), due_ms);
                        env.out.push(Action::Arm { due_ms });
                    }
                }
            }
        }
        let kept = match planted!(env, InboxHalved) {
            true => env.options.receipts / 2,
            false => env.options.receipts,
        };
        let receipts = match planted!(env, InboxForgotten) {
            true => Vec::new(),
            false => loaded.receipts,
        };
        let snapshot = loaded.snapshot.as_ref().map_or(0, |s| s.data.get().len());
        let events = loaded.commits.iter().map(|commit| bytes_of(&commit.events));
        let mut resident = Self {
            cell,
            decided: loaded.seq,
            durable: loaded.seq,
            head: loaded.head,
            inbox: Inbox::new(kept, receipts),
            effects,
            timers,
            flight: VecDeque::new(),
            since_snapshot: u32::try_from(loaded.commits.len()).unwrap_or(u32::MAX),
            state_bytes: snapshot + events.sum::<usize>(),
            weight: env.scale.put(),
            mark: loaded.mark,
        };
        resident.weigh();
        resident
    }

    /// Starts what was held back.
    pub(crate) fn start_held(
        &mut self,
        key: &EntityKey,
        kind: &Arc<dyn Kind>,
        env: &mut Env,
        now_ms: i64,
    ) {
        let held: Vec<String> = self
            .effects
            .iter()
            .filter(|(_, e)| e.status == EffectStatus::Held)
            .map(|(id, _)| id.clone())
            .collect();
        for effect_id in held {
            self.start(&effect_id, key, kind, env, now_ms, Duration::ZERO);
        }
    }

    /// Hands one effect to the runner, to be tried after the pause.
    pub(crate) fn start(
        &mut self,
        effect_id: &str,
        key: &EntityKey,
        kind: &Arc<dyn Kind>,
        env: &mut Env,
        now_ms: i64,
        after: Duration,
    ) {
        let Some(pending) = self.effects.get_mut(effect_id) else {
            return;
        };
        if self.mark.is_some() && !planted!(env, MarkIgnored) {
            pending.status = EffectStatus::Held;
            return;
        }
        let next_ms = now_ms.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
        pending.status = EffectStatus::Started { next_ms };
        let Entry::Vacant(place) = env.running.entry((key.clone(), effect_id.to_owned())) else {
            return;
        };
        let hold = place.insert(CancellationToken::new()).clone();
        pending.attempts += 1;
        let cx = EffectCx {
            entity: key.clone(),
            effect_id: effect_id.to_owned(),
            attempt: pending.attempts,
            failures: pending.failures,
            repeat: pending.repeat,
            asked_ms: pending.job.asked_ms,
        };
        env.out.push(Action::Start(Box::new(Task {
            kind: kind.clone(),
            cx,
            idempotency: pending.job.idempotency,
            data: pending.job.effect.clone(),
            after,
            hold,
            rank: pending.rank,
            behalf: Behalf(pending.counted.as_ref().and_then(Counted::asker)),
            probation: env.suspects.is_on_probation(key, effect_id),
        })));
    }
}
