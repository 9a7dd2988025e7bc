//! What the three batch operations have in common: their limits, and one result an entry.

use std::collections::HashSet;

use serde::Serialize;

use super::error::error;
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;

const LARGEST_BATCH: usize = 10;

/// The answer of a batch operation: status 200, whatever happened to the entries.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchOutput<T> {
    successful: Vec<T>,
    failed: Vec<Failed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    sender_fault: bool,
    code: String,
    message: String,
}

/// Checks the ids, and then does each entry; one that fails does not keep the others.
///
/// # Errors
/// `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`,
/// `BatchEntryIdsNotDistinct` (400), and what is the cloud's own fault (500).
pub(super) fn each<E, T>(
    entries: Vec<E>,
    call: &Call<'_>,
    id_of: impl Fn(&E) -> String,
    mut one: impl FnMut(E, String) -> Result<T, ServiceError>,
) -> Result<BatchOutput<T>, ServiceError> {
    check(&entries, &id_of)?;
    let mut output = BatchOutput {
        successful: Vec::new(),
        failed: Vec::new(),
    };
    let mut faults = BatchFaults::of(call);
    for entry in entries {
        let id = id_of(&entry);
        let error = match faults.next() {
            Some(injected) => injected,
            None => match one(entry, id.clone()) {
                Ok(done) => {
                    output.successful.push(done);
                    continue;
                }
                Err(error) if error.status >= 500 => return Err(error),
                Err(error) => error,
            },
        };
        output.failed.push(Failed {
            id,
            sender_fault: error.status < 500,
            code: query_code(&error),
            message: error.message,
        });
    }
    Ok(output)
}

fn check<E>(entries: &[E], id_of: impl Fn(&E) -> String) -> Result<(), ServiceError> {
    if entries.is_empty() {
        return Err(error(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.",
        ));
    }
    if entries.len() > LARGEST_BATCH {
        return Err(error(
            "TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are 10. You have sent {}.",
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
        if !seen.insert(id.clone()) {
            return Err(error(
                "BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}

/// Entries fail with the codes of the query age.
fn query_code(error: &ServiceError) -> String {
    let header = error
        .headers
        .iter()
        .find(|(name, _)| name == "x-amzn-query-error");
    header
        .and_then(|(_, value)| value.split(';').next())
        .unwrap_or(error.code.as_ref())
        .to_owned()
}
