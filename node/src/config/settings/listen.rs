//! `[listen]`: the two ports.

use super::{COUNT, setting};
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
         many again is kept for what takes access away. A user may have as many of them as are free.",
    ),
    setting(
        "listen.max_connections",
        COUNT,
        "4096",
        "Connections on each port; more wait to be accepted.",
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
