//! `CreateMultipartUpload` and `AbortMultipartUpload`.

use serde_json::json;

use super::super::object::{self, Object};
use super::super::upload::{algorithm, invalid};
use super::super::{bucket, facts};
use super::{UPLOADS, Upload, find, remove, upload_row};
use crate::error::ServiceError;
use crate::protocol::checksum::Algorithm;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// Begins an upload. Its checksum is that of the whole object, or (by default for the algorithms that
/// can) that of its parts' checksums.
///
/// # Errors
/// `InvalidRequest` (400) for an algorithm and a type that do not go together.
pub(in super::super) fn create_multipart_upload(
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let wanted = call.header("x-amz-checksum-algorithm");
    let wanted = wanted.map(algorithm).transpose()?;
    let kind = call.header("x-amz-checksum-type");
    let upload = Upload {
        id: call.cloud.secret(64),
        initiated_ms: call.now_ms,
        object: Object {
            headers: facts::headers(call, &bucket)?,
            tags: facts::tags(call)?,
            composite: is_composite(wanted, kind)?,
            ..Object::default()
        },
        algorithm: wanted.map(|algorithm| algorithm.name().to_owned()),
    };
    let row = upload_row(&bucket.name, &key, &upload.id);
    tx.put(&Scope::global(), UPLOADS, &row, &upload)?;
    let document = json!({"Bucket": bucket.name, "Key": key, "UploadId": upload.id});
    let mut reply = rest_xml::write_tree("InitiateMultipartUploadResult", &document);
    if let Some(algorithm) = wanted {
        let name = algorithm.name().to_uppercase();
        reply = reply
            .with_header("x-amz-checksum-algorithm", name)
            .with_header("x-amz-checksum-type", upload.object.checksum_type());
    }
    Ok(upload.object.encryption(reply))
}

fn is_composite(algorithm: Option<Algorithm>, kind: Option<&str>) -> Result<bool, ServiceError> {
    let refused = |kind: &str, algorithm: Algorithm| {
        invalid(format!(
            "The {kind} checksum type cannot be used with the {} checksum algorithm.",
            algorithm.name()
        ))
    };
    match (algorithm, kind) {
        (None, None) => Ok(false),
        (None, Some(_)) => Err(invalid(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm \
             header.",
        )),
        (Some(algorithm), None) => Ok(algorithm != Algorithm::Crc64Nvme),
        (Some(Algorithm::Crc64Nvme), Some("COMPOSITE")) => {
            Err(refused("COMPOSITE", Algorithm::Crc64Nvme))
        }
        (Some(algorithm @ (Algorithm::Sha1 | Algorithm::Sha256)), Some("FULL_OBJECT")) => {
            Err(refused("FULL_OBJECT", algorithm))
        }
        (Some(_), Some("COMPOSITE")) => Ok(true),
        (Some(_), Some("FULL_OBJECT")) => Ok(false),
        (Some(_), Some(_)) => Err(invalid("Value for x-amz-checksum-type header is invalid.")),
    }
}

/// Removes an upload and its parts.
pub(in super::super) fn abort_multipart_upload(
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let (bucket, key, upload) = find(call, tx)?;
    remove(&bucket.name, &key, &upload, &[], tx)?;
    Ok(Reply::status(204))
}
