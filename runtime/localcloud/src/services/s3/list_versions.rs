//! `ListObjectVersions`.

use serde_json::{Map, Value, json};

use super::bucket::{self, Bucket};
use super::buckets::owner;
use super::history::{self, VERSIONS, Version, shown};
use super::listing::{Asked, BEHIND, invalid};
use super::object::{OBJECTS, Object, row};
use crate::error::ServiceError;
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// What stands behind a key in the rows of its versions: a NUL and 16 digits.
const PLACE: usize = 17;
/// Sorts behind every digit of a place.
const BEHIND_PLACES: &str = "\0g";

/// A line of the list.
enum Item {
    Version {
        key: String,
        version: Version,
        latest: bool,
    },
    Prefix(String),
}

/// Where the list goes on, in both collections: rows, themselves left out.
#[derive(Debug, Clone)]
struct Position {
    objects: String,
    versions: String,
    /// The key whose newest version was shown already.
    key: Option<String>,
}

/// All versions and delete markers: keys in the order of their bytes, the newest version of a key
/// first; up to 1,000 a page.
pub(super) fn list_object_versions(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let asked = Asked::of(call, "max-keys")?;
    let key_marker = call.query("key-marker").unwrap_or_default();
    let version_marker = call
        .query("version-id-marker")
        .filter(|marker| !marker.is_empty());
    let start = start(&bucket, &asked, key_marker, version_marker, tx)?;
    let wanted = if asked.most == 0 { 0 } else { asked.most + 1 };
    let mut items = collect(&bucket, &asked, start, wanted, tx)?;
    let truncated = items.len() > asked.most;
    items.truncate(asked.most);
    let next = items.last().filter(|_| truncated).map(|item| match item {
        Item::Prefix(prefix) => (prefix.clone(), None),
        Item::Version { key, version, .. } => (key.clone(), Some(shown(version.version_id()))),
    });
    let mut output = Map::from_iter([
        ("Name".to_owned(), json!(bucket.name)),
        ("Prefix".to_owned(), json!(asked.show(asked.prefix))),
        ("KeyMarker".to_owned(), json!(asked.show(key_marker))),
        (
            "VersionIdMarker".to_owned(),
            json!(version_marker.unwrap_or_default()),
        ),
        (
            "NextKeyMarker".to_owned(),
            json!(next.as_ref().map(|(key, _)| asked.show(key))),
        ),
        (
            "NextVersionIdMarker".to_owned(),
            json!(next.as_ref().and_then(|(_, version)| *version)),
        ),
        ("MaxKeys".to_owned(), json!(asked.most)),
        (
            "Delimiter".to_owned(),
            json!(asked.delimiter.map(|text| asked.show(text))),
        ),
        ("EncodingType".to_owned(), json!(asked.encoding())),
        ("IsTruncated".to_owned(), json!(truncated)),
    ]);
    let (mut versions, mut markers, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    let owner = json!({"ID": owner(&bucket.account).id});
    for item in items {
        match item {
            Item::Prefix(prefix) => prefixes.push(asked.common_prefix(&prefix)),
            Item::Version {
                key,
                version,
                latest,
            } => {
                let facts = json!({
                    "Key": asked.show(&key),
                    "VersionId": shown(version.version_id()),
                    "IsLatest": latest,
                    "Owner": owner,
                });
                match &version {
                    Version::Object(object) => versions.push(describe(facts, object)),
                    Version::DeleteMarker(marker) => {
                        let mut facts = facts;
                        facts["LastModified"] = timestamp::iso8601(marker.modified_ms).into();
                        markers.push(facts);
                    }
                }
            }
        }
    }
    output.insert("Version".to_owned(), Value::Array(versions));
    output.insert("DeleteMarker".to_owned(), Value::Array(markers));
    output.insert("CommonPrefixes".to_owned(), Value::Array(prefixes));
    Ok(rest_xml::write_tree(
        "ListVersionsResult",
        &Value::Object(output),
    ))
}

fn describe(mut facts: Value, object: &Object) -> Value {
    facts["LastModified"] = timestamp::iso8601(object.modified_ms).into();
    facts["ETag"] = object.etag.as_str().into();
    facts["Size"] = object.size.into();
    facts["StorageClass"] = object.storage_class().into();
    let algorithms = object.checksums.keys().map(|name| name.to_uppercase());
    facts["ChecksumAlgorithm"] = algorithms.collect::<Vec<_>>().into();
    facts["ChecksumType"] = object.checksum_type().into();
    facts
}

/// Behind a key, or behind one version of it.
///
/// # Errors
/// `InvalidArgument` (400) for a version without a key, and for what is no version id.
fn start(
    bucket: &Bucket,
    asked: &Asked<'_>,
    key: &str,
    version: Option<&str>,
    tx: &Tx<'_>,
) -> Result<Option<Position>, ServiceError> {
    let at = row(&bucket.name, key);
    Ok(Some(match version {
        Some(version) if key.is_empty() => {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(invalid("version-id-marker", message, version));
        }
        None if key.is_empty() => return Ok(None),
        None if asked.is_group(key) => behind(format!("{at}{BEHIND}")),
        None => Position {
            versions: format!("{at}{BEHIND_PLACES}"),
            objects: at,
            key: None,
        },
        Some(version) => {
            let place = match history::sequence_of(version)? {
                Some(sequence) => Some(sequence),
                None => history::null_sequence(&bucket.name, key, tx)?,
            };
            Position {
                versions: match place {
                    Some(place) => history::version_row(&bucket.name, key, place),
                    None => format!("{at}\0"),
                },
                objects: at,
                key: Some(key.to_owned()),
            }
        }
    }))
}

fn behind(row: String) -> Position {
    Position {
        objects: row.clone(),
        versions: row,
        key: None,
    }
}

/// Up to `wanted` lines: both collections in one order, as each is read in that order. A group of keys
/// is jumped over, not read.
fn collect(
    bucket: &Bucket,
    asked: &Asked<'_>,
    start: Option<Position>,
    wanted: usize,
    tx: &Tx<'_>,
) -> Result<Vec<Item>, ServiceError> {
    let from = row(&bucket.name, asked.prefix);
    let mut position = start;
    let mut items = Vec::new();
    let mut shown_key = position.as_ref().and_then(|position| position.key.clone());
    while items.len() < wanted {
        let left = wanted - items.len();
        let objects: Vec<(String, Object)> = tx.scan(
            &Scope::global(),
            OBJECTS,
            &from,
            position.as_ref().map(|position| position.objects.as_str()),
            left,
        )?;
        let versions: Vec<(String, Version)> = tx.scan(
            &Scope::global(),
            VERSIONS,
            &from,
            position.as_ref().map(|position| position.versions.as_str()),
            left,
        )?;
        let mut jumped = false;
        for (row, version) in merge(objects, versions).into_iter().take(left) {
            let key = row[bucket.name.len() + 1..].to_owned();
            if let Some(group) = asked.group(&key) {
                position = Some(behind(self::row(&bucket.name, &format!("{group}{BEHIND}"))));
                items.push(Item::Prefix(group));
                jumped = true;
                break;
            }
            let latest = shown_key.as_ref() != Some(&key);
            shown_key = Some(key.clone());
            items.push(Item::Version {
                key,
                version,
                latest,
            });
        }
        if !jumped {
            break;
        }
    }
    Ok(items)
}

/// In the order of their keys; the current object of a key before its other versions. Each with the
/// row of its key.
fn merge(
    objects: Vec<(String, Object)>,
    versions: Vec<(String, Version)>,
) -> Vec<(String, Version)> {
    let mut merged: Vec<(String, Version)> = objects
        .into_iter()
        .map(|(row, object)| (row, Version::Object(object)))
        .collect();
    merged.extend(versions.into_iter().map(|(mut row, version)| {
        row.truncate(row.len().saturating_sub(PLACE));
        (row, version)
    }));
    // Stable: what has one key stays in its order.
    merged.sort_by(|(one, _), (other, _)| one.cmp(other));
    merged
}
