//! `PutEvents`: each entry succeeds or fails on its own.
//!
//! An entry for a bus that does not exist gets an id and reaches nobody, as on AWS.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::{Envelope, Sent};
use super::{bus, delivery, error};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

const MAX_ENTRIES: usize = 10;
/// All entries together, in bytes.
const MAX_SIZE: usize = 256 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    entries: Option<Vec<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// Seconds since the Unix epoch.
    time: Option<f64>,
    source: Option<String>,
    resources: Option<Vec<String>>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    failed_entry_count: usize,
    entries: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    #[serde(rename_all = "PascalCase")]
    Accepted { event_id: String },
    #[serde(rename_all = "PascalCase")]
    Failed {
        error_code: Cow<'static, str>,
        error_message: String,
    },
}

pub(super) fn put_events(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let entries = constraints.required("entries", input.entries);
    constraints.count("entries", Some(&entries), 1, MAX_ENTRIES);
    constraints.check(error::VALIDATION)?;
    if entries.iter().map(size).sum::<usize>() > MAX_SIZE {
        return Err(error::validation(
            "Total size of the entries in the request is over the limit.",
        ));
    }
    let mut outcomes = Vec::with_capacity(entries.len());
    let mut faults = BatchFaults::of(call);
    for entry in entries {
        if let Some(injected) = faults.injected() {
            outcomes.push(Outcome::Failed {
                error_code: injected.code,
                error_message: injected.message,
            });
            continue;
        }
        let bus = bus::named(call, entry.event_bus_name.as_deref())?;
        outcomes.push(match accept(entry, call.now_ms) {
            Ok(sent) => {
                let envelope = Envelope::new(&call.scope, call.cloud.uuid(), sent);
                delivery::deliver(&bus, &envelope, call, tx)?;
                Outcome::Accepted {
                    event_id: envelope.id,
                }
            }
            Err(failed) => failed,
        });
    }
    Ok(Output {
        failed_entry_count: outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Failed { .. }))
            .count(),
        entries: outcomes,
    })
}

/// An entry's size, as AWS counts it.
fn size(entry: &Entry) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let time = if entry.time.is_some() { 14 } else { 0 };
    let resources: usize = entry.resources.iter().flatten().map(String::len).sum();
    time + text(&entry.source) + text(&entry.detail_type) + text(&entry.detail) + resources
}

fn accept(entry: Entry, now_ms: i64) -> Result<Sent, Outcome> {
    let required = |name: &str, value: Option<String>| {
        value
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Outcome::Failed {
                error_code: "InvalidArgument".into(),
                error_message: format!(
                    "Parameter {name} is not valid. Reason: {name} is a required argument."
                ),
            })
    };
    let source = required("Source", entry.source)?;
    let detail_type = required("DetailType", entry.detail_type)?;
    let detail = required("Detail", entry.detail)?;
    if source.starts_with("aws.") {
        return Err(Outcome::Failed {
            error_code: "NotAuthorizedForSourceException".into(),
            error_message: "Not authorized for the source.".to_owned(),
        });
    }
    let detail = serde_json::from_str(&detail)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Outcome::Failed {
            error_code: "MalformedDetail".into(),
            error_message: "Detail is malformed.".to_owned(),
        })?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "moments fit; what does not is clamped and shown as the epoch"
    )]
    let time_ms = entry
        .time
        .map_or(now_ms, |seconds| (seconds * 1000.0) as i64);
    Ok(Sent {
        detail_type,
        source,
        time_ms,
        resources: entry.resources.unwrap_or_default(),
        detail,
    })
}
