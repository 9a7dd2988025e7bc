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
use crate::slot::{Answer, Envelope, Job};
use crate::toy::{Command, Counter, State, World, id, quick};
use crate::unsettled::Unsettled;
use crate::{Meta, Options, Priority, RetryPolicy};

/// One process and its journal, which writes only when it is told to.
struct Bench {
    engine: Engine,
    log: Log,
    appends: VecDeque<(Commit, Tag)>,
    tasks: Vec<Task>,
    /// Ends of tries for whose commits there was no room.
    put_off: Vec<(String, Result<Erased, EffectError>)>,
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

fn engine(options: Options) -> Engine {
    let kind: Arc<dyn Kind> = Arc::new(TypedKind::<Counter, _>::new(World::default()));
    let kinds = Arc::new(HashMap::from([(Arc::from("counter"), kind)]));
    let rng = StdRng::seed_from_u64(1);
    let (recorder, suspects) = (Recorder::default(), Suspects::default());
    let unsettled = Unsettled::new(options.unsettled);
    Engine::new(
        kinds,
        Arc::new(options),
        rng,
        0,
        recorder,
        suspects,
        unsettled,
    )
}

/// Room for three commits.
fn narrow() -> Options {
    Options {
        in_flight: 2,
        ..quick()
    }
}

impl Bench {
    /// An entity that has asked for an effect, which is with the runner.
    fn new() -> Self {
        Self::of(quick())
    }

    fn of(options: Options) -> Self {
        let mut bench = Self {
            engine: engine(options),
            log: Log::default(),
            appends: VecDeque::new(),
            tasks: Vec::new(),
            put_off: Vec::new(),
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
        let meta = id(&format!("c{}", self.log.commits.len()));
        self.send_as(command, meta)
    }

    fn send_as(&mut self, command: Command, meta: Meta) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope {
            fingerprint: fingerprint("c", b"{}"),
            command: Box::new(command),
            name: "c",
            meta,
            behalf: None,
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
                    Action::Later {
                        effect_id, result, ..
                    } => self.put_off.push((effect_id, result)),
                    Action::Wake { key, epoch, .. } => self.engine.wake(&key, epoch),
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

    /// The entity has so many effects, and an operator wants all of them cancelled while they are tried.
    fn wish_many(&mut self, count: u32) {
        for n in 1..count {
            let meta = id(&format!("more-{n}"));
            let _answer = self.send_as(Command::Deliver(Idempotency::Token), meta);
            self.write();
        }
        let effects = self.detail().effects;
        assert_eq!(effects.len(), count as usize);
        for effect in effects {
            let effect_id = effect.effect_id;
            let order = ann("");
            let _asked = self.ask(Control::Cancel { effect_id, order });
            self.write();
        }
    }

    /// Another process begins, and finds what this one has written.
    fn start(&mut self, options: Options) {
        self.engine = engine(options);
        self.tasks.clear();
        self.engine.rouse(self.now_ms, &key());
        self.settle_down();
    }

    fn put_off_come_again(&mut self) {
        for (effect_id, result) in std::mem::take(&mut self.put_off) {
            self.engine.settled(self.now_ms, key(), effect_id, result);
        }
        self.settle_down();
    }

    /// The process dies, with what it has not written, and another begins.
    fn crash(&mut self) {
        self.appends.clear();
        self.start(quick());
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

/// The wish is durable; what becomes of it is told here.
#[track_caller]
fn wished(asked: &mut Asked) -> Asked {
    match told(asked) {
        Ok(ControlDone::Wished(end)) => end,
        Ok(_) => panic!("answered otherwise"),
        Err(error) => panic!("{error}"),
    }
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
    assert_eq!(bench.appends.len(), 1, "the wish: the runner still has it");
    bench.end(&retry, Err(held()));
    bench.write();
    let mut end = wished(&mut asked);
    let may_be_done = false;
    assert_eq!(cancelled(&mut end), Cancelled::Cancelled { may_be_done });
    assert!(bench.tasks.is_empty());
}

#[test]
fn a_try_under_way_is_waited_for_and_its_success_stands() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    silent(&mut asked);
    bench.write();
    let mut end = wished(&mut asked);
    silent(&mut end);
    bench.end(&task, Ok(()));
    silent(&mut end);
    bench.write();
    assert_eq!(cancelled(&mut end), Cancelled::Ended);
    assert!(bench.tasks.is_empty(), "a wish starts nothing");
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
    let mut end = wished(&mut asked);
    assert_eq!(cancelled(&mut end), Cancelled::Cancelled { may_be_done });
    assert!(bench.tasks.is_empty());
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
}

#[test]
fn a_newer_wish_takes_the_place_of_an_older_one() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut older = bench.cancel("first");
    let mut newer = bench.cancel("second");
    bench.write();
    let (mut older, mut newer) = (wished(&mut older), wished(&mut newer));
    assert!(matches!(refused(&mut older), ControlError::Running { .. }));
    bench.end(&task, Err(down()));
    bench.write();
    cancelled(&mut newer);
    let commits = &bench.log.commits;
    let causes: Vec<_> = commits[1..].iter().map(|c| &*c.cause.what).collect();
    let expected = [
        "operator cancel Deliver: first",
        "operator cancel Deliver: second",
        "cancelled Deliver: second",
    ];
    assert_eq!(causes, expected);
}

#[test]
fn a_process_that_dies_before_the_wish_is_written_leaves_the_effect_as_it_was() {
    let mut bench = Bench::new();
    let mut asked = bench.cancel("");
    bench.crash();
    assert!(asked.try_recv().is_err(), "nobody answers");
    let task = bench.tasks.pop().expect("it is tried again");
    assert!(!task.hold.is_cancelled());
    bench.end(&task, Err(down()));
    assert_eq!(bench.tasks.len(), 1, "and again");
}

#[test]
fn a_process_that_dies_after_the_wish_is_written_leaves_an_effect_that_is_cancelled() {
    let mut bench = Bench::new();
    let mut asked = bench.cancel("wrong account");
    bench.write();
    let _end = wished(&mut asked);
    bench.crash();
    assert!(bench.tasks.is_empty(), "it is not tried again");
    bench.write();
    let commit = bench.log.commits.last().unwrap();
    assert_eq!(commit.cause.what, "cancelled Deliver: wrong account");
    assert_eq!(commit.cause.by.as_deref(), Some("ann"));
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
    assert!(bench.detail().effects.is_empty());
}

#[test]
fn a_process_that_dies_while_the_end_is_written_leaves_an_effect_that_is_cancelled() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    bench.write();
    let _end = wished(&mut asked);
    bench.end(&task, Err(down()));
    assert_eq!(bench.appends.len(), 1, "the end");
    // Twice: what the first of them decides is lost as well.
    for _ in 0..2 {
        bench.crash();
        assert!(bench.tasks.is_empty(), "it is not tried again");
        assert_eq!(bench.appends.len(), 1, "the end");
    }
    bench.write();
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
    let commits = bench.log.commits.len();
    bench.crash();
    assert!(bench.tasks.is_empty() && bench.appends.is_empty());
    assert_eq!(bench.log.commits.len(), commits, "nothing is done twice");
}

#[test]
fn a_new_life_waits_for_the_try_that_the_runner_still_has() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    bench.write();
    let mut end = wished(&mut asked);
    let _answer = bench.send(Command::Panic);
    let gone = end.try_recv().map(|_| ());
    assert_eq!(gone, Err(oneshot::error::TryRecvError::Closed));
    assert_eq!(bench.detail().effects[0].state, EffectState::Running);
    assert!(bench.tasks.is_empty() && bench.appends.is_empty());
    bench.end(&task, Err(down()));
    bench.write();
    assert_eq!(bench.state().failed.as_deref(), Some("Cancelled"));
}

#[test]
fn a_wish_that_the_journal_refuses_is_told_and_forgotten() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    let (_, tag) = bench.appends.pop_front().unwrap();
    let fenced = AppendError::Fenced {
        expected: 1,
        actual: 2,
    };
    bench.engine.appended(bench.now_ms, &tag, Err(fenced));
    bench.settle_down();
    assert!(matches!(refused(&mut asked), ControlError::Unavailable(_)));
    bench.end(&task, Err(down()));
    assert_eq!(bench.tasks.len(), 1, "it is tried again");
}

#[test]
fn a_wish_on_which_the_entity_panics_is_forgotten_and_the_effect_is_paused() {
    let mut bench = Bench::new();
    let _answer = bench.send(Command::BeFragile);
    let mut asked = bench.cancel("");
    bench.write();
    let mut end = wished(&mut asked);
    let task = bench.tasks.pop().unwrap();
    bench.end(&task, Err(down()));
    assert!(matches!(refused(&mut end), ControlError::Unavailable(_)));
    bench.write();
    let detail = bench.detail();
    assert_eq!(detail.status, ActorStatus::Resident);
    assert_eq!(detail.effects[0].state, EffectState::Paused);
    let error = detail.effects[0].last_error.clone().unwrap();
    assert!(error.contains("it cannot be without it"), "{error}");

    // Commands are decided, now and after a crash, and an operator may have it tried again.
    bench.crash();
    let mut answer = bench.send(Command::Add(1));
    bench.write();
    assert!(answer.try_recv().unwrap().is_ok());
    let effect_id = Some(EFFECT.to_owned());
    let order = ann("");
    let mut retried = bench.ask(Control::Retry { effect_id, order });
    bench.write();
    assert!(matches!(told(&mut retried), Ok(ControlDone::Retried(1))));
    let task = bench.tasks.pop().unwrap();
    bench.end(&task, Ok(()));
    bench.write();
    assert_eq!(bench.state().delivered, 1);
}

#[test]
fn wishes_that_are_found_at_a_start_quarantine_nobody() {
    let mut bench = Bench::new();
    let many = quick().panic_limit + 1;
    bench.wish_many(many);
    let _answer = bench.send(Command::BeFragile);
    bench.write();
    bench.crash();
    bench.write();
    let detail = bench.detail();
    assert_eq!(detail.status, ActorStatus::Resident);
    let paused = detail.effects.iter();
    let paused = paused.filter(|effect| effect.state == EffectState::Paused);
    assert_eq!(paused.count(), many as usize);
}

/// Wishes for which there was no room at the start, and an operator who wants one of the effects tried again.
#[test]
fn a_wish_that_waits_for_room_can_be_withdrawn_and_starts_no_second_try() {
    let mut bench = Bench::new();
    bench.wish_many(5);
    bench.start(narrow());
    let later = bench.put_off.pop().unwrap();
    let effect_id = Some(later.0.clone());
    let order = ann("");
    bench.write();
    let mut retried = bench.ask(Control::Retry { effect_id, order });
    bench.write();
    assert!(matches!(told(&mut retried), Ok(ControlDone::Retried(1))));
    assert!(
        bench.tasks.is_empty(),
        "its turn comes with the end that was put off"
    );
    bench.put_off.push(later);
    bench.put_off_come_again();
    bench.write();
    assert_eq!(bench.tasks.len(), 1);
    bench.put_off_come_again();
    bench.write();
    assert_eq!(bench.tasks.len(), 1, "it is tried once");
    assert_eq!(bench.detail().effects.len(), 1);
}

#[test]
fn a_try_that_ends_under_a_withdrawal_is_repeated_when_that_is_durable() {
    // It was called back before it began, or it failed.
    for end in [held(), down()] {
        let mut bench = Bench::new();
        let task = bench.tasks.pop().unwrap();
        let _asked = bench.cancel("");
        bench.write();
        let effect_id = Some(EFFECT.to_owned());
        let order = ann("");
        let _retried = bench.ask(Control::Retry { effect_id, order });
        bench.end(&task, Err(end));
        assert!(bench.tasks.is_empty(), "the withdrawal may be lost");
        bench.write();
        assert_eq!(bench.tasks.len(), 1);
    }
}

#[test]
fn a_try_that_fails_for_good_under_a_withdrawal_is_not_started_by_it() {
    let options = Options {
        retry: RetryPolicy {
            attempts: 1,
            ..quick().retry
        },
        ..quick()
    };
    let mut bench = Bench::of(options);
    let task = bench.tasks.pop().unwrap();
    let _asked = bench.cancel("");
    bench.write();
    let effect_id = Some(EFFECT.to_owned());
    let order = ann("");
    let _retried = bench.ask(Control::Retry { effect_id, order });
    bench.end(&task, Err(down()));
    bench.write();
    assert!(bench.tasks.is_empty());
    assert_eq!(bench.detail().effects[0].state, EffectState::Paused);
}

#[test]
fn who_wants_an_effect_tried_again_withdraws_the_wish_to_cancel_it() {
    let mut bench = Bench::new();
    let task = bench.tasks.pop().unwrap();
    let mut asked = bench.cancel("");
    bench.write();
    let mut end = wished(&mut asked);
    let retry = |effect_id: Option<&str>| Control::Retry {
        effect_id: effect_id.map(str::to_owned),
        order: ann("it is needed"),
    };
    // Who names none wants those tried again that are paused.
    let mut all = bench.ask(retry(None));
    assert!(matches!(told(&mut all), Ok(ControlDone::Retried(0))));
    let mut named = bench.ask(retry(Some(EFFECT)));
    silent(&mut named);
    silent(&mut end);
    bench.write();
    assert!(matches!(told(&mut named), Ok(ControlDone::Retried(1))));
    assert!(matches!(refused(&mut end), ControlError::Withdrawn { .. }));
    assert!(bench.tasks.is_empty(), "it is under way");
    bench.end(&task, Err(down()));
    let task = bench.tasks.pop().expect("it is tried again");
    bench.crash();
    assert_eq!(bench.tasks.len(), 1, "after a crash too");
    bench.end(&task, Ok(()));
    bench.write();
    let state = bench.state();
    assert_eq!((state.delivered, state.failed), (1, None));
}

#[test]
fn wishes_that_are_found_at_a_start_wait_for_room() {
    let mut bench = Bench::new();
    bench.wish_many(5);
    bench.start(narrow());
    assert_eq!(bench.appends.len(), 3, "as many as there is room for");
    assert!(bench.tasks.is_empty(), "none is tried again");
    assert_eq!(bench.engine.unanswered(), 3 + 2);
    bench.write();
    while bench.engine.unanswered() > 0 {
        bench.put_off_come_again();
        bench.write();
    }
    assert!(bench.tasks.is_empty(), "none is tried again");
    assert!(bench.detail().effects.is_empty());
}

#[test]
fn a_quarantine_that_is_not_kept_yet_is_waited_for() {
    let mut bench = Bench::new();
    for n in 0..quick().panic_limit {
        assert_eq!(bench.engine.unanswered(), 0, "after {n} panics");
        let meta = id(&format!("panic-{n}"));
        let _answer = bench.send_as(Command::Panic, meta);
    }
    assert_eq!(bench.engine.unanswered(), 1);
    bench.engine.mark_kept(&key());
    assert_eq!(bench.engine.unanswered(), 0);
}

#[test]
fn what_an_older_version_journaled_is_read_and_what_it_reads_is_written() {
    let old = r#"{"name":"Deliver","idempotency":"TOKEN","asked_ms":5,"effect":{"how":"TOKEN"}}"#;
    let job: Job = serde_json::from_str(old).unwrap();
    assert_eq!((job.asked_ms, &job.cancel), (5, &None));
    assert_eq!(serde_json::to_string(&job).unwrap(), old);
    let cancel = Some(ann("why"));
    let wished = serde_json::to_string(&Job { cancel, ..job }).unwrap();
    assert!(wished.ends_with(r#","cancel":{"by":"ann","reason":"why"}}"#));
}

#[test]
fn what_is_being_read_is_counted_until_the_journal_has_answered() {
    let mut engine = engine(quick());
    for id in ["a", "b", "c"] {
        engine.rouse(0, &EntityKey::new("counter", id));
    }
    assert_eq!(engine.loading(), 3);
    for action in engine.actions() {
        if let Action::Load { key, epoch } = action {
            engine.loaded(0, &key, epoch, Ok(Log::default().load()));
        }
    }
    assert_eq!((engine.loading(), engine.headcount().now()), (0, 3));
}

#[test]
fn ends_of_effects_that_wait_for_room_are_heard_before_the_process_ends() {
    let mut bench = Bench::of(Options {
        in_flight: 2,
        ..quick()
    });
    let task = bench.tasks.pop().unwrap();
    // As many as there may be before the ends of effects wait.
    for n in 0..3 {
        let priority = Priority::High;
        let meta = Meta {
            priority,
            ..id(&format!("high-{n}"))
        };
        let _answer = bench.send_as(Command::Add(1), meta);
    }
    bench.engine.drain();
    bench.end(&task, Ok(()));
    assert_eq!(bench.engine.unanswered(), 4);
    bench.write();
    assert_eq!(bench.engine.unanswered(), 1, "the end that was put off");
    bench.end(&task, Ok(()));
    bench.write();
    assert_eq!(bench.engine.unanswered(), 0);
    assert_eq!(bench.state().delivered, 1);
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
