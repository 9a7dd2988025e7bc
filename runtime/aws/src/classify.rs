//! From what the SDK answers to what a caller must do.
//!
//! Errors are told apart by their **code string**, not by the SDK's types: some
//! codes (Lake Formation's throttles among them) are in no service model, and
//! one table for all services is shorter than an exhaustive match for each. A
//! code that the table does not know is judged by the HTTP status.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::byte_stream::error::Error as ByteStreamError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;

use crate::error::{AwsError, ErrorClass, codes};
use ErrorClass::{Conflict, NotFound, Terminal, Throttle, Transient};

/// What a code or a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) class: ErrorClass,
    /// Whether it speaks of the destination's health.
    pub(crate) unhealthy: bool,
    /// Whether the deed can have been done.
    pub(crate) may_have_happened: bool,
}

pub(crate) const fn refused(class: ErrorClass) -> Verdict {
    Verdict {
        class,
        unhealthy: false,
        may_have_happened: false,
    }
}

/// A fault on the far side, after it had the request.
const FAULT: Verdict = Verdict {
    class: Transient,
    unhealthy: true,
    may_have_happened: true,
};

const THROTTLES: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "KmsThrottled",
    "OverLimit",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "ReduceYourRequestRate",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
];

const FAULTS: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "InternalServiceException",
    "OperationTimeoutException",
    "ServerInternalException",
    "ServiceException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];

/// Refused now, and not for good: the destination is well and nothing was done.
const LATER: &[&str] = &[
    "ConcurrentModificationException",
    "ExpiredToken",
    "ExpiredTokenException",
    "FederationSourceRetryableException",
    "IDPCommunicationError",
    "OperationAborted",
    "OperationInProgressException",
    "QueueDeletedRecently",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "RequestTimeoutException",
    "ResourceNotReadyException",
    "TransactionInProgressException",
];

const CONFLICTS: &[&str] = &[
    "AlreadyExistsException",
    "BucketAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "BucketNotEmpty",
    "ConditionalCheckFailedException",
    "ConditionalRequestConflict",
    "ConflictException",
    "EntityAlreadyExists",
    "EntityAlreadyExistsException",
    "InvalidChangeSetStatus",
    "InvalidChangeSetStatusException",
    "InvalidStateTransitionException",
    "PreconditionFailed",
    "QueueAlreadyExists",
    "QueueNameExists",
    "ResourceAlreadyExistsException",
    "ResourceShareInvitationAlreadyAcceptedException",
    "TokenAlreadyExistsException",
    "VersionMismatchException",
];

const MISSING: &[&str] = &[
    "ChangeSetNotFound",
    "ChangeSetNotFoundException",
    "EntityNotFoundException",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NoSuchKey",
    "NoSuchVersion",
    "NonExistentQueue",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "ResourceShareInvitationArnNotFoundException",
    "UnknownResourceException",
];

/// Known by name because their status would say something else.
const REFUSALS: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "InvalidBucketState",
    "ServiceQuotaExceededException",
    "ResourceNumberLimitExceededException",
    "LimitExceededException",
    "ValidationException",
];

/// Judges an error by its code, and by its HTTP status where the code says nothing.
pub(crate) fn judge(code: Option<&str>, message: Option<&str>, status: Option<u16>) -> Verdict {
    let code = code.map_or("", bare_code);
    let is = |table: &[&str]| table.contains(&code);
    if is(THROTTLES) || code.starts_with("Throttling") {
        refused(Throttle)
    } else if is(FAULTS) {
        FAULT
    } else if is(LATER) {
        refused(Transient)
    } else if is(CONFLICTS) {
        refused(Conflict)
    } else if is(MISSING) {
        refused(NotFound)
    } else if is(REFUSALS) {
        refused(Terminal)
    } else if message.is_some_and(|text| text.contains("Rate exceeded")) {
        refused(Throttle)
    } else if code == "ValidationError" {
        refused(of_validation(message.unwrap_or_default()))
    } else {
        match status {
            Some(429) => refused(Throttle),
            Some(404) => refused(NotFound),
            Some(409 | 412) => refused(Conflict),
            Some(500..) => FAULT,
            _ => refused(Terminal),
        }
    }
}

/// CloudFormation has one code for most refusals: its words tell them apart.
fn of_validation(message: &str) -> ErrorClass {
    if message.ends_with("does not exist") || message.ends_with("does not exist.") {
        NotFound
    } else if message.contains(" state and can not ")
        || message.contains("cannot be deleted while in status")
    {
        Conflict
    } else {
        Terminal
    }
}

/// The code without what some protocols wrap it in:
/// `com.amazonaws.glue#EntityNotFoundException`, `ConflictException:http://…`,
/// `AWS.SimpleQueueService.NonExistentQueue`.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.split(':').next().unwrap_or(code);
    code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code)
}

/// A failed attempt, before it is known which call it was.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) verdict: Verdict,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: Option<Box<str>>,
}

impl Failure {
    /// Refused on our side: nothing was sent.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(codes::INVALID_REQUEST, message, refused(Terminal))
    }

    pub(crate) fn timed_out(after: Duration) -> Self {
        let message = format!("no answer within {} ms", after.as_millis());
        Self::new(codes::TIMEOUT, message, FAULT)
    }

    /// An answer that breaks its own contract.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(codes::UNREADABLE_RESPONSE, message, FAULT)
    }

    /// One entry of a batch failed with this code.
    pub(crate) fn of_entry(code: Option<&str>, message: Option<&str>) -> Self {
        let verdict = judge(code, message, None);
        Self::new(
            code.unwrap_or("Unknown"),
            message.unwrap_or_default(),
            verdict,
        )
    }

    pub(crate) fn new(
        code: impl Into<String>,
        message: impl Into<String>,
        verdict: Verdict,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            verdict,
            retry_after: None,
            request_id: None,
        }
    }

    pub(crate) fn into_error(self, service: &'static str, operation: &'static str) -> AwsError {
        AwsError {
            service,
            operation,
            code: self.code,
            message: self.message,
            class: self.verdict.class,
            retry_after: self.retry_after,
            request_id: self.request_id,
            may_have_happened: self.verdict.may_have_happened,
        }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            // The SDK reports a good answer that it cannot parse as the service's error.
            SdkError::ServiceError(context)
                if context.raw().status().is_success() && context.err().meta().code().is_none() =>
            {
                let mut failure = Self::unreadable(chain(&error));
                failure.read_headers(context.raw());
                failure
            }
            SdkError::ServiceError(context) => {
                let meta = context.err().meta();
                let status = context.raw().status().as_u16();
                let code = meta.code().map(bare_code);
                let message = match meta.message() {
                    Some(message) => message.to_owned(),
                    None => said(context.raw()),
                };
                let mut failure = Self::new(
                    code.map_or_else(|| format!("Http{status}"), str::to_owned),
                    message,
                    judge(code, meta.message(), Some(status)),
                );
                failure.read_headers(context.raw());
                if code == Some("QueueDeletedRecently") {
                    failure.retry_after = Some(Duration::from_secs(60));
                }
                failure
            }
            SdkError::ResponseError(context) => {
                let mut failure = Self::unreadable(chain(&error));
                failure.read_headers(context.raw());
                failure
            }
            SdkError::TimeoutError(_) => Self::new(codes::TIMEOUT, chain(&error), FAULT),
            SdkError::DispatchFailure(_) => of_dispatch(&error),
            _ => Self::invalid(chain(&error)),
        }
    }
}

/// The beginning of an answer that is no error as AWS writes them: whoever sent it had a reason.
fn said(response: &HttpResponse) -> String {
    const MOST: usize = 300;
    let body = response.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let plain: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    match plain.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

impl Failure {
    fn read_headers(&mut self, response: &HttpResponse) {
        let headers = response.headers();
        self.request_id = headers
            .get("x-amzn-requestid")
            .or_else(|| headers.get("x-amz-request-id"))
            .map(Into::into);
        let seconds = headers
            .get("retry-after")
            .and_then(|text| text.parse().ok());
        let millis = headers
            .get("x-amz-retry-after")
            .and_then(|text| text.parse().ok());
        self.retry_after = seconds
            .map(Duration::from_secs)
            .or(millis.map(Duration::from_millis));
    }
}

/// Nothing came back. Unless it is certain that nothing was sent, the deed may be done.
fn of_dispatch(error: &(dyn Error + 'static)) -> Failure {
    if let Some(credentials) = find::<CredentialsError>(error) {
        let class = match credentials {
            CredentialsError::ProviderTimedOut(_) | CredentialsError::ProviderError(_) => Transient,
            _ => Terminal,
        };
        return Failure::new(codes::NO_CREDENTIALS, chain(error), refused(class));
    }
    match find::<ConnectorError>(error) {
        Some(connector) if connector.is_user() => Failure::invalid(chain(error)),
        Some(connector) if connector.is_timeout() => {
            Failure::new(codes::TIMEOUT, chain(error), FAULT)
        }
        _ => Failure::new(codes::DISPATCH_FAILURE, chain(error), FAULT),
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::invalid(chain(&error))
    }
}

impl From<ByteStreamError> for Failure {
    fn from(error: ByteStreamError) -> Self {
        Self::unreadable(chain(&error))
    }
}

/// The error, what caused it, what caused that.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    causes(error).find_map(|error| error.downcast_ref::<T>())
}

/// The error and its causes in one line, without what `Debug` would print of requests.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
