//! The one place that names actix. A shard is an actix actor on an arbiter thread of its own; it owns an
//! [`Engine`], feeds it, and carries out what the engine wants.
//!
//! Why not one actix actor an entity: actix's supervisor does not survive a panicking handler, `do_send`
//! makes its mailboxes unbounded, and its async handlers interleave. So the shard takes only `try_send`
//! (full: the caller is told "busy") and bounded channels, and the engine's methods are synchronous. What
//! keeps the mailbox from being full are the gates before it (`admission.rs`).

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::SendError;
use actix::{Actor, AsyncContext, Context, Handler, Message, StreamHandler};
use datamesh_journal::{AppendError, Appended, EntityKey, Journal, JournalError, Loaded};
use futures::stream::poll_fn;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::cell::Erased;
use crate::control::{ActorStatus, Control, ControlReply, EffectDetail};
use crate::ctx::Clock;
use crate::effect::{EffectCx, EffectError};
use crate::engine::{Action, Engine, Tag};
use crate::reply::{ListReply, ReplyTo};
use crate::runner::Runner;
use crate::runtime::Change;
use crate::slot::Envelope;
use crate::timers::Alarm;

/// So many letters are taken before what came back is looked at, and so much of that at once.
const FAIR_SHARE: u32 = 32;
const KEEP_AGAIN: Duration = Duration::from_secs(1);

/// How often who waits for room in a mailbox looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What a shard is told through its mailbox.
pub(crate) enum Letter {
    Command {
        key: EntityKey,
        envelope: Box<Envelope>,
    },
    Timer {
        key: EntityKey,
        name: String,
        due_ms: i64,
    },
    Rouse {
        key: EntityKey,
    },
    Control {
        key: EntityKey,
        control: Control,
        reply: ReplyTo<ControlReply>,
    },
    Glance {
        keys: Vec<EntityKey>,
        reply: ListReply<Vec<Option<Glance>>>,
    },
    Effects {
        keys: Vec<EntityKey>,
        reply: ListReply<Vec<EffectDetail>>,
    },
    Loading {
        reply: oneshot::Sender<usize>,
    },
    Open {
        rows: Vec<(EntityKey, String)>,
        reply: oneshot::Sender<usize>,
    },
    Drain,
    Unanswered {
        reply: oneshot::Sender<usize>,
    },
}

impl Message for Letter {
    type Result = ();
}

/// Status, mailbox and last error of an entity in memory.
pub(crate) type Glance = (ActorStatus, usize, Option<String>);

/// What comes back to a shard from what it asked for. Two bounded channels carry it: one for the fate of
/// commits, as large as the most commits that can be in flight, so that the journal's writer never waits
/// for it; one for the rest, whose senders wait when it is full.
pub(crate) enum Inward {
    Appended {
        tag: Tag,
        result: Result<Appended, AppendError>,
    },
    Loaded {
        key: EntityKey,
        epoch: u64,
        result: Result<Loaded, JournalError>,
    },
    Settled {
        key: EntityKey,
        effect_id: String,
        result: Result<Erased, EffectError>,
    },
    Wake {
        key: EntityKey,
        epoch: u64,
    },
    MarkKept {
        key: EntityKey,
    },
}

impl Inward {
    pub(crate) fn settled(cx: EffectCx, result: Result<Erased, EffectError>) -> Self {
        Self::Settled {
            key: cx.entity,
            effect_id: cx.effect_id,
            result,
        }
    }
}

/// What a shard works with.
pub(crate) struct Surroundings {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runner: Runner,
    pub(crate) changes: broadcast::Sender<Change>,
    pub(crate) alarm: Arc<Alarm>,
    pub(crate) handle: Handle,
    pub(crate) mailbox: usize,
    pub(crate) in_flight: usize,
}

pub(crate) struct Shard {
    engine: Engine,
    around: Surroundings,
    fates: mpsc::Sender<Inward>,
    inward: mpsc::Sender<Inward>,
    /// Shared with the streams that actix polls: actix empties the mailbox before it looks at streams, and
    /// under load the mailbox is never empty, so letters make room for what comes back.
    fates_in: Rc<RefCell<mpsc::Receiver<Inward>>>,
    inward_in: Rc<RefCell<mpsc::Receiver<Inward>>>,
    letters: u32,
}

impl Shard {
    pub(crate) fn new(engine: Engine, around: Surroundings) -> Self {
        let (fates, fates_in) = mpsc::channel(around.in_flight.saturating_mul(3).max(16));
        let (inward, inward_in) = mpsc::channel(1_024);
        Self {
            engine,
            around,
            fates,
            inward,
            fates_in: Rc::new(RefCell::new(fates_in)),
            inward_in: Rc::new(RefCell::new(inward_in)),
            letters: 0,
        }
    }

    fn take_in(&mut self, inward: Inward) {
        let now_ms = self.around.clock.now_ms();
        match inward {
            Inward::Appended { tag, result } => self.engine.appended(now_ms, &tag, result),
            Inward::Loaded { key, epoch, result } => {
                self.engine.loaded(now_ms, &key, epoch, result);
            }
            Inward::Settled {
                key,
                effect_id,
                result,
            } => self.engine.settled(now_ms, key, effect_id, result),
            Inward::Wake { key, epoch } => self.engine.wake(&key, epoch),
            Inward::MarkKept { key } => self.engine.mark_kept(&key),
        }
        self.perform();
    }

    /// Takes in what came back since the last time, up to a fair share.
    fn catch_up(&mut self) {
        for channel in [self.fates_in.clone(), self.inward_in.clone()] {
            for _ in 0..FAIR_SHARE {
                let next = channel.borrow_mut().try_recv();
                match next {
                    Ok(inward) => self.take_in(inward),
                    Err(_) => break,
                }
            }
        }
    }

    fn perform(&mut self) {
        for action in self.engine.actions() {
            match action {
                Action::Append { commit, tag } => self.append(*commit, tag),
                Action::Start(task) => self.around.runner.start(*task, self.inward.clone()),
                Action::Changed { key, seq } => {
                    drop(self.around.changes.send(Change { key, seq }));
                }
                Action::Arm { due_ms } => self.around.alarm.arm(due_ms),
                Action::Load { key, epoch } => {
                    let journal = self.around.journal.clone();
                    let inward = self.inward.clone();
                    self.around.handle.spawn(async move {
                        let result = journal.load(&key).await;
                        drop(inward.send(Inward::Loaded { key, epoch, result }).await);
                    });
                }
                Action::Wake { key, epoch, after } => {
                    let inward = self.inward.clone();
                    self.around.handle.spawn(async move {
                        tokio::time::sleep(after).await;
                        drop(inward.send(Inward::Wake { key, epoch }).await);
                    });
                }
                Action::Mark { key, mark } => {
                    let journal = self.around.journal.clone();
                    let inward = self.inward.clone();
                    self.around.handle.spawn(async move {
                        while let Err(error) = journal.mark(&key, Some(mark.clone())).await {
                            tracing::error!(actor = %key, %error, "a quarantine could not be kept; the next try is in {KEEP_AGAIN:?}");
                            tokio::time::sleep(KEEP_AGAIN).await;
                            if inward.is_closed() {
                                return;
                            }
                        }
                        drop(inward.send(Inward::MarkKept { key }).await);
                    });
                }
                Action::Later {
                    key,
                    effect_id,
                    result,
                    after,
                } => {
                    let inward = self.inward.clone();
                    self.around.handle.spawn(async move {
                        tokio::time::sleep(after).await;
                        let settled = Inward::Settled {
                            key,
                            effect_id,
                            result,
                        };
                        drop(inward.send(settled).await);
                    });
                }
            }
        }
    }

    fn append(&self, commit: datamesh_journal::Commit, tag: Tag) {
        let (fates, handle) = (self.fates.clone(), self.around.handle.clone());
        self.around.journal.append(
            commit,
            Box::new(move |result| {
                let Err(TrySendError::Full(fate)) =
                    fates.try_send(Inward::Appended { tag, result })
                else {
                    return;
                };
                // More in flight than are counted on: the writer does not wait for it, and none is lost.
                handle.spawn(async move { drop(fates.send(fate).await) });
            }),
        );
    }
}

impl Actor for Shard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(self.around.mailbox);
        for channel in [self.fates_in.clone(), self.inward_in.clone()] {
            ctx.add_stream(poll_fn(move |cx| channel.borrow_mut().poll_recv(cx)));
        }
        ctx.run_interval(Duration::from_secs(1), |shard, _| {
            let now_ms = shard.around.clock.now_ms();
            shard.engine.sweep(now_ms);
        });
    }
}

impl StreamHandler<Inward> for Shard {
    fn handle(&mut self, inward: Inward, _: &mut Context<Self>) {
        self.take_in(inward);
    }
}

impl Handler<Letter> for Shard {
    type Result = ();

    fn handle(&mut self, letter: Letter, _: &mut Context<Self>) {
        self.letters = self.letters.wrapping_add(1);
        if self.letters.is_multiple_of(FAIR_SHARE) {
            self.catch_up();
        }
        let now_ms = self.around.clock.now_ms();
        match letter {
            Letter::Command { key, envelope } => self.engine.command(now_ms, key, *envelope),
            Letter::Timer { key, name, due_ms } => self.engine.timer(now_ms, key, name, due_ms),
            Letter::Rouse { key } => self.engine.rouse(now_ms, &key),
            Letter::Control {
                key,
                control,
                reply,
            } => self.engine.control(now_ms, key, control, reply),
            Letter::Glance { keys, reply } => {
                reply.answer(|| keys.iter().map(|key| self.engine.glance(key)).collect());
            }
            Letter::Effects { keys, reply } => {
                let effects = |key| self.engine.effects(key, now_ms);
                reply.answer(|| keys.iter().flat_map(effects).collect());
            }
            Letter::Open { rows, reply } => drop(reply.send(self.engine.open(&rows))),
            Letter::Loading { reply } => {
                let _ = reply.send(self.engine.loading());
            }
            Letter::Drain => self.engine.drain(),
            Letter::Unanswered { reply } => {
                let come_back = self.fates_in.borrow().len() + self.inward_in.borrow().len();
                let _ = reply.send(self.engine.unanswered() + come_back);
            }
        }
        self.perform();
    }
}

/// Why a letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unposted {
    /// The mailbox is full.
    Full,
    /// The shard is gone.
    Gone,
}

/// Where a shard takes letters.
#[derive(Clone)]
pub(crate) struct Address(actix::Addr<Shard>);

impl Address {
    /// Hands a letter over if the mailbox has room.
    pub(crate) fn post(&self, letter: Letter) -> Result<(), Unposted> {
        self.0.try_send(letter).map_err(|error| match error {
            SendError::Full(_) => Unposted::Full,
            SendError::Closed(_) => Unposted::Gone,
        })
    }

    /// The same, waiting for room. Who gives up waiting takes the letter with them. A shard that is gone takes none.
    pub(crate) async fn post_when_room(&self, letter: Letter) {
        let mut letter = letter;
        while let Err(SendError::Full(back)) = self.0.try_send(letter) {
            letter = back;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Hands a letter over and waits until it was taken. actix lets one such letter of each sender past
    /// its bound, so there are as many as there are senders. A shard that is gone takes no letters.
    pub(crate) async fn deliver(&self, letter: Letter) {
        if self.0.send(letter).await.is_err() {
            tracing::debug!("a letter came after its shard");
        }
    }
}

/// The shards' threads: one that runs actix's system, and one an arbiter.
pub(crate) struct Shards {
    pub(crate) addresses: Vec<Address>,
    stop: Option<oneshot::Sender<()>>,
}

impl Shards {
    /// Starts `make.len()` shards, each on its own arbiter.
    pub(crate) fn start(
        make: Vec<Box<dyn FnOnce() -> Shard + Send>>,
    ) -> Result<Self, std::io::Error> {
        let (addresses_tx, addresses_rx) = std::sync::mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        std::thread::Builder::new()
            .name("datamesh-shards".into())
            .spawn(move || {
                let system = actix::System::new();
                system.block_on(async move {
                    let addresses: std::io::Result<Vec<_>> = make
                        .into_iter()
                        .map(|make| {
                            let arbiter = actix::Arbiter::try_with_tokio_rt(shards_own_runtime)?;
                            let shard = Shard::start_in_arbiter(&arbiter.handle(), |_| make());
                            Ok(Address(shard))
                        })
                        .collect();
                    for address in addresses.iter().flatten() {
                        // Until an actor has begun, its mailbox has actix's own, small capacity.
                        let (reply, begun) = oneshot::channel();
                        address.deliver(Letter::Unanswered { reply }).await;
                        drop(begun.await);
                    }
                    drop(addresses_tx.send(addresses));
                    drop(stopped.await);
                    actix::System::current().stop();
                });
                // Ends every arbiter, and with it its shard.
                if let Err(error) = system.run() {
                    tracing::warn!(%error, "the shards did not end in order");
                }
            })?;
        let addresses = addresses_rx
            .recv()
            .map_err(|_| std::io::Error::other("the shards' threads did not start"))??;
        Ok(Self {
            addresses,
            stop: Some(stop),
        })
    }
}

/// A shard does no I/O, so its thread sleeps on a lock and not in epoll: to wake it is one system call
/// where it would be three.
fn shards_own_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
}

impl Drop for Shards {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
    }
}
