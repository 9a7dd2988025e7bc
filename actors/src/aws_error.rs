//! What a failed AWS call means to the effect that made it.

use datamesh_actor::{EffectCx, EffectError, ErrorClass};
use datamesh_aws::{AwsError, codes};

/// A conflict that is still there after so many failures is not somebody else's passing work: the actor is
/// told.
const CONFLICT_FAILURES: u32 = 8;
/// AWS may need so many looks before it shows what it has just made.
const LOOKS: u32 = 10;

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
        datamesh_aws::ErrorClass::Conflict if cx.failures < CONFLICT_FAILURES => {
            ErrorClass::Conflict
        }
        datamesh_aws::ErrorClass::Conflict
        | datamesh_aws::ErrorClass::Terminal
        | datamesh_aws::ErrorClass::NotFound => ErrorClass::Terminal,
    };
    EffectError {
        class,
        message: format!("{}:{}: {}", error.service, error.operation, error.message),
        code: error.code,
        retry_after: error.retry_after,
        may_have_happened: error.may_have_happened,
    }
}

/// Turns a failed call of an idempotent creation into the failure of an effect's try.
///
/// When an earlier try may have made the thing, no refusal is final: giving up would leave the thing to
/// nobody. The effect is tried on and then waits for an operator, whose retry carries the same token.
pub(crate) fn of_creation(error: AwsError, cx: &EffectCx) -> EffectError {
    let error = of(error, cx);
    match error.class {
        ErrorClass::Terminal if cx.repeat => EffectError {
            class: ErrorClass::Transient,
            ..error
        },
        _ => error,
    }
}

/// Turns a failed call into the failure of a try whose deed is done: the next try is a repeat.
pub(crate) fn after_the_deed(error: AwsError, cx: &EffectCx) -> EffectError {
    EffectError {
        may_have_happened: true,
        ..of(error, cx)
    }
}

/// Whether AWS may not show yet what it has just made, so that looking again is worth it.
pub(crate) fn may_be_late(error: &AwsError, cx: &EffectCx) -> bool {
    (error.is_not_found() || hides(error)) && cx.attempt <= LOOKS
}

/// Whether the answer is the one that DataZone gives for what is not there: it does not tell it from what
/// the caller may not see.
pub(crate) fn hides(error: &AwsError) -> bool {
    error.service == "datazone" && error.code == "AccessDeniedException"
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

    fn failed(class: datamesh_aws::ErrorClass, code: &str) -> AwsError {
        AwsError {
            service: "datazone",
            operation: "CreateAsset",
            code: code.to_owned(),
            message: String::new(),
            class,
            retry_after: None,
            request_id: None,
            may_have_happened: false,
        }
    }

    fn cx(failures: u32, repeat: bool) -> EffectCx {
        EffectCx {
            entity: EntityKey::new("asset", "asset-1"),
            effect_id: "1".to_owned(),
            attempt: 100,
            failures,
            repeat,
            asked_ms: 0,
        }
    }

    #[test]
    fn a_creation_that_may_have_happened_is_never_given_up() {
        use datamesh_aws::ErrorClass as Aws;
        let refused = || failed(Aws::Terminal, "AccessDeniedException");
        assert_eq!(
            of_creation(refused(), &cx(0, false)).class,
            ErrorClass::Terminal
        );
        assert_eq!(
            of_creation(refused(), &cx(1, true)).class,
            ErrorClass::Transient
        );
        let throttled = failed(Aws::Throttle, "ThrottlingException");
        assert_eq!(
            of_creation(throttled, &cx(1, true)).class,
            ErrorClass::Throttle
        );
    }

    #[test]
    fn what_may_have_happened_is_passed_on() {
        let mut lost = failed(datamesh_aws::ErrorClass::Transient, codes::TIMEOUT);
        assert!(!of(lost.clone(), &cx(0, false)).may_have_happened);
        assert!(after_the_deed(lost.clone(), &cx(0, false)).may_have_happened);
        lost.may_have_happened = true;
        assert!(of(lost, &cx(0, false)).may_have_happened);
    }

    #[test]
    fn every_class_has_its_meaning() {
        use datamesh_aws::ErrorClass as Aws;
        for (class, code, failures, expected) in [
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
            (Aws::Conflict, "ConflictException", 7, ErrorClass::Conflict),
            (Aws::Conflict, "ConflictException", 8, ErrorClass::Terminal),
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
                of(failed(class, code), &cx(failures, false)).class,
                expected,
                "{code} after {failures} failures"
            );
        }
    }
}
