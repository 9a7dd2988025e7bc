//! What an operator can see of a runtime, and do to it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use datamesh_journal::{
    Committed, EntityKey, EntityQuery, JournalError, Mark, MarkKind, Page, WorkKind, WorkQuery,
    WorkRow,
};
use tokio::sync::oneshot;

use crate::control::{
    ActorDetail, ActorStatus, ActorSummary, Cancelled, Control, ControlDone, ControlError,
    ControlReply, EffectDetail, EffectState, Order,
};
use crate::reply::{ListReply, ReplyTo};
use crate::residence::Headcount;
use crate::runtime::Runtime;
use crate::shard::{Glance, Letter, Unposted};
use crate::slot::Job;

/// How long a list waits for what the shards know.
const LIST_LIMIT: Duration = Duration::from_secs(1);

/// How long an operator's deed to one actor waits for its shard, and for the actor if it is being read.
const CONTROL_LIMIT: Duration = Duration::from_secs(10);

impl Runtime {
    /// Lists actors in the order of their keys: what the journal knows, and what they are doing. The shards are asked
    /// at once and have a second to answer; actors of one that does not are [`ActorStatus::Unanswered`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn list(&self, query: &EntityQuery) -> Result<Page<ActorSummary>, JournalError> {
        let page = self.inner.journal.entities(query).await?;
        let keys: Vec<_> = page.items.iter().map(|head| head.key.clone()).collect();
        let seen = self.glance(keys).await;
        let items = page
            .items
            .into_iter()
            .zip(seen)
            .map(|(head, seen)| {
                let at_rest = match head.mark.as_ref().map(|mark| mark.kind) {
                    Some(MarkKind::Paused) => ActorStatus::Paused,
                    Some(MarkKind::Quarantined) => ActorStatus::Quarantined,
                    None => ActorStatus::Passive,
                };
                let (status, mailbox, last_error) = match seen {
                    None => (ActorStatus::Unanswered, 0, None),
                    Some(seen) => seen.unwrap_or((at_rest, 0, None)),
                };
                ActorSummary {
                    head,
                    status,
                    mailbox,
                    last_error,
                }
            })
            .collect();
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// Opens one actor; it is brought to memory for that.
    ///
    /// # Errors
    /// `NotFound` if it was never written.
    pub async fn actor(&self, key: &EntityKey) -> Result<ActorDetail, ControlError> {
        match self.control(key, Control::Inspect).await? {
            ControlDone::Detail(detail) => Ok(*detail),
            _ => Err(mismatch()),
        }
    }

    /// The commits of an actor after number `after`.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn history(
        &self,
        key: &EntityKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, JournalError> {
        self.inner.journal.history(key, after, limit).await
    }

    /// Stops an actor: it takes no commands and starts no effects until it is resumed. Effects under way
    /// end and are recorded. Survives restarts once this returns, and stands in the history. A crash in the
    /// middle may leave it paused without a word in the history. Who does not wait for the answer does not change
    /// what is done.
    ///
    /// The last wins: those who pause and resume the same actor at once, in one process, take turns in the order in
    /// which they came, and each is told that it is done. What the actor does and what the journal says are those of
    /// the last one, and the history has the same order.
    ///
    /// # Errors
    /// `NotFound` if it was never written.
    pub async fn pause(&self, key: &EntityKey, order: &Order) -> Result<(), ControlError> {
        let (runtime, key, order) = (self.clone(), key.clone(), order.clone());
        whole(async move {
            let _turn = runtime.inner.turns.take(&key).await;
            runtime.pause_now(&key, &order).await
        })
        .await
    }

    async fn pause_now(&self, key: &EntityKey, order: &Order) -> Result<(), ControlError> {
        if self.actor(key).await?.status == ActorStatus::Quarantined {
            return Ok(());
        }
        let mark = Mark {
            kind: MarkKind::Paused,
            reason: order.said(&match &order.by {
                Some(by) => format!("paused by {by}"),
                None => "paused".to_owned(),
            }),
            cause: None,
            at_ms: self.clock().now_ms(),
        };
        self.keep_mark(key, Some(mark.clone())).await?;
        let order = Some(order.clone());
        self.control(key, Control::Pause { mark, order }).await?;
        Ok(())
    }

    /// Lets a paused or quarantined actor go on. Survives restarts once this returns, and stands in the
    /// history, if it has one. A crash in the middle may leave it resumed without a word in the history. The last
    /// wins, as with [`Self::pause`].
    ///
    /// # Errors
    /// `NotFound` if it was never written and is not marked.
    pub async fn resume(&self, key: &EntityKey, order: &Order) -> Result<(), ControlError> {
        let (runtime, key, order) = (self.clone(), key.clone(), order.clone());
        whole(async move {
            let _turn = runtime.inner.turns.take(&key).await;
            runtime.resume_now(&key, &order).await
        })
        .await
    }

    async fn resume_now(&self, key: &EntityKey, order: &Order) -> Result<(), ControlError> {
        let loaded = self.inner.journal.load(key).await;
        let marked = loaded.is_ok_and(|loaded| loaded.mark.is_some());
        self.keep_mark(key, None).await?;
        let order = Some(order.clone());
        match self.control(key, Control::Resume { order }).await {
            // It may have been quarantined before its first commit.
            Err(ControlError::NotFound(_)) if marked => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Tries paused effects of an actor again: the one named, or all. Answers how many, once that is durable. If the one
    /// named is being tried and is to be cancelled, that wish is withdrawn: a crash before it is durable leaves the wish.
    ///
    /// # Errors
    /// `NoSuchEffect` if the one named is not there, or neither paused nor to be cancelled.
    pub async fn retry_effects(
        &self,
        key: &EntityKey,
        effect_id: Option<&str>,
        order: &Order,
    ) -> Result<u32, ControlError> {
        let control = Control::Retry {
            effect_id: effect_id.map(str::to_owned),
            order: order.clone(),
        };
        match self.control(key, control).await? {
            ControlDone::Retried(count) => Ok(count),
            _ => Err(mismatch()),
        }
    }

    /// Gives up an effect that is not settled: its entity is told that it failed with the code
    /// [`CANCELLED`](crate::CANCELLED), and decides what follows, in one commit; this answers once that is
    /// durable. Of one that is being tried the wish is written to the journal, and its end is waited for, at most
    /// `wait` from then.
    ///
    /// A crash before the wish or the end is durable leaves the effect as it was. A crash after the wish is durable
    /// leaves an effect that is cancelled when its entity is next brought to memory, and no more tried. What is done
    /// twice is done once: the newer wish takes the place of the older. An entity that panics on it is brought to memory
    /// again, and the effect is paused.
    ///
    /// # Errors
    /// `NoSuchEffect` if it is not there or settled; `Running` if the try under way took longer than `wait`, or
    /// another operator wished the same meanwhile; `Withdrawn` if another operator wanted it tried again; `Unavailable` if the actor is quarantined or its commit failed.
    pub async fn cancel_effect(
        &self,
        key: &EntityKey,
        effect_id: &str,
        order: &Order,
        wait: Duration,
    ) -> Result<Cancelled, ControlError> {
        let control = Control::Cancel {
            effect_id: effect_id.to_owned(),
            order: order.clone(),
        };
        let done = match self.control(key, control).await? {
            ControlDone::Wished(end) => match tokio::time::timeout(wait, end).await {
                Ok(end) => end.unwrap_or_else(|_| Err(went_away()))?,
                Err(_) => {
                    return Err(ControlError::Running {
                        key: key.to_string(),
                        effect: effect_id.to_owned(),
                    });
                }
            },
            done => done,
        };
        match done {
            ControlDone::Cancelled(became) => Ok(became),
            _ => Err(mismatch()),
        }
    }

    /// Lists effects that are not settled: what the journal knows, and for those in memory how they stand. The shards
    /// are asked at once and have a second to answer; effects of one that does not are [`EffectState::Unanswered`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn effects(&self, query: &WorkQuery) -> Result<Page<EffectDetail>, JournalError> {
        let query = WorkQuery {
            kind: Some(WorkKind::Effect),
            ..query.clone()
        };
        let page = self.inner.journal.work(&query).await?;
        let mut items = page
            .items
            .into_iter()
            .map(from_journal)
            .collect::<Result<Vec<_>, JournalError>>()?;
        let mut keys: Vec<_> = items.iter().map(|effect| effect.key.clone()).collect();
        keys.dedup();
        for (keys, live) in self
            .ask_shards(keys, |keys, reply| Letter::Effects { keys, reply })
            .await
        {
            let Some(live) = live else {
                let silent = items.iter_mut().filter(|effect| keys.contains(&effect.key));
                silent.for_each(|effect| effect.state = EffectState::Unanswered);
                continue;
            };
            for live in live {
                let same =
                    |e: &&mut EffectDetail| e.key == live.key && e.effect_id == live.effect_id;
                if let Some(item) = items.iter_mut().find(same) {
                    *item = live;
                }
            }
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// How many actors are in memory. It waits for no shard, however busy.
    pub fn resident(&self) -> usize {
        self.inner.headcounts.iter().map(Headcount::now).sum()
    }

    /// Which of these have a shard that does not answer within a second.
    pub async fn silent(&self, keys: &[EntityKey]) -> Vec<EntityKey> {
        let seen = self.glance(keys.to_vec()).await;
        let silent = keys.iter().zip(seen).filter(|(_, seen)| seen.is_none());
        silent.map(|(key, _)| key.clone()).collect()
    }

    async fn keep_mark(&self, key: &EntityKey, mark: Option<Mark>) -> Result<(), ControlError> {
        let kept = self.inner.journal.mark(key, mark).await;
        kept.map_err(|error| ControlError::Unavailable(error.to_string()))
    }

    async fn control(&self, key: &EntityKey, control: Control) -> ControlReply {
        let gone = || ControlError::Unavailable("the shard is gone".into());
        let admission = self.inner.router.admission(key).ok_or_else(gone)?;
        let place = admission.control(key)?;
        let (reply, answer) = oneshot::channel();
        let unanswered = match &control {
            Control::Inspect => "the actor does not answer just now: look again",
            _ => {
                "the actor does not answer just now: what was asked for may still be done, look again"
            }
        };
        let letter = Letter::Control {
            key: key.clone(),
            control,
            reply: ReplyTo::holding(reply, place),
        };
        match self.inner.router.post(key, letter) {
            Ok(()) => {}
            Err(Unposted::Full) => {
                let full = "the shard's mailbox is full".into();
                return Err(ControlError::Unavailable(full));
            }
            Err(Unposted::Gone) => return Err(gone()),
        }
        match tokio::time::timeout(CONTROL_LIMIT, answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(went_away())),
            Err(_) => Err(ControlError::Unavailable(unanswered.into())),
        }
    }

    /// For each key what its shard sees of it, if it sees something; `None` where the shard does not answer.
    async fn glance(&self, keys: Vec<EntityKey>) -> Vec<Option<Option<Glance>>> {
        let mut seen = HashMap::new();
        let letter = |keys, reply| Letter::Glance { keys, reply };
        for (keys, glances) in self.ask_shards(keys.clone(), letter).await {
            seen.extend(keys.into_iter().zip(glances.unwrap_or_default()));
        }
        keys.iter().map(|key| seen.get(key).cloned()).collect()
    }

    /// Asks the shards of these keys, each for its own; `None` from one that does not answer in time.
    async fn ask_shards<T>(
        &self,
        keys: Vec<EntityKey>,
        letter: impl Fn(Vec<EntityKey>, ListReply<T>) -> Letter,
    ) -> Vec<(Vec<EntityKey>, Option<T>)> {
        let router = &self.inner.router;
        let mut shares: BTreeMap<usize, Vec<EntityKey>> = BTreeMap::new();
        for key in keys {
            shares.entry(router.index(&key)).or_default().push(key);
        }
        let letter = &letter;
        let asked = shares.into_iter().map(|(shard, keys)| {
            async move {
                let answered = async {
                    let lists = router.admissions().get(shard)?.lists();
                    let place = lists.acquire_owned().await.ok()?;
                    let (reply, answer) = oneshot::channel();
                    let letter = letter(keys.clone(), ListReply::new(reply, place));
                    // Who does not wait for an answer any more leaves no letter that waits for room.
                    router.all().get(shard)?.post_when_room(letter).await;
                    answer.await.ok()
                };
                let answered = tokio::time::timeout(LIST_LIMIT, answered).await;
                (keys, answered.ok().flatten())
            }
        });
        futures::future::join_all(asked).await
    }
}

/// Does it to its end, also when whoever asked goes away: half of it would leave journal and memory at odds.
async fn whole(
    what: impl Future<Output = Result<(), ControlError>> + Send + 'static,
) -> Result<(), ControlError> {
    let done = tokio::spawn(what).await;
    done.unwrap_or_else(|error| Err(ControlError::Unavailable(error.to_string())))
}

fn from_journal(row: WorkRow) -> Result<EffectDetail, JournalError> {
    let job: Job = serde_json::from_str(row.work.data.get()).map_err(|e| {
        JournalError::Corrupt(format!("effect {} of {}: {e}", row.work.id, row.entity))
    })?;
    Ok(EffectDetail {
        key: row.entity,
        effect_id: row.work.id,
        name: job.name,
        idempotency: job.idempotency,
        state: match row.work.due_ms {
            Some(_) => EffectState::Waiting,
            None => EffectState::Paused,
        },
        attempts: 0,
        asked_ms: job.asked_ms,
        next_ms: None,
        last_error: job.paused,
        alone: false,
        input: (*job.effect).to_owned(),
    })
}

fn went_away() -> ControlError {
    let text = "the actor went away before it answered: look at it, then ask again";
    ControlError::Unavailable(text.into())
}

fn mismatch() -> ControlError {
    ControlError::Unavailable("the actor answered another question".into())
}
