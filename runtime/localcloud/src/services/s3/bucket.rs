//! A bucket, its name, and who may use it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::address;
use crate::error::ServiceError;
use crate::identity::ANY_REGION;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::store::{Scope, Tx};

pub(super) const BUCKETS: &str = "s3.buckets";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) created_ms: i64,
    /// What was configured, by sub-resource: see `configuration`.
    #[serde(default)]
    pub(super) configuration: Map<String, Value>,
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Versioning {
    /// It never did: objects have no version id.
    Never,
    /// Every write makes a version.
    Enabled,
    /// Older versions are kept; a write replaces the null version.
    Suspended,
}

impl Bucket {
    pub(super) fn versioning(&self) -> Versioning {
        let configured = self.configuration.get("versioning");
        match configured.and_then(|versioning| versioning["Status"].as_str()) {
            Some("Enabled") => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
            None => Versioning::Never,
        }
    }

    /// How objects are encrypted that do not say it themselves: algorithm, and KMS key if one is set.
    pub(super) fn encryption(&self) -> Option<(&str, Option<&str>)> {
        let rules = &self.configuration.get("encryption")?["Rule"];
        let rule = &rest_xml::each(rules).first()?["ApplyServerSideEncryptionByDefault"];
        Some((
            rule["SSEAlgorithm"].as_str()?,
            rule["KMSMasterKeyID"].as_str(),
        ))
    }
}

/// The bucket that a request is about, if the caller may use it from where he is.
///
/// # Errors
/// `NoSuchBucket` (404), `AccessDenied` (403) for another account's bucket, `PermanentRedirect`
/// (301) for another region's.
pub(super) fn find(call: &Call<'_>, tx: &Tx<'_>) -> Result<Bucket, ServiceError> {
    find_named(&address(call.headers, call.path).bucket, call, tx)
}

pub(super) fn find_named(name: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Bucket, ServiceError> {
    let expected = call.header("x-amz-expected-bucket-owner");
    let bucket = owned(name, expected, call, tx)?;
    let region = call.scope.region.as_str();
    if bucket.region != region && region != ANY_REGION {
        return Err(ServiceError::new(
            301,
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified \
             endpoint. Please send all future requests to this endpoint.",
        )
        .with_header("x-amz-bucket-region", bucket.region.clone())
        .with_field("Bucket", name)
        .with_field("Endpoint", format!("s3.{}.amazonaws.com", bucket.region)));
    }
    Ok(bucket)
}

/// A bucket of the caller, wherever it is.
///
/// # Errors
/// `NoSuchBucket` (404), and `AccessDenied` (403) for another account's, or if it is not the
/// expected one's.
pub(super) fn owned(
    name: &str,
    expected: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Bucket, ServiceError> {
    let bucket: Bucket = tx.get(&Scope::global(), BUCKETS, name)?.ok_or_else(|| {
        ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist")
            .with_field("BucketName", name)
    })?;
    if bucket.account != call.scope.account || expected.is_some_and(|id| id != bucket.account) {
        return Err(ServiceError::new(403, "AccessDenied", "Access Denied"));
    }
    Ok(bucket)
}

/// The naming rules of general purpose buckets.
pub(super) fn is_valid_name(name: &str) -> bool {
    let edge = |byte: Option<u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let inside = |byte: u8| edge(Some(byte)) || byte == b'-' || byte == b'.';
    (3..=63).contains(&name.len())
        && name.bytes().all(inside)
        && edge(name.bytes().next())
        && edge(name.bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !["xn--", "sthree-", "amzn-s3-demo-"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        for good in ["abc", "my.lake-1", "000"] {
            assert!(is_valid_name(good), "{good}");
        }
        let long = "a".repeat(64);
        for bad in [
            "ab",
            "Lake",
            "a_b",
            "-abc",
            "abc-",
            "a..b",
            "10.0.0.1",
            "xn--abc",
            "a-s3alias",
            &long,
        ] {
            assert!(!is_valid_name(bad), "{bad}");
        }
    }
}
