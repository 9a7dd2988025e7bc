//! Who sent a request: the access key id of its signature, and what is known of that key.
//!
//! Signatures themselves are not verified: the embedded cloud is for one machine, and whoever
//! reaches it may use it. The key says only in whose name.

mod session;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::timestamp;
use crate::request::Principal;
use crate::router::decode_form;

pub(crate) use session::{Session, Sessions, unknown_key};

/// What long-term access key ids start with; the 12 digits of their account follow.
const LONG_TERM: &str = "LKIA";
/// The key id of [`Options::default_account`](crate::Options::default_account).
const DEFAULT_KEY: &str = "test";
/// The region of requests whose signature has none: those of S3's older kind. A bucket is reached with
/// it wherever it is.
pub(crate) const ANY_REGION: &str = "aws-global";
/// The longest life of a presigned URL: a week.
const LONGEST_SECONDS: i64 = 604_800;

/// What a signature says: its credential scope `KEY/DATE/REGION/SERVICE/aws4_request`, and for how
/// long a presigned URL counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
    token: Option<String>,
    validity: Option<Validity>,
}

/// The life of a presigned URL, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Validity {
    /// `X-Amz-Date` and `X-Amz-Expires`, seconds.
    For { signed: String, seconds: String },
    /// `Expires`, seconds since the epoch: S3's older kind.
    Until(String),
}

impl Signature {
    /// From the `Authorization` header, or from a presigned URL's query. S3's older kind of signature
    /// (boto3 still presigns with it) is understood too.
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
        let older = |access_key: &str, token, validity| {
            (!access_key.is_empty()).then(|| Self {
                access_key: access_key.to_owned(),
                region: ANY_REGION.to_owned(),
                service: "s3".to_owned(),
                token,
                validity,
            })
        };
        let mut validity = None;
        let credential = match header("authorization") {
            Some(value) => match value.strip_prefix("AWS4-HMAC-SHA256") {
                Some(value) => value
                    .split(',')
                    .find_map(|part| part.trim().strip_prefix("Credential=").map(str::to_owned))?,
                None => {
                    let (access_key, _) = value.strip_prefix("AWS ")?.split_once(':')?;
                    return older(access_key, header("x-amz-security-token"), None);
                }
            },
            None => match parameter("X-Amz-Credential") {
                Some(credential) => {
                    validity = Some(Validity::For {
                        signed: parameter("X-Amz-Date").unwrap_or_default(),
                        seconds: parameter("X-Amz-Expires").unwrap_or_default(),
                    });
                    credential
                }
                None => {
                    let expires = Validity::Until(parameter("Expires")?);
                    let token = parameter("x-amz-security-token");
                    parameter("Signature")?;
                    return older(&parameter("AWSAccessKeyId")?, token, Some(expires));
                }
            },
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
            validity,
        })
    }

    /// Refuses a presigned URL of S3 whose time is over by the cloud's clock. One from the future is
    /// good: clocks here need not agree.
    ///
    /// # Errors
    /// `AccessDenied` (403), `AuthorizationQueryParametersError` (400).
    pub(crate) fn check_validity(&self, now_ms: i64) -> Result<(), ServiceError> {
        let malformed = |message| {
            Err(ServiceError::bad_request(
                "AuthorizationQueryParametersError",
                message,
            ))
        };
        let (until_ms, seconds) = match &self.validity {
            None => return Ok(()),
            Some(Validity::Until(text)) => match text.parse::<i64>() {
                Ok(seconds) => (seconds.saturating_mul(1_000), None),
                Err(_) => return malformed("Expires should be a number"),
            },
            Some(Validity::For { signed, seconds }) => {
                let Some(signed_ms) = timestamp::parse_basic(signed) else {
                    return malformed(
                        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
                    );
                };
                match seconds.parse::<i64>() {
                    Ok(life @ 0..=LONGEST_SECONDS) => (signed_ms + life * 1_000, Some(seconds)),
                    Ok(..0) => return malformed("X-Amz-Expires must be non-negative"),
                    Ok(_) => {
                        return malformed(
                            "X-Amz-Expires must be less than a week (in seconds); that is, the \
                             given X-Amz-Expires must be less than 604800 seconds",
                        );
                    }
                    Err(_) => return malformed("X-Amz-Expires should be a number"),
                }
            }
        };
        if now_ms <= until_ms {
            return Ok(());
        }
        let mut error = ServiceError::new(403, "AccessDenied", "Request has expired");
        if let Some(seconds) = seconds {
            error = error.with_field("X-Amz-Expires", seconds.as_str());
        }
        Err(error
            .with_field("Expires", timestamp::iso8601(until_ms))
            .with_field("ServerTime", timestamp::iso8601(now_ms)))
    }

    /// The owner of a long-term key, which needs no look-up.
    pub(crate) fn long_term(&self, default_account: &str) -> Option<Principal> {
        let account = owner(&self.access_key, default_account)?;
        Some(root(&self.access_key, account))
    }
}

fn root(access_key: &str, account: &str) -> Principal {
    Principal {
        access_key: access_key.to_owned(),
        arn: format!("arn:aws:iam::{account}:root"),
        account: account.to_owned(),
        user_id: account.to_owned(),
        session: None,
    }
}

/// The account of a long-term access key id; `None` if it is none.
pub(crate) fn owner<'a>(access_key: &'a str, default_account: &'a str) -> Option<&'a str> {
    match access_key.strip_prefix(LONG_TERM) {
        Some(account) if is_account(account) => Some(account),
        None if is_account(access_key) => Some(access_key),
        None if access_key == DEFAULT_KEY => Some(default_account),
        _ => None,
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
