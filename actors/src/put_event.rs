use datamesh_actor::{EffectError, ErrorClass};
use datamesh_aws::{CallCx, events};

use crate::mesh_event::MeshEvent;
use crate::world::World;

/// What stands before an event's id in the bus's `resources`, so that a consumer can drop repeats: the bus
/// gives each put an id of its own.
pub const EVENT_RESOURCE: &str = "datamesh:event:";

/// Puts an event on the bus (EventBridge `PutEvents`). At least once.
///
/// No failure is final, for an event must not be lost: when the tries run out the effect waits for an
/// operator.
pub(crate) async fn run(event: &MeshEvent, world: &World) -> Result<(), EffectError> {
    let home = CallCx::default();
    let entry = events::Event {
        bus: world.options.bus.clone(),
        source: event.source.clone(),
        detail_type: event.detail_type.clone(),
        detail: event.detail.to_string(),
        resources: vec![format!("{EVENT_RESOURCE}{}", event.event_id)],
        time_ms: Some(event.time_ms),
    };
    let results = world.aws.events(&home).put_events(vec![entry]).await;
    let (class, code, message) = match results {
        Ok(results) => match results.into_iter().next() {
            Some(Err(error)) => (error.class, error.code, error.message),
            Some(Ok(_)) | None => return Ok(()),
        },
        Err(error) => (error.class, error.code, error.message),
    };
    let class = match class {
        datamesh_aws::ErrorClass::Throttle => ErrorClass::Throttle,
        _ => ErrorClass::Transient,
    };
    Err(EffectError::new(class, code, message))
}
