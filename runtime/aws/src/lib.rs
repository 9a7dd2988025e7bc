//! The one way out to AWS.
//!
//! [`Aws`] gives one view a service ([`Aws::datazone`], [`Aws::s3`], …), whose
//! methods take and return plain types. Behind every call stands a pool, one for
//! each service, account, region and role, made when it is first needed:
//!
//! - a rate limit an operation, adaptive ([`rates`] has the shipped defaults),
//! - a bulkhead, so that one slow service does not eat the process,
//! - a circuit breaker, which delays calls and never drops them,
//! - a queue in which [`Priority::Revoke`] goes before all others,
//! - the role's session, renewed through STS.
//!
//! A method makes **one attempt**. The SDK's own retries are off: whoever asked
//! knows whether a repeat is safe, and [`AwsError`] says what it needs to decide.
//!
//! # What this crate does not do
//!
//! It does not retry, does not page by itself, does not keep state over a
//! restart, and shows no SDK type but the [`Connector`]'s HTTP client.

mod aws;
mod breaker;
mod classify;
mod clock;
mod connector;
mod duration_text;
mod error;
mod gate;
mod identity;
mod lane;
mod limiter;
mod ops;
mod options;
mod pool;
mod priority;
pub mod rates;
mod snapshot;
#[cfg(test)]
mod testing;
mod token;
#[cfg(test)]
mod wire_tests;

pub use aws::{Aws, CallCx};
pub use breaker::CircuitState;
pub use clock::{Clock, SystemClock, Wait};
pub use connector::{AccountCredentials, Connector};
pub use error::{AwsError, ErrorClass, codes};
pub use ops::{
    Page, PageRequest, athena, cloudformation, datazone, events, glue, lakeformation, ram, s3, sns,
    sqs, sts,
};
pub use options::{BreakerOptions, InvalidOption, Options};
pub use priority::Priority;
pub use snapshot::{CircuitSnapshot, LastErrorSnapshot, OperationSnapshot, PoolKey, PoolSnapshot};
pub use token::Token;
