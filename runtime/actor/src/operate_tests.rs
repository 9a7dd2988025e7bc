//! What an operator does to one entity, with a hand on the journal and on the runner: what is told before it
//! is durable, what a crash leaves, what a try that is under way does to a wish.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use datamesh_journal::{AppendError, Commit, EntityKey, Mark, MarkKind, WorkChange};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::oneshot;

use crate::cell::{Erased, Kind, TypedKind};
use crate::control::{
    ActorDetail, ActorStatus, Cancelled, Control, ControlDone, ControlError, ControlReply,
    EffectState, Order,
};
use crate::effect::{EffectError, ErrorClass, HELD, Idempotency};
use crate::engine::{Action, Engine, Tag, Task};
use crate::id::fingerprint;
use crate::recorder::Recorder;
use crate::recorder::suspects::Suspects;
use crate::simulation::Log;
use crate::slot::{Answer, Envelope};
use crate::toy::{Command, Counter, State, World, id, quick};

/// One process and its journal, which writes only when it is told to.
struct Bench {
    engine: Engine,
    log: Log,
    appends: VecDeque<(Commit, Tag)>,
    tasks: Vec<Task>,
    now_ms: i64,
}

type Asked = oneshot::Receiver<ControlReply>;

const EFFECT: &str = "1.0-Deliver";

fn key() -> EntityKey {
    EntityKey::new("counter", "a")
}

fn ann(reason: &str) -> Order {
    Order {
        by: Some("ann".to_owned()),
        reason: reason.to_owned(),
    }
}

fn engine() -> Engine {
    let kind: Arc<dyn Kind> = Arc::new(TypedKind::<Counter, _>::new(World::default()));
    let kinds = Arc::new(HashMap::from([(Arc::from("counter"), kind)]));
    let rng = StdRng::seed_from_u64(1);
    let (recorder, suspects) = (Recorder::default(), Suspects::default());
    Engine::new(kinds, Arc::new(quick()), rng, 0, recorder, suspects)
}

impl Bench {
    /// An entity that has asked for an effect, which is with the runner.
    fn new() -> Self {
        let mut bench = Self {
            engine: engine(),
            log: Log::default(),
            appends: VecDeque::new(),
            tasks: Vec::new(),
            now_ms: 1_000,
        };
        let _answer = bench.send(Command::Deliver(Idempotency::Token));
        bench.write();
        assert_eq!(bench.tasks.len(), 1, "its first try");
        bench
    }

    /// One whose retries ran out.
    fn paused() -> Self {
        let mut bench = Self::new();
        while let Some(task) = bench.tasks.pop() {
            bench.end(&task, Err(down()));
        }
        bench.write();
        assert_eq!(bench.detail().effects[0].state, EffectState::Paused);
        bench
    }

    fn send(&mut self, command: Command) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope {
            fingerprint: fingerprint("c", b"{}"),
            command: Box::new(command),
            name: "c",
            meta: id(&format!("c{}", self.log.commits.len())),
            reply: reply.into(),
        };
        self.engine.command(self.now_ms, key(), envelope);
        self.settle_down();
        answer
    }

    fn ask(&mut self, control: Control) -> Asked {
        let (reply, asked) = oneshot::channel();
        self.engine
            .control(self.now_ms, key(), control, reply.into());
        self.settle_down();
        asked
    }

    fn cancel(&mut self, reason: &str) -> Asked {
        let effect_id = EFFECT.to_owned();
        let order = ann(reason);
        self.ask(Control::Cancel { effect_id, order })
    }

    fn end(&mut self, task: &Task, result: Result<(), EffectError>) {
        self.now_ms += 100;
        let result = result.map(|()| Box::new(()) as Erased);
        let effect_id = task.cx.effect_id.clone();
        self.engine.settled(self.now_ms, key(), effect_id, result);
        self.settle_down();
    }

    /// What the engine wants, as far as it wants no commit written.
    fn settle_down(&mut self) {
        loop {
            let actions = self.engine.actions();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Load { key, epoch } => {
                        let loaded = Ok(self.log.load());
                        self.engine.loaded(self.now_ms, &key, epoch, loaded);
                    }
                    Action::Append { commit, tag } => self.appends.push_back((*commit, tag)),
                    Action::Start(task) => self.tasks.push(*task),
                    _ => {}
                }
            }
        }
    }

    /// All that waits becomes durable.
    fn write(&mut self) {
        while let Some((commit, tag)) = self.appends.pop_front() {
            let appended = self.log.append(commit);
            self.engine.appended(self.now_ms, &tag, appended);
            self.settle_down();
        }
    }

    /// The process dies, with what it has not written, and another begins.
    fn crash(&mut self) {
        self.engine = engine();
        self.appends.clear();
        self.tasks.clear();
        self.engine.rouse(self.now_ms, &key());
        self.settle_down();
    }

    fn detail(&mut self) -> ActorDetail {
        match told(&mut self.ask(Control::Inspect)) {
            Ok(ControlDone::Detail(detail)) => *detail,
            _ => panic!("no detail"),
        }
    }

    fn state(&mut self) -> State {
        serde_json::from_str(self.detail().state.unwrap().get()).unwrap()
    }
}

fn down() -> EffectError {
    EffectError::new(ErrorClass::Transient, "Down", "the world is down")
}

fn refused_for_certain() -> EffectError {
    EffectError {
        may_have_happened: false,
        ..down()
    }
}

fn held() -> EffectError {
    EffectError::new(ErrorClass::Throttle, HELD, "called back")
}

#[track_caller]
fn told(asked: &mut Asked) -> ControlReply {
    asked.try_recv().expect("it was answered")
}

#[track_caller]
fn silent(asked: &mut Asked) {
    let nothing = Err(oneshot::error::TryRecvError::Empty);
    assert!(asked.try_recv().map(|_| ()) == nothing, "not answered yet");
}

#[track_caller]
fn cancelled(asked: &mut Asked) -> Cancelled {
    match told(asked) {
        Ok(ControlDone::Cancelled(became)) => became,
        Ok(_) => panic!("answered otherwise"),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn refused(asked: &mut Asked) -> ControlError {
    match told(asked) {
        Err(error) => error,
        Ok(_) => panic!("it was done"),
    }
}

#[test]
fn a_paused_effect_is_cancelled_in_one_commit_and_told_when_that_is_durable() {
    let mut bench = Bench::paused();
    let before = bench.log.commits.len();
    let mut asked = bench.cancel("the account is gone");
    silent(&mut asked);
    assert_eq!(bench.appends.len(), 1);
    bench.write();
    let may_be_done = true;
    assert_eq!(cancelled(&mut asked), Cancelled::Cancelled { may_be_done });

    assert_eq!(bench.log.commits.len(), before + 1);
    let commit = bench.log.commits.last().unwrap();
    let cause = &commit.cause;
    assert_eq!(cause.what, "cancelled Deliver: the account is gone");
    assert_eq!(cause.by.as_deref(), Some("ann"));
    let settled = cause.trace.settled.as_ref().unwrap();
    assert_eq!((&*settled.effect_id, settled.attempts), (EFFECT, 4));
    assert_eq!(commit.events[0].name, "Failed");
    let removes = |change: &WorkChange| matches!(change, WorkChange::Remove(id) if id == EFFECT);
    assert!(commit.work.iter().any(removes));
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
    assert!(bench.detail().effects.is_empty());

    let mut again = bench.cancel("");
    assert!(matches!(
        refused(&mut again),
        ControlError::NoSuchEffect { .. }
    ));
}

#[test]
fn a_crash_leaves_it_cancelled_or_as_it_was() {
    let mut bench = Bench::paused();
    let mut asked = bench.cancel("");
    bench.crash();
    assert!(asked.try_recv().is_err(), "nobody answers");
    assert_eq!(bench.detail().effects[0].state, EffectState::Paused);
    assert_eq!(bench.state().failed, None);

    let mut asked = bench.cancel("");
    bench.write();
    cancelled(&mut asked);
    bench.crash();
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
    assert!(bench.detail().effects.is_empty());
    assert!(bench.tasks.is_empty(), "nothing is tried again");
}

#[test]
fn a_commit_that_is_refused_is_told_and_leaves_the_effect() {
    let mut bench = Bench::paused();
    let mut asked = bench.cancel("");
    let (_, tag) = bench.appends.pop_front().unwrap();
    let fenced = AppendError::Fenced {
        expected: 1,
        actual: 2,
    };
    bench.engine.appended(bench.now_ms, &tag, Err(fenced));
    bench.settle_down();
    assert!(matches!(refused(&mut asked), ControlError::Unavailable(_)));
    assert_eq!(bench.detail().effects[0].state, EffectState::Paused);
}

#[test]
fn one_that_waits_for_its_retry_is_called_back_first() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    bench.end(&task, Err(refused_for_certain()));
    let retry = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    assert!(retry.hold.is_cancelled());
    assert!(bench.appends.is_empty(), "the runner still has it");
    bench.end(&retry, Err(held()));
    bench.write();
    let may_be_done = false;
    assert_eq!(cancelled(&mut asked), Cancelled::Cancelled { may_be_done });
    assert!(bench.tasks.is_empty());
}

#[test]
fn a_try_under_way_is_waited_for_and_its_success_stands() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    silent(&mut asked);
    bench.end(&task, Ok(()));
    silent(&mut asked);
    bench.write();
    assert_eq!(cancelled(&mut asked), Cancelled::Ended);
    let state = bench.state();
    assert_eq!((state.delivered, state.failed), (1, None));
}

#[test]
fn a_try_under_way_that_fails_is_not_repeated() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    bench.end(&task, Err(down()));
    bench.write();
    let may_be_done = true;
    assert_eq!(cancelled(&mut asked), Cancelled::Cancelled { may_be_done });
    assert!(bench.tasks.is_empty());
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
}

#[test]
fn a_newer_wish_takes_the_place_of_an_older_one() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut older = bench.cancel("first");
    let mut newer = bench.cancel("second");
    assert!(matches!(refused(&mut older), ControlError::Running { .. }));
    bench.end(&task, Err(down()));
    bench.write();
    cancelled(&mut newer);
    let commit = bench.log.commits.last().unwrap();
    assert_eq!(commit.cause.what, "cancelled Deliver: second");
}

#[test]
fn an_effect_of_a_paused_entity_is_cancelled_where_it_waits() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mark = Mark {
        kind: MarkKind::Paused,
        reason: "paused by ann".to_owned(),
        cause: None,
        at_ms: 5,
    };
    let order = Some(ann("an audit"));
    let _paused = bench.ask(Control::Pause { mark, order });
    bench.end(&task, Err(held()));
    let mut asked = bench.cancel("");
    bench.write();
    cancelled(&mut asked);
    let detail = bench.detail();
    assert_eq!(
        (detail.status, detail.stopped_ms),
        (ActorStatus::Paused, Some(5))
    );
    assert!(detail.effects.is_empty());
}

#[test]
fn what_an_operator_does_stands_in_the_history() {
    let mut bench = Bench::paused();
    let mark = Mark {
        kind: MarkKind::Paused,
        reason: String::new(),
        cause: None,
        at_ms: 0,
    };
    let order = Some(ann("an audit"));
    let mut paused = bench.ask(Control::Pause { mark, order });
    let order = Some(ann(""));
    let mut resumed = bench.ask(Control::Resume {
        order: order.clone(),
    });
    let mut again = bench.ask(Control::Resume { order });
    let effect_id = None;
    let order = ann("it is up");
    let mut retried = bench.ask(Control::Retry { effect_id, order });
    for asked in [&mut paused, &mut resumed, &mut retried] {
        silent(asked);
    }
    assert!(told(&mut again).is_ok(), "there was nothing to resume");
    assert!(bench.tasks.is_empty());
    bench.write();
    assert!(told(&mut paused).is_ok() && told(&mut resumed).is_ok());
    assert!(matches!(told(&mut retried), Ok(ControlDone::Retried(1))));
    assert_eq!(bench.tasks.len(), 1);
    let last = &bench.log.commits[bench.log.commits.len() - 3..];
    let causes: Vec<_> = last.iter().map(|c| &*c.cause.what).collect();
    assert_eq!(
        causes,
        [
            "operator pause: an audit",
            "operator resume",
            "operator retry: it is up"
        ]
    );
    assert!(last.iter().all(|c| c.cause.by.as_deref() == Some("ann")));
    assert_eq!(last[2].cause.trace.effects, [EFFECT]);
}
