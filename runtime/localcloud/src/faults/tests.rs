//! Which request is struck, by what, and how often.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const ACCOUNT: &str = "111122223333";

struct Stage {
    faults: Faults,
    ids: Ids,
}

impl Stage {
    fn new() -> Self {
        Self {
            faults: Faults::default(),
            ids: Ids::new(Some(1), 1),
        }
    }

    /// What a request suffers, in words.
    fn send(&self, operation: &str) -> String {
        let struck = self.faults.strike("sqs", operation, ACCOUNT, &self.ids);
        struck
            .effect
            .map_or_else(|| "-".to_owned(), |effect| effect.to_string())
    }
}

fn script(text: &str) -> Fault {
    Fault::script(text.split(',').map(|turn| turn.parse().unwrap()))
}

#[test]
fn a_script_is_played_once_to_the_requests_that_fit() {
    let stage = Stage::new();
    stage.faults.inject(Fault {
        operation: Some("Send*".to_owned()),
        ..script("ok, throttle, ok, 500")
    });
    let sent = |operation| stage.send(operation);
    assert_eq!(sent("SendMessage"), "ok");
    assert_eq!(sent("ReceiveMessage"), "-");
    assert_eq!(sent("SendMessageBatch"), "throttle");
    assert_eq!(sent("SendMessage"), "ok");
    assert_eq!(sent("SendMessage"), "500");
    assert_eq!(sent("SendMessage"), "-");
    assert!(stage.faults.standing().is_empty());
    assert_eq!(stage.faults.seen().len(), 4);
}

#[test]
fn a_script_is_played_as_often_as_it_is_said() {
    let stage = Stage::new();
    stage.faults.inject(Fault {
        times: Times::Count(2),
        ..script("throttle,ok")
    });
    let seen: Vec<String> = (0..5).map(|_| stage.send("SendMessage")).collect();
    assert_eq!(seen, ["throttle", "ok", "throttle", "ok", "-"]);
}

#[test]
fn a_turn_that_is_ok_keeps_later_faults_away() {
    let stage = Stage::new();
    stage.faults.inject(script("ok"));
    stage.faults.inject(Fault::once(FaultEffect::Throttle));
    assert_eq!(stage.send("SendMessage"), "ok");
    assert_eq!(stage.send("SendMessage"), "throttle");
}

#[test]
fn a_fault_is_removed_by_its_id() {
    let stage = Stage::new();
    let always = Fault {
        times: Times::Always,
        ..Fault::once(FaultEffect::Throttle)
    };
    let first = stage.faults.inject(always.clone());
    let second = stage.faults.inject(always);
    assert_eq!(stage.send("SendMessage"), "throttle");
    let struck = |standing: &Standing| (standing.id, standing.struck);
    let standing: Vec<_> = stage.faults.standing().iter().map(struck).collect();
    assert_eq!(standing, [(first, 1), (second, 0)]);
    assert!(stage.faults.remove(first));
    assert!(!stage.faults.remove(first));
    stage.send("SendMessage");
    assert_eq!(stage.faults.seen()[1].fault, second);
    assert!(stage.faults.remove(second));
    assert_eq!(stage.send("SendMessage"), "-");
}

#[test]
fn only_reads_are_stale_and_only_of_services_that_have_it() {
    let stage = Stage::new();
    stage.faults.inject(Fault {
        times: Times::Always,
        ..Fault::once(FaultEffect::Stale(Duration::from_secs(5)))
    });
    let stale = |service, operation| {
        let struck = stage.faults.strike(service, operation, ACCOUNT, &stage.ids);
        struck.stale.is_some()
    };
    assert!(stale("glue", "GetTable"));
    assert!(stale("datazone", "SearchListings"));
    assert!(!stale("glue", "CreateTable"));
    assert!(!stale("s3", "GetObject"));
    assert!(!stale("sts", "GetSessionToken"));
}

#[test]
fn the_past_is_kept_while_somebody_can_look_at_it() {
    let past = Arc::new(Past::default());
    let stage = Stage {
        faults: Faults::new(Arc::clone(&past)),
        ids: Ids::new(Some(1), 1),
    };
    let strike = || {
        stage
            .faults
            .strike("sqs", "ListQueues", ACCOUNT, &stage.ids)
    };
    let stale = FaultEffect::Stale(Duration::from_secs(5));
    stage.faults.inject(Fault::once(stale));
    let struck = strike();
    assert!(struck.stale.is_some());
    assert!(strike().stale.is_none());
    assert!(past.wants("sqs.queues"), "the first still looks back");
    drop(struck);
    strike();
    assert!(!past.wants("sqs.queues"));
}
