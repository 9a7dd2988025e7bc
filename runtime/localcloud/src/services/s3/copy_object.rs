//! `CopyObject`.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::bucket::{self, Bucket};
use super::conditions::{check_source, check_write};
use super::history::{self, shown};
use super::object::{self, Object};
use super::{body, facts, upload};
use crate::error::ServiceError;
use crate::protocol::checksum::{Algorithm, Hasher};
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// The largest object that can be copied at once: 5 GiB.
const LARGEST: usize = 5 * 1024 * 1024 * 1024;

/// Where a copy comes from.
#[derive(Debug)]
pub(super) struct Source {
    bucket: Bucket,
    key: String,
    pub(super) object: Object,
}

impl Source {
    /// The header that says which version was copied.
    pub(super) fn version(&self, reply: Reply) -> Reply {
        if self.bucket.versioning() == bucket::Versioning::Never {
            return reply;
        }
        let id = shown(self.object.version_id.as_deref());
        reply.with_header("x-amz-copy-source-version-id", id)
    }
}

/// The object of `x-amz-copy-source`: `bucket/key?versionId=…`, percent-encoded, in any region.
///
/// # Errors
/// `InvalidArgument` (400), those of [`bucket::owned`] and of [`object::find_version`], and
/// `PreconditionFailed` (412).
pub(super) fn source(call: &Call<'_>, tx: &Tx<'_>) -> Result<Source, ServiceError> {
    let header = call.header("x-amz-copy-source").unwrap_or_default();
    let (path, version_id) = match header.split_once("?versionId=") {
        Some((path, version_id)) => (path, Some(version_id)),
        None => (header, None),
    };
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let (from, key) = path
        .trim_start_matches('/')
        .split_once('/')
        .filter(|(_, key)| !key.is_empty())
        .ok_or_else(|| {
            ServiceError::bad_request(
                "InvalidArgument",
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            )
            .with_field("ArgumentName", "x-amz-copy-source")
        })?;
    let expected = call.header("x-amz-source-expected-bucket-owner");
    let bucket = bucket::owned(from, expected, call, tx)?;
    let object = object::find_version(&bucket.name, key, version_id, tx)?;
    check_source(call, &object)?;
    Ok(Source {
        bucket,
        key: key.to_owned(),
        object,
    })
}

/// Copies an object within the caller's account, as one object without parts.
pub(super) fn copy_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let current = object::load(&bucket.name, &key, tx)?;
    check_write(call, &key, current.as_ref())?;
    let source = source(call, tx)?;
    if source.object.size > LARGEST {
        return Err(upload::invalid(format!(
            "The specified copy source is larger than the maximum allowable size for a copy \
             source: {LARGEST}"
        )));
    }
    let described = describe(&source, &bucket, &key, call)?;
    let algorithm = algorithm(&source, call)?;
    let object = copy_bytes(&source.object, described, algorithm, call, tx)?;
    let object = history::write(&bucket, &key, object, call, tx)?;
    let mut result = Map::from_iter([
        ("ETag".to_owned(), Value::from(object.etag.as_str())),
        (
            "LastModified".to_owned(),
            Value::from(timestamp::iso8601(object.modified_ms)),
        ),
        (
            "ChecksumType".to_owned(),
            Value::from(object.checksum_type()),
        ),
    ]);
    for (algorithm, value) in &object.checksums {
        let name = format!("Checksum{}", algorithm.to_uppercase());
        result.insert(name, Value::from(value.as_str()));
    }
    let reply = rest_xml::write_tree("CopyObjectResult", &Value::Object(result));
    Ok(object.encryption(object.version(&bucket, source.version(reply))))
}

/// Headers and tags of the copy.
fn describe(
    source: &Source,
    bucket: &Bucket,
    key: &str,
    call: &Call<'_>,
) -> Result<Object, ServiceError> {
    let asked = facts::headers(call, bucket)?;
    let mut headers = match call.header("x-amz-metadata-directive") {
        Some("REPLACE") => asked,
        None | Some("COPY") => {
            refuse_copy_onto_itself(source, bucket, key, call)?;
            let mut headers = source.object.headers.clone();
            headers.remove("x-amz-storage-class");
            headers.remove("x-amz-website-redirect-location");
            headers.retain(|name, _| !name.starts_with("x-amz-server-side-encryption"));
            let own = |name: &str| name.starts_with("x-amz-") && !name.starts_with("x-amz-meta-");
            headers.extend(asked.into_iter().filter(|(name, _)| own(name)));
            headers
        }
        Some(other) => return Err(unknown_directive("metadata", other)),
    };
    headers
        .entry("content-type".to_owned())
        .or_insert_with(|| "binary/octet-stream".to_owned());
    let tags = match call.header("x-amz-tagging-directive") {
        Some("REPLACE") => facts::tags(call)?,
        None | Some("COPY") => source.object.tags.clone(),
        Some(other) => return Err(unknown_directive("tagging", other)),
    };
    Ok(Object {
        headers,
        tags,
        ..Object::default()
    })
}

fn unknown_directive(what: &str, directive: &str) -> ServiceError {
    ServiceError::bad_request("InvalidArgument", format!("Unknown {what} directive."))
        .with_field("ArgumentName", format!("x-amz-{what}-directive"))
        .with_field("ArgumentValue", directive)
}

/// A copy onto itself has to change something; an older version over the newest one is a change.
fn refuse_copy_onto_itself(
    source: &Source,
    bucket: &Bucket,
    key: &str,
    call: &Call<'_>,
) -> Result<(), ServiceError> {
    let changes = [
        "x-amz-storage-class",
        "x-amz-website-redirect-location",
        "x-amz-server-side-encryption",
    ];
    let same = source.bucket.name == bucket.name && source.key == key;
    let versioned = call
        .header("x-amz-copy-source")
        .is_some_and(|source| source.contains("?versionId="));
    if !same || versioned || changes.iter().any(|name| call.header(name).is_some()) {
        return Ok(());
    }
    Err(upload::invalid(
        "This copy request is illegal because it is trying to copy an object to itself without \
         changing the object's metadata, storage class, website redirect location or encryption \
         attributes.",
    ))
}

/// The copy's checksum is of the algorithm that was asked for, or of the source's.
fn algorithm(source: &Source, call: &Call<'_>) -> Result<Algorithm, ServiceError> {
    if let Some(name) = call.header("x-amz-checksum-algorithm") {
        return upload::algorithm(name);
    }
    let known = source.object.checksums.keys().next();
    let known = known.and_then(|name| Algorithm::named(name));
    Ok(known.unwrap_or(Algorithm::Crc64Nvme))
}

/// Copies bytes piece by piece.
fn copy_bytes(
    source: &Object,
    described: Object,
    algorithm: Algorithm,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Object, ServiceError> {
    let mut md5 = Md5::new();
    let mut hasher = Hasher::new(algorithm);
    let mut copy = body::Writer::new(call, tx);
    body::each_piece(source, 0..source.size, tx, |piece| {
        md5.update(piece);
        hasher.update(piece);
        copy.write(piece)
    })?;
    let checksum = (algorithm.name().to_owned(), hasher.finish());
    Ok(Object {
        etag: format!("\"{}\"", hex::encode(md5.finalize())),
        size: source.size,
        modified_ms: call.now_ms,
        checksums: BTreeMap::from([checksum]),
        body: copy.finish()?,
        ..described
    })
}
