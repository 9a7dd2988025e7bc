//! `ListObjectsV2`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::bucket;
use super::buckets::{Owner, owner};
use super::object::{OBJECTS, Object, row};
use crate::error::ServiceError;
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

const LARGEST_PAGE: usize = 1_000;
/// What `encoding-type=url` leaves as it is.
const URL_KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'*');
/// Sorts behind every key that starts with what stands before it.
const BEHIND: char = char::MAX;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListBucketResult {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    name: String,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_type: Option<&'static str>,
    key_count: usize,
    max_keys: usize,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_continuation_token: Option<String>,
    contents: Vec<Contents>,
    common_prefixes: Vec<CommonPrefix>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    last_modified: String,
    #[serde(rename = "ETag")]
    etag: String,
    checksum_algorithm: Vec<String>,
    checksum_type: &'static str,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Owner>,
    storage_class: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: String,
}

/// A line of the list: a key, or all keys with one prefix together.
enum Item {
    Object(String, Object),
    Prefix(String),
}

impl Item {
    /// The list goes on behind this.
    fn position(&self) -> String {
        match self {
            Self::Object(key, _) => key.clone(),
            Self::Prefix(prefix) => format!("{prefix}{BEHIND}"),
        }
    }
}

/// Keys in the order of their bytes, up to 1,000 a page; what shares a prefix up to the delimiter
/// counts as one.
pub(super) fn list_objects_v2(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let prefix = call.query("prefix").unwrap_or_default();
    let delimiter = call.query("delimiter").filter(|text| !text.is_empty());
    let max_keys = match call.query("max-keys").map(str::parse::<usize>) {
        None => LARGEST_PAGE,
        Some(Ok(wanted)) => wanted.min(LARGEST_PAGE),
        Some(Err(_)) => return Err(invalid("max-keys", "Provided max-keys not an integer")),
    };
    let start_after = call.query("start-after").filter(|text| !text.is_empty());
    let token = call.query("continuation-token");
    let after = match token {
        Some(token) => Some(read_token(token)?),
        None => start_after.map(str::to_owned),
    };
    let wanted = if max_keys == 0 { 0 } else { max_keys + 1 };
    let mut items = collect(&bucket.name, prefix, delimiter, after, wanted, tx)?;
    let is_truncated = items.len() > max_keys;
    items.truncate(max_keys);
    let next = items.last().filter(|_| is_truncated);
    let next_continuation_token = next.map(|item| URL_SAFE_NO_PAD.encode(item.position()));
    let encoded = call.query("encoding-type") == Some("url");
    let encode = |text: &str| {
        if encoded {
            utf8_percent_encode(text, URL_KEY).to_string()
        } else {
            text.to_owned()
        }
    };
    let mut output = ListBucketResult {
        xmlns: rest_xml::NAMESPACE,
        name: bucket.name,
        prefix: encode(prefix),
        delimiter: delimiter.map(encode),
        start_after: start_after.map(encode),
        encoding_type: encoded.then_some("url"),
        key_count: items.len(),
        max_keys,
        is_truncated,
        continuation_token: token.map(str::to_owned),
        next_continuation_token,
        contents: Vec::new(),
        common_prefixes: Vec::new(),
    };
    let with_owner = call.query("fetch-owner") == Some("true");
    for item in items {
        match item {
            Item::Prefix(prefix) => output.common_prefixes.push(CommonPrefix {
                prefix: encode(&prefix),
            }),
            Item::Object(key, object) => output.contents.push(Contents {
                key: encode(&key),
                last_modified: timestamp::iso8601(object.modified_ms),
                etag: object.etag,
                checksum_algorithm: object
                    .checksums
                    .keys()
                    .map(|name| name.to_uppercase())
                    .collect(),
                checksum_type: "FULL_OBJECT",
                size: object.size,
                owner: with_owner.then(|| owner(&bucket.account)),
                storage_class: "STANDARD",
            }),
        }
    }
    rest_xml::write("ListBucketResult", &output)
}

fn invalid(argument: &str, message: &str) -> ServiceError {
    ServiceError::bad_request("InvalidArgument", message).with_field("ArgumentName", argument)
}

fn read_token(token: &str) -> Result<String, ServiceError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            invalid(
                "continuation-token",
                "The continuation token provided is incorrect",
            )
        })
}

/// Up to `wanted` items behind `after`. A group of keys is jumped over, not read.
fn collect(
    bucket: &str,
    prefix: &str,
    delimiter: Option<&str>,
    after: Option<String>,
    wanted: usize,
    tx: &Tx<'_>,
) -> Result<Vec<Item>, ServiceError> {
    let from = row(bucket, prefix);
    let mut after = after.map(|after| row(bucket, &after));
    let mut items = Vec::new();
    while items.len() < wanted {
        let left = wanted - items.len();
        let page: Vec<(String, Object)> =
            tx.scan(&Scope::global(), OBJECTS, &from, after.as_deref(), left)?;
        let ended = page.len() < left;
        let mut jumped = false;
        for (key, object) in page {
            let key = key[bucket.len() + 1..].to_owned();
            let group = delimiter.and_then(|delimiter| {
                let end = key[prefix.len()..].find(delimiter)?;
                Some(key[..prefix.len() + end + delimiter.len()].to_owned())
            });
            jumped = group.is_some();
            let item = match group {
                Some(group) => Item::Prefix(group),
                None => Item::Object(key, object),
            };
            after = Some(row(bucket, &item.position()));
            items.push(item);
            if jumped {
                break;
            }
        }
        if ended && !jumped {
            break;
        }
    }
    Ok(items)
}
