//! `ListParts` and `ListMultipartUploads`.

use serde_json::{Map, Value, json};

use super::super::bucket;
use super::super::buckets::owner;
use super::super::listing::{Asked, BEHIND, invalid};
use super::super::object::row;
use super::{PARTS, Part, UPLOADS, Upload, find, part_row, upload_row};
use crate::error::ServiceError;
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// The parts of an upload, up to 1,000 a page.
pub(in super::super) fn list_parts(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, key, upload) = find(call, tx)?;
    let asked = Asked::of(call, "max-parts")?;
    let marker = call.query("part-number-marker").unwrap_or("0");
    let after: usize = marker.parse().map_err(|_| {
        let message = "Provided part-number-marker not an integer or within integer range";
        invalid("part-number-marker", message, marker)
    })?;
    let after_row = part_row(&upload.id, after);
    let prefix = format!("{}/", upload.id);
    let mut parts: Vec<(String, Part)> = tx.scan(
        &Scope::global(),
        PARTS,
        &prefix,
        Some(&after_row),
        asked.most + 1,
    )?;
    let truncated = asked.most > 0 && parts.len() > asked.most;
    parts.truncate(asked.most);
    let last = parts.last().map_or(after, |(_, part)| part.number);
    let shown: Vec<Value> = parts.iter().map(|(_, part)| show(part)).collect();
    let id = owner(&bucket.account).id;
    let algorithm = upload.algorithm.as_ref();
    let document = json!({
        "Bucket": bucket.name,
        "Key": asked.show(&key),
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": last,
        "MaxParts": asked.most,
        "IsTruncated": truncated,
        "Part": shown,
        "Initiator": {"ID": id},
        "Owner": {"ID": id},
        "StorageClass": upload.object.storage_class(),
        "ChecksumAlgorithm": algorithm.map(|name| name.to_uppercase()),
        "ChecksumType": algorithm.map(|_| upload.object.checksum_type()),
    });
    Ok(rest_xml::write_tree("ListPartsResult", &document))
}

fn show(part: &Part) -> Value {
    let mut shown = Map::from_iter([
        ("PartNumber".to_owned(), json!(part.number)),
        (
            "LastModified".to_owned(),
            json!(timestamp::iso8601(part.modified_ms)),
        ),
        ("ETag".to_owned(), json!(part.etag)),
        ("Size".to_owned(), json!(part.size)),
    ]);
    for (algorithm, value) in &part.checksums {
        shown.insert(
            format!("Checksum{}", algorithm.to_uppercase()),
            json!(value),
        );
    }
    Value::Object(shown)
}

/// The uploads into a bucket that are under way, by key and id, up to 1,000 a page; what shares a
/// prefix up to the delimiter counts as one.
pub(in super::super) fn list_multipart_uploads(
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let asked = Asked::of(call, "max-uploads")?;
    let key_marker = call.query("key-marker").unwrap_or_default();
    let id_marker = call.query("upload-id-marker").unwrap_or_default();
    let mut after = match (key_marker, id_marker) {
        ("", _) => None,
        (key, _) if asked.is_group(key) => Some(row(&bucket.name, &format!("{key}{BEHIND}"))),
        (key, "") => Some(upload_row(&bucket.name, key, &BEHIND.to_string())),
        (key, id) => Some(upload_row(&bucket.name, key, id)),
    };
    let wanted = if asked.most == 0 { 0 } else { asked.most + 1 };
    let from = row(&bucket.name, asked.prefix);
    // Key, and the upload unless the key is a prefix of many.
    let mut items: Vec<(String, Option<Upload>)> = Vec::new();
    let mut step = asked.first_step();
    while items.len() < wanted {
        let size = step.min(wanted - items.len());
        let page: Vec<(String, Upload)> =
            tx.scan(&Scope::global(), UPLOADS, &from, after.as_deref(), size)?;
        let ended = page.len() < size;
        let mut jumped = false;
        for (row, upload) in page {
            let name = &row[bucket.name.len() + 1..];
            let key = name.split('\0').next().unwrap_or_default().to_owned();
            if let Some(group) = asked.group(&key) {
                after = Some(self::row(&bucket.name, &format!("{group}{BEHIND}")));
                items.push((group, None));
                jumped = true;
                break;
            }
            after = Some(row);
            items.push((key, Some(upload)));
        }
        if ended && !jumped {
            break;
        }
        step = asked.next_step(step, jumped);
    }
    let truncated = items.len() > asked.most;
    items.truncate(asked.most);
    let next = items.last().filter(|_| truncated);
    let next_id = next.and_then(|(_, upload)| upload.as_ref().map(|upload| upload.id.as_str()));
    let id = owner(&bucket.account).id;
    let mut document = json!({
        "Bucket": bucket.name,
        "KeyMarker": asked.show(key_marker),
        "UploadIdMarker": id_marker,
        "NextKeyMarker": next.map(|(key, _)| asked.show(key)),
        "NextUploadIdMarker": next_id,
        "Prefix": asked.show(asked.prefix),
        "Delimiter": asked.delimiter.map(|text| asked.show(text)),
        "EncodingType": asked.encoding(),
        "MaxUploads": asked.most,
        "IsTruncated": truncated,
    });
    let (mut uploads, mut prefixes) = (Vec::new(), Vec::new());
    for (key, upload) in items {
        let Some(upload) = upload else {
            prefixes.push(asked.common_prefix(&key));
            continue;
        };
        let algorithm = upload.algorithm.as_ref();
        uploads.push(json!({
            "Key": asked.show(&key),
            "UploadId": upload.id,
            "Initiator": {"ID": id},
            "Owner": {"ID": id},
            "StorageClass": upload.object.storage_class(),
            "Initiated": timestamp::iso8601(upload.initiated_ms),
            "ChecksumAlgorithm": algorithm.map(|name| name.to_uppercase()),
            "ChecksumType": algorithm.map(|_| upload.object.checksum_type()),
        }));
    }
    document["Upload"] = Value::Array(uploads);
    document["CommonPrefixes"] = Value::Array(prefixes);
    Ok(rest_xml::write_tree(
        "ListMultipartUploadsResult",
        &document,
    ))
}
