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
    let mut shown_key = start.as_ref().and_then(|position| position.key.clone());
    let mut position = start.unwrap_or_else(|| behind(String::new()));
    let mut items = Vec::new();
    let mut step = asked.first_step();
    while items.len() < wanted {
        let size = step.min(wanted - items.len());
        let scope = Scope::global();
        let objects: Vec<(String, Object)> =
            tx.scan(&scope, OBJECTS, &from, Some(&position.objects), size)?;
        let versions: Vec<(String, Version)> =
            tx.scan(&scope, VERSIONS, &from, Some(&position.versions), size)?;
        let short = objects.len() < size && versions.len() < size;
        let merged = merge(objects, versions);
        // Behind the first ones, what a scan has not reached may be missing.
        let ended = short && merged.len() <= size;
        let mut jumped = false;
        for line in merged.into_iter().take(size) {
            let key = line.key_row[bucket.name.len() + 1..].to_owned();
            if let Some(group) = asked.group(&key) {
                position = behind(row(&bucket.name, &format!("{group}{BEHIND}")));
                items.push(Item::Prefix(group));
                jumped = true;
                break;
            }
            match line.version_row {
                Some(version_row) => position.versions = version_row,
                None => position.objects = line.key_row,
            }
            let latest = shown_key.as_ref() != Some(&key);
            shown_key = Some(key.clone());
            items.push(Item::Version {
                key,
                version: line.version,
                latest,
            });
        }
        if ended && !jumped {
            break;
        }
        step = asked.next_step(step, jumped);
    }
    Ok(items)
}

/// A version, and where it stands.
struct Line {
    key_row: String,
    /// None for the current object of a key, which stands under the key.
    version_row: Option<String>,
    version: Version,
}

/// In the order of their keys; the current object of a key before its other versions.
fn merge(objects: Vec<(String, Object)>, versions: Vec<(String, Version)>) -> Vec<Line> {
    let mut merged: Vec<Line> = objects
        .into_iter()
        .map(|(key_row, object)| Line {
            key_row,
            version_row: None,
            version: Version::Object(object),
        })
        .collect();
    merged.extend(versions.into_iter().map(|(version_row, version)| Line {
        key_row: version_row[..version_row.len().saturating_sub(PLACE)].to_owned(),
        version_row: Some(version_row),
        version,
    }));
    // Stable: what has one key stays in its order.
    merged.sort_by(|one, other| one.key_row.cmp(&other.key_row));
    merged
}
