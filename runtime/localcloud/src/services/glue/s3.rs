//! The embedded S3, as Glue uses it for its callers: by requests in their name.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::error;
use crate::error::ServiceError;
use crate::inside::{Inside, InsideError};
use crate::request::Call;
use crate::store::Tx;

/// What stands in a path as it is.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An object of a listing.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) key: String,
    /// Bytes.
    pub(super) size: u64,
}

/// Bucket and key (or prefix) of `s3://bucket/key`.
pub(super) fn address(location: &str) -> Option<(&str, &str)> {
    let path = ["s3://", "s3a://", "s3n://"]
        .iter()
        .find_map(|scheme| location.strip_prefix(scheme))?;
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (!bucket.is_empty()).then_some((bucket, key))
}

fn path(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{}", utf8_percent_encode(key, KEY))
}

/// S3's refusal in Glue's words; what S3 broke on stays what it is.
fn refused(what: &str, refusal: &InsideError) -> ServiceError {
    let reason = refusal.error();
    match reason.status {
        500.. => reason.clone(),
        403 => ServiceError::bad_request(
            "AccessDeniedException",
            format!("{what}: {}", reason.message),
        ),
        _ => error::invalid(format!("{what}: {}", reason.message)),
    }
}

/// Writes an object.
///
/// # Errors
/// `InvalidInputException` with S3's reason, or `AccessDeniedException`.
pub(super) fn put(
    call: &Call<'_>,
    tx: &Tx<'_>,
    location: &str,
    text: &str,
) -> Result<(), ServiceError> {
    let (bucket, key) = address(location)
        .ok_or_else(|| error::invalid(format!("{location} is not a location in S3.")))?;
    Inside { call, tx }
        .s3_text(&Method::PUT, &path(bucket, key), text)
        .map(drop)
        .map_err(|refusal| refused(&format!("Cannot write {location}"), &refusal))
}

/// Reads an object.
///
/// # Errors
/// As [`put`].
pub(super) fn get(call: &Call<'_>, tx: &Tx<'_>, location: &str) -> Result<Vec<u8>, ServiceError> {
    let (bucket, key) = address(location)
        .ok_or_else(|| error::invalid(format!("{location} is not a location in S3.")))?;
    Inside { call, tx }
        .s3_text(&Method::GET, &path(bucket, key), "")
        .map_err(|refusal| refused(&format!("Cannot read {location}"), &refusal))
}

/// All objects of a bucket whose keys start with `prefix`, in the order of their keys.
///
/// # Errors
/// As [`put`].
pub(super) fn list(
    call: &Call<'_>,
    tx: &Tx<'_>,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<Listed>, ServiceError> {
    let inside = Inside { call, tx };
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let first = format!("/{bucket}?list-type=2&prefix={}", encoded(prefix));
    let mut listed = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let path = match &next {
            None => first.clone(),
            Some(token) => format!("{first}&continuation-token={}", encoded(token)),
        };
        let page = inside
            .s3(&Method::GET, &path, None)
            .map_err(|refusal| refused(&format!("Cannot list s3://{bucket}/{prefix}"), &refusal))?;
        match &page["Contents"] {
            Value::Array(items) => listed.extend(items.iter().filter_map(object)),
            one => listed.extend(object(one)),
        }
        next = page["NextContinuationToken"].as_str().map(str::to_owned);
        if next.is_none() {
            return Ok(listed);
        }
    }
}

fn object(item: &Value) -> Option<Listed> {
    Some(Listed {
        key: item["Key"].as_str()?.to_owned(),
        size: item["Size"].as_str()?.parse().ok()?,
    })
}
