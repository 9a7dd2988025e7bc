//! `ListObjectsV2` and `ListObjects`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::bucket::{self, Bucket};
use super::buckets::owner;
use super::listing::{Asked, BEHIND, invalid};
use super::object::{OBJECTS, Object, row};
use crate::error::ServiceError;
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// A line of the list: a key, or all keys with one prefix together.
enum Item {
    Object(String, Object),
    Prefix(String),
}

impl Item {
    fn name(&self) -> &str {
        match self {
            Self::Object(name, _) | Self::Prefix(name) => name,
        }
    }

    /// The list goes on behind this.
    fn position(&self) -> String {
        match self {
            Self::Object(key, _) => key.clone(),
            Self::Prefix(prefix) => format!("{prefix}{BEHIND}"),
        }
    }
}

/// One page.
struct Page {
    items: Vec<Item>,
    truncated: bool,
}

/// Keys in the order of their bytes, up to 1,000 a page; what shares a prefix up to the delimiter
/// counts as one.
pub(super) fn list_objects_v2(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let asked = Asked::of(call, "max-keys")?;
    let start_after = call.query("start-after").filter(|text| !text.is_empty());
    let token = call.query("continuation-token");
    let after = match token {
        Some(token) => Some(read_token(token)?),
        None => start_after.map(str::to_owned),
    };
    let page = collect(&bucket, &asked, after, tx)?;
    let next = page.items.last().filter(|_| page.truncated);
    let mut output = Map::from_iter([
        ("Name".to_owned(), json!(bucket.name)),
        ("Prefix".to_owned(), json!(asked.show(asked.prefix))),
        (
            "Delimiter".to_owned(),
            json!(asked.delimiter.map(|text| asked.show(text))),
        ),
        (
            "StartAfter".to_owned(),
            json!(start_after.map(|text| asked.show(text))),
        ),
        ("EncodingType".to_owned(), json!(asked.encoding())),
        ("KeyCount".to_owned(), json!(page.items.len())),
        ("MaxKeys".to_owned(), json!(asked.most)),
        ("IsTruncated".to_owned(), json!(page.truncated)),
        ("ContinuationToken".to_owned(), json!(token)),
        (
            "NextContinuationToken".to_owned(),
            json!(next.map(|item| URL_SAFE_NO_PAD.encode(item.position()))),
        ),
    ]);
    let with_owner = call.query("fetch-owner") == Some("true");
    show(&bucket, &asked, page.items, with_owner, &mut output);
    Ok(rest_xml::write_tree(
        "ListBucketResult",
        &Value::Object(output),
    ))
}

/// The older list: it goes on behind a key, and names its owner.
pub(super) fn list_objects(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let asked = Asked::of(call, "max-keys")?;
    let marker = call.query("marker").unwrap_or_default();
    // A marker that is a common prefix of the page before stands for all its keys.
    let after = if asked.is_group(marker) {
        format!("{marker}{BEHIND}")
    } else {
        marker.to_owned()
    };
    let page = collect(&bucket, &asked, Some(after), tx)?;
    let next = page.items.last().filter(|_| page.truncated);
    let next = next.filter(|_| asked.delimiter.is_some());
    let mut output = Map::from_iter([
        ("Name".to_owned(), json!(bucket.name)),
        ("Prefix".to_owned(), json!(asked.show(asked.prefix))),
        ("Marker".to_owned(), json!(asked.show(marker))),
        (
            "NextMarker".to_owned(),
            json!(next.map(|item| asked.show(item.name()))),
        ),
        ("MaxKeys".to_owned(), json!(asked.most)),
        (
            "Delimiter".to_owned(),
            json!(asked.delimiter.map(|text| asked.show(text))),
        ),
        ("EncodingType".to_owned(), json!(asked.encoding())),
        ("IsTruncated".to_owned(), json!(page.truncated)),
    ]);
    show(&bucket, &asked, page.items, true, &mut output);
    Ok(rest_xml::write_tree(
        "ListBucketResult",
        &Value::Object(output),
    ))
}

fn show(
    bucket: &Bucket,
    asked: &Asked<'_>,
    items: Vec<Item>,
    with_owner: bool,
    output: &mut Map<String, Value>,
) {
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    let owner = with_owner.then(|| json!({"ID": owner(&bucket.account).id}));
    for item in items {
        match item {
            Item::Prefix(prefix) => prefixes.push(asked.common_prefix(&prefix)),
            Item::Object(key, object) => {
                let algorithms = object.checksums.keys().map(|name| name.to_uppercase());
                contents.push(json!({
                    "Key": asked.show(&key),
                    "LastModified": timestamp::iso8601(object.modified_ms),
                    "ETag": object.etag,
                    "ChecksumAlgorithm": algorithms.collect::<Vec<_>>(),
                    "ChecksumType": object.checksum_type(),
                    "Size": object.size,
                    "Owner": owner,
                    "StorageClass": object.storage_class(),
                }));
            }
        }
    }
    output.insert("Contents".to_owned(), Value::Array(contents));
    output.insert("CommonPrefixes".to_owned(), Value::Array(prefixes));
}

fn read_token(token: &str) -> Result<String, ServiceError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let position = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    position.ok_or_else(|| {
        let message = "The continuation token provided is incorrect";
        invalid("continuation-token", message, token)
    })
}

/// The page behind `after`. A group of keys is jumped over, not read.
fn collect(
    bucket: &Bucket,
    asked: &Asked<'_>,
    after: Option<String>,
    tx: &Tx<'_>,
) -> Result<Page, ServiceError> {
    let wanted = if asked.most == 0 { 0 } else { asked.most + 1 };
    let from = row(&bucket.name, asked.prefix);
    let mut after = after.map(|after| row(&bucket.name, &after));
    let mut items = Vec::new();
    let mut step = asked.first_step();
    while items.len() < wanted {
        let size = step.min(wanted - items.len());
        let page: Vec<(String, Object)> =
            tx.scan(&Scope::global(), OBJECTS, &from, after.as_deref(), size)?;
        let ended = page.len() < size;
        let mut jumped = false;
        for (row, object) in page {
            let key = row[bucket.name.len() + 1..].to_owned();
            let group = asked.group(&key);
            jumped = group.is_some();
            let item = match group {
                Some(group) => Item::Prefix(group),
                None => Item::Object(key, object),
            };
            after = Some(self::row(&bucket.name, &item.position()));
            items.push(item);
            if jumped {
                break;
            }
        }
        if ended && !jumped {
            break;
        }
        step = asked.next_step(step, jumped);
    }
    let truncated = items.len() > asked.most;
    items.truncate(asked.most);
    Ok(Page { items, truncated })
}
