use datamesh_actor::{EffectCx, EffectError, ErrorClass};
use datamesh_aws::{CallCx, events};

use crate::aws_error;
use crate::mesh_event::MeshEvent;
use crate::world::World;

/// What stands before an event's id in the bus's `resources`, so that a consumer can drop repeats: the bus
/// gives each put an id of its own.
pub const EVENT_RESOURCE: &str = "datamesh:event:";

/// Puts an event on the bus (EventBridge `PutEvents`), in a call with others that are put at the same time.
/// At least once.
///
/// No failure is final, for an event must not be lost: when the tries run out the effect waits for an
/// operator.
pub(crate) async fn run(
    event: &MeshEvent,
    world: &World,
    cx: &EffectCx,
) -> Result<(), EffectError> {
    let home = CallCx::default();
    let entry = events::Event {
        bus: world.options.bus.clone(),
        source: event.source.clone(),
        detail_type: event.detail_type.clone(),
        detail: event.detail.to_string(),
        resources: vec![format!("{EVENT_RESOURCE}{}", event.event_id)],
        time_ms: Some(event.time_ms),
    };
    let put = world.aws.events(&home).put_event(entry).await;
    match put.map_err(|error| never_final(aws_error::of(error, cx)))? {
        Ok(_) => Ok(()),
        Err(refused) => {
            let class = match refused.class {
                datamesh_aws::ErrorClass::Throttle => ErrorClass::Throttle,
                _ => ErrorClass::Transient,
            };
            Err(EffectError::new(class, refused.code, refused.message))
        }
    }
}

fn never_final(error: EffectError) -> EffectError {
    match error.class {
        ErrorClass::Terminal => EffectError {
            class: ErrorClass::Transient,
            ..error
        },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_event_is_not_given_up_and_a_throttled_one_is_not_counted() {
        let class = |class| never_final(EffectError::new(class, "code", "message")).class;
        assert_eq!(class(ErrorClass::Terminal), ErrorClass::Transient);
        assert_eq!(class(ErrorClass::Throttle), ErrorClass::Throttle);
    }
}
