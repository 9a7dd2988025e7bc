//! The handle that callers hold.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::classify::Failure;
use crate::clock::Clock;
use crate::connector::{Base, Connector};
use crate::error::{AwsError, ErrorClass, codes};
use crate::ops::athena::Athena;
use crate::ops::cloudformation::CloudFormation;
use crate::ops::datazone::Datazone;
use crate::ops::events::{Events, Gathering};
use crate::ops::glue::Glue;
use crate::ops::lakeformation::LakeFormation;
use crate::ops::ram::Ram;
use crate::ops::s3::S3;
use crate::ops::sns::Sns;
use crate::ops::sqs::Sqs;
use crate::ops::sts::Sts;
use crate::options::Options;
use crate::pool::{Pool, Registries, Service, Shape};
use crate::priority::Priority;
use crate::snapshot::{PoolKey, PoolSnapshot};

/// The one way out to AWS. Cheap to clone; all clones share their pools.
///
/// Every method of a service view makes exactly one attempt. Who retries, when
/// and how often is the caller's business; the error says what it needs for that.
#[derive(Clone)]
pub struct Aws {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    connector: Connector,
    clock: Arc<dyn Clock>,
    base: OnceCell<Base>,
    registries: Registries,
    gathering: Arc<Gathering>,
}

/// Where, as whom and how urgently to call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallCx {
    /// The account to act in; none means the home account.
    pub account: Option<String>,
    /// The region to call; none means the home region.
    pub region: Option<String>,
    /// The role to act as: an ARN, or a role's name in `account`. None means the
    /// one that the options name for the account, if it is a foreign one.
    pub role: Option<String>,
    /// Who goes first when calls wait.
    pub priority: Priority,
    /// How long the call may wait for its turn, assuming a role included.
    ///
    /// Once it is sent it has the whole `call_timeout`: cutting a call short
    /// because it waited long would only make its outcome unknown.
    pub deadline: Duration,
}

impl Default for CallCx {
    fn default() -> Self {
        Self {
            account: None,
            region: None,
            role: None,
            priority: Priority::Normal,
            deadline: Duration::from_secs(60),
        }
    }
}

impl CallCx {
    /// A call in a given account, else as [`CallCx::default`].
    pub fn in_account(account: impl Into<String>) -> Self {
        Self {
            account: Some(account.into()),
            ..Self::default()
        }
    }

    /// The same call in another region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The same call as another role.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// The same call with another priority.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// The same call with another deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

impl Aws {
    /// A handle. Nothing is loaded or sent before the first call.
    ///
    /// `options` should have passed [`Options::check`].
    pub fn new(options: Options, connector: Connector, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(Inner {
                options,
                connector,
                clock,
                base: OnceCell::new(),
                registries: Registries::default(),
                gathering: Arc::default(),
            }),
        }
    }

    /// Amazon Athena.
    pub fn athena<'a>(&'a self, cx: &'a CallCx) -> Athena<'a> {
        Athena(Via::new(self, cx))
    }

    /// AWS CloudFormation.
    pub fn cloudformation<'a>(&'a self, cx: &'a CallCx) -> CloudFormation<'a> {
        CloudFormation(Via::new(self, cx))
    }

    /// Amazon DataZone.
    pub fn datazone<'a>(&'a self, cx: &'a CallCx) -> Datazone<'a> {
        Datazone(Via::new(self, cx))
    }

    /// Amazon EventBridge.
    pub fn events<'a>(&'a self, cx: &'a CallCx) -> Events<'a> {
        Events(Via::new(self, cx))
    }

    /// AWS Glue's Data Catalog.
    pub fn glue<'a>(&'a self, cx: &'a CallCx) -> Glue<'a> {
        Glue(Via::new(self, cx))
    }

    /// AWS Lake Formation.
    pub fn lakeformation<'a>(&'a self, cx: &'a CallCx) -> LakeFormation<'a> {
        LakeFormation(Via::new(self, cx))
    }

    /// AWS Resource Access Manager.
    pub fn ram<'a>(&'a self, cx: &'a CallCx) -> Ram<'a> {
        Ram(Via::new(self, cx))
    }

    /// Amazon S3.
    pub fn s3<'a>(&'a self, cx: &'a CallCx) -> S3<'a> {
        S3(Via::new(self, cx))
    }

    /// Amazon SNS.
    pub fn sns<'a>(&'a self, cx: &'a CallCx) -> Sns<'a> {
        Sns(Via::new(self, cx))
    }

    /// Amazon SQS.
    pub fn sqs<'a>(&'a self, cx: &'a CallCx) -> Sqs<'a> {
        Sqs(Via::new(self, cx))
    }

    /// AWS Security Token Service.
    pub fn sts<'a>(&'a self, cx: &'a CallCx) -> Sts<'a> {
        Sts(Via::new(self, cx))
    }

    /// Every pool made so far, by service and then by account, region and role.
    pub fn pools(&self) -> Vec<PoolSnapshot> {
        self.inner.registries.snapshots()
    }

    /// The home region, as the options or the SDK's default chain name it.
    pub async fn region(&self) -> String {
        self.base().await.region.clone()
    }

    /// The home account.
    pub fn account(&self) -> &str {
        &self.inner.options.account
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.inner.connector
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    pub(crate) fn gathering(&self) -> &Arc<Gathering> {
        &self.inner.gathering
    }

    async fn base(&self) -> &Base {
        let Inner {
            options,
            connector,
            clock,
            ..
        } = &*self.inner;
        self.inner
            .base
            .get_or_init(|| Base::load(options, connector, clock))
            .await
    }

    async fn pool<S: Service>(
        &self,
        cx: &CallCx,
        operation: &'static str,
    ) -> Result<Arc<Pool<S>>, AwsError> {
        let base = self.base().await;
        let key = self
            .key::<S>(cx, &base.region)
            .map_err(|failure| failure.into_error(S::NAME, operation))?;
        let registry = S::registry(&self.inner.registries);
        Ok(registry.get(key, |key| Pool::new(self, base, key)))
    }

    fn key<S: Service>(&self, cx: &CallCx, home_region: &str) -> Result<PoolKey, Failure> {
        let options = self.options();
        let named = cx.role.as_deref();
        let account = cx
            .account
            .as_deref()
            .or_else(|| named.and_then(account_of_role))
            .unwrap_or(&options.account);
        let role = match named {
            Some(arn) if arn.starts_with("arn:") => Some(arn.to_owned()),
            Some(name) => Some(format!("arn:aws:iam::{account}:role/{name}")),
            None if account == options.account => None,
            None => options.role_for(S::NAME, account),
        };
        if role.is_none()
            && account != options.account
            && matches!(self.connector(), Connector::Real)
        {
            return Err(Failure::new(
                codes::NO_ROLE,
                format!("no role is configured to act in account {account}"),
                crate::classify::refused(ErrorClass::Terminal),
            ));
        }
        Ok(PoolKey {
            service: S::NAME,
            account: account.to_owned(),
            region: cx.region.clone().unwrap_or_else(|| home_region.to_owned()),
            role,
        })
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws")
            .field("connector", &self.inner.connector)
            .field("account", &self.inner.options.account)
            .finish_non_exhaustive()
    }
}

/// The account in `arn:aws:iam::<account>:role/<name>`.
fn account_of_role(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// A handle and a context: what every service view is made of.
pub(crate) struct Via<'a, S> {
    aws: &'a Aws,
    cx: &'a CallCx,
    service: PhantomData<fn() -> S>,
}

impl<'a, S: Service> Via<'a, S> {
    fn new(aws: &'a Aws, cx: &'a CallCx) -> Self {
        Self {
            aws,
            cx,
            service: PhantomData,
        }
    }

    pub(crate) fn aws(&self) -> &'a Aws {
        self.aws
    }

    pub(crate) fn cx(&self) -> &'a CallCx {
        self.cx
    }

    /// Makes one call of an ordinary operation.
    pub(crate) async fn call<T, F>(
        &self,
        operation: &'static str,
        attempt: impl FnOnce(S::Client) -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.call_shaped(operation, Shape::default(), attempt).await
    }

    pub(crate) async fn call_shaped<T, F>(
        &self,
        operation: &'static str,
        shape: Shape,
        attempt: impl FnOnce(S::Client) -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let pool = self.aws.pool::<S>(self.cx, operation).await?;
        pool.call(self.aws, self.cx, operation, shape, attempt)
            .await
    }

    /// Tells the pool of a throttle that came inside a successful answer.
    pub(crate) async fn throttled(&self, operation: &'static str) {
        if let Ok(pool) = self.aws.pool::<S>(self.cx, operation).await {
            pool.throttled(operation);
        }
    }

    /// Counts a call that was let through as `more` calls than one.
    pub(crate) async fn owe(&self, operation: &'static str, more: usize) {
        if more > 0
            && let Ok(pool) = self.aws.pool::<S>(self.cx, operation).await
        {
            pool.owe(operation, more);
        }
    }

    /// The region that the call goes to.
    pub(crate) async fn region(&self) -> String {
        match &self.cx.region {
            Some(region) => region.clone(),
            None => self.aws.region().await,
        }
    }
}
