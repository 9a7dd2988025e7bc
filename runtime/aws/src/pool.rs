//! A pool: one SDK client, its door and its identity.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime::client::identity::IdentityCache;
use parking_lot::Mutex;

use crate::aws::{Aws, CallCx};
use crate::classify::Failure;
use crate::connector::{Base, Connector, static_credentials};
use crate::error::{AwsError, ErrorClass, codes};
use crate::gate::{Gate, Outcome, Refusal};
use crate::identity::RoleSession;
use crate::lane::Operation;
use crate::snapshot::{PoolKey, PoolSnapshot};

/// A service that pools can be made for.
pub(crate) trait Service: Sized + 'static {
    /// The name in rates, pools and errors.
    const NAME: &'static str;
    /// The SDK's client.
    type Client: Clone + Send + Sync + 'static;

    fn client(config: &SdkConfig, base: &Base) -> Self::Client;

    /// Where [`Aws`] keeps this service's pools.
    fn registry(registries: &Registries) -> &Registry<Self>;
}

/// All pools of one service.
pub(crate) struct Registry<S: Service>(Mutex<BTreeMap<PoolKey, Arc<Pool<S>>>>);

impl<S: Service> Default for Registry<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: Service> Registry<S> {
    /// The pool for `key`, made now if this is its first call.
    pub(crate) fn get(&self, key: PoolKey, make: impl FnOnce(&PoolKey) -> Pool<S>) -> Arc<Pool<S>> {
        let mut pools = self.0.lock();
        if let Some(pool) = pools.get(&key) {
            return Arc::clone(pool);
        }
        let pool = Arc::new(make(&key));
        pools.insert(key, Arc::clone(&pool));
        pool
    }

    pub(crate) fn snapshots(&self) -> Vec<PoolSnapshot> {
        let pools = self.0.lock();
        pools
            .iter()
            .map(|(key, pool)| pool.gate.snapshot(key))
            .collect()
    }
}

macro_rules! registries {
    ($($field:ident: $service:ty,)*) => {
        /// Every service's pools.
        #[derive(Default)]
        pub(crate) struct Registries {
            $(pub(crate) $field: Registry<$service>,)*
        }

        impl Registries {
            /// All pools, by service and then by key.
            pub(crate) fn snapshots(&self) -> Vec<PoolSnapshot> {
                let mut all = Vec::new();
                $(all.extend(self.$field.snapshots());)*
                all
            }
        }
    };
}

registries! {
    athena: crate::ops::athena::Service,
    cloudformation: crate::ops::cloudformation::Service,
    datazone: crate::ops::datazone::Service,
    events: crate::ops::events::Service,
    glue: crate::ops::glue::Service,
    lakeformation: crate::ops::lakeformation::Service,
    ram: crate::ops::ram::Service,
    s3: crate::ops::s3::Service,
    sns: crate::ops::sns::Service,
    sqs: crate::ops::sqs::Service,
    sts: crate::ops::sts::Service,
}

/// How one call differs from the ordinary.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// The server may hold the answer back this long: a long poll.
    pub(crate) long_poll: Option<Duration>,
}

pub(crate) struct Pool<S: Service> {
    gate: Arc<Gate>,
    client: S::Client,
    session: Option<RoleSession>,
}

impl<S: Service> Pool<S> {
    pub(crate) fn new(aws: &Aws, base: &Base, key: &PoolKey) -> Self {
        let home = key.account == aws.options().account;
        let session = key
            .role
            .as_deref()
            .map(|role| RoleSession::new(role, S::NAME));
        let mut config = base
            .config
            .to_builder()
            .region(Region::new(key.region.clone()));
        match (&session, aws.connector()) {
            (Some(session), _) => {
                // The session keeps its own credentials; the SDK asks it every time.
                config.set_identity_cache(Some(IdentityCache::no_cache()));
                config.set_credentials_provider(Some(SharedCredentialsProvider::new(
                    session.clone(),
                )));
            }
            (None, Connector::Embedded { credentials, .. }) if !home => {
                config.set_identity_cache(Some(IdentityCache::no_cache()));
                let credentials = static_credentials(credentials, &key.account);
                config.set_credentials_provider(Some(credentials));
            }
            (None, _) => {}
        }
        Self {
            gate: Gate::new(S::NAME, aws.options(), Arc::clone(aws.clock())),
            client: S::client(&config.build(), base),
            session,
        }
    }

    /// Makes one call: identity, turn, attempt, judgement. One attempt, always.
    pub(crate) async fn call<T, F>(
        &self,
        aws: &Aws,
        cx: &CallCx,
        name: &'static str,
        shape: Shape,
        attempt: impl FnOnce(S::Client) -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let operation = Operation {
            name,
            rate: aws.options().rate(S::NAME, name),
            takes_slot: shape.long_poll.is_none(),
        };
        let began = aws.clock().elapsed();
        if let Some(session) = &self.session {
            session.ready(aws, cx).await?;
        }
        let patience = cx
            .deadline
            .saturating_sub(aws.clock().elapsed().saturating_sub(began));
        let permit = self
            .gate
            .acquire(operation, cx.priority, patience)
            .await
            .map_err(|refusal| refused(refusal, S::NAME, name, patience))?;
        let timeout = aws.options().call_timeout + shape.long_poll.unwrap_or_default();
        let access_key = self.session.as_ref().and_then(RoleSession::access_key);
        let attempt = Box::pin(attempt(self.client.clone()));
        let result = tokio::select! {
            biased;
            result = attempt => result,
            () = aws.clock().sleep(timeout) => Err(Failure::timed_out(timeout)),
        };
        match result {
            Ok(value) => {
                permit.settle(Outcome::Succeeded);
                Ok(value)
            }
            Err(failure) => {
                let unhealthy = failure.verdict.unhealthy;
                let error = failure.into_error(S::NAME, name);
                permit.settle(Outcome::Failed {
                    error: &error,
                    unhealthy,
                });
                if let (Some(session), Some(key), "ExpiredToken" | "ExpiredTokenException") =
                    (&self.session, &access_key, error.code.as_str())
                {
                    session.forget(key);
                }
                Err(error)
            }
        }
    }

    /// Counts a call that was let through as `more` calls than one.
    pub(crate) fn owe(&self, name: &'static str, more: usize) {
        self.gate.owe(name, more);
    }

    /// Lowers an operation's rate for a throttle inside a successful answer.
    pub(crate) fn throttled(&self, name: &'static str) {
        self.gate.throttled(name);
    }
}

/// A call that never got its turn: nothing was sent.
pub(crate) fn refused(
    refusal: Refusal,
    service: &'static str,
    operation: &'static str,
    patience: Duration,
) -> AwsError {
    let waited = format!("after waiting {} ms", patience.as_millis());
    let (code, class, message) = match refusal {
        Refusal::Busy => (
            codes::BUSY,
            ErrorClass::Throttle,
            "too many calls wait for this pool already".to_owned(),
        ),
        Refusal::CircuitOpen => (
            codes::CIRCUIT_OPEN,
            ErrorClass::Transient,
            format!("the destination does not answer; nothing was sent {waited}"),
        ),
        Refusal::WaitedTooLong => (
            codes::WAITED_TOO_LONG,
            ErrorClass::Throttle,
            format!("no turn came; nothing was sent {waited}"),
        ),
    };
    AwsError {
        service,
        operation,
        code: code.to_owned(),
        message,
        class,
        retry_after: None,
        request_id: None,
        may_have_happened: false,
    }
}
