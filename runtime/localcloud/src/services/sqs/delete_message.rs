//! `DeleteMessage` and its batch.

use serde::{Deserialize, Serialize};

use super::batch::{BatchOutput, each};
use super::error::missing;
use super::message::load;
use super::queue::{self, Queue};
use super::receipt;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
}

/// Deletes a message that was received. A handle of an earlier receive, or of a message that is
/// gone, deletes nothing and is no error.
pub(super) fn delete_message(
    input: DeleteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    delete(input.receipt_handle.as_deref(), &queue, call, tx)
}

fn delete(
    handle: Option<&str>,
    queue: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let handle = handle.ok_or_else(|| missing("ReceiptHandle"))?;
    let (id, receipt) = receipt::read_handle(handle)?;
    match load(queue, &id, &call.scope, tx)? {
        Some(message) if message.receipt.as_deref() == Some(receipt.as_str()) => {
            message.remove(queue, &call.scope, tx)
        }
        _ => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchInput {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    receipt_handle: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Done {
    pub(super) id: String,
}

/// Deletes up to 10 messages.
pub(super) fn delete_message_batch(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<BatchOutput<Done>, ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    each(
        input.entries,
        call,
        |entry| entry.id.clone(),
        |entry, id| {
            delete(entry.receipt_handle.as_deref(), &queue, call, tx)?;
            Ok(Done { id })
        },
    )
}
