#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::future::Future;

use futures::FutureExt;
use futures::future::{join, join_all};
use futures::stream::{FuturesUnordered, StreamExt};

use super::*;
use crate::options::BreakerOptions;
use crate::testing::ManualClock;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

const fn operation(name: &'static str, rate: f64) -> Operation {
    Operation {
        name,
        rate,
        takes_slot: true,
    }
}

fn gate(clock: &ManualClock, options: Options) -> Arc<Gate> {
    Gate::new("glue", &options, clock.shared())
}

fn fault() -> AwsError {
    error("InternalServiceException", ErrorClass::Transient)
}

fn error(code: &str, class: ErrorClass) -> AwsError {
    AwsError {
        service: "glue",
        operation: "GetTable",
        code: code.into(),
        message: String::new(),
        class,
        retry_after: None,
        request_id: None,
        may_have_happened: false,
    }
}

fn fail(permit: Permit) {
    permit.settle(Outcome::Failed {
        error: &fault(),
        unhealthy: true,
    });
}

/// Opens the circuit of a gate whose threshold is one.
async fn trip(gate: &Arc<Gate>) {
    let permit = gate
        .acquire(operation("Trip", 1000.0), Priority::Normal, SECOND)
        .await;
    fail(permit.unwrap());
}

fn trips_at_once() -> Options {
    Options {
        breaker: BreakerOptions {
            failure_threshold: 1,
            open_for: 5 * SECOND,
            half_open_probes: 1,
            ..BreakerOptions::default()
        },
        ..Options::default()
    }
}

/// Puts calls in the queue one after another, then tells the order in which they passed.
async fn order_of(
    gate: &Arc<Gate>,
    calls: &[(&'static str, Operation, Priority)],
) -> Vec<&'static str> {
    let passed = RefCell::new(Vec::new());
    let mut queue = FuturesUnordered::new();
    for (name, operation, priority) in calls {
        let passed = &passed;
        let mut call = Box::pin(async move {
            let permit = gate.acquire(*operation, *priority, HOUR).await.unwrap();
            passed.borrow_mut().push(*name);
            permit.settle(Outcome::Succeeded);
        });
        assert!(
            call.as_mut().now_or_never().is_none(),
            "{name} did not wait"
        );
        queue.push(call);
    }
    while queue.next().await.is_some() {}
    drop(queue);
    passed.into_inner()
}

#[test]
fn calls_leave_at_the_rate_of_their_operation() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let calls = (0..101).map(|_| async {
        let permit = gate
            .acquire(operation("GetTable", 5.0), Priority::Normal, HOUR)
            .await;
        permit.unwrap().settle(Outcome::Succeeded);
    });
    clock.run(join_all(calls));
    assert_eq!(clock.elapsed(), 20 * SECOND);
}

#[test]
fn operations_do_not_share_a_rate() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let calls = |name| {
        let gate = &gate;
        join_all((0..11).map(move |_| async move {
            let permit = gate
                .acquire(operation(name, 1.0), Priority::Normal, HOUR)
                .await;
            permit.unwrap().settle(Outcome::Succeeded);
        }))
    };
    clock.run(join(calls("GetTable"), calls("GetDatabase")));
    assert_eq!(clock.elapsed(), 10 * SECOND);
}

#[test]
fn behind_an_open_circuit_revoke_arrives_last_and_goes_first() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    let fast = |name| operation(name, 1000.0);
    let order = clock.run(async {
        trip(&gate).await;
        order_of(
            &gate,
            &[
                ("verify", fast("Get"), Priority::Verify),
                ("grant 1", fast("Put"), Priority::Grant),
                ("normal", fast("Get"), Priority::Normal),
                ("grant 2", fast("Put"), Priority::Grant),
                ("revoke", fast("Delete"), Priority::Revoke),
            ],
        )
        .await
    });
    assert_eq!(order, ["revoke", "grant 1", "normal", "grant 2", "verify"]);
}

#[test]
fn behind_a_slow_rate_revoke_arrives_last_and_goes_first() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let slow = operation("BatchPermissions", 1.0);
    let order = clock.run(async {
        let first = gate.acquire(slow, Priority::Normal, SECOND).await.unwrap();
        first.settle(Outcome::Succeeded);
        order_of(
            &gate,
            &[
                ("verify", slow, Priority::Verify),
                ("grant", slow, Priority::Grant),
                ("revoke", slow, Priority::Revoke),
            ],
        )
        .await
    });
    assert_eq!(order, ["revoke", "grant", "verify"]);
}

#[test]
fn behind_a_full_bulkhead_revoke_arrives_last_and_goes_first() {
    let clock = ManualClock::new();
    let options = Options {
        max_in_flight: 1,
        ..Options::default()
    };
    let gate = gate(&clock, options);
    let fast = operation("Get", 1000.0);
    let order = clock.run(async {
        let running = gate.acquire(fast, Priority::Normal, SECOND).await.unwrap();
        let calls = [
            ("verify", fast, Priority::Verify),
            ("revoke", fast, Priority::Revoke),
        ];
        let release = async {
            clock.sleep(SECOND).await;
            running.settle(Outcome::Succeeded);
        };
        join(order_of(&gate, &calls), release).await.0
    });
    assert_eq!(order, ["revoke", "verify"]);
}

#[test]
fn a_long_poll_neither_needs_nor_takes_a_place_in_the_bulkhead() {
    let clock = ManualClock::new();
    let options = Options {
        max_in_flight: 1,
        ..Options::default()
    };
    let gate = gate(&clock, options);
    let poll = Operation {
        takes_slot: false,
        ..operation("ReceiveMessage", 1000.0)
    };
    clock.run(async {
        let _polling = gate.acquire(poll, Priority::Normal, SECOND).await.unwrap();
        let _working = gate
            .acquire(operation("Get", 1000.0), Priority::Normal, SECOND)
            .await;
        let _also_polling = gate.acquire(poll, Priority::Normal, SECOND).await.unwrap();
    });
    assert_eq!(clock.elapsed(), Duration::ZERO);
}

#[test]
fn an_open_circuit_delays_and_a_probe_that_is_answered_lets_all_through() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    clock.run(async {
        trip(&gate).await;
        join_all((0..10).map(|_| async {
            let permit = gate
                .acquire(operation("Get", 1000.0), Priority::Normal, HOUR)
                .await;
            permit.unwrap().settle(Outcome::Succeeded);
        }))
        .await;
    });
    assert_eq!(clock.elapsed(), 5 * SECOND);
    assert_eq!(state_of(&gate), CircuitState::Closed);
}

#[test]
fn only_the_probes_are_spent_on_a_destination_that_stays_dead() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    let sent = RefCell::new(0);
    clock.run(async {
        trip(&gate).await;
        join_all((0..10).map(|_| async {
            if let Ok(permit) = gate
                .acquire(operation("Get", 1000.0), Priority::Normal, 22 * SECOND)
                .await
            {
                *sent.borrow_mut() += 1;
                fail(permit);
            }
        }))
        .await;
    });
    assert_eq!(
        *sent.borrow(),
        4,
        "one probe every five seconds, at 5, 10, 15 and 20"
    );
}

#[test]
fn a_deadline_behind_an_open_circuit_says_so() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    let refusal = clock.run(async {
        trip(&gate).await;
        gate.acquire(operation("Get", 1.0), Priority::Revoke, 3 * SECOND)
            .await
            .unwrap_err()
    });
    assert_eq!(refusal, Refusal::CircuitOpen);
    assert_eq!(clock.elapsed(), 3 * SECOND);
    assert_eq!(waiting(&gate), 0);
}

#[test]
fn a_deadline_behind_a_slow_rate_says_so() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let slow = operation("Get", 0.01);
    let refusal = clock.run(async {
        let _first = gate.acquire(slow, Priority::Normal, SECOND).await.unwrap();
        gate.acquire(slow, Priority::Normal, SECOND)
            .await
            .unwrap_err()
    });
    assert_eq!(refusal, Refusal::WaitedTooLong);
}

#[test]
fn a_free_call_passes_even_without_patience() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let call = gate.acquire(operation("Get", 1.0), Priority::Normal, Duration::ZERO);
    assert!(clock.run(call).is_ok());
}

#[test]
fn a_full_queue_is_busy_but_makes_room_for_a_revoke() {
    let clock = ManualClock::new();
    let options = Options {
        max_waiting: 2,
        ..trips_at_once()
    };
    let gate = gate(&clock, options);
    let get = operation("Get", 1000.0);
    let wait = |priority| {
        let gate = &gate;
        async move {
            gate.acquire(get, priority, HOUR)
                .await
                .map(|p| p.settle(Outcome::Succeeded))
        }
    };
    let results = clock.run(async {
        trip(&gate).await;
        join_all([
            wait(Priority::Verify),
            wait(Priority::Verify),
            wait(Priority::Verify),
            wait(Priority::Revoke),
        ])
        .await
    });
    assert_eq!(
        results,
        [Ok(()), Err(Refusal::Busy), Err(Refusal::Busy), Ok(())]
    );
}

#[test]
fn a_leader_that_is_dropped_hands_over() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    clock.run(async {
        trip(&gate).await;
        let mut leader = Box::pin(gate.acquire(operation("A", 1000.0), Priority::Revoke, HOUR));
        assert!(leader.as_mut().now_or_never().is_none());
        let mut follower = Box::pin(gate.acquire(operation("B", 1000.0), Priority::Verify, HOUR));
        assert!(follower.as_mut().now_or_never().is_none());
        drop(leader);
        follower.await.unwrap().settle(Outcome::Succeeded);
    });
    assert_eq!(clock.elapsed(), 5 * SECOND);
}

#[test]
fn a_leader_that_nobody_polls_does_not_hold_the_others_up() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let slow = operation("Get", 1.0);
    clock.run(async {
        let _first = gate.acquire(slow, Priority::Normal, HOUR).await.unwrap();
        let mut leader = Box::pin(gate.acquire(slow, Priority::Normal, HOUR));
        assert!(leader.as_mut().now_or_never().is_none());
        for _ in 0..3 {
            gate.acquire(slow, Priority::Normal, HOUR)
                .await
                .unwrap()
                .settle(Outcome::Succeeded);
        }
        drop(leader);
    });
    assert!(clock.elapsed() <= 3 * LOOK_EVERY, "{:?}", clock.elapsed());
}

#[test]
fn a_turn_that_nobody_took_goes_to_the_next() {
    let clock = ManualClock::new();
    let options = Options {
        max_in_flight: 1,
        ..Options::default()
    };
    let gate = gate(&clock, options);
    let get = operation("Get", 1000.0);
    clock.run(async {
        let running = gate.acquire(get, Priority::Normal, SECOND).await.unwrap();
        let mut first = Box::pin(gate.acquire(get, Priority::Normal, HOUR));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(gate.acquire(get, Priority::Normal, HOUR));
        assert!(second.as_mut().now_or_never().is_none());
        running.settle(Outcome::Succeeded);
        drop(first);
        second.await.unwrap().settle(Outcome::Succeeded);
    });
    assert_eq!(in_flight(&gate), 0);
}

#[test]
fn a_call_given_up_frees_its_place_and_blames_nobody() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    clock.run(async {
        let permit = gate
            .acquire(operation("Get", 1.0), Priority::Normal, SECOND)
            .await;
        drop(permit.unwrap());
    });
    assert_eq!(in_flight(&gate), 0);
    assert_eq!(state_of(&gate), CircuitState::Closed);
}

#[test]
fn refusals_throttles_and_conflicts_do_not_open_the_circuit() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    clock.run(async {
        for class in [
            ErrorClass::Throttle,
            ErrorClass::Terminal,
            ErrorClass::Conflict,
            ErrorClass::NotFound,
        ] {
            let permit = gate
                .acquire(operation("Get", 1.0), Priority::Normal, HOUR)
                .await;
            permit.unwrap().settle(Outcome::Failed {
                error: &error("Whatever", class),
                unhealthy: false,
            });
        }
    });
    assert_eq!(state_of(&gate), CircuitState::Closed);
}

#[test]
fn a_throttle_slows_the_operation_down_and_success_brings_it_back() {
    let clock = ManualClock::new();
    let gate = gate(&clock, Options::default());
    let get = operation("Get", 10.0);
    let succeed = |n: usize| {
        let gate = &gate;
        async move {
            for _ in 0..n {
                let permit = gate.acquire(get, Priority::Normal, HOUR).await.unwrap();
                permit.settle(Outcome::Succeeded);
            }
        }
    };
    clock.run(async {
        let permit = gate.acquire(get, Priority::Normal, HOUR).await.unwrap();
        permit.settle(Outcome::Failed {
            error: &error("ThrottlingException", ErrorClass::Throttle),
            unhealthy: false,
        });
    });
    assert_eq!(rate_of(&gate, "Get"), 5.0);
    let start = clock.elapsed();
    clock.run(succeed(10));
    assert_eq!(
        clock.elapsed() - start,
        2 * SECOND,
        "ten calls at five a second"
    );
    clock.run(succeed(200));
    assert_eq!(rate_of(&gate, "Get"), 10.0);
}

#[test]
fn a_snapshot_shows_who_waits_and_why() {
    let clock = ManualClock::new();
    let gate = gate(&clock, trips_at_once());
    clock.run(async {
        trip(&gate).await;
        clock.sleep(SECOND).await;
        let get = operation("Get", 7.0);
        let mut waiting: Vec<_> = [Priority::Revoke, Priority::Verify, Priority::Verify]
            .into_iter()
            .map(|priority| Box::pin(gate.acquire(get, priority, HOUR)))
            .collect();
        for call in &mut waiting {
            assert!(poll_once(call).is_none());
        }
        let snapshot = gate.snapshot(&key());
        assert_eq!(snapshot.circuit.state, CircuitState::Open);
        assert_eq!(snapshot.circuit.since_ms, clock.now_ms() - 1000);
        assert_eq!(snapshot.circuit.consecutive_failures, 1);
        assert_eq!(
            snapshot.last_error.unwrap().error.code,
            "InternalServiceException"
        );
        let get = snapshot
            .operations
            .iter()
            .find(|o| o.operation == "Get")
            .unwrap();
        assert_eq!((get.calls, get.configured_rate), (0, 7.0));
        assert_eq!(get.waiting[&Priority::Revoke], 1);
        assert_eq!(get.waiting[&Priority::Verify], 2);
        let trip = snapshot
            .operations
            .iter()
            .find(|o| o.operation == "Trip")
            .unwrap();
        assert_eq!(trip.errors[&ErrorClass::Transient], 1);
    });
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    future.now_or_never()
}

fn key() -> PoolKey {
    PoolKey {
        service: "glue",
        account: "111111111111".into(),
        region: "eu-central-1".into(),
        role: None,
    }
}

fn state_of(gate: &Gate) -> CircuitState {
    gate.snapshot(&key()).circuit.state
}

fn in_flight(gate: &Gate) -> usize {
    gate.snapshot(&key()).in_flight
}

fn waiting(gate: &Gate) -> usize {
    let snapshot = gate.snapshot(&key());
    snapshot
        .operations
        .iter()
        .flat_map(|o| o.waiting.values())
        .sum()
}

fn rate_of(gate: &Gate, name: &str) -> f64 {
    let snapshot = gate.snapshot(&key());
    let operation = snapshot.operations.iter().find(|o| o.operation == name);
    operation.unwrap().current_rate
}
