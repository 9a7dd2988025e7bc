//! `DeleteObject` and `DeleteObjects`.

use serde_json::{Value, json};

use super::bucket::{self, Bucket};
use super::conditions::DeleteConditions;
use super::history::{self, Deleted, Version};
use super::{object, upload};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

const LARGEST_BATCH: usize = 1_000;

/// Deletes an object, or one version of it for good; what is not there is no error.
pub(super) fn delete_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let conditions = DeleteConditions::of(call);
    let deleted = delete(
        &bucket,
        &key,
        call.query("versionId"),
        &conditions,
        call,
        tx,
    )?;
    let mut reply = Reply::status(204);
    if let Some(version_id) = deleted.version_id {
        reply = reply.with_header("x-amz-version-id", version_id);
    }
    if deleted.marker {
        reply = reply.with_header("x-amz-delete-marker", "true");
    }
    Ok(reply)
}

fn delete(
    bucket: &Bucket,
    key: &str,
    version_id: Option<&str>,
    conditions: &DeleteConditions<'_>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Deleted, ServiceError> {
    if conditions.are_there() {
        let object = match version_id {
            None => object::load(&bucket.name, key, tx)?,
            Some(id) => match history::find(&bucket.name, key, id, tx) {
                Ok(Version::Object(object)) => Some(object),
                Ok(Version::DeleteMarker(_)) => None,
                Err(error) if error.status == 404 => None,
                Err(error) => return Err(error),
            },
        };
        conditions.check(object.as_ref())?;
    }
    match version_id {
        Some(version_id) => history::delete_version(bucket, key, version_id, tx),
        None => history::delete(bucket, key, call, tx),
    }
}

/// Deletes up to 1,000 objects or versions, each by itself.
///
/// # Errors
/// `MalformedXML` (400) for none or too many, `InvalidRequest` (400) without a digest of the body,
/// and a wrong digest.
pub(super) fn delete_objects(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let body = upload::read(call)?;
    if body.checksum.is_none() && call.header("content-md5").is_none() {
        return Err(upload::invalid(
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        ));
    }
    let input = rest_xml::read_tree(&body.bytes, "Delete")?;
    let objects = rest_xml::each(&input["Object"]);
    if objects.is_empty() || objects.len() > LARGEST_BATCH {
        return Err(rest_xml::malformed());
    }
    let quiet = input["Quiet"]
        .as_str()
        .is_some_and(|quiet| quiet.trim() == "true");
    let mut faults = BatchFaults::of(call);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for identifier in objects {
        let key = identifier["Key"].as_str().ok_or_else(rest_xml::malformed)?;
        let version_id = identifier["VersionId"].as_str().filter(|id| !id.is_empty());
        let conditions = DeleteConditions {
            etag: identifier["ETag"].as_str(),
            modified: identifier["LastModifiedTime"].as_str(),
            size: identifier["Size"].as_str(),
        };
        let one = || {
            tx.attempt(|| {
                object::check_key(key)?;
                delete(&bucket, key, version_id, &conditions, call, tx)
            })
        };
        match faults.entry(one)? {
            Ok(one) if !quiet => deleted.push(shown(key, version_id, one)),
            Ok(_) => {}
            Err(error) => errors.push(json!({
                "Key": key, "VersionId": version_id, "Code": error.code, "Message": error.message,
            })),
        }
    }
    Ok(rest_xml::write_tree(
        "DeleteResult",
        &json!({"Deleted": deleted, "Error": errors}),
    ))
}

fn shown(key: &str, asked: Option<&str>, deleted: Deleted) -> Value {
    let marker = deleted.version_id.filter(|_| deleted.marker);
    json!({
        "Key": key,
        "VersionId": asked,
        "DeleteMarker": marker.is_some().then_some(true),
        "DeleteMarkerVersionId": marker,
    })
}
