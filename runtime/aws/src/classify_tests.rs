#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

const HEALTHY: bool = false;
const SICK: bool = true;
const NOT_DONE: bool = false;
const PERHAPS_DONE: bool = true;

#[test]
fn codes_and_statuses() {
    let table: &[(Option<&str>, u16, ErrorClass, bool, bool)] = &[
        (
            Some("ThrottlingException"),
            400,
            Throttle,
            HEALTHY,
            NOT_DONE,
        ),
        (Some("Throttling"), 400, Throttle, HEALTHY, NOT_DONE),
        (Some("Throttling.User"), 400, Throttle, HEALTHY, NOT_DONE),
        (
            Some("TooManyRequestsException"),
            429,
            Throttle,
            HEALTHY,
            NOT_DONE,
        ),
        (Some("SlowDown"), 503, Throttle, HEALTHY, NOT_DONE),
        (
            Some("RequestLimitExceeded"),
            503,
            Throttle,
            HEALTHY,
            NOT_DONE,
        ),
        (None, 429, Throttle, HEALTHY, NOT_DONE),
        (
            Some("InternalServerException"),
            500,
            Transient,
            SICK,
            PERHAPS_DONE,
        ),
        (
            Some("InternalServiceException"),
            500,
            Transient,
            SICK,
            PERHAPS_DONE,
        ),
        (
            Some("OperationTimeoutException"),
            400,
            Transient,
            SICK,
            PERHAPS_DONE,
        ),
        (
            Some("ServerInternalException"),
            500,
            Transient,
            SICK,
            PERHAPS_DONE,
        ),
        (
            Some("ServiceUnavailable"),
            503,
            Transient,
            SICK,
            PERHAPS_DONE,
        ),
        (Some("SomethingNew"), 502, Transient, SICK, PERHAPS_DONE),
        (None, 500, Transient, SICK, PERHAPS_DONE),
        (
            Some("ConcurrentModificationException"),
            400,
            Transient,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("ExpiredTokenException"),
            403,
            Transient,
            HEALTHY,
            NOT_DONE,
        ),
        (Some("OperationAborted"), 409, Transient, HEALTHY, NOT_DONE),
        (Some("ConflictException"), 409, Conflict, HEALTHY, NOT_DONE),
        (
            Some("AlreadyExistsException"),
            400,
            Conflict,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("BucketAlreadyOwnedByYou"),
            409,
            Conflict,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("ResourceAlreadyExistsException"),
            400,
            Conflict,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("ResourceShareInvitationAlreadyAcceptedException"),
            400,
            Conflict,
            HEALTHY,
            NOT_DONE,
        ),
        (None, 412, Conflict, HEALTHY, NOT_DONE),
        (
            Some("ResourceNotFoundException"),
            404,
            NotFound,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("com.amazonaws.glue#EntityNotFoundException"),
            400,
            NotFound,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("AWS.SimpleQueueService.NonExistentQueue"),
            400,
            NotFound,
            HEALTHY,
            NOT_DONE,
        ),
        (Some("NoSuchKey"), 404, NotFound, HEALTHY, NOT_DONE),
        (
            Some("UnknownResourceException"),
            400,
            NotFound,
            HEALTHY,
            NOT_DONE,
        ),
        (None, 404, NotFound, HEALTHY, NOT_DONE),
        (
            Some("ValidationException"),
            400,
            Terminal,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("AccessDeniedException"),
            403,
            Terminal,
            HEALTHY,
            NOT_DONE,
        ),
        (
            Some("ServiceQuotaExceededException"),
            402,
            Terminal,
            HEALTHY,
            NOT_DONE,
        ),
        (Some("SomethingNew"), 400, Terminal, HEALTHY, NOT_DONE),
        (None, 403, Terminal, HEALTHY, NOT_DONE),
    ];
    for (code, status, class, unhealthy, may_have_happened) in table.iter().copied() {
        assert_eq!(
            judge(code, None, Some(status)),
            Verdict {
                class,
                unhealthy,
                may_have_happened
            },
            "{code:?} with {status}"
        );
    }
}

#[test]
fn a_throttle_that_no_model_knows_is_told_by_its_message() {
    let verdict = judge(Some("LakeFormationSays"), Some("Rate exceeded"), Some(400));
    assert_eq!(verdict, refused(Throttle));
}

#[derive(Debug, thiserror::Error)]
#[error("modelled error")]
struct Modelled(ErrorMetadata);

impl ProvideErrorMetadata for Modelled {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn service_error(code: &str, status: u16, headers: &[(&'static str, &'static str)]) -> Failure {
    let mut raw = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    for (name, value) in headers {
        raw.headers_mut().insert(*name, *value);
    }
    let meta = ErrorMetadata::builder().code(code).message("why").build();
    Failure::from(SdkError::service_error(Modelled(meta), raw))
}

#[test]
fn an_answer_keeps_its_code_message_request_id_and_wait() {
    let headers = [("x-amzn-requestid", "r-1"), ("retry-after", "7")];
    let failure = service_error("ns#ThrottlingException", 400, &headers);
    assert_eq!(
        failure.into_error("glue", "GetTable"),
        AwsError {
            service: "glue",
            operation: "GetTable",
            code: "ThrottlingException".into(),
            message: "why".into(),
            class: Throttle,
            retry_after: Some(Duration::from_secs(7)),
            request_id: Some("r-1".into()),
            may_have_happened: false,
        }
    );
}

#[test]
fn a_queue_deleted_a_moment_ago_can_be_made_again_in_a_minute() {
    let failure = service_error("AWS.SimpleQueueService.QueueDeletedRecently", 400, &[]);
    assert_eq!(failure.retry_after, Some(Duration::from_secs(60)));
    assert_eq!(failure.verdict, refused(Transient));
}

fn dispatch(error: ConnectorError) -> Failure {
    Failure::from(SdkError::<Modelled, HttpResponse>::dispatch_failure(error))
}

#[test]
fn without_an_answer_the_deed_may_be_done() {
    let cases = [
        (
            dispatch(ConnectorError::io("reset by peer".into())),
            codes::DISPATCH_FAILURE,
        ),
        (
            dispatch(ConnectorError::timeout("slow".into())),
            codes::TIMEOUT,
        ),
        (
            dispatch(ConnectorError::other("?".into(), None)),
            codes::DISPATCH_FAILURE,
        ),
        (
            Failure::from(SdkError::<Modelled, HttpResponse>::timeout_error("slow")),
            codes::TIMEOUT,
        ),
        (Failure::timed_out(Duration::from_secs(3)), codes::TIMEOUT),
    ];
    for (failure, code) in cases {
        assert_eq!(failure.code, code);
        assert_eq!(failure.verdict, FAULT, "{failure:?}");
    }
}

#[test]
fn what_never_left_did_not_happen() {
    let no_credentials = CredentialsError::not_loaded("nothing configured");
    let sts_down = CredentialsError::provider_error("sts answered 503");
    for (failure, code, class) in [
        (
            dispatch(ConnectorError::user("bad uri".into())),
            codes::INVALID_REQUEST,
            Terminal,
        ),
        (
            dispatch(ConnectorError::other(no_credentials.into(), None)),
            codes::NO_CREDENTIALS,
            Terminal,
        ),
        (
            dispatch(ConnectorError::other(sts_down.into(), None)),
            codes::NO_CREDENTIALS,
            Transient,
        ),
        (
            Failure::from(SdkError::<Modelled, HttpResponse>::construction_failure(
                "no bucket",
            )),
            codes::INVALID_REQUEST,
            Terminal,
        ),
    ] {
        assert_eq!(failure.code, code);
        assert_eq!(failure.verdict, refused(class), "{failure:?}");
    }
}

#[test]
fn an_answer_that_is_not_as_aws_writes_errors_is_quoted_from_its_beginning() {
    let answer =
        |body: &str| HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body));
    let text = r#"{"error": "Unsupported service: datazone"}"#;
    assert_eq!(said(&answer(text)), text);
    assert_eq!(said(&answer("  a\nb\u{7}  ")), "ab");
    assert_eq!(said(&answer(&"é".repeat(900))).chars().count(), 301);
    assert_eq!(said(&answer("")), "");
}

#[test]
fn what_cloudformation_calls_a_validation_error_is_told_apart_by_its_words() {
    for (message, class) in [
        ("Stack with id orders does not exist", NotFound),
        ("Stack [orders] does not exist", NotFound),
        (
            "Stack:arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/1 is in \
             ROLLBACK_COMPLETE state and can not be updated.",
            Conflict,
        ),
        ("No updates are to be performed.", Terminal),
        ("Template format error: unsupported structure.", Terminal),
    ] {
        let verdict = judge(Some("ValidationError"), Some(message), Some(400));
        assert_eq!(verdict, refused(class), "{message}");
    }
}
