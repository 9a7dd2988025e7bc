//! AWS Security Token Service.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_sts::Client;

use crate::aws::Via;
use crate::classify::Failure;
use crate::connector::Base;
use crate::error::AwsError;
use crate::pool::{self, Registries, Registry};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "sts";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.sts
    }
}

/// STS, as one caller sees it.
pub struct Sts<'a>(pub(crate) Via<'a, Service>);

/// Who the credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// Twelve digits.
    pub account: String,
    /// The user's, role session's or account's ARN.
    pub arn: String,
    /// The principal's unique id.
    pub user_id: String,
}

impl Sts<'_> {
    /// `GetCallerIdentity`: whose credentials a call with this context has.
    pub async fn get_caller_identity(&self) -> Result<CallerIdentity, AwsError> {
        self.0
            .call("GetCallerIdentity", |sts| async move {
                let out = sts.get_caller_identity().send().await?;
                Ok(CallerIdentity {
                    account: out.account.unwrap_or_default(),
                    arn: out.arn.unwrap_or_default(),
                    user_id: out.user_id.unwrap_or_default(),
                })
            })
            .await
    }

    /// `AssumeRole`, for one hour.
    pub(crate) async fn assume_role(
        &self,
        role_arn: &str,
        session_name: &str,
    ) -> Result<Credentials, AwsError> {
        self.0
            .call("AssumeRole", |sts| async move {
                let out = sts
                    .assume_role()
                    .role_arn(role_arn)
                    .role_session_name(session_name)
                    .duration_seconds(3_600)
                    .send()
                    .await?;
                let session = out
                    .credentials
                    .ok_or_else(|| Failure::unreadable("an answer without credentials"))?;
                Ok(Credentials::new(
                    session.access_key_id,
                    session.secret_access_key,
                    Some(session.session_token),
                    SystemTime::try_from(session.expiration).ok(),
                    "datamesh-role-session",
                ))
            })
            .await
    }
}
