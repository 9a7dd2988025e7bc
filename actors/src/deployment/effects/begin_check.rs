use std::collections::BTreeMap;

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::cloudformation::{CloudFormation, Template};
use datamesh_aws::{AwsError, PageRequest};
use serde::{Deserialize, Serialize};

use super::{Outcome, stack};
use crate::aws_error;
use crate::deployment::digest::of_text;
use crate::deployment::running::Condition;
use crate::deployment::{CheckKind, CheckResult, Seen};
use crate::world::{Place, World};

/// At most so many pages of a stack's resources are read.
const MAX_PAGES: usize = 10;

/// Looks at what is deployed, and begins the look for drift where the check wants one (`DetectStackDrift`: a
/// repeat begins another, which does no harm).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginCheck {
    /// The check.
    pub check_id: String,
    /// What to look at.
    pub kind: CheckKind,
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The digest of the template's text that the stack should have.
    pub in_stack: String,
    /// The digest of what was deployed last.
    pub digest: String,
    /// The digest that is expected; empty for no check.
    pub expected: String,
    /// The outputs as they were recorded.
    pub outputs: BTreeMap<String, String>,
}

impl BeginCheck {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let failed = |error| aws_error::of(error, cx);
        let seen = stack::seen(&cloudformation, &self.stack)
            .await
            .map_err(failed)?;
        let complete = seen.condition() == Condition::Whole;
        let mut results = self.look(&cloudformation, &seen).await.map_err(failed)?;
        let wants_drift = self.kind != CheckKind::Validate;
        if !complete {
            let status = if seen.status.is_empty() {
                "gone"
            } else {
                &seen.status
            };
            if wants_drift {
                results.push(CheckResult::new(
                    "no-drift",
                    false,
                    format!("not looked at: the stack is {status}"),
                ));
            }
            return Ok(Outcome::CheckSeen {
                results,
                detection_id: None,
            });
        }
        let detection_id = match wants_drift {
            true => Some(
                cloudformation
                    .detect_stack_drift(&self.stack)
                    .await
                    .map_err(failed)?,
            ),
            false => None,
        };
        Ok(Outcome::CheckSeen {
            results,
            detection_id,
        })
    }

    async fn look(
        &self,
        cloudformation: &CloudFormation<'_>,
        seen: &Seen,
    ) -> Result<Vec<CheckResult>, AwsError> {
        let mut results = Vec::new();
        if self.kind == CheckKind::Drift {
            return Ok(results);
        }
        let there = !seen.status.is_empty() && seen.status != "DELETE_COMPLETE";
        results.push(CheckResult::new(
            "stack-complete",
            seen.condition() == Condition::Whole,
            if there {
                format!("the stack is {}", seen.status)
            } else {
                "the stack is gone".to_owned()
            },
        ));
        if !there {
            return Ok(results);
        }
        if self.kind == CheckKind::Test {
            results.push(self.resources(cloudformation).await?);
            results.push(self.outputs(seen));
            return Ok(results);
        }
        let text = cloudformation.get_template(&self.stack).await?;
        let found = of_text(&text);
        let same = found == self.in_stack;
        results.push(CheckResult::new(
            "template-as-deployed",
            same,
            if same {
                "the stack has the template that was deployed".to_owned()
            } else {
                format!(
                    "the stack's template has the digest {found}, and {} was deployed",
                    self.in_stack
                )
            },
        ));
        if !self.expected.is_empty() {
            results.push(CheckResult::new(
                "digest-as-expected",
                self.expected == self.digest,
                format!("what was deployed last has the digest {}", self.digest),
            ));
        }
        if self.kind == CheckKind::Validate {
            let valid = match cloudformation.validate_template(Template::Body(text)).await {
                Ok(_) => CheckResult::new("template-valid", true, "CloudFormation takes it"),
                Err(error) if error.class == datamesh_aws::ErrorClass::Terminal => {
                    CheckResult::new("template-valid", false, error.message)
                }
                Err(error) => return Err(error),
            };
            results.push(valid);
        }
        Ok(results)
    }

    async fn resources(
        &self,
        cloudformation: &CloudFormation<'_>,
    ) -> Result<CheckResult, AwsError> {
        let mut count = 0;
        let mut open = Vec::new();
        let mut request = PageRequest::default();
        for _ in 0..MAX_PAGES {
            let page = cloudformation
                .list_stack_resources(&self.stack, request)
                .await?;
            for resource in page.items {
                count += 1;
                if !resource.status.ends_with("_COMPLETE") {
                    open.push(format!("{} is {}", resource.logical_id, resource.status));
                }
            }
            if page.next_token.is_none() {
                break;
            }
            request = PageRequest {
                next_token: page.next_token,
                ..PageRequest::default()
            };
        }
        let detail = if open.is_empty() {
            format!("all {count} resources are complete")
        } else {
            open.join(", ")
        };
        Ok(CheckResult::new(
            "resources-complete",
            open.is_empty(),
            detail,
        ))
    }

    fn outputs(&self, seen: &Seen) -> CheckResult {
        let different: Vec<&str> = self
            .outputs
            .iter()
            .filter(|(name, value)| seen.outputs.get(*name) != Some(*value))
            .map(|(name, _)| name.as_str())
            .chain(
                seen.outputs
                    .keys()
                    .filter(|name| !self.outputs.contains_key(*name))
                    .map(String::as_str),
            )
            .collect();
        let detail = if different.is_empty() {
            format!("all {} outputs are as recorded", self.outputs.len())
        } else {
            format!("not as recorded: {}", different.join(", "))
        };
        CheckResult::new("outputs-as-recorded", different.is_empty(), detail)
    }
}
