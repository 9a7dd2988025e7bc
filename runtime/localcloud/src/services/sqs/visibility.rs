//! `ChangeMessageVisibility` and its batch.

use serde::Deserialize;

use super::batch::{BatchOutput, each};
use super::delete_message::Done;
use super::error::{error, invalid, missing};
use super::message::load;
use super::queue::{self, Queue};
use super::receipt;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeInput {
    queue_url: Option<String>,
    #[serde(flatten)]
    change: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

/// Hides a received message for so long from now on; 0 shows it at once.
pub(super) fn change_message_visibility(
    input: ChangeInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let queue = queue::find(input.queue_url.as_deref(), call, tx)?;
    change(&input.change, &queue, call, tx)
}

fn change(
    change: &Change,
    queue: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let handle = change.receipt_handle.as_deref();
    let handle = handle.ok_or_else(|| missing("ReceiptHandle"))?;
    let seconds = match change.visibility_timeout {
        None => return Err(missing("VisibilityTimeout")),
        Some(seconds @ 0..=43_200) => seconds,
        Some(seconds) => {
            return Err(invalid(
                "VisibilityTimeout",
                seconds,
                "Must be between 0 and 43200.",
            ));
        }
    };
    let (id, receipt) = receipt::read_handle(handle)?;
    let mut message = load(queue, &id, &call.scope, tx)?
        .filter(|message| message.receipt.as_deref() == Some(receipt.as_str()))
        .ok_or_else(|| {
            invalid(
                "ReceiptHandle",
                handle,
                "Message does not exist or is not available for visibility timeout change.",
            )
        })?;
    if message.visible_ms <= call.now_ms {
        return Err(error(
            "MessageNotInflight",
            "The message is not in flight: its visibility timeout is over.",
        ));
    }
    let visible_ms = call.now_ms + seconds * 1_000;
    message.reschedule(visible_ms, queue, &call.scope, tx)?;
    tx.notify(queue.topic());
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
    #[serde(flatten)]
    change: Change,
}

/// Changes up to 10 messages.
pub(super) fn change_message_visibility_batch(
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
            change(&entry.change, &queue, call, tx)?;
            Ok(Done { id })
        },
    )
}
