//! What is configured of a bucket: versioning, encryption, lifecycle, public access, tags, policy
//! and a few more. It is kept and shown; of all this, only versioning and the default encryption have
//! an effect on objects.

use http::Method;
use serde_json::{Value, json};

use super::bucket::{self, Bucket};
use super::{tagging, upload};
use crate::error::ServiceError;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// One thing to configure.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The query parameter that names it.
    pub(super) sub_resource: &'static str,
    /// What its operations are called behind `Get`, `Put` and `Delete`.
    pub(super) operation: &'static str,
    /// The document's root; the policy has none, for it is JSON.
    root: Option<&'static str>,
    /// The error for what was never put, if it is not an empty document.
    missing: Option<(&'static str, &'static str)>,
    /// Whether there is an operation to delete it, and whether it has its own name.
    delete: Option<&'static str>,
}

pub(super) const PARTS: [Part; 12] = [
    Part {
        sub_resource: "versioning",
        operation: "BucketVersioning",
        root: Some("VersioningConfiguration"),
        missing: None,
        delete: None,
    },
    Part {
        sub_resource: "encryption",
        operation: "BucketEncryption",
        root: Some("ServerSideEncryptionConfiguration"),
        missing: None,
        delete: Some("DeleteBucketEncryption"),
    },
    Part {
        sub_resource: "lifecycle",
        operation: "BucketLifecycleConfiguration",
        root: Some("LifecycleConfiguration"),
        missing: Some((
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        )),
        delete: Some("DeleteBucketLifecycle"),
    },
    Part {
        sub_resource: "publicAccessBlock",
        operation: "PublicAccessBlock",
        root: Some("PublicAccessBlockConfiguration"),
        missing: Some((
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )),
        delete: Some("DeletePublicAccessBlock"),
    },
    Part {
        sub_resource: "ownershipControls",
        operation: "BucketOwnershipControls",
        root: Some("OwnershipControls"),
        missing: Some((
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        )),
        delete: Some("DeleteBucketOwnershipControls"),
    },
    Part {
        sub_resource: "logging",
        operation: "BucketLogging",
        root: Some("BucketLoggingStatus"),
        missing: None,
        delete: None,
    },
    Part {
        sub_resource: "cors",
        operation: "BucketCors",
        root: Some("CORSConfiguration"),
        missing: Some((
            "NoSuchCORSConfiguration",
            "The CORS configuration does not exist",
        )),
        delete: Some("DeleteBucketCors"),
    },
    Part {
        sub_resource: "notification",
        operation: "BucketNotificationConfiguration",
        root: Some("NotificationConfiguration"),
        missing: None,
        delete: None,
    },
    Part {
        sub_resource: "requestPayment",
        operation: "BucketRequestPayment",
        root: Some("RequestPaymentConfiguration"),
        missing: None,
        delete: None,
    },
    Part {
        sub_resource: "accelerate",
        operation: "BucketAccelerateConfiguration",
        root: Some("AccelerateConfiguration"),
        missing: None,
        delete: None,
    },
    Part {
        sub_resource: "tagging",
        operation: "BucketTagging",
        root: Some("Tagging"),
        missing: Some(("NoSuchTagSet", "The TagSet does not exist")),
        delete: Some("DeleteBucketTagging"),
    },
    Part {
        sub_resource: "policy",
        operation: "BucketPolicy",
        root: None,
        missing: Some(("NoSuchBucketPolicy", "The bucket policy does not exist")),
        delete: Some("DeleteBucketPolicy"),
    },
];

/// The operation behind a method and a sub-resource of a bucket.
pub(super) fn operation(method: &str, sub_resource: &str) -> Option<String> {
    let part = PARTS
        .iter()
        .find(|part| part.sub_resource == sub_resource)?;
    match method {
        "GET" => Some(format!("Get{}", part.operation)),
        "PUT" => Some(format!("Put{}", part.operation)),
        "DELETE" => part.delete.map(str::to_owned),
        _ => None,
    }
}

/// Does the operation if it is one of these.
pub(super) fn handle(call: &Call<'_>, tx: &Tx<'_>) -> Option<Result<Reply, ServiceError>> {
    let name = call.operation.as_str();
    let part = PARTS.iter().find(|part| {
        part.delete == Some(name)
            || name
                .strip_prefix("Get")
                .or_else(|| name.strip_prefix("Put"))
                .is_some_and(|rest| rest == part.operation)
    })?;
    Some(match *call.method {
        Method::GET => get(part, call, tx),
        Method::PUT => put(part, call, tx),
        _ => delete(part, call, tx),
    })
}

fn get(part: &Part, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let known = bucket.configuration.get(part.sub_resource);
    let value = match (known, part.missing) {
        (Some(value), _) => value.clone(),
        (None, Some((code, message))) => {
            return Err(ServiceError::new(404, code, message).with_field("BucketName", bucket.name));
        }
        (None, None) if part.sub_resource == "encryption" => encrypted_by_s3(),
        (None, None) if part.sub_resource == "requestPayment" => json!({"Payer": "BucketOwner"}),
        (None, None) => json!({}),
    };
    let Some(root) = part.root else {
        let text = value.as_str().unwrap_or_default();
        return Ok(Reply {
            body: text.as_bytes().to_vec(),
            ..Reply::status(200).with_header("content-type", "application/json")
        });
    };
    Ok(rest_xml::write_tree(root, &value))
}

/// What S3 does with a bucket that nobody configured.
fn encrypted_by_s3() -> Value {
    json!({"Rule": {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": "false",
    }})
}

fn put(part: &Part, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let mut bucket = bucket::find(call, tx)?;
    let body = upload::read(call)?;
    let value = match part.root {
        Some(root) => rest_xml::read_tree(&body.bytes, root)?,
        None => Value::from(policy(&body.bytes)?),
    };
    match part.sub_resource {
        "versioning" => check_versioning(&value)?,
        "tagging" => tagging::check_names(&tagging::read(&value))?,
        _ => {}
    }
    bucket
        .configuration
        .insert(part.sub_resource.to_owned(), value);
    save(&bucket, tx)?;
    let is_empty = part.root.is_none() || part.sub_resource == "tagging";
    let status = if is_empty { 204 } else { 200 };
    Ok(Reply::status(status))
}

fn delete(part: &Part, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let mut bucket = bucket::find(call, tx)?;
    bucket.configuration.remove(part.sub_resource);
    save(&bucket, tx)?;
    Ok(Reply::status(204))
}

fn save(bucket: &Bucket, tx: &Tx<'_>) -> Result<(), ServiceError> {
    tx.put(
        &crate::store::Scope::global(),
        bucket::BUCKETS,
        &bucket.name,
        bucket,
    )
}

fn policy(body: &[u8]) -> Result<String, ServiceError> {
    let text = String::from_utf8_lossy(body).into_owned();
    let known = serde_json::from_str::<Value>(&text)
        .is_ok_and(|policy| policy["Statement"].is_array() || policy["Statement"].is_object());
    if known {
        return Ok(text);
    }
    Err(ServiceError::bad_request(
        "MalformedPolicy",
        "This policy contains invalid Json",
    ))
}

fn check_versioning(value: &Value) -> Result<(), ServiceError> {
    match value["Status"].as_str() {
        Some("Enabled" | "Suspended") => Ok(()),
        _ => Err(ServiceError::bad_request(
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )),
    }
}
