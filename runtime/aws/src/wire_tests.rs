//! The whole crate, the SDK's clients included, over a scripted wire and a
//! clock that the test drives.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use futures::future::join_all;
use parking_lot::Mutex;

use crate::athena::StartQuery;
use crate::clock::Clock;
use crate::datazone::{CreateAsset, Form};
use crate::events::Event;
use crate::lakeformation::{Entry, Permission, ResourceKind};
use crate::sqs::ReceiveMessages;
use crate::testing::ManualClock;
use crate::{
    Aws, AwsError, CallCx, CircuitState, Connector, ErrorClass, Options, Priority, SystemClock,
    Token, codes,
};

const HOME: &str = "111111111111";
const FOREIGN: &str = "222222222222";

/// What the wire saw of one request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Duration,
    pub(crate) uri: String,
    pub(crate) body: String,
    pub(crate) authorization: String,
    pub(crate) session_token: Option<String>,
}

impl Seen {
    fn is_assume_role(&self) -> bool {
        self.body.contains("Action=AssumeRole")
    }
}

/// What the wire answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Json(u16, &'static str),
    Text(u16, String),
    After(Duration, &'static str),
    TextAfter(Duration, String),
    Broken,
}

type Script = dyn Fn(&Seen) -> Answer + Send + Sync;

#[derive(Clone)]
struct Wire {
    clock: ManualClock,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).map(str::to_owned);
        let seen = Seen {
            at: self.clock.elapsed(),
            uri: request.uri().to_owned(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
            authorization: header("authorization").unwrap_or_default(),
            session_token: header("x-amz-security-token"),
        };
        self.seen.lock().push(seen.clone());
        let answer = (self.script)(&seen);
        let clock = self.clock.clone();
        HttpConnectorFuture::new(async move {
            match answer {
                Answer::Json(status, body) => Ok(response(status, body.to_owned())),
                Answer::Text(status, body) => Ok(response(status, body)),
                Answer::After(delay, body) => {
                    clock.sleep(delay).await;
                    Ok(response(200, body.to_owned()))
                }
                Answer::TextAfter(delay, body) => {
                    clock.sleep(delay).await;
                    Ok(response(200, body))
                }
                Answer::Broken => Err(ConnectorError::io("connection reset".into())),
            }
        })
    }
}

fn response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}

/// An [`Aws`] on a scripted wire.
pub(crate) struct Scene {
    pub(crate) clock: ManualClock,
    pub(crate) aws: Aws,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scene {
    pub(crate) fn new(
        options: Options,
        script: impl Fn(&Seen) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let clock = ManualClock::new();
        let wire = Wire {
            clock: clock.clone(),
            script: Arc::new(script),
            seen: Arc::default(),
        };
        let seen = Arc::clone(&wire.seen);
        let connector = Connector::Embedded {
            http_client: http_client_fn(move |_, _| SharedHttpConnector::new(wire.clone())),
            credentials: Arc::new(|account| (format!("KEY{account}"), "secret".to_owned())),
        };
        let options = Options {
            account: HOME.to_owned(),
            region: Some("eu-central-1".to_owned()),
            ..options
        };
        Self {
            aws: Aws::new(options, connector, clock.shared()),
            clock,
            seen,
        }
    }

    fn answering(status: u16, body: &'static str) -> Self {
        Self::new(Options::default(), move |_| Answer::Json(status, body))
    }

    fn get_table(&self, cx: &CallCx) -> Result<(), AwsError> {
        self.clock
            .run(self.aws.glue(cx).get_table("db", "t"))
            .map(drop)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().clone()
    }
}

const TABLE: &str = r#"{"Table": {"Name": "t", "DatabaseName": "db"}}"#;

#[test]
fn a_call_makes_one_attempt_and_says_that_it_may_have_happened() {
    let scene = Scene::answering(500, r#"{"__type": "InternalServiceException"}"#);
    let error = scene.get_table(&CallCx::default()).unwrap_err();
    assert_eq!(scene.seen().len(), 1);
    assert_eq!((error.service, error.operation), ("glue", "GetTable"));
    assert_eq!(error.code, "InternalServiceException");
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(error.may_have_happened);
}

#[test]
fn an_answer_that_does_not_come_is_a_timeout_and_may_have_happened() {
    let scene = Scene::new(Options::default(), |_| {
        Answer::After(Duration::from_secs(31), TABLE)
    });
    let error = scene.get_table(&CallCx::default()).unwrap_err();
    assert_eq!(error.code, codes::TIMEOUT);
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(error.may_have_happened);
    assert_eq!(scene.clock.elapsed(), Duration::from_secs(30));
}

#[test]
fn a_broken_connection_may_have_happened() {
    let scene = Scene::new(Options::default(), |_| Answer::Broken);
    let error = scene.get_table(&CallCx::default()).unwrap_err();
    assert_eq!(error.code, codes::DISPATCH_FAILURE);
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(error.may_have_happened);
    assert!(error.message.contains("connection reset"), "{error}");
}

#[test]
fn an_answer_that_makes_no_sense_may_have_happened() {
    let scene = Scene::answering(200, "<html>");
    let error = scene.get_table(&CallCx::default()).unwrap_err();
    assert_eq!(error.code, codes::UNREADABLE_RESPONSE);
    assert!(error.may_have_happened);
}

#[test]
fn what_is_not_there_is_not_found() {
    let scene = Scene::answering(
        400,
        r#"{"__type": "EntityNotFoundException", "Message": "no t"}"#,
    );
    let error = scene.get_table(&CallCx::default()).unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.message, "no t");
    assert!(!error.may_have_happened);
}

#[test]
fn a_long_poll_gets_its_wait_on_top_of_the_timeout() {
    let poll = |answers_after| {
        let scene = Scene::new(Options::default(), move |_| {
            Answer::After(answers_after, "{}")
        });
        let cx = CallCx::default();
        scene
            .clock
            .run(scene.aws.sqs(&cx).receive_messages(ReceiveMessages {
                queue_url: "http://sqs/q".into(),
                max: 10,
                wait: Duration::from_secs(20),
                visibility_s: None,
            }))
    };
    assert_eq!(poll(Duration::from_secs(45)).unwrap(), []);
    assert_eq!(
        poll(Duration::from_secs(51)).unwrap_err().code,
        codes::TIMEOUT
    );
}

#[test]
fn a_dead_destination_opens_the_circuit_and_calls_wait_for_it_to_come_back() {
    let scene = Scene::new(Options::default(), |seen| {
        if seen.at < Duration::from_secs(60) {
            Answer::Broken
        } else {
            Answer::Json(200, TABLE)
        }
    });
    let cx = CallCx::default();
    for _ in 0..8 {
        scene.get_table(&cx).unwrap_err();
    }
    let circuit = scene.aws.pools()[0].circuit;
    assert_eq!(circuit.state, CircuitState::Open);
    assert_eq!(circuit.consecutive_failures, 8);

    let impatient = CallCx::default().deadline(Duration::from_secs(2));
    let error = scene.get_table(&impatient).unwrap_err();
    assert_eq!(error.code, codes::CIRCUIT_OPEN);
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(!error.may_have_happened);
    assert_eq!(scene.seen().len(), 8, "an open circuit sends nothing");

    scene.clock.advance(Duration::from_secs(60));
    scene.get_table(&cx).unwrap();
    scene.get_table(&cx).unwrap();
    assert_eq!(scene.aws.pools()[0].circuit.state, CircuitState::Closed);
}

#[test]
fn a_throttle_on_the_wire_halves_the_rate_of_its_operation_only() {
    let scene = Scene::new(Options::default(), |seen| {
        if seen.body.contains("TableName") || seen.body.contains("\"t\"") {
            Answer::Json(400, r#"{"__type": "ThrottlingException"}"#)
        } else {
            Answer::Json(200, r#"{"Database": {"Name": "db"}}"#)
        }
    });
    let cx = CallCx::default();
    scene
        .clock
        .run(scene.aws.glue(&cx).get_database("db"))
        .unwrap();
    let error = scene.get_table(&cx).unwrap_err();
    assert_eq!(error.class, ErrorClass::Throttle);
    let pools = scene.aws.pools();
    let rates: Vec<_> = pools[0]
        .operations
        .iter()
        .map(|o| {
            (
                o.operation.as_str(),
                o.configured_rate,
                o.current_rate,
                o.throttled,
            )
        })
        .collect();
    assert_eq!(
        rates,
        [("GetDatabase", 5.0, 5.0, 0), ("GetTable", 5.0, 2.5, 1)]
    );
}

fn with_role() -> Options {
    Options {
        role_arn_template: Some("arn:aws:iam::{account}:role/mesh-{service}".to_owned()),
        ..Options::default()
    }
}

/// STS as the scripts below play it: sessions of one hour, numbered by minute.
fn assume_role(seen: &Seen) -> Answer {
    let started = seen.at.as_secs();
    let (hours, minutes) = (1 + started / 3600, started / 60 % 60);
    Answer::Text(
        200,
        format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleResult><Credentials><AccessKeyId>ASIA{started}</AccessKeyId>\
             <SecretAccessKey>s</SecretAccessKey><SessionToken>token{started}</SessionToken>\
             <Expiration>2026-01-01T{hours:02}:{minutes:02}:00Z</Expiration></Credentials>\
             </AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

fn with_sts(seen: &Seen) -> Answer {
    if seen.is_assume_role() {
        assume_role(seen)
    } else {
        Answer::Json(200, TABLE)
    }
}

#[test]
fn many_calls_for_a_foreign_account_assume_its_role_once() {
    let scene = Scene::new(with_role(), with_sts);
    let cx = CallCx::in_account(FOREIGN);
    let glue = scene.aws.glue(&cx);
    let results = scene
        .clock
        .run(join_all((0..10).map(|_| glue.get_table("db", "t"))));
    assert!(results.iter().all(Result::is_ok), "{results:?}");

    let seen = scene.seen();
    let (sts, glue): (Vec<_>, Vec<_>) = seen.iter().partition(|seen| seen.is_assume_role());
    assert_eq!((sts.len(), glue.len()), (1, 10));
    assert!(
        sts[0].body.contains("RoleSessionName=datamesh-glue"),
        "{}",
        sts[0].body
    );
    assert!(
        sts[0].body.contains("222222222222%3Arole%2Fmesh-glue"),
        "{}",
        sts[0].body
    );
    assert!(
        sts[0].authorization.contains(&format!("KEY{HOME}")),
        "signed by the home account"
    );
    for call in glue {
        assert!(
            call.authorization.contains("Credential=ASIA0/"),
            "{}",
            call.authorization
        );
        assert_eq!(call.session_token.as_deref(), Some("token0"));
    }
}

#[test]
fn a_session_is_renewed_before_it_ends() {
    let scene = Scene::new(with_role(), with_sts);
    let cx = CallCx::in_account(FOREIGN);
    let minute = Duration::from_secs(60);
    for at in [0, 54, 56, 60] {
        scene.clock.advance_to(at * minute);
        scene.get_table(&cx).unwrap();
    }
    let keys: Vec<_> = scene
        .seen()
        .into_iter()
        .filter(|seen| !seen.is_assume_role())
        .map(|seen| seen.session_token.unwrap())
        .collect();
    assert_eq!(keys, ["token0", "token0", "token3360", "token3360"]);
}

#[test]
fn a_session_that_cannot_be_renewed_is_used_while_it_lasts() {
    let scene = Scene::new(with_role(), |seen| {
        if seen.is_assume_role() && seen.at > Duration::ZERO {
            Answer::Broken
        } else {
            with_sts(seen)
        }
    });
    let cx = CallCx::in_account(FOREIGN);
    scene.get_table(&cx).unwrap();
    scene.clock.advance_to(Duration::from_secs(3500));
    scene.get_table(&cx).unwrap();
    scene.clock.advance_to(Duration::from_secs(3600));
    let error = scene.get_table(&cx).unwrap_err();
    assert_eq!((error.service, error.operation), ("sts", "AssumeRole"));
}

#[test]
fn a_slow_renewal_holds_nobody_back_while_the_session_lasts() {
    let scene = Scene::new(with_role(), |seen| {
        if seen.is_assume_role() && seen.at > Duration::ZERO {
            Answer::After(Duration::from_secs(29), "<late/>")
        } else {
            with_sts(seen)
        }
    });
    let cx = CallCx::in_account(FOREIGN);
    scene.get_table(&cx).unwrap();
    let begin = Duration::from_secs(3400);
    scene.clock.advance_to(begin);
    let glue = scene.aws.glue(&cx);
    let results = scene
        .clock
        .run(join_all((0..5).map(|_| glue.get_table("db", "t"))));
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let calls = scene.seen();
    let second = Duration::from_secs(1);
    let at_once = calls
        .iter()
        .filter(|seen| !seen.is_assume_role() && seen.at >= begin && seen.at < begin + second);
    assert_eq!(at_once.count(), 4, "only who renews waits");
    assert!(scene.clock.elapsed() - begin < 6 * second);
}

#[test]
fn a_failed_renewal_is_not_tried_again_at_once() {
    let scene = Scene::new(with_role(), |seen| {
        if seen.is_assume_role() && seen.at > Duration::ZERO {
            Answer::Broken
        } else {
            with_sts(seen)
        }
    });
    let cx = CallCx::in_account(FOREIGN);
    scene.get_table(&cx).unwrap();
    for second in [3400, 3401, 3409, 3411] {
        scene.clock.advance_to(Duration::from_secs(second));
        scene.get_table(&cx).unwrap();
    }
    let renewals: Vec<_> = scene
        .seen()
        .into_iter()
        .filter(|seen| seen.is_assume_role() && seen.at > Duration::ZERO)
        .map(|seen| seen.at.as_secs())
        .collect();
    assert_eq!(renewals, [3400, 3411]);
}

#[test]
fn behind_a_slow_sts_every_call_keeps_its_own_deadline() {
    let scene = Scene::new(with_role(), |seen| {
        if seen.is_assume_role() {
            Answer::After(Duration::from_secs(29), "<late/>")
        } else {
            Answer::Json(200, TABLE)
        }
    });
    let cx = CallCx::in_account(FOREIGN).deadline(Duration::from_secs(10));
    let glue = scene.aws.glue(&cx);
    let results = scene
        .clock
        .run(join_all((0..5).map(|_| glue.get_table("db", "t"))));
    let codes: Vec<_> = results.into_iter().map(|r| r.unwrap_err().code).collect();
    assert_eq!(codes[0], codes::UNREADABLE_RESPONSE);
    assert!(
        codes[1..].iter().all(|code| code == codes::WAITED_TOO_LONG),
        "{codes:?}"
    );
    assert_eq!(scene.clock.elapsed(), Duration::from_secs(29));
}

#[test]
fn a_refused_role_is_an_error_of_sts_and_sends_nothing_else() {
    let scene = Scene::new(with_role(), |_| {
        Answer::Json(
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>\
             <RequestId>r-1</RequestId></ErrorResponse>",
        )
    });
    let error = scene.get_table(&CallCx::in_account(FOREIGN)).unwrap_err();
    assert_eq!((error.service, error.operation), ("sts", "AssumeRole"));
    assert_eq!(
        (error.code.as_str(), error.class),
        ("AccessDenied", ErrorClass::Terminal)
    );
    assert!(!error.may_have_happened);
    assert_eq!(scene.seen().len(), 1);
}

#[test]
fn a_session_that_aws_calls_expired_is_dropped() {
    let scene = Scene::new(with_role(), |seen| match seen.session_token.as_deref() {
        Some("token0") => Answer::Json(400, r#"{"__type": "ExpiredTokenException"}"#),
        _ => with_sts(seen),
    });
    let cx = CallCx::in_account(FOREIGN);
    let error = scene.get_table(&cx).unwrap_err();
    assert_eq!(error.class, ErrorClass::Transient);
    scene.clock.advance(Duration::from_secs(1));
    scene.get_table(&cx).unwrap();
}

#[test]
fn only_the_session_that_expired_is_dropped() {
    let session = crate::identity::RoleSession::holding("ASIA2");
    session.forget("ASIA1");
    assert_eq!(session.access_key().as_deref(), Some("ASIA2"));
    session.forget("ASIA2");
    assert_eq!(session.access_key(), None);
}

#[test]
fn an_embedded_account_without_a_role_has_its_own_credentials() {
    let scene = Scene::answering(200, TABLE);
    scene.get_table(&CallCx::in_account(FOREIGN)).unwrap();
    scene.get_table(&CallCx::default()).unwrap();
    let seen = scene.seen();
    assert!(
        seen[0]
            .authorization
            .contains(&format!("Credential=KEY{FOREIGN}/"))
    );
    assert!(
        seen[1]
            .authorization
            .contains(&format!("Credential=KEY{HOME}/"))
    );
}

#[tokio::test]
async fn on_aws_a_foreign_account_without_a_role_is_refused() {
    let options = Options {
        account: HOME.to_owned(),
        region: Some("eu-central-1".to_owned()),
        endpoint_url: Some("http://127.0.0.1:1".to_owned()),
        ..Options::default()
    };
    let aws = Aws::new(options, Connector::Real, Arc::new(SystemClock::new()));
    let error = aws
        .glue(&CallCx::in_account(FOREIGN))
        .get_table("db", "t")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.class),
        (codes::NO_ROLE, ErrorClass::Terminal)
    );
}

#[test]
fn there_is_a_pool_for_each_service_account_region_and_role() {
    let scene = Scene::new(Options::default(), with_sts);
    scene.get_table(&CallCx::default()).unwrap();
    scene
        .get_table(&CallCx::default().priority(Priority::Verify))
        .unwrap();
    scene
        .get_table(&CallCx::default().region("us-west-2"))
        .unwrap();
    scene.get_table(&CallCx::in_account(FOREIGN)).unwrap();
    scene
        .get_table(&CallCx::in_account(FOREIGN).role("reader"))
        .unwrap();
    let role = format!("arn:aws:iam::{FOREIGN}:role/reader");
    scene.get_table(&CallCx::default().role(&role)).unwrap();
    let pools = scene.aws.pools();
    let keys: Vec<_> = pools
        .iter()
        .map(|pool| {
            let key = &pool.key;
            let calls: u64 = pool.operations.iter().map(|o| o.calls).sum();
            (
                key.service,
                key.account.as_str(),
                key.region.as_str(),
                key.role.as_deref(),
                calls,
            )
        })
        .collect();
    assert_eq!(
        keys,
        [
            ("glue", HOME, "eu-central-1", None, 2),
            ("glue", HOME, "us-west-2", None, 1),
            ("glue", FOREIGN, "eu-central-1", None, 1),
            ("glue", FOREIGN, "eu-central-1", Some(role.as_str()), 2),
            ("sts", HOME, "eu-central-1", None, 1),
        ]
    );
}

#[test]
fn a_pool_snapshot_is_flat_json() {
    let scene = Scene::answering(
        400,
        r#"{"__type": "AccessDeniedException", "Message": "no"}"#,
    );
    scene.get_table(&CallCx::default()).unwrap_err();
    let json = serde_json::to_value(scene.aws.pools()).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{
            "service": "glue",
            "account": HOME,
            "region": "eu-central-1",
            "role": null,
            "in_flight": 0,
            "max_in_flight": 64,
            "circuit": {"state": "closed", "since_ms": 1_767_225_600_000_u64, "consecutive_failures": 0},
            "operations": [{
                "operation": "GetTable",
                "configured_rate": 5.0,
                "current_rate": 5.0,
                "calls": 1,
                "succeeded": 0,
                "throttled": 0,
                "errors": {"terminal": 1},
                "waiting": {"revoke": 0, "grant": 0, "normal": 0, "verify": 0},
            }],
            "last_error": {
                "at_ms": 1_767_225_600_000_u64,
                "service": "glue",
                "operation": "GetTable",
                "code": "AccessDeniedException",
                "message": "no",
                "class": "terminal",
                "retry_after_ms": null,
                "request_id": null,
                "may_have_happened": false,
            },
        }])
    );
}

#[test]
fn our_own_token_goes_over_the_wire() {
    let scene = Scene::answering(400, "{}");
    let cx = CallCx::default();
    let token = Token::derive("effect-7", "create-asset");
    let asset = CreateAsset {
        domain_id: "dzd_1".into(),
        project_id: "p1".into(),
        name: "orders".into(),
        description: None,
        external_id: None,
        type_id: "amazon.datazone.GlueTableAssetType".into(),
        type_revision: None,
        forms: vec![Form {
            name: "GlueTableForm".into(),
            content: Some("{}".into()),
            ..Form::default()
        }],
        glossary_terms: Vec::new(),
        token: token.clone(),
    };
    scene
        .clock
        .run(scene.aws.datazone(&cx).create_asset(asset))
        .unwrap_err();
    let body: serde_json::Value = serde_json::from_str(&scene.seen()[0].body).unwrap();
    assert_eq!(body["clientToken"], token.as_str());
    assert_eq!(body["formsInput"][0]["formName"], "GlueTableForm");
}

#[test]
fn only_us_east_1_makes_buckets_without_naming_itself() {
    let scene = Scene::answering(200, "");
    let home = CallCx::default();
    let first = CallCx::default().region("us-east-1");
    scene
        .clock
        .run(scene.aws.s3(&home).create_bucket("b"))
        .unwrap();
    scene
        .clock
        .run(scene.aws.s3(&first).create_bucket("b"))
        .unwrap();
    let seen = scene.seen();
    assert!(
        seen[0].body.contains("<LocationConstraint>eu-central-1<"),
        "{}",
        seen[0].body
    );
    assert_eq!(seen[1].body, "");
    assert!(
        seen[0].uri.trim_end_matches('/').ends_with("/b"),
        "path style: {}",
        seen[0].uri
    );
}

#[test]
fn put_events_tells_every_entry_and_a_throttled_one_slows_the_pool_down() {
    let scene = Scene::answering(
        200,
        r#"{"FailedEntryCount": 2, "Entries": [
            {"EventId": "e-1"},
            {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"},
            {"ErrorCode": "InternalFailure", "ErrorMessage": "oops"}
        ]}"#,
    );
    let cx = CallCx::default();
    let results = scene
        .clock
        .run(scene.aws.events(&cx).put_events(vec![Event::default(); 3]))
        .unwrap();
    assert_eq!(results[0].as_deref(), Ok("e-1"));
    assert_eq!(results[1].as_ref().unwrap_err().class, ErrorClass::Throttle);
    assert_eq!(
        results[2].as_ref().unwrap_err().class,
        ErrorClass::Transient
    );
    let operation = &scene.aws.pools()[0].operations[0];
    assert_eq!((operation.current_rate, operation.throttled), (5_000.0, 1));
}

#[test]
fn more_entries_than_one_call_takes_are_not_sent() {
    let scene = Scene::answering(200, "{}");
    let cx = CallCx::default();
    let error = scene
        .clock
        .run(scene.aws.events(&cx).put_events(vec![Event::default(); 11]))
        .unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.class),
        (codes::INVALID_REQUEST, ErrorClass::Terminal)
    );
    assert!(!error.may_have_happened);
    assert_eq!(scene.seen().len(), 0);
}

fn select_on_orders(principal: &str) -> Entry {
    Entry {
        principal: principal.to_owned(),
        resource: ResourceKind::Table {
            database: "sales".to_owned(),
            name: "orders".to_owned(),
        }
        .of(FOREIGN),
        permissions: vec![Permission::Select],
        grantable: Vec::new(),
    }
}

#[test]
fn a_batch_tells_every_entry_and_a_throttled_one_slows_the_pool_down() {
    let scene = Scene::answering(
        200,
        r#"{"Failures": [
            {"RequestEntry": {"Id": "2"}, "Error": {"ErrorCode": "RequestLimitExceeded", "ErrorMessage": "slow"}},
            {"RequestEntry": {"Id": "0"}, "Error": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "no table"}}
        ]}"#,
    );
    let cx = CallCx::default();
    let entries = ["ann", "bob", "eve"].map(select_on_orders).to_vec();
    let results = scene
        .clock
        .run(scene.aws.lakeformation(&cx).batch_grant(entries))
        .unwrap();
    let classes: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().map_err(|error| error.class))
        .collect();
    assert_eq!(
        classes,
        [
            Err(ErrorClass::NotFound),
            Ok(&()),
            Err(ErrorClass::Throttle)
        ]
    );
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(
        (error.service, error.operation, error.message.as_str()),
        ("lakeformation", "BatchGrantPermissions", "no table")
    );
    let operation = &scene.aws.pools()[0].operations[0];
    assert_eq!((operation.current_rate, operation.throttled), (2.5, 1));
    let body: serde_json::Value = serde_json::from_str(&scene.seen()[0].body).unwrap();
    let entry = &body["Entries"][1];
    assert_eq!(entry["Principal"]["DataLakePrincipalIdentifier"], "bob");
    assert_eq!(entry["Resource"]["Table"]["CatalogId"], FOREIGN);
    assert_eq!(entry["Permissions"], serde_json::json!(["SELECT"]));
}

#[test]
fn a_failure_of_no_entry_that_was_sent_makes_the_whole_answer_unreadable() {
    for failures in [
        r#"{"Failures": [{"RequestEntry": {"Id": "7"}, "Error": {"ErrorCode": "X"}}]}"#,
        r#"{"Failures": [{"Error": {"ErrorCode": "InternalServiceException"}}]}"#,
    ] {
        let scene = Scene::answering(200, failures);
        let cx = CallCx::default();
        let error = scene
            .clock
            .run(
                scene
                    .aws
                    .lakeformation(&cx)
                    .batch_revoke(vec![select_on_orders("ann")]),
            )
            .unwrap_err();
        assert_eq!(error.code, codes::UNREADABLE_RESPONSE);
        assert!(error.may_have_happened);
    }
}

#[test]
fn what_the_settings_say_is_put_back_as_it_was() {
    const SETTINGS: &str = r#"{"DataLakeSettings": {
        "DataLakeAdmins": [{"DataLakePrincipalIdentifier": "arn:aws:iam::111111111111:role/admin"}],
        "ReadOnlyAdmins": [{"DataLakePrincipalIdentifier": "arn:aws:iam::111111111111:role/audit"}],
        "CreateDatabaseDefaultPermissions": [],
        "CreateTableDefaultPermissions": [{
            "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
            "Permissions": ["ALL"]
        }],
        "Parameters": {"CROSS_ACCOUNT_VERSION": "4", "SET_CONTEXT": "TRUE"},
        "TrustedResourceOwners": ["222222222222"],
        "AllowExternalDataFiltering": true,
        "AllowFullTableExternalDataAccess": false,
        "ExternalDataFilteringAllowList": [{"DataLakePrincipalIdentifier": "222222222222"}],
        "AuthorizedSessionTagValueList": ["emr"]
    }}"#;
    let scene = Scene::answering(200, SETTINGS);
    let cx = CallCx::default();
    let lakeformation = scene.aws.lakeformation(&cx);
    let settings = scene.clock.run(lakeformation.get_settings()).unwrap();
    scene
        .clock
        .run(lakeformation.put_settings(settings))
        .unwrap();
    let put: serde_json::Value = serde_json::from_str(&scene.seen()[1].body).unwrap();
    let got: serde_json::Value = serde_json::from_str(SETTINGS).unwrap();
    assert_eq!(put["DataLakeSettings"], got["DataLakeSettings"]);
}

#[test]
fn queries_and_changes_of_shares_carry_our_own_token() {
    let scene = Scene::answering(200, r#"{"QueryExecutionId": "q-1"}"#);
    let cx = CallCx::default();
    let token = Token::derive("effect-7", "verify");
    let query = StartQuery {
        sql: "SELECT 1".to_owned(),
        catalog: None,
        database: Some("sales".to_owned()),
        output_location: None,
        work_group: None,
        parameters: Vec::new(),
        token: token.clone(),
    };
    let id = scene
        .clock
        .run(scene.aws.athena(&cx).start_query(query))
        .unwrap();
    assert_eq!(id, "q-1");
    let arn = "arn:aws:ram:eu-central-1:111111111111:resource-share-invitation/1";
    scene
        .clock
        .run(scene.aws.ram(&cx).accept_invitation(arn, &token))
        .unwrap();
    let body =
        |at: usize| -> serde_json::Value { serde_json::from_str(&scene.seen()[at].body).unwrap() };
    assert_eq!(body(0)["ClientRequestToken"], token.as_str());
    assert_eq!(body(0).get("ExecutionParameters"), None);
    assert_eq!(body(1)["clientToken"], token.as_str());
}
