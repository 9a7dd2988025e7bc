//! What a pool looks like, for inspection and metrics.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::breaker::CircuitState;
use crate::error::{AwsError, ErrorClass};
use crate::priority::Priority;

/// What a pool is for: one each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct PoolKey {
    /// The service in this crate's spelling: `cloudformation`, `datazone`, `events`, `glue`,
    /// `s3`, `sns`, `sqs`, `sts`.
    pub service: &'static str,
    /// The account that the calls act in.
    pub account: String,
    /// The region that the calls go to.
    pub region: String,
    /// The role that is assumed for them, by ARN; none when the process's own credentials do.
    pub role: Option<String>,
}

/// One pool at one moment. Counters count from the start of the process.
#[derive(Debug, Clone, Serialize)]
pub struct PoolSnapshot {
    /// Which pool.
    #[serde(flatten)]
    pub key: PoolKey,
    /// Calls under way, long polls not counted.
    pub in_flight: usize,
    /// How many may be.
    pub max_in_flight: usize,
    /// The circuit breaker.
    pub circuit: CircuitSnapshot,
    /// Every operation called so far.
    pub operations: Vec<OperationSnapshot>,
    /// The last error of any operation.
    pub last_error: Option<LastErrorSnapshot>,
}

/// A circuit breaker at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CircuitSnapshot {
    /// Whether calls pass.
    pub state: CircuitState,
    /// When that state was entered, in milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// Server faults, timeouts and broken connections since the last answer.
    pub consecutive_failures: u32,
}

/// One operation of a pool at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationSnapshot {
    /// The operation in AWS's spelling.
    pub operation: String,
    /// The rate it starts from and returns to, calls per second.
    pub configured_rate: f64,
    /// The rate it has now.
    pub current_rate: f64,
    /// Calls let through.
    pub calls: u64,
    /// Calls that succeeded.
    pub succeeded: u64,
    /// Throttles by AWS, those inside successful answers included.
    pub throttled: u64,
    /// Failed calls by class.
    pub errors: BTreeMap<ErrorClass, u64>,
    /// Calls that wait, by priority.
    pub waiting: BTreeMap<Priority, usize>,
}

/// The last error that a pool saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastErrorSnapshot {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub error: AwsError,
}
