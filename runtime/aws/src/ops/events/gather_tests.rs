#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use futures::future::join_all;
use serde_json::{Value, json};

use super::*;
use crate::clock::Clock as _;
use crate::wire_tests::{Answer as Wired, Scene, Seen};
use crate::{Options, Priority, codes};

const MS: Duration = Duration::from_millis(1);

fn event(name: &str) -> Event {
    Event {
        bus: "mesh".to_owned(),
        source: "datamesh.tests".to_owned(),
        detail_type: name.to_owned(),
        detail: "{}".to_owned(),
        ..Event::default()
    }
}

/// The events of a call, by their detail types.
fn names(seen: &Seen) -> Vec<String> {
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let entries = body["Entries"].as_array().unwrap();
    let name = |entry: &Value| entry["DetailType"].as_str().unwrap().to_owned();
    entries.iter().map(name).collect()
}

/// What EventBridge says when it takes what `fails` does not name: each entry's id is its name.
fn told(seen: &Seen, fails: &[(&str, &str)]) -> String {
    let entries: Vec<Value> = names(seen)
        .into_iter()
        .map(|name| match fails.iter().find(|(fail, _)| *fail == name) {
            Some((_, code)) => json!({ "ErrorCode": code, "ErrorMessage": "no" }),
            None => json!({ "EventId": name }),
        })
        .collect();
    json!({ "FailedEntryCount": 0, "Entries": entries }).to_string()
}

/// Takes everything, 50 ms after it was sent.
fn taking() -> Scene {
    Scene::new(Options::default(), |seen| {
        Wired::TextAfter(50 * MS, told(seen, &[]))
    })
}

impl Scene {
    /// When each call was sent, in milliseconds, and with what.
    fn calls(&self) -> Vec<(u128, Vec<String>)> {
        let seen = self.seen();
        let call = |seen: &Seen| (seen.at.as_millis(), names(seen));
        seen.iter().map(call).collect()
    }

    /// Puts all at once, each by itself.
    fn put(&self, cx: &CallCx, names: &[&str]) -> Vec<Result<Told, AwsError>> {
        let puts = names
            .iter()
            .map(|name| async move { self.aws.events(cx).put_event(event(name)).await });
        self.clock.run(join_all(puts))
    }

    fn is_idle(&self) -> bool {
        self.aws.gathering().lanes.lock().is_empty()
    }
}

#[test]
fn who_is_alone_waits_for_nobody() {
    let scene = taking();
    for name in ["a", "b"] {
        let results = scene.put(&CallCx::default(), &[name]);
        assert_eq!(results, [Ok(Ok(name.to_owned()))]);
    }
    assert_eq!(
        scene.calls(),
        [(0, vec!["a".to_owned()]), (50, vec!["b".to_owned()])]
    );
    assert!(scene.is_idle());
}

#[test]
fn while_a_call_is_under_way_the_next_gathers_and_a_full_one_goes_at_once() {
    let scene = taking();
    let names: Vec<String> = (0..14).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let results = scene.put(&CallCx::default(), &names);
    let ids: Vec<_> = results
        .into_iter()
        .map(|told| told.unwrap().unwrap())
        .collect();
    assert_eq!(ids, names, "each is told of its own");
    let sizes: Vec<_> = scene
        .calls()
        .into_iter()
        .map(|(at, names)| (at, names.len()))
        .collect();
    assert_eq!(sizes, [(0, 1), (0, 10), (50, 3)]);
    assert!(scene.is_idle());
}

#[test]
fn an_entry_that_is_not_taken_fails_alone() {
    let scene = Scene::new(Options::default(), |seen| {
        let fails = [("b", "ThrottlingException"), ("c", "InternalFailure")];
        Wired::TextAfter(50 * MS, told(seen, &fails))
    });
    let results = scene.put(&CallCx::default(), &["first", "a", "b", "c"]);
    let class = |told: &Result<Told, AwsError>| {
        told.as_ref()
            .unwrap()
            .as_ref()
            .err()
            .map(|error| error.class)
    };
    assert_eq!(
        results.iter().map(class).collect::<Vec<_>>(),
        [
            None,
            None,
            Some(ErrorClass::Throttle),
            Some(ErrorClass::Transient)
        ]
    );
    assert_eq!(scene.seen().len(), 2);
    assert_eq!(scene.aws.pools()[0].operations[0].throttled, 1);
}

#[test]
fn a_call_that_breaks_or_is_not_answered_may_have_happened_for_all_its_events() {
    for (answer, code) in [
        (Wired::Broken, codes::DISPATCH_FAILURE),
        (
            Wired::TextAfter(3_600_000 * MS, String::new()),
            codes::TIMEOUT,
        ),
        (Wired::Json(500, "{}"), "Unknown"),
        (
            Wired::Json(200, r#"{"Entries": []}"#),
            codes::UNREADABLE_RESPONSE,
        ),
    ] {
        let scene = Scene::new(Options::default(), move |seen| match names(seen).len() {
            1 => Wired::TextAfter(50 * MS, told(seen, &[])),
            _ => answer.clone(),
        });
        let results = scene.put(&CallCx::default(), &["first", "a", "b"]);
        assert_eq!(results[0], Ok(Ok("first".to_owned())));
        for result in &results[1..] {
            let error = result.as_ref().unwrap_err();
            assert_eq!(error.class, ErrorClass::Transient, "{error}");
            assert!(error.may_have_happened, "{error}");
            assert!(code == "Unknown" || error.code == code, "{error}");
        }
        assert_eq!(scene.seen().len(), 2, "one attempt for all");
        assert!(scene.is_idle());
    }
}

#[test]
fn one_event_that_aws_refuses_does_not_take_the_others_with_it() {
    let scene = Scene::new(Options::default(), |seen| {
        if names(seen).contains(&"poison".to_owned()) {
            Wired::Json(400, r#"{"__type": "ValidationException"}"#)
        } else {
            Wired::TextAfter(50 * MS, told(seen, &[]))
        }
    });
    let results = scene.put(&CallCx::default(), &["first", "a", "poison", "b"]);
    assert_eq!(results[1], Ok(Ok("a".to_owned())));
    assert_eq!(results[3], Ok(Ok("b".to_owned())));
    let error = results[2].as_ref().unwrap_err();
    assert_eq!(error.class, ErrorClass::Terminal);
    assert!(!error.may_have_happened);
    let sizes: Vec<_> = scene
        .calls()
        .into_iter()
        .map(|(_, names)| names.len())
        .collect();
    assert_eq!(sizes, [1, 3, 1, 1, 1]);
}

#[test]
fn a_throttled_call_is_not_sent_again_here() {
    let scene = Scene::new(Options::default(), |seen| match names(seen).len() {
        1 => Wired::TextAfter(50 * MS, told(seen, &[])),
        _ => Wired::Json(400, r#"{"__type": "ThrottlingException"}"#),
    });
    let results = scene.put(&CallCx::default(), &["first", "a", "b"]);
    for result in &results[1..] {
        assert_eq!(result.as_ref().unwrap_err().class, ErrorClass::Throttle);
    }
    assert_eq!(scene.seen().len(), 2);
}

#[test]
fn who_is_dropped_while_a_batch_gathers_takes_its_event_along_and_stops_nobody() {
    let scene = taking();
    let cx = CallCx::default();
    let put = |name| {
        let (scene, cx) = (&scene, &cx);
        async move { scene.aws.events(cx).put_event(event(name)).await }
    };
    let impatient = |name| {
        let clock = scene.clock.clone();
        async move {
            tokio::select! {
                biased;
                () = clock.sleep(10 * MS) => None,
                told = put(name) => Some(told),
            }
        }
    };
    let all = async {
        // Each of the first two drives its call until it is dropped.
        let dropped = join_all([impatient("in flight"), impatient("gathering")]);
        tokio::join!(dropped, put("a"), put("b"))
    };
    let (dropped, a, b) = scene.clock.run(all);
    assert_eq!(dropped, [None, None]);
    assert_eq!([a, b], [Ok(Ok("a".to_owned())), Ok(Ok("b".to_owned()))]);
    assert_eq!(
        scene.calls(),
        [
            (0, vec!["in flight".to_owned()]),
            (10, vec!["a".to_owned(), "b".to_owned()])
        ],
        "the call that nobody waits for any more makes way"
    );
    assert!(scene.is_idle());
}

#[test]
fn who_is_dropped_while_its_call_is_under_way_stops_nobody() {
    let scene = taking();
    let cx = CallCx::default();
    let clock = scene.clock.clone();
    let put = |name| {
        let (scene, cx) = (&scene, &cx);
        async move { scene.aws.events(cx).put_event(event(name)).await }
    };
    let all = async {
        let dropped = async {
            tokio::select! {
                biased;
                () = clock.sleep(70 * MS) => None,
                told = put("dropped") => Some(told),
            }
        };
        tokio::join!(put("first"), dropped, put("a"))
    };
    let (_, dropped, a) = scene.clock.run(all);
    assert_eq!((dropped, a), (None, Ok(Ok("a".to_owned()))));
    assert_eq!(scene.seen().len(), 2);
    assert!(scene.is_idle());
}

#[test]
fn a_call_that_hangs_holds_the_next_up_for_a_moment_only() {
    let scene = Scene::new(Options::default(), |seen| match names(seen)[0].as_str() {
        "hangs" => Wired::TextAfter(20_000 * MS, told(seen, &[])),
        _ => Wired::TextAfter(50 * MS, told(seen, &[])),
    });
    let results = scene.put(&CallCx::default(), &["hangs", "a", "b"]);
    assert!(results.iter().all(|told| matches!(told, Ok(Ok(_)))));
    let starts: Vec<_> = scene.calls().into_iter().map(|(at, _)| at).collect();
    assert_eq!(starts, [0, GATHER_AT_MOST.as_millis()]);
}

#[test]
fn what_a_limit_holds_back_fills_up_and_entries_are_what_is_counted() {
    let slow = Options {
        rates: [("events:PutEvents".to_owned(), 1.0)].into(),
        ..Options::default()
    };
    let scene = Scene::new(slow, |seen| Wired::TextAfter(MS, told(seen, &[])));
    let names: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let results = scene.put(&CallCx::default(), &names);
    assert!(results.iter().all(|told| matches!(told, Ok(Ok(_)))));
    let calls: Vec<_> = scene
        .calls()
        .into_iter()
        .map(|(at, names)| (at / 1_000, names.len()))
        .collect();
    assert_eq!(calls, [(0, 1), (1, 10), (11, 10)]);
}

#[test]
fn who_gets_no_turn_was_not_sent() {
    let slow = Options {
        rates: [("events:PutEvents".to_owned(), 0.001)].into(),
        ..Options::default()
    };
    let scene = Scene::new(slow, |seen| Wired::TextAfter(MS, told(seen, &[])));
    let results = scene.put(&CallCx::default(), &["first", "a", "b"]);
    assert_eq!(results[0], Ok(Ok("first".to_owned())));
    for result in &results[1..] {
        let error = result.as_ref().unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.class),
            (codes::WAITED_TOO_LONG, ErrorClass::Throttle)
        );
        assert!(!error.may_have_happened);
    }
    assert_eq!(scene.seen().len(), 1);
    assert!(scene.is_idle());
}

#[test]
fn a_full_queue_is_a_throttle_for_all_of_a_batch() {
    let full = Options {
        rates: [("events:PutEvents".to_owned(), 0.1)].into(),
        max_waiting: 1,
        ..Options::default()
    };
    let scene = Scene::new(full, |seen| Wired::TextAfter(MS, told(seen, &[])));
    let names: Vec<String> = (0..31).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let results = scene.put(&CallCx::default(), &names);
    let busy = results.iter().filter_map(|told| told.as_ref().err());
    let busy: Vec<_> = busy
        .map(|error| (error.code.as_str(), error.class, error.may_have_happened))
        .collect();
    assert_eq!(busy, [(codes::BUSY, ErrorClass::Throttle, false); 20]);
}

#[test]
fn buses_places_and_priorities_do_not_share_a_call() {
    let scene = taking();
    let (home, urgent) = (
        CallCx::default(),
        CallCx::default().priority(Priority::Revoke),
    );
    let foreign = CallCx::in_account("222222222222");
    let put = |cx, bus: &str| {
        let events = scene.aws.events(cx);
        let event = Event {
            bus: bus.to_owned(),
            ..event("e")
        };
        async move { events.put_event(event).await }
    };
    let all = [
        put(&home, "mesh"),
        put(&home, "other"),
        put(&urgent, "mesh"),
        put(&foreign, "mesh"),
    ];
    scene.clock.run(join_all(all));
    let calls: Vec<_> = scene
        .calls()
        .into_iter()
        .map(|(at, names)| (at, names.len()))
        .collect();
    assert_eq!(calls, [(0, 1); 4], "nobody waits for another's call");
}

#[test]
fn a_call_is_not_larger_than_aws_takes() {
    let scene = taking();
    let cx = CallCx::default();
    let put = |size: usize| {
        let event = Event {
            detail: "x".repeat(size),
            ..event("e")
        };
        async { scene.aws.events(&cx).put_event(event).await }
    };
    let all = [
        10,
        MAX_BYTES / 2,
        MAX_BYTES / 4,
        MAX_BYTES / 2,
        MAX_BYTES * 2,
        10,
    ]
    .map(put);
    scene.clock.run(join_all(all));
    let mut sizes: Vec<_> = scene.seen().iter().map(|seen| names(seen).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 1, 1, 2], "and what is too large goes alone");
}
