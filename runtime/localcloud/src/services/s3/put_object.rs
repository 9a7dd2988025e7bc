//! `PutObject`.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

use super::bucket::Bucket;
use super::conditions::check_write;
use super::object::{self, Object};
use super::{body, bucket, facts, history, upload};
use crate::error::ServiceError;
use crate::protocol::checksum::{self, Algorithm};
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// Writes an object: over an older one, or as its next version. An upload without a checksum gets
/// CRC-64/NVME, as on AWS.
pub(super) fn put_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let older = object::load(&bucket.name, &key, tx)?;
    check_write(call, &key, older.as_ref())?;
    let upload = upload::read(call)?;
    let described = Object {
        headers: facts::headers(call, &bucket)?,
        tags: facts::tags(call)?,
        ..Object::default()
    };
    let checksum = upload.checksum;
    let object = store(&bucket, &key, &upload.bytes, described, checksum, call, tx)?;
    let reply = Reply::status(200).with_header("etag", object.etag.as_str());
    Ok(object.checksum(object.encryption(object.version(&bucket, reply))))
}

/// Stores bytes as the object that is described so far.
pub(super) fn store(
    bucket: &Bucket,
    key: &str,
    bytes: &[u8],
    described: Object,
    checksum: Option<(Algorithm, String)>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Object, ServiceError> {
    let (algorithm, value) = checksum.unwrap_or_else(|| {
        let algorithm = Algorithm::Crc64Nvme;
        (algorithm, checksum::compute(algorithm, bytes))
    });
    let object = Object {
        etag: format!("\"{}\"", hex::encode(Md5::digest(bytes))),
        size: bytes.len(),
        modified_ms: call.now_ms,
        checksums: BTreeMap::from([(algorithm.name().to_owned(), value)]),
        body: body::store(bytes, call, tx)?,
        ..described
    };
    history::write(bucket, key, object, call, tx)
}
