//! Whose credentials a pool signs with.
//!
//! The home pool signs with the process's own. Every other pool assumes a role
//! through STS and keeps the session until shortly before it ends. That happens
//! **before** a call asks for its turn, through the STS pool like any other
//! call: so it is rated, visible, and classified, a slow STS holds no place in
//! the pool that waits for it, and an error of it never looks as if the call
//! itself might have happened.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::Mutex;

use crate::aws::{Aws, CallCx};
use crate::error::AwsError;
use crate::gate::Refusal;
use crate::pool::refused;

/// A session is renewed this long before it ends.
const RENEW_BEFORE: Duration = Duration::from_secs(300);
/// A session that could not be renewed is used until this long before it ends.
const LAST_USE_BEFORE: Duration = Duration::from_secs(30);
/// While the session can be used, a renewal that failed is not tried again sooner.
const RENEWAL_PAUSE: Duration = Duration::from_secs(10);
/// While the session can be used, a call waits at most this long for its renewal.
const RENEWAL_PATIENCE: Duration = Duration::from_secs(5);

/// A role session, shared between a pool and its SDK client.
#[derive(Clone)]
pub(crate) struct RoleSession {
    role_arn: String,
    session_name: String,
    credentials: Arc<Mutex<Option<Credentials>>>,
    /// Held by whoever renews, so that a hundred waiting calls ask STS once. It keeps the earliest
    /// [`crate::Clock::elapsed`] of the next renewal.
    renewing: Arc<tokio::sync::Mutex<Duration>>,
}

impl RoleSession {
    /// A session of `role_arn`, named `datamesh-<service>` in CloudTrail.
    pub(crate) fn new(role_arn: &str, service: &str) -> Self {
        Self {
            role_arn: role_arn.to_owned(),
            session_name: format!("datamesh-{service}"),
            credentials: Arc::default(),
            renewing: Arc::default(),
        }
    }

    #[cfg(test)]
    pub(crate) fn holding(access_key: &str) -> Self {
        let session = Self::new("role", "glue");
        *session.credentials.lock() =
            Some(Credentials::new(access_key, "secret", None, None, "test"));
        session
    }

    /// Makes sure that there are credentials that a call sent now can use.
    ///
    /// While the session can be used, one call renews it, for a bounded time, and the others go on with
    /// it; once it cannot, all wait for the one that renews.
    ///
    /// Boxed because the STS pool is a pool, and could itself have a role.
    pub(crate) fn ready<'a>(
        &'a self,
        aws: &'a Aws,
        cx: &'a CallCx,
    ) -> BoxFuture<'a, Result<(), AwsError>> {
        async move {
            if self.lasts(aws, RENEW_BEFORE) {
                return Ok(());
            }
            if self.lasts(aws, LAST_USE_BEFORE) {
                self.renew_in_time(aws, cx).await;
                return Ok(());
            }
            let began = aws.clock().elapsed();
            let _renewing = tokio::select! {
                biased;
                renewing = self.renewing.lock() => renewing,
                () = aws.clock().sleep(cx.deadline) => {
                    return Err(refused(Refusal::WaitedTooLong, "sts", "AssumeRole", cx.deadline));
                }
            };
            if self.lasts(aws, LAST_USE_BEFORE) {
                return Ok(());
            }
            let waited = aws.clock().elapsed().saturating_sub(began);
            self.renew(aws, cx, cx.deadline.saturating_sub(waited))
                .await
        }
        .boxed()
    }

    /// Renews a session that can still be used, unless somebody is at it or failed a moment ago.
    async fn renew_in_time(&self, aws: &Aws, cx: &CallCx) {
        let Ok(mut not_before) = self.renewing.try_lock() else {
            return;
        };
        if aws.clock().elapsed() < *not_before || self.lasts(aws, RENEW_BEFORE) {
            return;
        }
        let patience = cx.deadline.min(RENEWAL_PATIENCE);
        let renewed = tokio::select! {
            biased;
            renewed = self.renew(aws, cx, patience) => renewed,
            () = aws.clock().sleep(patience) => {
                Err(refused(Refusal::WaitedTooLong, "sts", "AssumeRole", patience))
            }
        };
        if let Err(error) = renewed {
            *not_before = aws.clock().elapsed() + RENEWAL_PAUSE;
            tracing::warn!(role = self.role_arn, %error, "role session not renewed");
        }
    }

    async fn renew(&self, aws: &Aws, cx: &CallCx, deadline: Duration) -> Result<(), AwsError> {
        let home = CallCx {
            priority: cx.priority,
            deadline,
            ..CallCx::default()
        };
        let credentials = aws
            .sts(&home)
            .assume_role(&self.role_arn, &self.session_name)
            .await?;
        *self.credentials.lock() = Some(credentials);
        Ok(())
    }

    /// The access key that a call sent now is signed with.
    pub(crate) fn access_key(&self) -> Option<String> {
        let credentials = self.credentials.lock();
        credentials.as_ref().map(|c| c.access_key_id().to_owned())
    }

    /// Drops the session of this access key, which AWS calls expired, whatever its date says. One that was
    /// made since stays.
    pub(crate) fn forget(&self, access_key: &str) {
        let mut credentials = self.credentials.lock();
        if credentials
            .as_ref()
            .is_some_and(|c| c.access_key_id() == access_key)
        {
            *credentials = None;
        }
    }

    fn lasts(&self, aws: &Aws, at_least: Duration) -> bool {
        let now: SystemTime = UNIX_EPOCH + Duration::from_millis(aws.clock().now_ms());
        self.credentials.lock().as_ref().is_some_and(|credentials| {
            credentials
                .expiry()
                .is_none_or(|expiry| expiry > now + at_least)
        })
    }
}

impl fmt::Debug for RoleSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoleSession({} as {})", self.role_arn, self.session_name)
    }
}

impl ProvideCredentials for RoleSession {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let held = self.credentials.lock().clone();
        future::ProvideCredentials::ready(
            held.ok_or_else(|| CredentialsError::provider_error("the role session has ended")),
        )
    }
}
