//! The embedded AWS, at the wire.
//!
//! [`LocalCloud`] answers the real AWS SDK clients in process ([`LocalCloud::http_client`]) and any
//! AWS client over a port ([`LocalCloud::serve`]). Its state is one SQLite file: what it answered,
//! it still knows after the process was killed. It has many accounts and regions: both come from
//! the signature of each request.
//!
//! # Accounts and credentials
//!
//! * A long-term access key id is `LKIA` and the account's 12 digits ([`LocalCloud::credentials`]), or
//!   the digits alone; the key id `test` stands for [`Options::default_account`].
//! * STS `AssumeRole` hands out session keys that expire. A role that the embedded IAM has is
//!   assumed by whom its trust policy names; one that it has never seen **may be assumed by
//!   anybody**; one that was deleted by nobody, and its sessions are refused. Other IAM policies are
//!   not evaluated: resources are kept apart by account, and by what Lake Formation and RAM say.
//! * Organizations can close an account: nobody acts in it from then on.
//!
//! # What is kept apart, and what is not checked
//!
//! Accounts are in no organization until Organizations puts them into one. What crosses an account's
//! border goes by RAM: at once within an organization that shares, else by invitations, which lapse
//! by the clock. Policies of buckets, queues, keys and roles are kept, and not evaluated.
//! * Signatures are read and not verified: who can reach the cloud may use it in any name. Bind
//!   [`LocalCloud::serve`] to a loopback address.
//!
//! # How a request goes
//!
//! `router` reads the signature (account, region, service), asks the [`services::Service`] for the
//! operation's name, lets [`faults`] strike, and has the service handle the request inside one
//! transaction on a blocking thread. `Ok` commits (durably, before the answer leaves), `Err` rolls
//! back and is rendered in the service's [`protocol`]. A service that wants to wait (SQS's long
//! poll) returns [`services::Reply::wait_for`] and is called again, so that nobody sleeps inside a
//! transaction.
//!
//! # Time, and work that goes on after the answer
//!
//! All moments come from one clock, which can be stopped, stepped, set and sped up
//! ([`LocalCloud::drive_clock`]). What a service owes at a moment (a schedule that fires, a delivery
//! that is tried again) is a queue in the file, see `due`: what is due is done before every request,
//! and when nobody asks, while the cloud is served or [`LocalCloud::keep_time`] runs. So a cloud whose
//! clock is moved moves on, and a killed one goes on where it was.
//!
//! A stack operation of CloudFormation is a row of small steps in the file, too: every request first
//! takes the steps that are due by the cloud's clock, and a CloudFormation request takes at least one
//! step of each operation in its account and region. The steps reach the other services as requests
//! do, faults included: see `inside`.
//!
//! # Driven from outside
//!
//! [`LocalCloud::faults`] injects bad days, [`LocalCloud::drive_clock`] moves time,
//! [`LocalCloud::reset`], [`LocalCloud::snapshot`], [`LocalCloud::restore`] and [`LocalCloud::seed`]
//! take everything away, keep it and bring it back. [`LocalCloud::serve_control`] offers the same
//! over HTTP; nothing listens unless it is called.
//!
//! A batch operation asks [`faults`] for each of its entries whether it is to fail
//! (`BatchFaults::of(call)`, `entry(…)`), so that a batch can fail in part. Reads of any service can be
//! stale without its doing: the transaction shows what the store remembers (`store::past`).
//!
//! # How to add an operation
//!
//! Write a file in the service's folder with an input and an output struct (serde, AWS's member
//! names) and one function `fn op(input: In, call: &Call, tx: &Tx) -> Result<Out, ServiceError>`,
//! and add one arm to the `match` in the service's `handle`, which calls the protocol's `read` and
//! `write` around it. A REST service also gets a [`protocol::rest_json::Route`]. Take time from
//! `call.now_ms`, ids from `call.cloud`, the account and region from `call.scope`.
//!
//! # How to add a service
//!
//! Make a folder in `services/`, implement [`services::Service`] for a unit struct (signing name,
//! protocol, how the operation is found, the `match` over operations), and add it to the list in
//! `services::all`. Its documents live in collections that are named `<service>.<what>`, under the
//! caller's [`store::Scope`] or [`store::Scope::global`].

mod clock;
mod cloud;
mod connector;
mod control;
mod due;
mod duration;
mod error;
pub mod faults;
mod identity;
mod ids;
mod inside;
pub mod protocol;
mod request;
mod router;
pub mod schedule;
mod seed;
mod server;
pub mod services;
#[cfg(test)]
mod stage;
mod state;
pub mod store;
mod timekeeping;
mod waiters;

use std::path::PathBuf;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::net::TcpListener;

pub use clock::{Clock, ClockError, ClockState, DrivenClock, ManualClock, SystemClock};
pub use cloud::CloudInner;
pub use error::{OpenError, ServiceError};
pub use faults::{Fault, FaultEffect, Faults, Standing, Times};
pub use ids::Ids;
pub use request::{Call, Principal, RoleSession};
pub use seed::{Seed, SeedError, Seeded};
pub use state::ResetError;
pub use store::{FileError, NotDurable};

/// How to open an embedded cloud.
#[derive(Clone)]
pub struct Options {
    /// The SQLite file, created if it is not there (its folder is not); in memory if `None`.
    pub path: Option<PathBuf>,
    /// The time of everything that is written down, until it is driven
    /// ([`LocalCloud::drive_clock`]).
    pub clock: Arc<dyn Clock>,
    /// Makes ids repeatable: the same seed, on a file that was opened as often, gives the same ids
    /// for the same requests in the same order.
    pub seed: Option<u64>,
    /// Whose account the access key id `test` stands for: 12 digits.
    pub default_account: String,
}

impl Options {
    /// In memory, on the machine's clock, with random ids, for account `000000000000`.
    pub fn in_memory() -> Self {
        Self {
            path: None,
            clock: Arc::new(SystemClock),
            seed: None,
            default_account: "000000000000".to_owned(),
        }
    }
}

/// An embedded AWS. Cheap to clone; all clones are one cloud.
#[derive(Debug, Clone)]
pub struct LocalCloud {
    inner: Arc<CloudInner>,
}

impl LocalCloud {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// [`OpenError`]: a newer format, a foreign file, or what SQLite says. Nothing was changed.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        if !identity::is_account(&options.default_account) {
            return Err(OpenError::BadAccount(options.default_account));
        }
        let clock = DrivenClock::new(options.clock);
        let past = Arc::new(store::Past::new(clock.clone()));
        let store = store::Store::open(options.path.as_deref())?.with_past(Arc::clone(&past));
        let ids = Ids::new(options.seed, store.generation());
        Ok(Self {
            inner: Arc::new(CloudInner {
                store,
                clock,
                faults: Faults::new(past),
                ids,
                waiters: waiters::Waiters::default(),
                sessions: identity::Sessions::default(),
                stack_work: std::sync::atomic::AtomicBool::new(true),
                sharing_delay_ms: std::sync::atomic::AtomicI64::new(0),
                query_delay_ms: std::sync::atomic::AtomicI64::new(0),
                event_rules: services::CompiledRules::default(),
                services: services::all(),
                default_account: options.default_account,
            }),
        })
    }

    /// The HTTP client to give to SDK clients (`Config::builder().http_client(…)`); whatever
    /// endpoint they resolve, they reach this cloud. It runs on the caller's tokio runtime.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(connector::InProcess::new(Arc::clone(&self.inner)))
    }

    /// Answers one request as it would come over a port: its signature says in whose name. `None`
    /// where an injected fault loses the answer.
    pub async fn answer(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Option<http::Response<bytes::Bytes>> {
        let (parts, body) = request.into_parts();
        match router::dispatch(&self.inner, parts, body).await {
            router::Answer::Response(response) => Some(response),
            router::Answer::Lost | router::Answer::Reset => None,
        }
    }

    /// Serves plain HTTP/1.1 and HTTP/2 until `shutdown`, and then until every request under way
    /// is answered. Meanwhile what is due by the clock happens unasked
    /// ([`keep_time`](Self::keep_time)).
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> std::io::Result<()> {
        let serving = server::serve(Arc::clone(&self.inner), listener, shutdown);
        tokio::select! {
            served = serving => served,
            never = timekeeping::keep_time(&self.inner) => match never {},
        }
    }

    /// The faults to inject.
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// How long RAM takes for what it does after its answer, by the cloud's clock: to associate, to
    /// disassociate, to delete a share, to suspend a closed account. It counts for what begins from
    /// now on. At first it is zero: the next request finds the end state. A reopened cloud starts
    /// at zero again.
    pub fn set_sharing_delay(&self, delay: std::time::Duration) {
        let ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX / 4);
        self.inner
            .sharing_delay_ms
            .store(ms, std::sync::atomic::Ordering::Relaxed);
    }

    /// How long a query of Athena takes by the cloud's clock: it is queued at first, runs until then, and
    /// can be stopped. It counts for what starts from now on. At first it is zero: a query is over
    /// when its start is answered. A reopened cloud starts at zero again.
    pub fn set_query_delay(&self, delay: std::time::Duration) {
        let ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX / 4);
        self.inner
            .query_delay_ms
            .store(ms, std::sync::atomic::Ordering::Relaxed);
    }

    /// Opens an account again that Organizations closed, as AWS Support does on request; RAM restores
    /// what it shares within the sharing delay. `false` if the account is not closed. Blocks for one
    /// transaction; durable when it returns.
    ///
    /// # Errors
    /// `InternalFailure`: the file failed.
    pub fn reinstate_account(&self, account: &str) -> Result<bool, ServiceError> {
        let delay_ms = self
            .inner
            .sharing_delay_ms
            .load(std::sync::atomic::Ordering::Relaxed);
        let restored_ms = self.inner.clock.now_ms() + delay_ms;
        let done = self
            .inner
            .store
            .transact(|tx| services::reinstate(tx, account, restored_ms))?;
        Ok(done.0)
    }

    /// The SigV4 signing names of the services that it has.
    pub fn services(&self) -> Vec<&'static str> {
        let services = self.inner.services.iter();
        services.map(|service| service.name()).collect()
    }

    /// A long-term access key of an account: (access key id, secret). Every account exists.
    pub fn credentials(&self, account: &str) -> (String, String) {
        identity::credentials(account)
    }
}
