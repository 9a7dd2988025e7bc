//! Which bucket, which key and which operation a request means: virtual-hosted
//! (`bucket.s3.eu-west-1.amazonaws.com/key`, `bucket.localhost:4566/key`) or path style
//! (`127.0.0.1:4566/bucket/key`).

use http::HeaderMap;
use http::header::HOST;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::configuration;
use crate::router::decode_form;

/// Sub-resources that make another operation of a request: those that are not done here are
/// refused by their name, and not mistaken for the plain operation.
const SUB_RESOURCES: [&str; 33] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "metadataTable",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "renameObject",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "website",
];

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Empty for the service itself.
    pub(super) bucket: String,
    /// Empty for the bucket itself; decoded.
    pub(super) key: String,
}

pub(super) fn address(headers: &HeaderMap, path: &str) -> Address {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let path = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = match virtual_bucket(host.unwrap_or_default()) {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Address {
        bucket: decode(bucket),
        key: decode(key),
    }
}

fn virtual_bucket(host: &str) -> Option<&str> {
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bucket = match host.rfind(".s3.").or_else(|| host.rfind(".s3-")) {
        Some(end) => &host[..end],
        None => host.strip_suffix(".localhost")?,
    };
    (bucket != "s3").then_some(bucket)
}

pub(super) fn operation(request: &Parts) -> Option<String> {
    let query = decode_form(request.uri.query().unwrap_or_default());
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let method = request.method.as_str();
    let address = address(&request.headers, request.uri.path());
    let kind = match (address.bucket.is_empty(), address.key.is_empty()) {
        (true, _) => "service",
        (false, true) => "bucket",
        (false, false) => "object",
    };
    if kind == "object"
        && let Some(name) = of_object(method, &request.headers, has)
    {
        return Some(name.to_owned());
    }
    if let Some(sub) = SUB_RESOURCES.iter().find(|sub| has(sub)) {
        if *sub == "uploads" && (kind, method) == ("bucket", "GET") {
            return Some("ListMultipartUploads".to_owned());
        }
        if *sub == "acl" && kind == "bucket" && matches!(method, "GET" | "PUT") {
            return Some(
                if method == "GET" {
                    "GetBucketAcl"
                } else {
                    "PutBucketAcl"
                }
                .to_owned(),
            );
        }
        let known = (kind == "bucket").then(|| configuration::operation(method, sub));
        return known
            .flatten()
            .or_else(|| Some(format!("{method} {kind}?{sub}")));
    }
    let name = match (kind, method) {
        ("service", "GET") => "ListBuckets",
        ("bucket", "PUT") => "CreateBucket",
        ("bucket", "HEAD") => "HeadBucket",
        ("bucket", "DELETE") => "DeleteBucket",
        ("bucket", "GET") if has("location") => "GetBucketLocation",
        ("bucket", "GET") if has("versions") => "ListObjectVersions",
        ("bucket", "GET") if has("list-type") => "ListObjectsV2",
        ("bucket", "GET") => "ListObjects",
        ("bucket", "POST") if has("delete") => "DeleteObjects",
        _ => return None,
    };
    Some(name.to_owned())
}

/// The operations of objects; `None` if a sub-resource is named that has none here.
fn of_object(
    method: &str,
    headers: &HeaderMap,
    has: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    let copies = headers.contains_key("x-amz-copy-source");
    let plain = !SUB_RESOURCES.iter().any(|sub| has(sub));
    let reads = plain || has("partNumber");
    Some(match method {
        "POST" if has("uploads") => "CreateMultipartUpload",
        "POST" if has("uploadId") => "CompleteMultipartUpload",
        "PUT" if has("uploadId") && copies => "UploadPartCopy",
        "PUT" if has("uploadId") => "UploadPart",
        "GET" if has("uploadId") => "ListParts",
        "DELETE" if has("uploadId") => "AbortMultipartUpload",
        "GET" if has("attributes") => "GetObjectAttributes",
        "GET" if has("tagging") => "GetObjectTagging",
        "PUT" if has("tagging") => "PutObjectTagging",
        "DELETE" if has("tagging") => "DeleteObjectTagging",
        "GET" if has("acl") => "GetObjectAcl",
        "PUT" if has("acl") => "PutObjectAcl",
        "PUT" if plain && copies => "CopyObject",
        "PUT" if plain => "PutObject",
        "GET" if reads => "GetObject",
        "HEAD" if reads => "HeadObject",
        "DELETE" if plain => "DeleteObject",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn means(host: &str, path: &str, bucket: &str, key: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        let expected = Address {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        };
        assert_eq!(address(&headers, path), expected);
    }

    #[test]
    fn both_styles_are_understood() {
        means(
            "lake.s3.eu-west-1.amazonaws.com",
            "/raw/a%20b",
            "lake",
            "raw/a b",
        );
        means("my.lake.s3.amazonaws.com", "/", "my.lake", "");
        means("s3.eu-west-1.amazonaws.com", "/lake/raw/", "lake", "raw/");
        means("s3.eu-west-1.amazonaws.com", "/", "", "");
        means("127.0.0.1:4566", "/lake", "lake", "");
        means("localhost:4566", "/lake/k", "lake", "k");
        means("lake.localhost:4566", "/k", "lake", "k");
        means("s3.localhost:4566", "/lake/k", "lake", "k");
    }
}
