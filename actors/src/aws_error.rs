//! What a failed AWS call means to the effect that made it.

use datamesh_actor::{EffectCx, EffectError, ErrorClass};
use datamesh_aws::{AwsError, codes};

/// A conflict that is still there at this try is not somebody else's passing work: the actor is told.
const CONFLICT_TRIES: u32 = 6;

/// Turns a failed call into the failure of an effect's try.
///
/// What the pools hold back (an open circuit, a full or slow queue) waits as a throttle does, without using
/// up tries: nothing was sent.
pub(crate) fn of(error: AwsError, cx: &EffectCx) -> EffectError {
    let held_back = [codes::CIRCUIT_OPEN, codes::BUSY, codes::WAITED_TOO_LONG];
    let class = match error.class {
        _ if held_back.contains(&error.code.as_str()) => ErrorClass::Throttle,
        datamesh_aws::ErrorClass::Throttle => ErrorClass::Throttle,
        datamesh_aws::ErrorClass::Transient => ErrorClass::Transient,
        datamesh_aws::ErrorClass::Conflict if cx.attempt < CONFLICT_TRIES => ErrorClass::Conflict,
        datamesh_aws::ErrorClass::Conflict
        | datamesh_aws::ErrorClass::Terminal
        | datamesh_aws::ErrorClass::NotFound => ErrorClass::Terminal,
    };
    EffectError {
        class,
        message: format!("{}:{}: {}", error.service, error.operation, error.message),
        code: error.code,
        retry_after: error.retry_after,
    }
}

/// A failure that will not go away, told to the actor at once.
pub(crate) fn terminal(code: &str, message: impl Into<String>) -> EffectError {
    EffectError::new(ErrorClass::Terminal, code, message)
}

/// AWS is still at it: look again, as long as it takes.
pub(crate) fn still(code: &str, message: impl Into<String>) -> EffectError {
    EffectError::new(ErrorClass::Throttle, code, message)
}

/// A deletion that finds nothing to delete has reached its end.
pub(crate) fn gone_is_done(result: Result<(), AwsError>) -> Result<(), AwsError> {
    match result {
        Err(error) if error.is_not_found() => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use datamesh_journal::EntityKey;

    use super::*;

    fn classified(class: datamesh_aws::ErrorClass, code: &str, attempt: u32) -> ErrorClass {
        let error = AwsError {
            service: "datazone",
            operation: "CreateAsset",
            code: code.to_owned(),
            message: String::new(),
            class,
            retry_after: None,
            request_id: None,
            may_have_happened: false,
        };
        let cx = EffectCx {
            entity: EntityKey::new("asset", "asset-1"),
            effect_id: "1".to_owned(),
            attempt,
            repeat: attempt > 1,
            asked_ms: 0,
        };
        of(error, &cx).class
    }

    #[test]
    fn every_class_has_its_meaning() {
        use datamesh_aws::ErrorClass as Aws;
        for (class, code, attempt, expected) in [
            (
                Aws::Throttle,
                "ThrottlingException",
                1,
                ErrorClass::Throttle,
            ),
            (
                Aws::Transient,
                "InternalServerException",
                1,
                ErrorClass::Transient,
            ),
            (Aws::Transient, codes::CIRCUIT_OPEN, 1, ErrorClass::Throttle),
            (Aws::Transient, codes::BUSY, 1, ErrorClass::Throttle),
            (
                Aws::Transient,
                codes::WAITED_TOO_LONG,
                1,
                ErrorClass::Throttle,
            ),
            (Aws::Conflict, "ConflictException", 1, ErrorClass::Conflict),
            (Aws::Conflict, "ConflictException", 5, ErrorClass::Conflict),
            (Aws::Conflict, "ConflictException", 6, ErrorClass::Terminal),
            (
                Aws::Terminal,
                "AccessDeniedException",
                1,
                ErrorClass::Terminal,
            ),
            (
                Aws::NotFound,
                "ResourceNotFoundException",
                1,
                ErrorClass::Terminal,
            ),
        ] {
            assert_eq!(
                classified(class, code, attempt),
                expected,
                "{code} at try {attempt}"
            );
        }
    }
}
