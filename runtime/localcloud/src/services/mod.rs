//! The services, one folder each.

mod athena;
mod cloudformation;
mod constraints;
mod datazone;
mod dynamodb;
mod eventbridge;
mod glue;
mod iam;
mod kms;
mod lakeformation;
pub(crate) mod operations;
mod organizations;
mod paging;
mod ram;
mod s3;
mod scheduler;
mod sns;
pub mod sqs;
mod sts;

use std::time::Duration;

use http::request::Parts;

pub(crate) use cloudformation::settle;
pub(crate) use eventbridge::CompiledRules;
pub(crate) use iam::role_deleted;
pub(crate) use organizations::reinstate;
pub(crate) use s3::forget as forget_buckets;
pub(crate) use sts::refuse_the_gone;

use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::request::Call;
use crate::store::Tx;

/// Does work that is due, as of its moment, in a part of a transaction that an error undoes.
pub(crate) fn perform(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    match due.kind.as_str() {
        "events.replay" | "events.retry" => eventbridge::perform(due, cloud, tx),
        eventbridge::schedule::FIRE => eventbridge::schedule::fire(due, cloud, tx),
        glue::CRAWL | glue::CRAWL_ENDS | glue::CRAWLER_SCHEDULE => glue::perform(due, cloud, tx),
        scheduler::INVOKE => scheduler::invoke(due, cloud, tx),
        scheduler::RETRY => scheduler::retry(due, cloud, tx),
        scheduler::FORGET => scheduler::forget(due, tx),
        "sns.lane" | "sns.retry" => sns::perform(due, cloud, tx),
        #[cfg(test)]
        kind if kind.starts_with("test.") => crate::due::tests::perform(due, tx),
        kind => Err(ServiceError::internal(format!(
            "nobody does work of the kind {kind}"
        ))),
    }
}

/// Every service that the embedded cloud has.
pub(crate) fn all() -> Vec<Box<dyn Service>> {
    vec![
        Box::new(sts::Sts),
        Box::new(s3::S3),
        Box::new(sqs::Sqs),
        Box::new(datazone::DataZone),
        Box::new(glue::Glue),
        Box::new(eventbridge::EventBridge),
        Box::new(iam::Iam),
        Box::new(kms::Kms),
        Box::new(organizations::Organizations),
        Box::new(ram::Ram),
        Box::new(sns::Sns),
        Box::new(dynamodb::DynamoDb),
        Box::new(athena::Athena),
        Box::new(cloudformation::CloudFormation),
        Box::new(lakeformation::LakeFormation),
        Box::new(scheduler::Scheduler),
    ]
}

/// One AWS service.
pub trait Service: Send + Sync {
    /// SigV4 signing name: requests that are signed for it come here.
    fn name(&self) -> &'static str;

    /// How errors are rendered.
    fn protocol(&self) -> Protocol;

    /// The same for one request: a service that speaks two protocols tells them apart by it.
    fn protocol_of(&self, _request: &Parts) -> Protocol {
        self.protocol()
    }

    /// The operation's name, from `X-Amz-Target`, `Action=` or method and path; `None` if the
    /// request names none. A name that [`handle`](Self::handle) does not know is fine.
    fn operation(&self, request: &Parts, body: &[u8]) -> Option<String>;

    /// Does the operation, within the request's transaction, which an error rolls back.
    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError>;

    /// The service's throttling answer, for [`FaultEffect::Throttle`].
    ///
    /// [`FaultEffect::Throttle`]: crate::faults::FaultEffect::Throttle
    fn throttled(&self) -> ServiceError {
        ServiceError::new(400, "ThrottlingException", "Rate exceeded")
    }
}

/// A service's answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers; the request id is added by the router.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    pub(crate) wait: Option<Wait>,
}

/// Do this request again when the topic rings, or after this long.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) topic: String,
    pub(crate) at_most: Duration,
    /// By the cloud's clock, which a test or a simulation may drive.
    pub(crate) until_ms: Option<i64>,
}

impl Reply {
    /// An answer without headers or body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Not an answer: commits, waits outside of any transaction until [`Tx::notify`] names
    /// `topic`, or `at_most` (real time) is over, and then handles the request again with a longer
    /// [`Call::waited`]. A ring between the two is not lost.
    pub fn wait_for(topic: impl Into<String>, at_most: Duration) -> Self {
        Self {
            wait: Some(Wait {
                topic: topic.into(),
                at_most,
                until_ms: None,
            }),
            ..Self::default()
        }
    }

    /// For a reply that waits: not longer than until this moment of the cloud's clock either
    /// (milliseconds since the Unix epoch). A clock that is driven gets there sooner than `at_most`.
    pub fn or_until(mut self, now_ms: i64) -> Self {
        if let Some(wait) = &mut self.wait {
            wait.until_ms = Some(now_ms);
        }
        self
    }
}
