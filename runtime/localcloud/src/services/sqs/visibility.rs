//! `ChangeMessageVisibility` and its batch.

use serde::Deserialize;

use super::batch::{self, BatchOutput};
use super::delete_message::Done;
use super::error::{error, invalid, missing};
use super::queue::{self, Queue};
use super::receipt::Handle;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// The longest that a receive hides a message, all changes together: 12 hours, in seconds.
const LONGEST: i64 = 43_200;

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
    let handle = Handle::read(change.receipt_handle.as_deref(), queue)?;
    let seconds = change.visibility_timeout;
    let seconds = seconds.ok_or_else(|| missing("VisibilityTimeout"))?;
    if !(0..=LONGEST).contains(&seconds) {
        return Err(invalid(
            "VisibilityTimeout",
            seconds,
            "VisibilityTimeout must be an integer between 0 and 43200",
        ));
    }
    let gone = || {
        invalid(
            "ReceiptHandle",
            change.receipt_handle.as_deref().unwrap_or_default(),
            "Message does not exist or is not available for visibility timeout change.",
        )
    };
    let backlog = queue.backlog(call, tx);
    let mut message = backlog
        .load(handle.key)?
        .filter(|message| handle.is_latest_of(message))
        .ok_or_else(gone)?;
    if message.visible_ms <= call.now_ms {
        return Err(if queue.is_fifo() {
            gone()
        } else {
            error(
                "MessageNotInflight",
                "The specified message isn't in flight.",
            )
        });
    }
    let visible_ms = call.now_ms + seconds * 1_000;
    let received_ms = message.receipt.as_ref().map(|receipt| receipt.received_ms);
    if received_ms.is_some_and(|received_ms| visible_ms > received_ms + LONGEST * 1_000) {
        return Err(invalid(
            "VisibilityTimeout",
            seconds,
            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
        ));
    }
    backlog.hide(&mut message, visible_ms)?;
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
    batch::check(&input.entries, |entry| &entry.id, call)?;
    batch::each(
        input.entries,
        call,
        |entry| &entry.id,
        |entry, id| {
            change(&entry.change, &queue, call, tx)?;
            Ok(Done { id })
        },
    )
}
