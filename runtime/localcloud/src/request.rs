//! One request, as a service sees it, and who sent it.

use std::time::Duration;

use http::{HeaderMap, Method};

use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::inside::no_headers;
use crate::services;
use crate::store::{Scope, Tx};

/// The caller, from the access key id of the request's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The access key id.
    pub access_key: String,
    /// `arn:aws:iam::<account>:root`, or the assumed role's session
    /// (`arn:aws:sts::<account>:assumed-role/<role>/<session>`).
    pub arn: String,
    /// 12 digits.
    pub account: String,
    /// As STS `GetCallerIdentity` shows it.
    pub user_id: String,
    /// Set for the temporary credentials of STS `AssumeRole`.
    pub session: Option<RoleSession>,
}

/// An assumed role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSession {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
}

impl RoleSession {
    /// Whether the role is still there, or was never known to IAM: keys outlive their role, and open
    /// nothing then.
    pub(crate) fn has_role(&self, tx: &Tx<'_>) -> Result<bool, ServiceError> {
        Ok(!services::role_deleted(tx, &self.role_arn)?)
    }
}

/// One request.
#[derive(Debug)]
pub struct Call<'a> {
    /// SigV4 signing name.
    pub service: &'a str,
    /// As [`Service::operation`](crate::services::Service::operation) named it.
    pub operation: String,
    /// The caller's account, and the region that the request was signed for.
    pub scope: Scope,
    /// The caller.
    pub principal: Principal,
    /// HTTP method.
    pub method: &'a Method,
    /// Path, percent-encoded, as it was sent.
    pub path: &'a str,
    /// Query parameters, decoded, in order; a parameter without `=` has an empty value.
    pub query: Vec<(String, String)>,
    /// Headers. `host` is always there.
    pub headers: &'a HeaderMap,
    /// Body, as it was sent.
    pub body: &'a [u8],
    /// Milliseconds since the Unix epoch, from the cloud's clock.
    pub now_ms: i64,
    /// Goes into the answer's request id header.
    pub request_id: String,
    /// How long this request has been waiting in [`Reply::wait_for`]s already: in real time, or by
    /// the cloud's clock where that is driven and went on by more.
    ///
    /// [`Reply::wait_for`]: crate::services::Reply::wait_for
    pub waited: Duration,
    /// Identifiers.
    pub cloud: &'a CloudInner,
}

impl<'a> Call<'a> {
    /// A call that nobody sent, in the name of the scope's account, as of `now_ms`.
    pub(crate) fn unasked(
        service: &'a str,
        scope: Scope,
        now_ms: i64,
        cloud: &'a CloudInner,
    ) -> Self {
        let account = scope.account.clone();
        Self {
            service,
            operation: String::new(),
            scope,
            principal: Principal {
                access_key: String::new(),
                arn: format!("arn:aws:iam::{account}:root"),
                user_id: account.clone(),
                account,
                session: None,
            },
            method: &Method::POST,
            path: "/",
            query: Vec::new(),
            headers: no_headers(),
            body: b"",
            now_ms,
            request_id: cloud.uuid(),
            waited: Duration::ZERO,
            cloud,
        }
    }

    /// A header as text; `None` if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first query parameter of this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// For the last arm of a service's `match` over operations: status 501,
    /// `UnknownOperationException`.
    pub fn unknown_operation(&self) -> ServiceError {
        ServiceError::new(
            501,
            "UnknownOperationException",
            format!(
                "the embedded AWS does not have the operation {} of the service {}",
                self.operation, self.service
            ),
        )
    }
}
