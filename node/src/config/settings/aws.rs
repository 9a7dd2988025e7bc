//! `[aws]` and `[aws.breaker]`: the way out to AWS.

use super::{COUNT, setting};
use crate::config::setting::{Kind, Setting};

pub(super) const AWS: &[Setting] = &[
    setting(
        "aws.mode",
        Kind::Choice(&["embedded", "aws"]),
        "\"embedded\"",
        "`embedded`: an AWS inside this process, on its data folder. `aws`: AWS itself, or what \
         `endpoint_url` names, with the credentials of the SDK's default chain.",
    ),
    setting(
        "aws.account",
        Kind::Text,
        "\"000000000000\"",
        "The home account, 12 digits: the one whose credentials the process holds. In mode `aws`, if nobody \
         sets it: what STS says.",
    ),
    setting(
        "aws.region",
        Kind::Text,
        "",
        "The home region. If it is not set: what the SDK's default chain finds, else us-east-1.",
    ),
    setting(
        "aws.endpoint_url",
        Kind::Text,
        "",
        "Sends every call to this URL. If it is not set: AWS_ENDPOINT_URL, else AWS. Only in mode `aws`.",
    ),
    setting(
        "aws.provision",
        Kind::Switch,
        "true",
        "Whether to create the event bus, the queues and their rules at the start if they are missing.",
    ),
    setting(
        "aws.role_arn_template",
        Kind::Text,
        "",
        "The role to assume in an account that `roles` does not name; `{account}` and `{service}` are \
         filled in.",
    ),
    setting(
        "aws.roles",
        Kind::Texts,
        "{}",
        "The role to assume, by account.",
    ),
    setting(
        "aws.rates",
        Kind::Numbers,
        "{}",
        "Calls per second in place of the shipped defaults, by `service:Operation` or `service:*`.",
    ),
    setting(
        "aws.max_in_flight",
        COUNT,
        "64",
        "Calls that one pool may have under way at once.",
    ),
    setting(
        "aws.max_in_flight_by_service",
        Kind::Numbers,
        "{}",
        "The same for single services.",
    ),
    setting(
        "aws.max_waiting",
        COUNT,
        "4096",
        "Calls that may wait for one pool.",
    ),
    setting(
        "aws.call_timeout",
        Kind::Duration,
        "\"30s\"",
        "How long one call may take once it is sent. A long poll gets its wait on top.",
    ),
    setting(
        "aws.breaker.failure_threshold",
        COUNT,
        "8",
        "Failures in a row, all within `window`, that open the circuit.",
    ),
    setting(
        "aws.breaker.window",
        Kind::Duration,
        "\"30s\"",
        "How long a failure counts.",
    ),
    setting(
        "aws.breaker.open_for",
        Kind::Duration,
        "\"10s\"",
        "How long an open circuit lets nothing through.",
    ),
    setting(
        "aws.breaker.half_open_probes",
        COUNT,
        "2",
        "Calls that a half-open circuit lets through, and that must all be answered before it closes.",
    ),
];
