//! What the three batch operations have in common: their limits, and one result an entry.

use std::collections::HashSet;

use serde::Serialize;

use super::error::{error, query_code};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;

const MOST_ENTRIES: usize = 10;

/// The answer of a batch operation: status 200, whatever happened to the entries.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchOutput<T> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successful: Vec<T>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
}

/// Entries fail with the codes of the query age.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    sender_fault: bool,
    code: String,
    message: String,
}

/// Does each entry of a checked batch; one that fails does not keep the others.
///
/// # Errors
/// What is the cloud's own fault (500).
pub(super) fn each<E, T>(
    entries: Vec<E>,
    call: &Call<'_>,
    id_of: impl Fn(&E) -> &str,
    mut one: impl FnMut(E, String) -> Result<T, ServiceError>,
) -> Result<BatchOutput<T>, ServiceError> {
    let mut output = BatchOutput {
        successful: Vec::new(),
        failed: Vec::new(),
    };
    let mut faults = BatchFaults::of(call);
    for entry in entries {
        let id = id_of(&entry).to_owned();
        match faults.entry(|| one(entry, id.clone()))? {
            Ok(done) => output.successful.push(done),
            Err(error) => output.failed.push(Failed {
                id,
                sender_fault: error.status < 500,
                code: query_code(&error).unwrap_or(&error.code).to_owned(),
                message: error.message,
            }),
        }
    }
    Ok(output)
}

/// Checks how many entries there are, and their ids.
///
/// # Errors
/// `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`,
/// `BatchEntryIdsNotDistinct` (400).
pub(super) fn check<E>(
    entries: &[E],
    id_of: impl Fn(&E) -> &str,
    call: &Call<'_>,
) -> Result<(), ServiceError> {
    if entries.is_empty() {
        return Err(error(
            "EmptyBatchRequest",
            format!(
                "There should be at least one {}RequestEntry in the request.",
                call.operation
            ),
        ));
    }
    if entries.len() > MOST_ENTRIES {
        return Err(error(
            "TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {MOST_ENTRIES}. You have sent {}.",
                entries.len()
            ),
        ));
    }
    let mut seen = HashSet::new();
    for entry in entries {
        let id = id_of(entry);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=80).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(error(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(error(
                "BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}
