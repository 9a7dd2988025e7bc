use datamesh_aws::{AwsError, ErrorClass, codes};
use serde::{Deserialize, Serialize};

/// Why a thing could not be put, taken away or seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ThingError {
    /// What it means.
    pub trouble: Trouble,
    /// A stable code: the AWS error code where there is one.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Not sooner than this, in milliseconds from now; 0 for no wish.
    pub retry_after_ms: i64,
}

/// What a failure means to who wanted the thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trouble {
    /// A throttle, an open circuit, a conflict with another writer, a lost answer: it may work later.
    #[default]
    Later,
    /// It will not work: a table that is not there, a principal that does not exist.
    Refused,
    /// The account cannot be acted in: it is closed, or our role is gone. It may work one day.
    Unreachable,
}

/// Refusals that speak of the credentials or the account, and not of the thing.
const UNREACHABLE: &[&str] = &[
    codes::NO_ROLE,
    codes::NO_CREDENTIALS,
    "AccountProblem",
    "InvalidClientTokenId",
    "NotSignedUp",
    "OptInRequired",
    "SubscriptionRequiredException",
    "UnrecognizedClientException",
];

impl ThingError {
    pub(super) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self {
            trouble: Trouble::Refused,
            code: code.to_owned(),
            message: message.into(),
            retry_after_ms: 0,
        }
    }

    pub(super) fn later(code: &str, message: impl Into<String>) -> Self {
        Self {
            trouble: Trouble::Later,
            ..Self::refused(code, message)
        }
    }
}

impl From<AwsError> for ThingError {
    fn from(error: AwsError) -> Self {
        let trouble = match error.class {
            ErrorClass::Throttle | ErrorClass::Transient | ErrorClass::Conflict => Trouble::Later,
            ErrorClass::Terminal | ErrorClass::NotFound if is_unreachable(&error) => {
                Trouble::Unreachable
            }
            ErrorClass::Terminal | ErrorClass::NotFound => Trouble::Refused,
        };
        let retry_after = error.retry_after.unwrap_or_default().as_millis();
        Self {
            trouble,
            message: format!("{}:{}: {}", error.service, error.operation, error.message),
            code: error.code,
            retry_after_ms: i64::try_from(retry_after).unwrap_or(i64::MAX),
        }
    }
}

/// Whether a refusal is of us and not of what we asked for. Lake Formation says `Insufficient Lake
/// Formation permission(s)` for what one thing lacks; IAM says `is not authorized` for the whole caller.
fn is_unreachable(error: &AwsError) -> bool {
    error.service == "sts"
        || UNREACHABLE.contains(&error.code.as_str())
        || error.code.starts_with("AccessDenied") && error.message.contains("is not authorized")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(service: &'static str, class: ErrorClass, code: &str, message: &str) -> Trouble {
        ThingError::from(AwsError {
            service,
            operation: "GrantPermissions",
            code: code.to_owned(),
            message: message.to_owned(),
            class,
            retry_after: None,
            request_id: None,
            may_have_happened: false,
        })
        .trouble
    }

    #[test]
    fn what_may_work_later_what_never_will_and_who_is_gone_are_told_apart() {
        use ErrorClass::{Conflict, NotFound, Terminal, Throttle, Transient};
        let denied = "AccessDeniedException";
        for (service, class, code, message, trouble) in [
            ("lakeformation", Throttle, "Throttling", "", Trouble::Later),
            (
                "lakeformation",
                Transient,
                codes::TIMEOUT,
                "",
                Trouble::Later,
            ),
            (
                "lakeformation",
                Transient,
                codes::CIRCUIT_OPEN,
                "",
                Trouble::Later,
            ),
            (
                "glue",
                Conflict,
                "AlreadyExistsException",
                "",
                Trouble::Later,
            ),
            (
                "lakeformation",
                NotFound,
                "EntityNotFoundException",
                "",
                Trouble::Refused,
            ),
            (
                "lakeformation",
                Terminal,
                "InvalidInputException",
                "",
                Trouble::Refused,
            ),
            (
                "lakeformation",
                Terminal,
                denied,
                "Insufficient Lake Formation permission(s): Required Alter on orders",
                Trouble::Refused,
            ),
            (
                "lakeformation",
                Terminal,
                denied,
                "User: arn:aws:iam::1:role/mesh is not authorized: the account 1 is closed",
                Trouble::Unreachable,
            ),
            ("sts", Terminal, "AccessDenied", "", Trouble::Unreachable),
            ("sts", Throttle, "Throttling", "", Trouble::Later),
            (
                "lakeformation",
                Terminal,
                codes::NO_ROLE,
                "",
                Trouble::Unreachable,
            ),
        ] {
            assert_eq!(
                of(service, class, code, message),
                trouble,
                "{service} {code} {message}"
            );
        }
    }
}
