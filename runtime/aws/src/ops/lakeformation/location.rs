//! Locations that Lake Formation governs.

use aws_sdk_lakeformation::types::ResourceInfo;

use super::{LakeFormation, absent};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// What `RegisterResource` and `UpdateResource` take.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterLocation {
    /// `arn:aws:s3:::bucket/prefix`.
    pub arn: String,
    /// The role that Lake Formation reads as; its service-linked one when unset, which other
    /// accounts' queries cannot use.
    pub role_arn: Option<String>,
    /// Whether IAM's permissions go on counting for who has not opted in.
    pub hybrid: bool,
}

/// A registered location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// `arn:aws:s3:::bucket/prefix`.
    pub arn: String,
    /// The role that Lake Formation reads as.
    pub role_arn: Option<String>,
    /// Whether IAM's permissions go on counting for who has not opted in.
    pub hybrid: bool,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

impl LakeFormation<'_> {
    /// `RegisterResource`. Conflict when it is registered.
    pub async fn register_location(&self, input: RegisterLocation) -> Result<(), AwsError> {
        self.0
            .call("RegisterResource", |lakeformation| async move {
                lakeformation
                    .register_resource()
                    .resource_arn(input.arn)
                    .set_use_service_linked_role(input.role_arn.is_none().then_some(true))
                    .set_role_arn(input.role_arn)
                    .hybrid_access_enabled(input.hybrid)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `UpdateResource`, whose role must be named.
    pub async fn update_location(
        &self,
        arn: &str,
        role_arn: &str,
        hybrid: bool,
    ) -> Result<(), AwsError> {
        self.0
            .call("UpdateResource", |lakeformation| async move {
                lakeformation
                    .update_resource()
                    .resource_arn(arn)
                    .role_arn(role_arn)
                    .hybrid_access_enabled(hybrid)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `DeregisterResource`. Not found when it is not registered.
    pub async fn deregister_location(&self, arn: &str) -> Result<(), AwsError> {
        self.0
            .call("DeregisterResource", |lakeformation| async move {
                lakeformation
                    .deregister_resource()
                    .resource_arn(arn)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `DescribeResource`: the registration of exactly this ARN, not of one above it.
    pub async fn describe_location(&self, arn: &str) -> Result<Location, AwsError> {
        self.0
            .call("DescribeResource", |lakeformation| async move {
                let out = lakeformation
                    .describe_resource()
                    .resource_arn(arn)
                    .send()
                    .await?;
                out.resource_info.map(location).ok_or_else(absent)
            })
            .await
    }

    /// `ListResources`: all locations that are registered.
    pub async fn list_locations(&self, page: PageRequest) -> Result<Page<Location>, AwsError> {
        self.0
            .call("ListResources", |lakeformation| async move {
                let out = lakeformation
                    .list_resources()
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let locations = out.resource_info_list.unwrap_or_default().into_iter();
                Ok(Page {
                    items: locations.map(location).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}

fn location(info: ResourceInfo) -> Location {
    Location {
        arn: info.resource_arn.unwrap_or_default(),
        role_arn: info.role_arn,
        hybrid: info.hybrid_access_enabled.unwrap_or_default(),
        updated_at_ms: millis(info.last_modified),
    }
}
