//! `[listen]`: the two ports.

use super::{COUNT, SECONDS, setting};
use crate::config::setting::{Kind, Setting};

pub(super) const LISTEN: &[Setting] = &[
    setting(
        "listen.public",
        Kind::Address,
        "\"127.0.0.1:8080\"",
        "Where gRPC and REST are served; port 0 takes any that is free.",
    ),
    setting(
        "listen.admin",
        Kind::Address,
        "\"127.0.0.1:9090\"",
        "Where the operator's gRPC and REST and /metrics are served.",
    ),
    setting(
        "listen.max_body_bytes",
        Kind::Whole(1_024, 67_108_864),
        "1048576",
        "The largest body of a REST request and the largest gRPC message, in bytes.",
    ),
    setting(
        "listen.max_requests",
        COUNT,
        "4096",
        "Requests that are worked on at once on each port; more are refused with 503, and an eighth as \
         many again is kept for what takes access away. A user may have what no other wants, but for an eighth.",
    ),
    setting(
        "listen.max_connections",
        COUNT,
        "4096",
        "Connections on the public port; more find the seat of one that is silent, or are told to come again.",
    ),
    setting(
        "listen.admin_max_connections",
        COUNT,
        "256",
        "Connections on the admin port.",
    ),
    setting(
        "listen.idle_timeout_seconds",
        SECONDS,
        "120",
        "A connection on which no request is under way for so many seconds is closed; one over HTTP/1 after ten.",
    ),
    setting(
        "listen.request_timeout_seconds",
        Kind::Whole(65, 3_600),
        "75",
        "A request without an answer is given up after this many seconds; `wait` may take 60 of them.",
    ),
    setting(
        "listen.metrics_open_to_loopback",
        Kind::Switch,
        "true",
        "Whether /metrics needs no token from who connects from this machine.",
    ),
];
