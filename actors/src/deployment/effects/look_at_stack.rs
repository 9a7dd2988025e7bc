use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::cloudformation;
use serde::{Deserialize, Serialize};

use super::{Outcome, stack};
use crate::aws_error;
use crate::deployment::StackEvent;
use crate::world::{Place, World};

/// At most so many pages of events are read in one look.
const MAX_PAGES: usize = 10;
/// What CloudFormation says of a resource that only failed because another one did.
const CANCELLED: &str = "cancelled";
/// Most characters of a reason.
const MAX_REASON: usize = 500;

/// Looks at a stack that changes, once: how it stands (`DescribeStacks`), and what it went through since
/// the last look (`DescribeStackEvents`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtStack {
    /// Where.
    pub place: Place,
    /// The stack's ARN, which also finds it when it is deleted.
    pub stack: String,
    /// The event up to which all were seen.
    pub mark: Option<String>,
}

impl LookAtStack {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let failed = |error| aws_error::of(error, cx);
        // The stack first: what is read after its end has all events that led to it.
        let mut seen = stack::seen(&cloudformation, &self.stack)
            .await
            .map_err(failed)?;
        let events = match cloudformation
            .stack_events_after(&self.stack, self.mark.as_deref(), MAX_PAGES)
            .await
        {
            Ok(events) => events,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let newest = events.last().map(|event| event.event_id.clone());
        seen.mark = newest.or_else(|| self.mark.clone());
        Ok(Outcome::StackLooked {
            first_failure: events.iter().find_map(failure),
            begun: events.iter().any(|event| event.is_of_stack()),
            events: events.into_iter().map(shown).collect(),
            seen,
        })
    }
}

/// What a resource failed with, unless it was for another one's failure.
fn failure(event: &cloudformation::StackEvent) -> Option<String> {
    let reason = event.status_reason.as_deref().unwrap_or_default();
    let failed = event.status.ends_with("_FAILED");
    if !failed || event.is_of_stack() || reason.contains(CANCELLED) {
        return None;
    }
    let text = format!("{} ({}): {reason}", event.logical_id, event.resource_type);
    Some(text.chars().take(MAX_REASON).collect())
}

fn shown(event: cloudformation::StackEvent) -> StackEvent {
    let reason = event.status_reason.unwrap_or_default();
    StackEvent {
        event_id: event.event_id,
        time_ms: event.at_ms.unwrap_or_default(),
        logical_id: event.logical_id,
        resource_type: event.resource_type,
        status: event.status,
        reason: reason.chars().take(MAX_REASON).collect(),
    }
}
