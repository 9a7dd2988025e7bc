//! What a fault does, and how it is written in one word.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::duration;
use crate::error::ServiceError;
use crate::services::Service;

/// The longest that a request stays without an answer: clients give up before.
const LONGEST_SILENCE: Duration = Duration::from_secs(600);

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
    /// Strikes the batches of SQS, SNS, EventBridge (`PutEvents`), S3 (`DeleteObjects`), Glue
    /// and Lake Formation, and nothing else. `half-batch`, `half-batch:0.25`,
    /// `half-batch:0.5:InternalError:Try again`.
    HalfBatch {
        /// Above 0, up to 1: 0.5 is every second entry, beginning with the second; 1 is all.
        share: f64,
        /// Code and message of the failed entries; the service's internal error if `None`.
        error: Option<(String, String)>,
    },
    /// The request is late by this much (real time), and then goes on. `slow:250ms`.
    Latency(Duration),
    /// A reading request (`Get…`, `List…`, `Describe…`, `Search…`, …) sees what the service kept so
    /// long ago by the cloud's clock, and goes on. Writes before the fault was injected are seen at
    /// once, and so is what is older than the latest 100,000 changes. `s3` and `sts` have no stale reads, and what was deleted of a
    /// body of bytes (results of Athena) is gone. `stale:5s`.
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

impl fmt::Display for FaultEffect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => formatter.write_str("ok"),
            Self::Throttle => formatter.write_str("throttle"),
            Self::ServerError => formatter.write_str("500"),
            Self::Error {
                status,
                code,
                message,
            } => write!(formatter, "{status}:{code}:{message}"),
            Self::ConnectionReset => formatter.write_str("reset"),
            Self::NoAnswer(at_most) if *at_most >= LONGEST_SILENCE => {
                formatter.write_str("no-answer")
            }
            Self::NoAnswer(at_most) => write!(formatter, "no-answer:{}", duration::write(*at_most)),
            Self::TimeoutBefore => formatter.write_str("timeout-before"),
            Self::TimeoutAfter => formatter.write_str("timeout-after"),
            Self::HalfBatch { share, error: None } => write!(formatter, "half-batch:{share}"),
            Self::HalfBatch {
                share,
                error: Some((code, message)),
            } => write!(formatter, "half-batch:{share}:{code}:{message}"),
            Self::Latency(by) => write!(formatter, "slow:{}", duration::write(*by)),
            Self::Stale(by) => write!(formatter, "stale:{}", duration::write(*by)),
        }
    }
}

impl FromStr for FaultEffect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        let plain = |effect: Self| match rest {
            None => Ok(effect),
            Some(rest) => Err(format!("`{word}` has nothing behind it, not `{rest}`")),
        };
        let span = || match rest {
            Some(rest) => duration::parse(rest),
            None => Err(format!("`{word}` needs a duration: `{word}:250ms`")),
        };
        match word {
            "ok" => plain(Self::Pass),
            "throttle" => plain(Self::Throttle),
            "reset" => plain(Self::ConnectionReset),
            "timeout-before" => plain(Self::TimeoutBefore),
            "timeout-after" => plain(Self::TimeoutAfter),
            "no-answer" if rest.is_none() => Ok(Self::NoAnswer(LONGEST_SILENCE)),
            "no-answer" => span().map(Self::NoAnswer),
            "slow" => span().map(Self::Latency),
            "stale" => span().map(Self::Stale),
            "half-batch" => half_batch(rest),
            status if status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()) => {
                error(status, rest)
            }
            _ => Err(format!(
                "`{text}` is no effect: write `ok`, `throttle`, a status such as `500` or \
                 `403:AccessDeniedException:why`, `reset`, `no-answer`, `timeout-before`, \
                 `timeout-after`, `half-batch`, `slow:250ms` or `stale:5s`"
            )),
        }
    }
}

fn error(status: &str, rest: Option<&str>) -> Result<FaultEffect, String> {
    let status: u16 = status.parse().unwrap_or_default();
    if !(400..=599).contains(&status) {
        return Err(format!(
            "{status} is no error: write a status from 400 to 599"
        ));
    }
    let Some(rest) = rest else {
        return Ok(match status {
            500 => FaultEffect::ServerError,
            _ => FaultEffect::Error {
                status,
                code: usual_code(status).to_owned(),
                message: INJECTED.to_owned(),
            },
        });
    };
    let (code, message) = code_and_message(rest)?;
    Ok(FaultEffect::Error {
        status,
        code,
        message,
    })
}

const INJECTED: &str = "an injected error";

fn code_and_message(text: &str) -> Result<(String, String), String> {
    let (code, message) = text.split_once(':').unwrap_or((text, INJECTED));
    if code.is_empty() || code.contains(char::is_whitespace) {
        return Err(format!("`{code}` is no error code: write one word"));
    }
    Ok((code.to_owned(), message.to_owned()))
}

fn usual_code(status: u16) -> &'static str {
    match status {
        401 | 403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        409 => "ConflictException",
        429 => "TooManyRequestsException",
        400..=499 => "ValidationException",
        503 => "ServiceUnavailable",
        _ => "InternalFailure",
    }
}

fn half_batch(rest: Option<&str>) -> Result<FaultEffect, String> {
    let (share, error) = match rest.map(|rest| {
        rest.split_once(':')
            .map_or((rest, None), |(share, error)| (share, Some(error)))
    }) {
        None => ("0.5", None),
        Some(parts) => parts,
    };
    let share: f64 = share
        .parse()
        .ok()
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| {
            format!("`{share}` is no share of a batch: write 0.5 for every second entry, 1 for all")
        })?;
    Ok(FaultEffect::HalfBatch {
        share,
        error: error.map(code_and_message).transpose()?,
    })
}

impl Serialize for FaultEffect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FaultEffect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_effect_is_written_as_it_is_read() {
        for text in [
            "ok",
            "throttle",
            "500",
            "503:ServiceUnavailable:an injected error",
            "403:AccessDenied:no: not today",
            "reset",
            "no-answer",
            "no-answer:30s",
            "timeout-before",
            "timeout-after",
            "half-batch:0.25",
            "half-batch:1:InternalError:Try again",
            "slow:250ms",
            "stale:5s",
        ] {
            let effect: FaultEffect = text.parse().unwrap();
            assert_eq!(effect.to_string(), text);
        }
        assert_eq!(
            "half-batch".parse(),
            Ok(FaultEffect::HalfBatch {
                share: 0.5,
                error: None
            })
        );
    }

    #[test]
    fn a_status_alone_has_its_usual_code() {
        let FaultEffect::Error { status, code, .. } = "404".parse().unwrap() else {
            panic!("a 404 is an error");
        };
        assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
    }

    #[test]
    fn what_is_no_effect_is_refused_with_the_reason() {
        for (text, reason) in [
            ("trottle", "is no effect"),
            ("200", "a status from 400 to 599"),
            ("throttle:1", "has nothing behind it"),
            ("slow", "needs a duration"),
            ("slow:fast", "is not a duration"),
            ("half-batch:2", "is no share"),
            ("400::x", "is no error code"),
        ] {
            let refused = text.parse::<FaultEffect>().unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
