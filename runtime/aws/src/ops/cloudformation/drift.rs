//! Drift: what was changed behind CloudFormation's back.

use aws_sdk_cloudformation::types;

use super::CloudFormation;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// A detection, under way or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftDetection {
    /// The detection.
    pub detection_id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// `DETECTION_IN_PROGRESS`, `DETECTION_COMPLETE`, `DETECTION_FAILED`.
    pub status: String,
    /// Why it failed, if it did.
    pub status_reason: Option<String>,
    /// Once it is done: `IN_SYNC`, `DRIFTED`, `UNKNOWN`.
    pub drift_status: Option<String>,
    /// How many resources drifted.
    pub drifted: Option<i32>,
    /// Milliseconds since the Unix epoch.
    pub at_ms: Option<i64>,
}

/// What the last detection found of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceDrift {
    /// The name in the template.
    pub logical_id: String,
    /// The name in AWS.
    pub physical_id: Option<String>,
    /// `AWS::S3::Bucket`.
    pub resource_type: String,
    /// `IN_SYNC`, `MODIFIED`, `DELETED`, `NOT_CHECKED`.
    pub status: String,
    /// What the template says, a JSON object as text.
    pub expected: Option<String>,
    /// What is there, a JSON object as text.
    pub actual: Option<String>,
    /// Where the two differ.
    pub differences: Vec<PropertyDifference>,
    /// Milliseconds since the Unix epoch.
    pub at_ms: Option<i64>,
}

/// One property that is not as the template says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyDifference {
    /// `/BucketEncryption/0/…`, a JSON pointer.
    pub path: String,
    /// What the template says.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// `ADD`, `REMOVE`, `NOT_EQUAL`.
    pub kind: String,
}

fn drift(drift: types::StackResourceDrift) -> ResourceDrift {
    let differences = drift.property_differences.unwrap_or_default().into_iter();
    ResourceDrift {
        logical_id: drift.logical_resource_id.unwrap_or_default(),
        physical_id: drift.physical_resource_id,
        resource_type: drift.resource_type.unwrap_or_default(),
        status: drift
            .stack_resource_drift_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        expected: drift.expected_properties,
        actual: drift.actual_properties,
        differences: differences
            .map(|difference| PropertyDifference {
                path: difference.property_path.unwrap_or_default(),
                expected: difference.expected_value.unwrap_or_default(),
                actual: difference.actual_value.unwrap_or_default(),
                kind: difference
                    .difference_type
                    .map(|kind| kind.as_str().to_owned())
                    .unwrap_or_default(),
            })
            .collect(),
        at_ms: millis(drift.timestamp),
    }
}

impl CloudFormation<'_> {
    /// `DetectStackDrift`: begins a detection and returns its id. A stack has one at a time.
    /// It takes no token: a repeat begins another detection, which does no harm.
    pub async fn detect_stack_drift(&self, stack: &str) -> Result<String, AwsError> {
        self.0
            .call("DetectStackDrift", |cloudformation| async move {
                let out = cloudformation
                    .detect_stack_drift()
                    .stack_name(stack)
                    .send()
                    .await?;
                Ok(out.stack_drift_detection_id.unwrap_or_default())
            })
            .await
    }

    /// `DescribeStackDriftDetectionStatus`.
    pub async fn drift_detection(&self, detection_id: &str) -> Result<DriftDetection, AwsError> {
        self.0
            .call(
                "DescribeStackDriftDetectionStatus",
                |cloudformation| async move {
                    let out = cloudformation
                        .describe_stack_drift_detection_status()
                        .stack_drift_detection_id(detection_id)
                        .send()
                        .await?;
                    Ok(DriftDetection {
                        detection_id: out.stack_drift_detection_id.unwrap_or_default(),
                        stack_id: out.stack_id.unwrap_or_default(),
                        status: out
                            .detection_status
                            .map(|status| status.as_str().to_owned())
                            .unwrap_or_default(),
                        status_reason: out.detection_status_reason,
                        drift_status: out
                            .stack_drift_status
                            .map(|status| status.as_str().to_owned()),
                        drifted: out.drifted_stack_resource_count,
                        at_ms: millis(out.timestamp),
                    })
                },
            )
            .await
    }

    /// `DescribeStackResourceDrifts`: what the last detection found.
    pub async fn stack_resource_drifts(
        &self,
        stack: &str,
        page: PageRequest,
    ) -> Result<Page<ResourceDrift>, AwsError> {
        self.0
            .call("DescribeStackResourceDrifts", |cloudformation| async move {
                let out = cloudformation
                    .describe_stack_resource_drifts()
                    .stack_name(stack)
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let drifts = out.stack_resource_drifts.unwrap_or_default();
                Ok(Page {
                    items: drifts.into_iter().map(drift).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
