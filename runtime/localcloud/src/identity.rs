//! Who sent a request: the access key id of its signature, and what is known of that key.
//!
//! Signatures themselves are not verified: the embedded cloud is for one machine, and whoever
//! reaches it may use it. The key says only in whose name.

use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::request::{Principal, RoleSession};
use crate::router::decode_form;
use crate::store::{Scope, Tx};

/// What long-term access key ids start with; the 12 digits of their account follow.
const LONG_TERM: &str = "LKIA";
/// The key id of [`Options::default_account`](crate::Options::default_account).
const DEFAULT_KEY: &str = "test";
const SESSIONS: &str = "sts.sessions";

/// The signature's credential scope: `KEY/DATE/REGION/SERVICE/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
    token: Option<String>,
}

impl Signature {
    /// From the `Authorization` header, or from a presigned URL's query.
    pub(crate) fn of(request: &Parts) -> Option<Self> {
        let header = |name: &str| {
            let value = request.headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let query = decode_form(request.uri.query().unwrap_or_default());
        let parameter = |name: &str| {
            let (_, value) = query.iter().find(|(key, _)| key == name)?;
            Some(value.clone())
        };
        let credential = match header("authorization") {
            Some(value) => value
                .strip_prefix("AWS4-HMAC-SHA256")?
                .split(',')
                .find_map(|part| part.trim().strip_prefix("Credential=").map(str::to_owned))?,
            None => parameter("X-Amz-Credential")?,
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key, _date, region, service, "aws4_request"] = parts.as_slice() else {
            return None;
        };
        if access_key.is_empty() || region.is_empty() || service.is_empty() {
            return None;
        }
        Some(Self {
            access_key: (*access_key).to_owned(),
            region: (*region).to_owned(),
            service: (*service).to_owned(),
            token: header("x-amz-security-token").or_else(|| parameter("X-Amz-Security-Token")),
        })
    }

    /// The owner of a long-term key, which needs no look-up.
    pub(crate) fn long_term(&self, default_account: &str) -> Option<Principal> {
        let account = match self.access_key.strip_prefix(LONG_TERM) {
            Some(account) if is_account(account) => account,
            _ if self.access_key == DEFAULT_KEY => default_account,
            _ => return None,
        };
        Some(Principal {
            access_key: self.access_key.clone(),
            arn: format!("arn:aws:iam::{account}:root"),
            account: account.to_owned(),
            user_id: account.to_owned(),
            session: None,
        })
    }

    /// The role session of a temporary key.
    pub(crate) fn temporary(
        &self,
        tx: &Tx<'_>,
        protocol: Protocol,
        now_ms: i64,
    ) -> Result<Principal, ServiceError> {
        let known: Option<Session> = tx.get(&Scope::global(), SESSIONS, &self.access_key)?;
        let session = known
            .filter(|session| self.token.as_deref() == Some(session.token.as_str()))
            .ok_or_else(|| unknown_key(protocol))?;
        if session.expires_ms <= now_ms {
            return Err(expired(protocol));
        }
        Ok(session.principal(&self.access_key))
    }
}

/// The long-term access key of an account: (key id, secret).
pub(crate) fn credentials(account: &str) -> (String, String) {
    (
        format!("{LONG_TERM}{account}"),
        format!("localcloud-secret-of-{account}"),
    )
}

/// Is this a 12-digit account id?
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Temporary credentials, as STS `AssumeRole` hands them out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) account: String,
    pub(crate) role_arn: String,
    pub(crate) role_name: String,
    pub(crate) role_id: String,
    pub(crate) session_name: String,
    pub(crate) token: String,
    pub(crate) expires_ms: i64,
}

impl Session {
    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{}",
            self.account, self.role_name, self.session_name
        )
    }

    pub(crate) fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }

    pub(crate) fn record(&self, tx: &Tx<'_>, access_key: &str) -> Result<(), ServiceError> {
        tx.put(&Scope::global(), SESSIONS, access_key, self)
    }

    fn principal(&self, access_key: &str) -> Principal {
        Principal {
            access_key: access_key.to_owned(),
            arn: self.arn(),
            account: self.account.clone(),
            user_id: self.user_id(),
            session: Some(RoleSession {
                role_arn: self.role_arn.clone(),
                session_name: self.session_name.clone(),
            }),
        }
    }
}

/// Each protocol's services have their own word for a key that nobody knows.
fn unknown_key(protocol: Protocol) -> ServiceError {
    let code = match protocol {
        Protocol::Query => "InvalidClientTokenId",
        Protocol::RestXml => "InvalidAccessKeyId",
        _ => "UnrecognizedClientException",
    };
    ServiceError::new(
        403,
        code,
        "The security token included in the request is invalid.",
    )
}

fn expired(protocol: Protocol) -> ServiceError {
    let (status, code) = match protocol {
        Protocol::Query => (403, "ExpiredToken"),
        Protocol::RestXml => (400, "ExpiredToken"),
        Protocol::RestJson => (403, "ExpiredTokenException"),
        _ => (400, "ExpiredTokenException"),
    };
    ServiceError::new(
        status,
        code,
        "The security token included in the request is expired",
    )
}
