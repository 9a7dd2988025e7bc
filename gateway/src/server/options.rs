use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Where the gateway listens, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerOptions {
    /// Where gRPC and REST are served.
    pub listen: SocketAddr,
    /// Where the operator's gRPC and REST and `/metrics` are served.
    pub admin_listen: SocketAddr,
    /// The largest body of a REST request and the largest gRPC message, in bytes.
    pub max_body_bytes: usize,
    /// At most this many requests are worked on at once, on each port; more are refused with 503, and a
    /// user may have what no other wants, but for an eighth. What takes access away may be an eighth more. A
    /// stream counts until it has begun.
    pub max_requests: usize,
    /// At most this many connections are served at once on the public port. More find the seat of one that is
    /// silent, or are told to come again; an eighth as many are open for that.
    pub max_connections: usize,
    /// The same for the admin port.
    pub admin_max_connections: usize,
    /// A connection on which no request is under way for so many seconds is closed. HTTP/1 connections close after
    /// ten.
    pub idle_timeout_seconds: u64,
    /// A request that has no answer after this many seconds is given up, 504. Must leave room for the
    /// 60 seconds of `wait`.
    pub request_timeout_seconds: u64,
    /// Whether `/metrics` is open, without a token, to whoever connects from this machine.
    pub metrics_open_to_loopback: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
            max_body_bytes: 1024 * 1024,
            max_requests: 4096,
            max_connections: 4096,
            admin_max_connections: 256,
            idle_timeout_seconds: 120,
            request_timeout_seconds: 75,
            metrics_open_to_loopback: true,
        }
    }
}
