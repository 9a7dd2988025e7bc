//! What a fault does, in one word: `throttle`, `403:AccessDeniedException:why`, `stale:5s`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FaultEffect;
use super::effect::LONGEST_SILENCE;
use crate::duration;

/// What an injected error says that was given no message.
const INJECTED: &str = "an injected error";

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
