use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::PageRequest;
use datamesh_aws::cloudformation::ResourceDrift;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::deployment::{CheckResult, DriftStatus};
use crate::world::{Place, World};

/// At most so many pages of drifts are read.
const MAX_PAGES: usize = 10;
/// At most so many differences of a resource are told.
const MAX_DIFFERENCES: usize = 5;

/// Waits for the end of a look for drift (`DescribeStackDriftDetectionStatus`), and reads what it has shown
/// (`DescribeStackResourceDrifts`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitDrift {
    /// The check.
    pub check_id: String,
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The look.
    pub detection_id: String,
}

impl AwaitDrift {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let failed = |error| aws_error::of(error, cx);
        let detection = cloudformation
            .drift_detection(&self.detection_id)
            .await
            .map_err(failed)?;
        match detection.status.as_str() {
            "DETECTION_COMPLETE" => {}
            "DETECTION_FAILED" => {
                let reason = detection.status_reason.unwrap_or_default();
                return Ok(Outcome::DriftSeen {
                    results: vec![CheckResult::new("no-drift", false, reason)],
                    drift_status: DriftStatus::NotChecked,
                });
            }
            status => {
                return Err(aws_error::still(
                    "DRIFT_NOT_KNOWN_YET",
                    format!("the look for drift is {status}"),
                ));
            }
        }
        let mut results = Vec::new();
        let mut request = PageRequest::default();
        for _ in 0..MAX_PAGES {
            let page = cloudformation
                .stack_resource_drifts(&self.stack, request)
                .await
                .map_err(failed)?;
            results.extend(page.items.iter().map(result));
            if page.next_token.is_none() {
                break;
            }
            request = PageRequest {
                next_token: page.next_token,
                ..PageRequest::default()
            };
        }
        let drifted = detection.drift_status.as_deref() == Some("DRIFTED")
            || results.iter().any(|result| !result.passed);
        results.insert(
            0,
            CheckResult::new(
                "no-drift",
                !drifted,
                if drifted {
                    "something was changed beside the stack"
                } else {
                    "everything is as it was deployed"
                },
            ),
        );
        Ok(Outcome::DriftSeen {
            results,
            drift_status: if drifted {
                DriftStatus::Drifted
            } else {
                DriftStatus::InSync
            },
        })
    }
}

fn result(drift: &ResourceDrift) -> CheckResult {
    let passed = matches!(drift.status.as_str(), "IN_SYNC" | "NOT_CHECKED");
    let paths: Vec<&str> = drift
        .differences
        .iter()
        .take(MAX_DIFFERENCES)
        .map(|difference| difference.path.as_str())
        .collect();
    let mut detail = format!("{} is {}", drift.resource_type, drift.status);
    if !paths.is_empty() {
        detail = format!("{detail}: {}", paths.join(", "));
    }
    CheckResult::new(&format!("drift-{}", drift.logical_id), passed, detail)
}
