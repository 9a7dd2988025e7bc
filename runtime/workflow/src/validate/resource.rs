//! A Task's `Resource`: which services Step Functions calls, and in which integration patterns.

use super::integrations::{OPTIMIZED, Patterns};
use super::location::Location;
use super::machine::Checker;
use super::{MachineType, syntax};

const SYNC: &str = ".sync";
const TOKEN: &str = ".waitForTaskToken";

/// The service, action and pattern of `arn:aws:states:::service:action.pattern`, or None.
fn integration(arn: &str) -> Option<(&str, &str, &str)> {
    let rest = arn.strip_prefix("arn:")?;
    let (partition, rest) = rest.split_once(":states:::")?;
    if partition.is_empty() || partition.contains(':') {
        return None;
    }
    let (call, pattern) = match rest.find('.') {
        Some(dot) => rest.split_at_checked(dot)?,
        None => (rest, ""),
    };
    let (service, action) = call.rsplit_once(':')?;
    Some((service, action, pattern))
}

fn has_pattern(patterns: Patterns, pattern: &str) -> bool {
    match pattern {
        "" => true,
        SYNC => matches!(
            patterns,
            Patterns::Sync | Patterns::SyncToken | Patterns::All
        ),
        ".sync:2" => patterns == Patterns::All,
        TOKEN => matches!(
            patterns,
            Patterns::Token | Patterns::SyncToken | Patterns::All
        ),
        _ => false,
    }
}

fn is_integration(arn: &str) -> bool {
    let Some((service, action, pattern)) = integration(arn) else {
        return false;
    };
    if let Some(service) = service.strip_prefix("aws-sdk:") {
        return syntax::is_service(service)
            && syntax::is_action(action)
            && matches!(pattern, "" | TOKEN);
    }
    OPTIMIZED
        .iter()
        .filter(|(name, _)| *name == service)
        .flat_map(|(_, groups)| groups.iter())
        .any(|(patterns, actions)| actions.contains(&action) && has_pattern(*patterns, pattern))
}

/// Whether it is `arn:…:states:region:account:activity:name`.
fn is_activity(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    matches!(
        parts.as_slice(),
        ["arn", _, "states", _, _, "activity", name] if !name.is_empty()
    )
}

fn is_function(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    matches!(
        parts.as_slice(),
        ["arn", _, "lambda", _, _, "function", name] | ["arn", _, "lambda", _, _, "function", name, _]
        if !name.is_empty()
    )
}

/// What to write instead of a resource that Step Functions does not know.
fn remedy(arn: &str) -> String {
    let known = integration(arn).and_then(|(service, action, _)| {
        let (_, groups) = OPTIMIZED.iter().find(|(name, _)| *name == service)?;
        let called = groups.iter().find(|(_, actions)| actions.contains(&action));
        Some(match called {
            Some((patterns, _)) => format!(
                "{service}:{action} is called {}.",
                match patterns {
                    Patterns::Response => "without a pattern only",
                    Patterns::Sync => "without a pattern, or with .sync",
                    Patterns::Token => "without a pattern, or with .waitForTaskToken",
                    Patterns::SyncToken => "without a pattern, or with .sync or .waitForTaskToken",
                    Patterns::All => {
                        "without a pattern, or with .sync, .sync:2 or .waitForTaskToken"
                    }
                }
            ),
            None => {
                let actions: Vec<&str> = groups
                    .iter()
                    .flat_map(|(_, actions)| actions.iter().copied())
                    .collect();
                format!(
                    "Of {service} there are {}; every other action is called as \
                     arn:aws:states:::aws-sdk:{service}:{action}.",
                    actions.join(", ")
                )
            }
        })
    });
    known.unwrap_or_else(|| {
        "Use the ARN of a Lambda function or activity, or an integration such as \
         arn:aws:states:::sqs:sendMessage or arn:aws:states:::aws-sdk:dynamodb:query."
            .to_owned()
    })
}

/// Whether a distributed Map can read items from it, or write results to it.
pub(super) fn is_storage(arn: &str) -> bool {
    integration(arn).is_some_and(|(service, _, pattern)| {
        matches!(service, "s3" | "aws-sdk:s3") && pattern.is_empty()
    })
}

impl Checker {
    /// A Task's resource.
    pub(super) fn resource(&mut self, at: &Location, arn: &str) {
        if !is_integration(arn) && !is_activity(arn) && !is_function(arn) {
            self.unrecognized_resource(at, arn);
            return;
        }
        if self.machine_type == MachineType::Standard {
            return;
        }
        let pattern = integration(arn).map_or("", |(_, _, pattern)| pattern);
        let pattern = if pattern.starts_with(SYNC) {
            SYNC
        } else {
            pattern
        };
        if !pattern.is_empty() {
            self.schema_error(
                at,
                format!("Express state machine does not support '{pattern}' service integration "),
                format!("Take {pattern} off, or create a STANDARD state machine."),
            );
        } else if is_activity(arn) {
            self.schema_error(
                at,
                "Express state machine does not support Activity",
                "Call a function instead, or create a STANDARD state machine.",
            );
        }
    }

    /// Notes a resource that Step Functions does not know.
    pub(super) fn unrecognized_resource(&mut self, at: &Location, arn: &str) {
        self.schema_error(
            at,
            format!(
                "The resource provided {arn} is not recognized. The value is not a valid resource \
                 ARN, or the resource is not available in this region."
            ),
            remedy(arn),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_that_step_functions_knows() {
        for (arn, known) in [
            ("arn:aws:states:::lambda:invoke", true),
            ("arn:aws-cn:states:::lambda:invoke.waitForTaskToken", true),
            ("arn:aws:states:::lambda:invoke.sync", false),
            ("arn:aws:states:::sqs:sendMessage", true),
            ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", true),
            ("arn:aws:states:::sqs:sendMessage.sync", false),
            ("arn:aws:states:::dynamodb:query", false),
            ("arn:aws:states:::dynamodb:getItem.waitForTaskToken", false),
            ("arn:aws:states:::states:startExecution.sync:2", true),
            ("arn:aws:states:::batch:submitJob.sync", true),
            ("arn:aws:states:::batch:submitJob.sync:2", false),
            ("arn:aws:states:::http:invoke", true),
            ("arn:aws:states:::aws-sdk:dynamodb:query", true),
            (
                "arn:aws:states:::aws-sdk:s3:listBuckets.waitForTaskToken",
                true,
            ),
            ("arn:aws:states:::aws-sdk:s3:listBuckets.sync", false),
            ("arn:aws:states:::aws-sdk:s3:ListBuckets", false),
            ("arn:aws:states:::nosuch:thing", false),
            ("arn:aws:lambda:us-east-1:111111111111:function:f", true),
            (
                "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST",
                true,
            ),
            ("arn:aws:lambda:us-east-1:111111111111:function:", false),
            ("arn:aws:states:us-east-1:111111111111:activity:a", true),
            ("arn:aws:s3:::bucket", false),
            ("not an arn", false),
            ("", false),
        ] {
            let taken = is_integration(arn) || is_activity(arn) || is_function(arn);
            assert_eq!(taken, known, "{arn}");
        }
    }

    #[test]
    fn a_person_reads_what_the_service_has() {
        for (arn, expected) in [
            (
                "arn:aws:states:::sqs:sendMessage.sync",
                "sqs:sendMessage is called without a pattern, or with .waitForTaskToken.",
            ),
            (
                "arn:aws:states:::dynamodb:query",
                "Of dynamodb there are getItem, putItem, updateItem, deleteItem; every other action \
                 is called as arn:aws:states:::aws-sdk:dynamodb:query.",
            ),
            (
                "createToken",
                "Use the ARN of a Lambda function or activity, or an integration such as \
                 arn:aws:states:::sqs:sendMessage or arn:aws:states:::aws-sdk:dynamodb:query.",
            ),
        ] {
            assert_eq!(remedy(arn), expected, "{arn}");
        }
    }
}
