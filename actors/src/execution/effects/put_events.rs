use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{CallCx, events};
use datamesh_workflow::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Outcome, refusal};
use crate::world::World;

/// The most entries of one call.
const MOST: usize = 10;

/// Puts events on a bus (EventBridge `PutEvents`): ours, if the entry names none. At least once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutEvents {
    /// The task.
    pub task: TaskId,
    /// What the document gives: `Entries`.
    pub parameters: Value,
    /// Whether the task waits for its token after it.
    pub waits: bool,
}

impl PutEvents {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let entries = self.parameters.get("Entries").and_then(Value::as_array);
        let entries = entries
            .filter(|entries| (1..=MOST).contains(&entries.len()))
            .ok_or_else(|| refusal::parameters("the parameter Entries must be 1 to 10 entries"))?;
        let bus = &world.options.bus;
        let events: Result<Vec<_>, _> = entries.iter().map(|entry| event(entry, bus)).collect();
        let home = CallCx::default();
        let put = world.aws.events(&home).put_events(events?).await;
        let results = put.map_err(|error| refusal::of("EventBridge", error, cx))?;
        if let Some(failed) = results.iter().find_map(|result| result.as_ref().err()) {
            return Err(crate::aws_error::terminal(
                "EventBridge.FailedEntry",
                format!("{}: {}", failed.code, failed.message),
            ));
        }
        let ids: Vec<Value> = results
            .into_iter()
            .filter_map(Result::ok)
            .map(|id| json!({"EventId": id}))
            .collect();
        let output = json!({"FailedEntryCount": 0, "Entries": ids});
        Ok(match self.waits {
            true => Outcome::Sent { output },
            false => Outcome::Answered {
                output,
                deployment_id: None,
            },
        })
    }
}

fn event(entry: &Value, bus: &str) -> Result<events::Event, EffectError> {
    let named = refusal::optional(entry, "EventBusName").filter(|name| !name.is_empty());
    Ok(events::Event {
        bus: named.unwrap_or_else(|| bus.to_owned()),
        source: refusal::text(entry, "Source")?.to_owned(),
        detail_type: refusal::text(entry, "DetailType")?.to_owned(),
        detail: refusal::message(entry.get("Detail").unwrap_or(&json!({}))),
        resources: Vec::new(),
        time_ms: None,
    })
}
