//! What an upload says about its object: headers, metadata, tags, storage class, encryption.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::bucket::Bucket;
use super::tagging;
use crate::error::ServiceError;
use crate::request::Call;

/// Headers that are kept with an object and come back with it.
const KEPT: [&str; 10] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    ENCRYPTION,
    ENCRYPTION_KEY,
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-website-redirect-location",
];

const ENCRYPTION: &str = "x-amz-server-side-encryption";
const ENCRYPTION_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const METADATA: &str = "x-amz-meta-";
/// All user-defined metadata of an object together, in bytes.
const LARGEST_METADATA: usize = 2_048;

const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// The headers of an upload that belong to the object.
///
/// # Errors
/// `MetadataTooLarge`, `InvalidStorageClass`, `InvalidArgument`, `InvalidRequest` (400), and
/// `NotImplemented` (501) for keys that the customer provides.
pub(super) fn headers(
    call: &Call<'_>,
    bucket: &Bucket,
) -> Result<BTreeMap<String, String>, ServiceError> {
    refuse_what_is_not_here(call.headers)?;
    let mut kept = kept(call.headers)?;
    if let Some(class) = call.header("x-amz-storage-class") {
        if !STORAGE_CLASSES.contains(&class) {
            return Err(ServiceError::bad_request(
                "InvalidStorageClass",
                "The storage class you specified is not valid",
            ));
        }
        if class != "STANDARD" {
            kept.insert("x-amz-storage-class".to_owned(), class.to_owned());
        }
    }
    match kept.get(ENCRYPTION).map(String::as_str) {
        Some("AES256" | "aws:kms" | "aws:kms:dsse") => {}
        Some(other) => {
            return Err(ServiceError::bad_request(
                "InvalidArgument",
                "The encryption method specified is not supported",
            )
            .with_field("ArgumentName", ENCRYPTION)
            .with_field("ArgumentValue", other));
        }
        None => {
            if let Some((algorithm, key)) = bucket.encryption() {
                kept.insert(ENCRYPTION.to_owned(), algorithm.to_owned());
                if let Some(key) = key {
                    kept.insert(ENCRYPTION_KEY.to_owned(), key.to_owned());
                }
            }
        }
    }
    Ok(kept)
}

/// The tags of the `x-amz-tagging` header, which is a query string.
///
/// # Errors
/// `InvalidTag` (400), `BadRequest` (400) for more than ten.
pub(super) fn tags(call: &Call<'_>) -> Result<BTreeMap<String, String>, ServiceError> {
    let text = call.header("x-amz-tagging").unwrap_or_default();
    tagging::check(crate::router::decode_form(text))
}

fn refuse_what_is_not_here(headers: &HeaderMap) -> Result<(), ServiceError> {
    if headers.contains_key("x-amz-server-side-encryption-customer-algorithm") {
        return Err(ServiceError::new(
            501,
            "NotImplemented",
            "the embedded AWS does not have encryption with keys that the customer provides",
        ));
    }
    if headers.contains_key("x-amz-object-lock-mode")
        || headers.contains_key("x-amz-object-lock-legal-hold")
    {
        return Err(ServiceError::bad_request(
            "InvalidRequest",
            "Bucket is missing Object Lock Configuration",
        ));
    }
    Ok(())
}

fn kept(headers: &HeaderMap) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    let mut metadata = 0;
    for (name, value) in headers {
        let name = name.as_str();
        let value = String::from_utf8_lossy(value.as_bytes());
        if let Some(own) = name.strip_prefix(METADATA) {
            metadata += own.len() + value.len();
        } else if !KEPT.contains(&name) {
            continue;
        }
        match kept.get_mut(name) {
            Some(known) => {
                known.push(',');
                known.push_str(&value);
            }
            None => {
                kept.insert(name.to_owned(), value.into_owned());
            }
        }
    }
    if metadata > LARGEST_METADATA {
        return Err(ServiceError::bad_request(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        )
        .with_field("Size", metadata.to_string())
        .with_field("MaxSizeAllowed", LARGEST_METADATA.to_string()));
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
