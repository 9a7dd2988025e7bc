//! `PutObject` and `CopyObject`.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::object::{self, BODIES, OBJECTS, Object, check_conditions, kept_headers};
use super::{body, bucket};
use crate::error::ServiceError;
use crate::protocol::{checksum, rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// Writes an object, over an older one if there is one. An upload without a checksum gets
/// CRC-64/NVME, as on AWS.
pub(super) fn put_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let older = object::load(&bucket.name, &key, tx)?;
    check_conditions(call, &key, older.as_ref())?;
    let upload = body::read(call)?;
    let headers = kept_headers(call.headers)?;
    let object = store(
        &object::row(&bucket.name, &key),
        &upload.bytes,
        headers,
        upload.checksums,
        call,
        tx,
    )?;
    let mut reply = Reply::status(200)
        .with_header("etag", object.etag)
        .with_header("x-amz-server-side-encryption", "AES256");
    for (algorithm, value) in object.checksums {
        reply = reply.with_header(format!("x-amz-checksum-{algorithm}"), value);
    }
    Ok(reply.with_header("x-amz-checksum-type", "FULL_OBJECT"))
}

pub(super) fn store(
    row: &str,
    bytes: &[u8],
    headers: BTreeMap<String, String>,
    mut checksums: BTreeMap<String, String>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Object, ServiceError> {
    if checksums.is_empty()
        && let Some(value) = checksum::compute("crc64nvme", bytes)
    {
        checksums.insert("crc64nvme".to_owned(), value);
    }
    let object = Object {
        etag: format!("\"{}\"", hex::encode(Md5::digest(bytes))),
        size: bytes.len(),
        modified_ms: call.now_ms,
        headers,
        checksums,
    };
    tx.put(&Scope::global(), OBJECTS, row, &object)?;
    tx.put_blob(&Scope::global(), BODIES, row, bytes)?;
    Ok(object)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CopyObjectResult {
    #[serde(rename = "ETag")]
    etag: String,
    last_modified: String,
}

/// Copies an object within the caller's account and region.
pub(super) fn copy_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let source = call.header("x-amz-copy-source").unwrap_or_default();
    let source = percent_decode_str(source.split('?').next().unwrap_or_default())
        .decode_utf8_lossy()
        .into_owned();
    let (from_bucket, from_key) =
        source
            .trim_start_matches('/')
            .split_once('/')
            .ok_or_else(|| {
                ServiceError::bad_request(
                    "InvalidArgument",
                    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                )
            })?;
    let from_bucket = bucket::find_named(from_bucket, call, tx)?;
    let original = object::load(&from_bucket.name, from_key, tx)?
        .ok_or_else(|| object::no_such_key(from_key))?;
    let bytes = tx
        .get_blob(
            &Scope::global(),
            BODIES,
            &object::row(&from_bucket.name, from_key),
        )?
        .unwrap_or_default();
    let headers = match call.header("x-amz-metadata-directive") {
        Some("REPLACE") => kept_headers(call.headers)?,
        _ => original.headers,
    };
    let row = object::row(&bucket.name, &key);
    let copy = store(&row, &bytes, headers, original.checksums, call, tx)?;
    rest_xml::write(
        "CopyObjectResult",
        &CopyObjectResult {
            etag: copy.etag,
            last_modified: timestamp::iso8601(copy.modified_ms),
        },
    )
}
