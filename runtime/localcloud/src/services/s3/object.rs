//! An object: what is known of it, and how a request names it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::address::address;
use super::bucket::{self, Bucket};
use super::history::{self, Version};
use crate::error::ServiceError;
use crate::protocol::timestamp;
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

pub(super) const OBJECTS: &str = "s3.objects";

/// A version of an object that is no delete marker. The current ones are the documents `s3.objects`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Object {
    /// In quotes, as it stands on the wire.
    pub(super) etag: String,
    pub(super) size: usize,
    pub(super) modified_ms: i64,
    /// Kept headers and `x-amz-meta-*`.
    pub(super) headers: BTreeMap<String, String>,
    /// Algorithm to base64.
    pub(super) checksums: BTreeMap<String, String>,
    /// Whether the checksum is one of the parts' checksums.
    #[serde(default)]
    pub(super) composite: bool,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Where the bytes are: see `body`.
    #[serde(default)]
    pub(super) body: String,
    /// Zero if it was put in one piece.
    #[serde(default)]
    pub(super) part_count: usize,
    /// The place in the key's history: see `history`.
    #[serde(default)]
    pub(super) sequence: u64,
    /// `None` for the null version.
    #[serde(default)]
    pub(super) version_id: Option<String>,
}

impl Object {
    pub(super) fn storage_class(&self) -> &str {
        let class = self.headers.get("x-amz-storage-class");
        class.map_or("STANDARD", String::as_str)
    }

    pub(super) fn checksum_type(&self) -> &'static str {
        if self.composite {
            "COMPOSITE"
        } else {
            "FULL_OBJECT"
        }
    }

    /// The headers that `GetObject` and `HeadObject` answer with.
    pub(super) fn describe(&self, bucket: &Bucket, mut reply: Reply) -> Reply {
        reply = self
            .describe_unmodified(reply)
            .with_header("accept-ranges", "bytes");
        for (name, value) in &self.headers {
            reply = reply.with_header(name.as_str(), value.as_str());
        }
        if !self.tags.is_empty() {
            reply = reply.with_header("x-amz-tagging-count", self.tags.len().to_string());
        }
        self.encryption(self.version(bucket, reply))
    }

    /// The headers that even a 304 has.
    pub(super) fn describe_unmodified(&self, reply: Reply) -> Reply {
        reply
            .with_header("etag", self.etag.as_str())
            .with_header("last-modified", timestamp::http_date(self.modified_ms))
    }

    /// The headers that say how the object is encrypted.
    pub(super) fn encryption(&self, mut reply: Reply) -> Reply {
        const ALGORITHM: &str = "x-amz-server-side-encryption";
        for (name, value) in &self.headers {
            let said = reply.headers.iter().any(|(known, _)| known == name);
            if name.starts_with(ALGORITHM) && !said {
                reply = reply.with_header(name.as_str(), value.as_str());
            }
        }
        if self.headers.contains_key(ALGORITHM) {
            return reply;
        }
        reply.with_header(ALGORITHM, "AES256")
    }

    /// The version's id, in a bucket that has versions.
    pub(super) fn version(&self, bucket: &Bucket, reply: Reply) -> Reply {
        history::with_version(bucket, self.version_id.as_deref(), reply)
    }

    /// The checksum headers.
    pub(super) fn checksum(&self, mut reply: Reply) -> Reply {
        for (algorithm, value) in &self.checksums {
            reply = reply.with_header(format!("x-amz-checksum-{algorithm}"), value.as_str());
        }
        if self.checksums.is_empty() {
            return reply;
        }
        reply.with_header("x-amz-checksum-type", self.checksum_type())
    }
}

/// The bucket, the key and the version that a request is about.
///
/// # Errors
/// Those of [`bucket::find`], `KeyTooLongError` (400), `NoSuchKey` (404), and for a `versionId`
/// those of [`history::find`].
pub(super) fn find(call: &Call<'_>, tx: &Tx<'_>) -> Result<(Bucket, String, Object), ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = key(call)?;
    let object = find_version(&bucket.name, &key, call.query("versionId"), tx)?;
    Ok((bucket, key, object))
}

pub(super) fn find_version(
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
    tx: &Tx<'_>,
) -> Result<Object, ServiceError> {
    if let Some(id) = version_id {
        return match history::find(bucket, key, id, tx)? {
            Version::Object(object) => Ok(object),
            Version::DeleteMarker(marker) => Err(marker.not_allowed()),
        };
    }
    if let Some(object) = load(bucket, key, tx)? {
        return Ok(object);
    }
    let error = no_such_key(key);
    Err(match history::newest(bucket, key, tx)? {
        Some(Version::DeleteMarker(marker)) => marker.mark(error),
        _ => error,
    })
}

pub(super) fn no_such_key(key: &str) -> ServiceError {
    ServiceError::new(404, "NoSuchKey", "The specified key does not exist.").with_field("Key", key)
}

/// The key that a request names.
///
/// # Errors
/// `KeyTooLongError` (400), and `InvalidURI` (400) for one with a NUL, which no list could show.
pub(super) fn key(call: &Call<'_>) -> Result<String, ServiceError> {
    let key = address(call.headers, call.path).key;
    check_key(&key)?;
    Ok(key)
}

pub(super) fn check_key(key: &str) -> Result<(), ServiceError> {
    if key.len() > 1_024 {
        return Err(
            ServiceError::bad_request("KeyTooLongError", "Your key is too long")
                .with_field("Size", key.len().to_string())
                .with_field("MaxSizeAllowed", "1024"),
        );
    }
    if key.contains('\0') {
        return Err(ServiceError::bad_request(
            "InvalidURI",
            "Couldn't parse the specified URI.",
        ));
    }
    Ok(())
}

/// Where a current object's document is.
pub(super) fn row(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

/// The current version; `None` if there is none, or if it is a delete marker.
pub(super) fn load(bucket: &str, key: &str, tx: &Tx<'_>) -> Result<Option<Object>, ServiceError> {
    let row = row(bucket, key);
    let object: Option<Object> = tx.get(&Scope::global(), OBJECTS, &row)?;
    Ok(object.map(|object| at(&row, object)))
}

/// An object as it was read from its row: those of old files have their bytes under its name.
pub(super) fn at(row: &str, mut object: Object) -> Object {
    if object.body.is_empty() {
        row.clone_into(&mut object.body);
    }
    object
}
