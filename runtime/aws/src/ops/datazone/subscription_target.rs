//! Subscription targets: where an environment of a project takes what the project subscribed to.

use aws_sdk_datazone::types::SubscriptionTargetForm;

use super::Datazone;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};
use crate::token::Token;

/// What `CreateSubscriptionTarget` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSubscriptionTarget {
    /// The domain.
    pub domain_id: String,
    /// The environment.
    pub environment_id: String,
    /// The name.
    pub name: String,
    /// `GlueSubscriptionTargetType`, `RedshiftSubscriptionTargetType`, …
    pub type_id: String,
    /// Its configuration: forms by name, each with its content as JSON text.
    pub forms: Vec<(String, String)>,
    /// The ARNs that may read what is granted.
    pub authorized_principals: Vec<String>,
    /// The role that grants.
    pub manage_access_role: Option<String>,
    /// The asset types that it takes.
    pub asset_types: Vec<String>,
    /// Makes a repeat answer with the same target.
    pub token: Token,
}

/// A subscription target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionTarget {
    /// The id that DataZone gave it.
    pub id: String,
    /// The environment.
    pub environment_id: String,
    /// The project of the environment.
    pub project_id: String,
    /// The name.
    pub name: String,
    /// The asset types that it takes.
    pub asset_types: Vec<String>,
    /// `AUTOMATIC` or `MANUAL`: whether DataZone makes grants by itself.
    pub grant_creation: Option<String>,
}

/// An environment of a project, as far as its targets need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The id that DataZone gave it.
    pub id: String,
    /// The project.
    pub project_id: String,
    /// The name.
    pub name: String,
    /// `ACTIVE`, `CREATING`, …
    pub status: Option<String>,
}

/// The SDK's shapes of a target have the same fields and nothing else in common.
macro_rules! target {
    ($from:expr) => {{
        let from = $from;
        let mode = from.subscription_grant_creation_mode;
        SubscriptionTarget {
            id: from.id,
            environment_id: from.environment_id,
            project_id: from.project_id,
            name: from.name,
            asset_types: from.applicable_asset_types,
            grant_creation: mode.map(|mode| mode.as_str().to_owned()),
        }
    }};
}

impl Datazone<'_> {
    /// `ListEnvironments` of a project.
    pub async fn list_environments(
        &self,
        domain_id: &str,
        project_id: &str,
        page: PageRequest,
    ) -> Result<Page<Environment>, AwsError> {
        self.0
            .call("ListEnvironments", |datazone| async move {
                let out = datazone
                    .list_environments()
                    .domain_identifier(domain_id)
                    .project_identifier(project_id)
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let items = out.items.into_iter().filter_map(|item| {
                    Some(Environment {
                        id: item.id?,
                        project_id: item.project_id,
                        name: item.name,
                        status: item.status.map(|status| status.as_str().to_owned()),
                    })
                });
                Ok(Page {
                    items: items.collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `CreateSubscriptionTarget`, whose grants are made by whoever asks for them (`MANUAL`). Idempotent by
    /// token.
    pub async fn create_subscription_target(
        &self,
        create: CreateSubscriptionTarget,
    ) -> Result<SubscriptionTarget, AwsError> {
        use aws_sdk_datazone::types::SubscriptionGrantCreationMode as Mode;
        self.0
            .call("CreateSubscriptionTarget", |datazone| async move {
                let mut request = datazone
                    .create_subscription_target()
                    .domain_identifier(create.domain_id)
                    .environment_identifier(create.environment_id)
                    .name(create.name)
                    .r#type(create.type_id)
                    .set_subscription_target_config(Some(Vec::new()))
                    .set_authorized_principals(Some(create.authorized_principals))
                    .set_manage_access_role(create.manage_access_role)
                    .set_applicable_asset_types(Some(create.asset_types))
                    .subscription_grant_creation_mode(Mode::Manual)
                    .client_token(create.token.as_str());
                for (name, content) in create.forms {
                    let form = SubscriptionTargetForm::builder()
                        .form_name(name)
                        .content(content)
                        .build()?;
                    request = request.subscription_target_config(form);
                }
                let out = request.send().await?;
                Ok(target!(out))
            })
            .await
    }

    /// `GetSubscriptionTarget`.
    pub async fn get_subscription_target(
        &self,
        domain_id: &str,
        environment_id: &str,
        id: &str,
    ) -> Result<SubscriptionTarget, AwsError> {
        self.0
            .call("GetSubscriptionTarget", |datazone| async move {
                let out = datazone
                    .get_subscription_target()
                    .domain_identifier(domain_id)
                    .environment_identifier(environment_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(target!(out))
            })
            .await
    }

    /// `ListSubscriptionTargets` of an environment.
    pub async fn list_subscription_targets(
        &self,
        domain_id: &str,
        environment_id: &str,
        page: PageRequest,
    ) -> Result<Page<SubscriptionTarget>, AwsError> {
        self.0
            .call("ListSubscriptionTargets", |datazone| async move {
                let out = datazone
                    .list_subscription_targets()
                    .domain_identifier(domain_id)
                    .environment_identifier(environment_id)
                    .set_max_results(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                Ok(Page {
                    items: out.items.into_iter().map(|item| target!(item)).collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `DeleteSubscriptionTarget`.
    pub async fn delete_subscription_target(
        &self,
        domain_id: &str,
        environment_id: &str,
        id: &str,
    ) -> Result<(), AwsError> {
        self.0
            .call("DeleteSubscriptionTarget", |datazone| async move {
                datazone
                    .delete_subscription_target()
                    .domain_identifier(domain_id)
                    .environment_identifier(environment_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
