//! Domains.

use std::collections::BTreeMap;

use aws_sdk_datazone::types;

use super::Datazone;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};
use crate::token::Token;

/// The two generations of DataZone domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DomainVersion {
    /// Needs only the execution role.
    #[default]
    V1,
    /// SageMaker Unified Studio; needs a service role as well.
    V2,
}

/// What `CreateDomain` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDomain {
    /// Need not be unique.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The ARN of the role that DataZone acts as in the domain.
    pub domain_execution_role: String,
    /// The ARN of the service role that a V2 domain needs.
    pub service_role: Option<String>,
    /// The generation.
    pub version: DomainVersion,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
    /// Makes a repeat answer with the same domain.
    pub token: Token,
}

/// What `UpdateDomain` takes; an unset field stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateDomain {
    /// The domain.
    pub id: String,
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Makes a repeat harmless.
    pub token: Token,
}

/// A domain in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// `dzd_…`
    pub id: String,
    /// The domain's ARN.
    pub arn: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// `CREATING`, `AVAILABLE`, `CREATION_FAILED`, `DELETING`, `DELETED`, `DELETION_FAILED`.
    pub status: Option<String>,
    /// The data portal's URL.
    pub portal_url: Option<String>,
    /// The domain unit that all others are below.
    pub root_domain_unit_id: Option<String>,
    /// Why it failed, if it did.
    pub failure_reasons: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
}

/// A domain in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSummary {
    /// `dzd_…`
    pub id: String,
    /// The domain's ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// As [`Domain::status`].
    pub status: String,
    /// The account that owns it.
    pub account: String,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
}

impl Datazone<'_> {
    /// `CreateDomain`. Idempotent by token.
    pub async fn create_domain(&self, input: CreateDomain) -> Result<Domain, AwsError> {
        self.0
            .call("CreateDomain", |datazone| async move {
                let version = match input.version {
                    DomainVersion::V1 => types::DomainVersion::V1,
                    DomainVersion::V2 => types::DomainVersion::V2,
                };
                let tags = (!input.tags.is_empty()).then(|| input.tags.into_iter().collect());
                let out = datazone
                    .create_domain()
                    .name(input.name)
                    .set_description(input.description)
                    .domain_execution_role(input.domain_execution_role)
                    .set_service_role(input.service_role)
                    .domain_version(version)
                    .set_tags(tags)
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                Ok(Domain {
                    id: out.id,
                    arn: out.arn,
                    name: out.name,
                    description: out.description,
                    status: out.status.map(|status| status.as_str().to_owned()),
                    portal_url: out.portal_url,
                    root_domain_unit_id: out.root_domain_unit_id,
                    failure_reasons: Vec::new(),
                    created_at_ms: None,
                    updated_at_ms: None,
                })
            })
            .await
    }

    /// `GetDomain`.
    pub async fn get_domain(&self, id: &str) -> Result<Domain, AwsError> {
        self.0
            .call("GetDomain", |datazone| async move {
                let out = datazone.get_domain().identifier(id).send().await?;
                let reasons = out.failure_reasons.unwrap_or_default();
                Ok(Domain {
                    id: out.id,
                    arn: out.arn,
                    name: out.name,
                    description: out.description,
                    status: Some(out.status.as_str().to_owned()),
                    portal_url: out.portal_url,
                    root_domain_unit_id: out.root_domain_unit_id,
                    failure_reasons: reasons.into_iter().filter_map(|r| r.message).collect(),
                    created_at_ms: millis(out.created_at),
                    updated_at_ms: millis(out.last_updated_at),
                })
            })
            .await
    }

    /// `UpdateDomain`. Idempotent by token.
    pub async fn update_domain(&self, input: UpdateDomain) -> Result<(), AwsError> {
        self.0
            .call("UpdateDomain", |datazone| async move {
                datazone
                    .update_domain()
                    .identifier(input.id)
                    .set_name(input.name)
                    .set_description(input.description)
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `DeleteDomain`: begins the deletion and returns the status it is then in.
    ///
    /// `skip_deletion_check` deletes it although it still has projects.
    pub async fn delete_domain(
        &self,
        id: &str,
        skip_deletion_check: bool,
        token: &Token,
    ) -> Result<String, AwsError> {
        self.0
            .call("DeleteDomain", |datazone| async move {
                let out = datazone
                    .delete_domain()
                    .identifier(id)
                    .skip_deletion_check(skip_deletion_check)
                    .client_token(token.as_str())
                    .send()
                    .await?;
                Ok(out.status.as_str().to_owned())
            })
            .await
    }

    /// `ListDomains`, of one status if it is given.
    pub async fn list_domains(
        &self,
        status: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<DomainSummary>, AwsError> {
        self.0
            .call("ListDomains", |datazone| async move {
                let out = datazone
                    .list_domains()
                    .set_status(status.map(types::DomainStatus::from))
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let items = out.items.into_iter().map(|item| DomainSummary {
                    id: item.id,
                    arn: item.arn,
                    name: item.name,
                    description: item.description,
                    status: item.status.as_str().to_owned(),
                    account: item.managed_account_id,
                    created_at_ms: millis(Some(item.created_at)),
                });
                Ok(Page {
                    items: items.collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
