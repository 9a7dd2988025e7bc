#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::clock::{DrivenClock, ManualClock};
use crate::faults::Faults;
use crate::ids::Ids;
use crate::store::{Store, Tx};
use crate::waiters::Waiters;

/// A bell service: `Wait` waits for an hour or a `Ring`, `Crash` writes and panics, `Refuse`
/// writes and fails, `Look` says whether something was written.
#[derive(Default)]
struct Bell {
    tries_to_wait: Arc<AtomicUsize>,
}

impl Service for Bell {
    fn name(&self) -> &'static str {
        "bell"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        crate::protocol::aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        let rung: Option<String> = tx.get(&call.scope, "bell", "rung")?;
        match call.operation.as_str() {
            "Ring" => {
                tx.put(&call.scope, "bell", "rung", &call.request_id)?;
                tx.notify("bell");
                Ok(Reply::status(200))
            }
            "Wait" if rung.is_some() => Ok(Reply::status(200)),
            "Wait" => {
                self.tries_to_wait.fetch_add(1, Ordering::SeqCst);
                Ok(Reply::wait_for("bell", Duration::from_secs(3_600)))
            }
            "Look" if rung.is_some() => Ok(Reply::status(200)),
            "Look" => Ok(Reply::status(404)),
            "Refuse" => {
                tx.put(&call.scope, "bell", "rung", &call.request_id)?;
                Err(ServiceError::bad_request("Refused", "no"))
            }
            "Crash" => {
                tx.put(&call.scope, "bell", "rung", &call.request_id)?;
                panic!("a defect of the service")
            }
            _ => Err(call.unknown_operation()),
        }
    }
}

fn cloud(bell: Bell) -> Arc<CloudInner> {
    Arc::new(CloudInner {
        store: Store::open(None).unwrap(),
        clock: DrivenClock::new(Arc::new(ManualClock::new(0))),
        faults: Faults::default(),
        ids: Ids::new(Some(1), 1),
        waiters: Waiters::default(),
        sessions: crate::identity::Sessions::default(),
        stack_work: std::sync::atomic::AtomicBool::new(false),
        sharing_delay_ms: std::sync::atomic::AtomicI64::new(0),
        query_delay_ms: std::sync::atomic::AtomicI64::new(0),
        services: vec![Box::new(bell)],
        default_account: "000000000000".to_owned(),
    })
}

async fn status(cloud: &Arc<CloudInner>, operation: &str) -> u16 {
    let (parts, ()) = http::Request::post("/")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=LKIA111122223333/20260131/eu-west-1/bell/aws4_request",
        )
        .header("x-amz-target", format!("Bell.{operation}"))
        .body(())
        .unwrap()
        .into_parts();
    match dispatch(cloud, parts, Bytes::new()).await {
        Answer::Response(response) => response.status().as_u16(),
        Answer::Lost | Answer::Reset => panic!("no fault was injected"),
    }
}

#[tokio::test]
async fn a_waiting_request_is_woken_by_the_commit_that_it_waits_for() {
    let bell = Bell::default();
    let tries = Arc::clone(&bell.tries_to_wait);
    let cloud = cloud(bell);
    let waiting = {
        let cloud = Arc::clone(&cloud);
        tokio::spawn(async move { status(&cloud, "Wait").await })
    };
    // The second try comes after it began to listen, and before it sleeps: the hardest moment.
    while tries.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(status(&cloud, "Ring").await, 200);
    let woken = tokio::time::timeout(Duration::from_secs(60), waiting).await;
    assert_eq!(woken.unwrap().unwrap(), 200);
    assert_eq!(tries.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_and_a_panic_leave_nothing_behind() {
    let cloud = cloud(Bell::default());
    assert_eq!(status(&cloud, "Refuse").await, 400);
    assert_eq!(status(&cloud, "Look").await, 404);
    assert_eq!(status(&cloud, "Crash").await, 500);
    assert_eq!(status(&cloud, "Look").await, 404);
    assert_eq!(status(&cloud, "Ring").await, 200);
    assert_eq!(status(&cloud, "Look").await, 200);
}

#[test]
fn forms_are_decoded() {
    let decoded = decode_form("a=1+2&b=%C3%B6&flag&&c=x%3Dy=z");
    let expected = [("a", "1 2"), ("b", "ö"), ("flag", ""), ("c", "x=y=z")];
    assert_eq!(
        decoded,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}
