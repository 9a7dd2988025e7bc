//! Tags: `PutObjectTagging`, `GetObjectTagging`, `DeleteObjectTagging`, and the rules of tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bucket::Bucket;
use super::object::{self, Object};
use super::{history, upload};
use crate::error::ServiceError;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// The most tags of an object.
const MOST: usize = 10;

/// The tags of a `Tagging` document.
pub(super) fn read(tagging: &Value) -> Vec<(String, String)> {
    let text = |tag: &Value, name: &str| tag[name].as_str().unwrap_or_default().to_owned();
    rest_xml::each(&tagging["TagSet"]["Tag"])
        .iter()
        .map(|tag| (text(tag, "Key"), text(tag, "Value")))
        .collect()
}

/// An object's tags.
///
/// # Errors
/// `BadRequest` (400) for more than ten, `InvalidTag` (400).
pub(super) fn check(tags: Vec<(String, String)>) -> Result<BTreeMap<String, String>, ServiceError> {
    if tags.len() > MOST {
        return Err(ServiceError::bad_request(
            "BadRequest",
            "Object tags cannot be greater than 10",
        ));
    }
    check_names(&tags)?;
    Ok(tags.into_iter().collect())
}

/// The rules for the tags of buckets and objects.
///
/// # Errors
/// `InvalidTag` (400).
pub(super) fn check_names(tags: &[(String, String)]) -> Result<(), ServiceError> {
    let invalid = |message| Err(ServiceError::bad_request("InvalidTag", message));
    let mut seen = std::collections::BTreeSet::new();
    for (key, value) in tags {
        let reserved = key.starts_with("aws:") && !key.starts_with("aws:cloudformation:");
        if key.is_empty() || reserved || key.chars().count() > 128 {
            return invalid("The TagKey you have provided is invalid");
        }
        if value.chars().count() > 256 {
            return invalid("The TagValue you have provided is invalid");
        }
        if !seen.insert(key) {
            return invalid("Cannot provide multiple Tags with the same key");
        }
    }
    Ok(())
}

/// Replaces the tags of an object or of one of its versions.
pub(super) fn put_object_tagging(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let body = upload::read(call)?;
    let tags = check(read(&rest_xml::read_tree(&body.bytes, "Tagging")?))?;
    let (bucket, object) = replace(tags, call, tx)?;
    Ok(object.version(&bucket, Reply::status(200)))
}

/// Removes them.
pub(super) fn delete_object_tagging(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, object) = replace(BTreeMap::new(), call, tx)?;
    Ok(object.version(&bucket, Reply::status(204)))
}

fn replace(
    tags: BTreeMap<String, String>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(Bucket, Object), ServiceError> {
    let (bucket, key, object) = object::find(call, tx)?;
    let object = Object { tags, ..object };
    history::rewrite(&bucket.name, &key, object.clone(), tx)?;
    Ok((bucket, object))
}

/// The tags of an object or of one of its versions.
pub(super) fn get_object_tagging(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, _, object) = object::find(call, tx)?;
    let tag = |(key, value): (&String, &String)| json!({"Key": key, "Value": value});
    let tags: Vec<Value> = object.tags.iter().map(tag).collect();
    let reply = rest_xml::write_tree("Tagging", &json!({"TagSet": {"Tag": tags}}));
    Ok(object.version(&bucket, reply))
}
