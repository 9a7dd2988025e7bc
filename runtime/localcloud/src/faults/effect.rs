//! What a fault does.

use std::time::Duration;

use crate::error::ServiceError;
use crate::services::Service;

/// The longest that a request stays without an answer: clients give up before.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_secs(600);

/// What a fault does to the request that it strikes.
///
/// Each has a word (`Display`, `FromStr`, and its JSON form); in it, durations are written `250ms`,
/// `5s`, `15m`, `12h` or `7d`.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultEffect {
    /// Nothing, and no later fault strikes the request: the pause in a script. `ok`.
    Pass,
    /// The service's own throttling answer; nothing is done. `throttle`.
    Throttle,
    /// Status 500; nothing is done. `500`.
    ServerError,
    /// This error answer; nothing is done. `403:AccessDeniedException:Not today`; without a message
    /// it says that it was injected, without a code it has the usual one of the status.
    Error {
        /// HTTP status, 400 to 599.
        status: u16,
        /// AWS's error code.
        code: String,
        /// What a person reads.
        message: String,
    },
    /// The connection is reset before the request arrives: nothing is done. `reset`.
    ConnectionReset,
    /// No answer comes until the client gives up, for this long (real time) and 10 minutes at most;
    /// then the connection is closed. Nothing is done. `no-answer`, `no-answer:30s`.
    NoAnswer(Duration),
    /// The connection fails before the request arrives: nothing is done. `timeout-before`.
    TimeoutBefore,
    /// The deed is done and durable, and its answer is lost. `timeout-after`.
    TimeoutAfter,
    /// A share of the entries of a batch fails, as the service words it; the others are done.
    /// Strikes the batches of SQS, SNS, EventBridge (`PutEvents`, `PutTargets`, `RemoveTargets`), S3
    /// (`DeleteObjects`), Glue and Lake Formation, and nothing else. `half-batch`,
    /// `half-batch:0.25`, `half-batch:0.5:InternalError:Try again`.
    HalfBatch {
        /// Above 0, up to 1: 0.5 is every second entry, beginning with the second; 1 is all.
        share: f64,
        /// Code and message of the failed entries; the service's internal error if `None`.
        error: Option<(String, String)>,
    },
    /// The request is late by this much (real time), and then goes on. `slow:250ms`.
    Latency(Duration),
    /// A reading request (`Get…`, `List…`, `Describe…`, `Search…`, …) sees what the service kept so
    /// long ago by the cloud's clock, and goes on. What changed before the fault was injected, or
    /// before the latest 100,000 changes (256 MiB of them), is seen as it is, and so are bytes, such as the results of
    /// Athena. `s3` and `sts` have no stale reads. `stale:5s`.
    Stale(Duration),
}

impl FaultEffect {
    /// Whether it goes together with other effects on one request.
    pub(super) fn is_beside_others(&self) -> bool {
        matches!(self, Self::Latency(_) | Self::Stale(_))
    }

    /// What of it happens before the request is handled.
    pub(crate) fn before(&self, service: &dyn Service) -> Before {
        match self {
            Self::Pass
            | Self::TimeoutAfter
            | Self::HalfBatch { .. }
            | Self::Latency(_)
            | Self::Stale(_) => Before::GoOn,
            Self::Throttle => Before::Refuse(service.throttled()),
            Self::ServerError => Before::Refuse(ServiceError::internal("an injected server error")),
            Self::Error {
                status,
                code,
                message,
            } => Before::Refuse(ServiceError::new(*status, code.clone(), message.clone())),
            Self::ConnectionReset => Before::Reset,
            Self::NoAnswer(at_most) => Before::Silence((*at_most).min(LONGEST_SILENCE)),
            Self::TimeoutBefore => Before::Lose,
        }
    }
}

/// What happens before a request is handled.
#[derive(Debug)]
pub(crate) enum Before {
    GoOn,
    Refuse(ServiceError),
    /// Nobody answers.
    Lose,
    /// Nobody answers, and the connection is reset.
    Reset,
    /// Nobody answers for so long.
    Silence(Duration),
}
