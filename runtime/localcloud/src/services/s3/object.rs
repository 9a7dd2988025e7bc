//! An object: what is known of it, and where its bytes are.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::address::address;
use super::bucket::{self, Bucket};
use crate::error::ServiceError;
use crate::protocol::timestamp;
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

pub(super) const OBJECTS: &str = "s3.objects";
pub(super) const BODIES: &str = "s3.bodies";

/// Headers that are kept with an object and come back with it.
const KEPT: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

const METADATA: &str = "x-amz-meta-";
/// All user-defined metadata of an object together, in bytes.
const LARGEST_METADATA: usize = 2_048;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Object {
    /// In quotes, as it stands on the wire.
    pub(super) etag: String,
    pub(super) size: usize,
    pub(super) modified_ms: i64,
    /// Kept headers and `x-amz-meta-*`.
    pub(super) headers: BTreeMap<String, String>,
    /// Algorithm to base64.
    pub(super) checksums: BTreeMap<String, String>,
}

impl Object {
    /// The headers that `GetObject` and `HeadObject` answer with.
    pub(super) fn describe(&self, mut reply: Reply) -> Reply {
        reply = reply
            .with_header("etag", self.etag.as_str())
            .with_header("last-modified", timestamp::http_date(self.modified_ms))
            .with_header("accept-ranges", "bytes")
            .with_header("x-amz-server-side-encryption", "AES256");
        for (name, value) in &self.headers {
            reply = reply.with_header(name.as_str(), value.as_str());
        }
        reply
    }
}

/// The bucket and the object that a request is about.
///
/// # Errors
/// Those of [`bucket::find`], `KeyTooLongError` (400), and `NoSuchKey` (404).
pub(super) fn find(call: &Call<'_>, tx: &Tx<'_>) -> Result<(Bucket, String, Object), ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = key(call)?;
    let object = load(&bucket.name, &key, tx)?.ok_or_else(|| no_such_key(&key))?;
    Ok((bucket, key, object))
}

pub(super) fn no_such_key(key: &str) -> ServiceError {
    ServiceError::new(404, "NoSuchKey", "The specified key does not exist.").with_field("Key", key)
}

pub(super) fn key(call: &Call<'_>) -> Result<String, ServiceError> {
    let key = address(call.headers, call.path).key;
    if key.len() > 1_024 {
        return Err(ServiceError::bad_request(
            "KeyTooLongError",
            "Your key is too long",
        ));
    }
    Ok(key)
}

/// Where an object's documents are.
pub(super) fn row(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

pub(super) fn load(bucket: &str, key: &str, tx: &Tx<'_>) -> Result<Option<Object>, ServiceError> {
    tx.get(&Scope::global(), OBJECTS, &row(bucket, key))
}

pub(super) fn remove(bucket: &str, key: &str, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let row = row(bucket, key);
    tx.delete(&Scope::global(), OBJECTS, &row)?;
    tx.delete_blob(&Scope::global(), BODIES, &row)?;
    Ok(())
}

/// The headers of an upload that belong to the object.
///
/// # Errors
/// `MetadataTooLarge` (400).
pub(super) fn kept_headers(headers: &HeaderMap) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut kept = BTreeMap::new();
    let mut metadata = 0;
    for (name, value) in headers {
        let name = name.as_str();
        let Ok(value) = value.to_str() else { continue };
        if let Some(own) = name.strip_prefix(METADATA) {
            metadata += own.len() + value.len();
        } else if !KEPT.contains(&name) {
            continue;
        }
        kept.insert(name.to_owned(), value.to_owned());
    }
    if metadata > LARGEST_METADATA {
        return Err(ServiceError::bad_request(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    if let Some(encoding) = kept.remove("content-encoding") {
        let rest: Vec<&str> = encoding
            .split(',')
            .map(str::trim)
            .filter(|part| *part != "aws-chunked" && !part.is_empty())
            .collect();
        if !rest.is_empty() {
            kept.insert("content-encoding".to_owned(), rest.join(","));
        }
    }
    kept.entry("content-type".to_owned())
        .or_insert_with(|| "binary/octet-stream".to_owned());
    Ok(kept)
}

/// `If-Match` and `If-None-Match`, for reads and writes alike; `object` is what is there.
///
/// # Errors
/// `PreconditionFailed` (412), `NoSuchKey` (404) where a write wants to match what is not there,
/// and `NotModified` (304) for reads.
pub(super) fn check_conditions(
    call: &Call<'_>,
    key: &str,
    object: Option<&Object>,
) -> Result<(), ServiceError> {
    let matches = |wanted: &str| {
        object.is_some_and(|object| {
            wanted
                .split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag.trim_matches('"') == object.etag.trim_matches('"'))
        })
    };
    let failed = |condition| {
        ServiceError::new(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        )
        .with_field("Condition", condition)
    };
    if let Some(wanted) = call.header("if-match") {
        if object.is_none() {
            return Err(no_such_key(key));
        }
        if !matches(wanted) {
            return Err(failed("If-Match"));
        }
    }
    match call.header("if-none-match") {
        Some(wanted) if matches(wanted) => Err(if call.method == http::Method::PUT {
            failed("If-None-Match")
        } else {
            ServiceError::new(304, "NotModified", "Not Modified")
        }),
        _ => Ok(()),
    }
}
