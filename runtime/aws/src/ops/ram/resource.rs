//! Resources that are shared.

use super::{Owner, Ram, some};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// What `ListResources` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListResources {
    /// Whose shares.
    pub owner: Owner,
    /// Only in these shares; in all if empty.
    pub share_arns: Vec<String>,
    /// Only these, by ARN; all if empty.
    pub resource_arns: Vec<String>,
    /// Only of this type: `glue:Table`.
    pub resource_type: Option<String>,
    /// Only what this principal has, or shares.
    pub principal: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// A resource in a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedResource {
    /// The resource's ARN.
    pub arn: String,
    /// `glue:Table`.
    pub kind: String,
    /// The share that it is in.
    pub share_arn: String,
    /// `AVAILABLE`, `UNAVAILABLE`, `PENDING` and others.
    pub status: Option<String>,
    /// Why, for a person.
    pub status_message: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

impl Ram<'_> {
    /// `ListResources`. Whether they can be used is told by [`Ram::list_associations`].
    pub async fn list_resources(
        &self,
        input: ListResources,
    ) -> Result<Page<SharedResource>, AwsError> {
        self.0
            .call("ListResources", |ram| async move {
                let out = ram
                    .list_resources()
                    .resource_owner(input.owner.to_sdk())
                    .set_resource_share_arns(some(input.share_arns))
                    .set_resource_arns(some(input.resource_arns))
                    .set_resource_type(input.resource_type)
                    .set_principal(input.principal)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let resources = out.resources.unwrap_or_default().into_iter();
                Ok(Page {
                    items: resources
                        .map(|it| SharedResource {
                            arn: it.arn.unwrap_or_default(),
                            kind: it.r#type.unwrap_or_default(),
                            share_arn: it.resource_share_arn.unwrap_or_default(),
                            status: it.status.map(|status| status.as_str().to_owned()),
                            status_message: it.status_message,
                            updated_at_ms: millis(it.last_updated_time),
                        })
                        .collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
