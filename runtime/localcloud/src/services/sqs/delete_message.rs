//! `DeleteMessage` and its batch.

use serde::{Deserialize, Serialize};

use super::batch::{self, BatchOutput};
use super::error::invalid;
use super::queue::{self, Queue};
use super::receipt::Handle;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
}

/// Deletes a message that was received. In a standard queue, a handle of an earlier receive deletes
/// nothing and is no error, nor is one of a message that is gone. In a FIFO queue a handle expires
/// with the visibility timeout: somebody else may have the message by now.
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
    let read = Handle::read(handle, queue)?;
    let backlog = queue.backlog(call, tx);
    let Some(message) = backlog.load(read.key)? else {
        return Ok(());
    };
    let is_latest = read.is_latest_of(&message);
    if queue.is_fifo() && !(is_latest && message.visible_ms > call.now_ms) {
        return Err(invalid(
            "ReceiptHandle",
            handle.unwrap_or_default(),
            "The receipt handle has expired.",
        ));
    }
    if is_latest {
        backlog.remove(&message)?;
        // The next message of its group may be received now.
        if queue.is_fifo() {
            tx.notify(queue.topic());
        }
    }
    Ok(())
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
    batch::check(&input.entries, |entry| &entry.id, call)?;
    batch::each(
        input.entries,
        call,
        |entry| &entry.id,
        |entry, id| {
            delete(entry.receipt_handle.as_deref(), &queue, call, tx)?;
            Ok(Done { id })
        },
    )
}
