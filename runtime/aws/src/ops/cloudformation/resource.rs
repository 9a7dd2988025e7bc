//! The resources of a stack.

use aws_sdk_cloudformation::types;

use super::CloudFormation;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// The name in the template.
    pub logical_id: String,
    /// The name in AWS, once there is one.
    pub physical_id: Option<String>,
    /// `AWS::S3::Bucket`.
    pub resource_type: String,
    /// `CREATE_COMPLETE`, `DELETE_FAILED` and others.
    pub status: String,
    /// Why, for people.
    pub status_reason: Option<String>,
    /// `IN_SYNC`, `MODIFIED`, `DELETED`, `NOT_CHECKED`.
    pub drift_status: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

fn resource(resource: types::StackResourceSummary) -> StackResource {
    StackResource {
        logical_id: resource.logical_resource_id.unwrap_or_default(),
        physical_id: resource.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: resource.resource_type.unwrap_or_default(),
        status: resource
            .resource_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        status_reason: resource.resource_status_reason,
        drift_status: resource
            .drift_information
            .and_then(|drift| drift.stack_resource_drift_status)
            .map(|status| status.as_str().to_owned()),
        updated_at_ms: millis(resource.last_updated_timestamp),
    }
}

impl CloudFormation<'_> {
    /// `ListStackResources`. The page's size is AWS's.
    pub async fn list_stack_resources(
        &self,
        stack: &str,
        page: PageRequest,
    ) -> Result<Page<StackResource>, AwsError> {
        self.0
            .call("ListStackResources", |cloudformation| async move {
                let out = cloudformation
                    .list_stack_resources()
                    .stack_name(stack)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let resources = out.stack_resource_summaries.unwrap_or_default();
                Ok(Page {
                    items: resources.into_iter().map(resource).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
