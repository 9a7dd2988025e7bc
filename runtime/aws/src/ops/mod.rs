//! The operations, by service.
//!
//! A new operation is a method of its service's view: its inputs by name, one
//! `call` with the SDK's builder inside, its output as plain types.

pub mod athena;
pub mod cloudformation;
pub mod datazone;
pub mod events;
pub mod glue;
pub mod lakeformation;
pub mod ram;
pub mod s3;
pub mod sns;
pub mod sqs;
pub mod sts;

use aws_smithy_types::DateTime;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The page's items; a page can be empty and still not be the last.
    pub items: Vec<T>,
    /// Asks for the next page; none when this was the last.
    pub next_token: Option<String>,
}

/// Which page of a list to get.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Most items to return; AWS's default when unset.
    pub max_results: Option<i32>,
    /// The page before's `next_token`; the first page when unset.
    pub next_token: Option<String>,
}

/// Milliseconds since the Unix epoch.
fn millis(at: Option<DateTime>) -> Option<i64> {
    at.and_then(|at| at.to_millis().ok())
}
