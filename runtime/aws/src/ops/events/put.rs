//! Putting events. At least once: consumers drop repeats by an id of ours in
//! the event's detail, for EventBridge gives every attempt a new id.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::DateTime;

use super::Events;
use crate::classify::{Failure, judge};
use crate::error::{AwsError, ErrorClass};

/// Most entries in one `PutEvents`.
pub const MAX_ENTRIES: usize = 10;
/// Most bytes of all entries of one `PutEvents` together, as [`Event::size`] counts them.
pub const MAX_BYTES: usize = 256 * 1024;

/// An event to put.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// The bus. Always named: without it the event would go to the default bus.
    pub bus: String,
    /// Who says it: `datamesh.projects`.
    pub source: String,
    /// What happened: `ProjectCreated`.
    pub detail_type: String,
    /// A JSON object, as text.
    pub detail: String,
    /// ARNs of what it is about.
    pub resources: Vec<String>,
    /// When it happened, in milliseconds since the Unix epoch; on receipt when unset.
    pub time_ms: Option<i64>,
}

impl Event {
    /// Its bytes, as EventBridge counts them against the size of a call.
    pub fn size(&self) -> usize {
        let time = if self.time_ms.is_some() { 14 } else { 0 };
        let resources: usize = self.resources.iter().map(String::len).sum();
        time + self.source.len() + self.detail_type.len() + self.detail.len() + resources
    }
}

/// One entry that was not taken, although the call succeeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct EntryError {
    /// EventBridge's code: `ThrottlingException`, `InternalFailure`.
    pub code: String,
    /// For a person.
    pub message: String,
    /// What to do about it.
    pub class: ErrorClass,
}

impl Events<'_> {
    /// `PutEvents`: one result an entry, in order, each with its event id.
    ///
    /// The call succeeds with entries that failed: send those again. A throttled
    /// entry slows the pool down as a throttled call does.
    pub async fn put_events(
        &self,
        events: Vec<Event>,
    ) -> Result<Vec<Result<String, EntryError>>, AwsError> {
        self.put_when_let_through(|| events).await
    }

    /// The same for events that are named when the call's turn has come. Each
    /// counts against the rate.
    pub(super) async fn put_when_let_through(
        &self,
        events: impl FnOnce() -> Vec<Event>,
    ) -> Result<Vec<Result<String, EntryError>>, AwsError> {
        let results = self
            .0
            .call("PutEvents", |client| {
                let events = events();
                async move {
                    self.0
                        .owe("PutEvents", events.len().saturating_sub(1))
                        .await;
                    send(&client, events).await
                }
            })
            .await?;
        let throttled = |result: &Result<_, EntryError>| matches!(result, Err(error) if error.class == ErrorClass::Throttle);
        if results.iter().any(throttled) {
            self.0.throttled("PutEvents").await;
        }
        Ok(results)
    }
}

async fn send(
    client: &Client,
    events: Vec<Event>,
) -> Result<Vec<Result<String, EntryError>>, Failure> {
    let sent = events.len();
    if sent == 0 || sent > MAX_ENTRIES {
        let text = format!("{sent} entries; one call takes 1 to {MAX_ENTRIES}");
        return Err(Failure::invalid(text));
    }
    let entries = events.into_iter().map(entry).collect();
    let out = client
        .put_events()
        .set_entries(Some(entries))
        .send()
        .await?;
    let results = out.entries.unwrap_or_default();
    if results.len() != sent {
        let text = format!("{} results for {sent} entries", results.len());
        return Err(Failure::unreadable(text));
    }
    let told = results
        .into_iter()
        .map(|result| match (result.error_code, result.event_id) {
            (None, Some(id)) => Ok(id),
            (code, _) => {
                let message = result.error_message.unwrap_or_default();
                Err(EntryError {
                    class: judge(code.as_deref(), Some(&message), None).class,
                    code: code.unwrap_or_else(|| "Unknown".to_owned()),
                    message,
                })
            }
        });
    Ok(told.collect())
}

fn entry(event: Event) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name(event.bus)
        .source(event.source)
        .detail_type(event.detail_type)
        .detail(event.detail)
        .set_resources((!event.resources.is_empty()).then_some(event.resources))
        .set_time(event.time_ms.map(DateTime::from_millis))
        .build()
}
