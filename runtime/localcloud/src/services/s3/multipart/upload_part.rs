//! `UploadPart` and `UploadPartCopy`.

use std::collections::BTreeMap;
use std::ops::Range;

use md5::{Digest as _, Md5};
use serde_json::{Map, Value};

use super::super::body;
use super::super::copy_object::source;
use super::super::get_object::parse_range;
use super::super::upload::{self, invalid};
use super::{MOST_PARTS, PARTS, Part, Upload, find, part_row};
use crate::error::ServiceError;
use crate::protocol::checksum::{self, Algorithm, Hasher};
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// Takes a part, over an older one of the same number.
///
/// # Errors
/// `InvalidArgument` (400) for a number that is none, `NoSuchUpload` (404), a wrong digest, and
/// `InvalidRequest` (400) for a checksum of another algorithm than the upload's.
pub(in super::super) fn upload_part(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (_, _, upload) = find(call, tx)?;
    let number = number(call)?;
    let sent = upload::read(call)?;
    let checksum = match (sent.checksum, algorithm_of(&upload)) {
        (Some((algorithm, _)), Some(expected)) if algorithm != expected => {
            return Err(invalid(format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum \
                 Type: {}",
                expected.name(),
                algorithm.name()
            )));
        }
        (Some(checksum), _) => Some(checksum),
        (None, Some(algorithm)) => Some((algorithm, checksum::compute(algorithm, &sent.bytes))),
        (None, None) => None,
    };
    let part = Part {
        number,
        size: sent.bytes.len(),
        etag: format!("\"{}\"", hex::encode(Md5::digest(&sent.bytes))),
        modified_ms: call.now_ms,
        checksums: checksum
            .into_iter()
            .map(|(algorithm, value)| (algorithm.name().to_owned(), value))
            .collect(),
        body: body::store(&sent.bytes, call, tx)?,
    };
    keep(&upload, &part, tx)?;
    let mut reply = Reply::status(200).with_header("etag", part.etag);
    for (algorithm, value) in part.checksums {
        reply = reply.with_header(format!("x-amz-checksum-{algorithm}"), value);
    }
    Ok(upload.object.encryption(reply))
}

/// Takes a part from an object that is there, or from a range of it.
///
/// # Errors
/// As for `UploadPart` and for the source of `CopyObject`; `InvalidArgument` (400) for a range that is
/// not within the source.
pub(in super::super) fn upload_part_copy(
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let (_, _, upload) = find(call, tx)?;
    let number = number(call)?;
    let source = source(call, tx)?;
    let size = source.object.size;
    let range = match call.header("x-amz-copy-source-range") {
        None => 0..size,
        Some(header) => copied_range(header, size)?,
    };
    let algorithm = algorithm_of(&upload);
    let mut hasher = algorithm.map(Hasher::new);
    let mut md5 = Md5::new();
    let mut copy = body::Writer::new(call, tx);
    body::each_piece(&source.object, range.clone(), tx, |piece| {
        md5.update(piece);
        if let Some(hasher) = &mut hasher {
            hasher.update(piece);
        }
        copy.write(piece)
    })?;
    let checksums: BTreeMap<String, String> = algorithm
        .into_iter()
        .zip(hasher)
        .map(|(algorithm, hasher)| (algorithm.name().to_owned(), hasher.finish()))
        .collect();
    let part = Part {
        number,
        size: range.len(),
        etag: format!("\"{}\"", hex::encode(md5.finalize())),
        modified_ms: call.now_ms,
        checksums,
        body: copy.finish()?,
    };
    keep(&upload, &part, tx)?;
    let mut result = Map::from_iter([
        ("ETag".to_owned(), Value::from(part.etag)),
        (
            "LastModified".to_owned(),
            Value::from(timestamp::iso8601(part.modified_ms)),
        ),
    ]);
    for (algorithm, value) in part.checksums {
        let name = format!("Checksum{}", algorithm.to_uppercase());
        result.insert(name, Value::from(value));
    }
    let reply = rest_xml::write_tree("CopyPartResult", &Value::Object(result));
    Ok(upload.object.encryption(source.version(reply)))
}

fn number(call: &Call<'_>) -> Result<usize, ServiceError> {
    let text = call.query("partNumber").unwrap_or_default();
    match text.parse::<usize>() {
        Ok(number) if (1..=MOST_PARTS).contains(&number) => Ok(number),
        _ => Err(ServiceError::bad_request(
            "InvalidArgument",
            "Part number must be an integer between 1 and 10000, inclusive",
        )
        .with_field("ArgumentName", "partNumber")
        .with_field("ArgumentValue", text)),
    }
}

/// Unlike a reader's, a copier's range has to be one, and within the source.
fn copied_range(header: &str, size: usize) -> Result<Range<usize>, ServiceError> {
    let bounds = header.strip_prefix("bytes=");
    let bounds = bounds.and_then(|bounds| bounds.split_once('-'));
    let last = bounds.and_then(|(_, last)| last.parse::<usize>().ok());
    let starts = bounds.is_some_and(|(first, _)| !first.is_empty());
    let range = parse_range(header, size).ok().flatten();
    match (range, last) {
        (Some(range), Some(last)) if starts && last < size => Ok(range),
        (_, Some(_)) if starts => Err(ServiceError::bad_request(
            "InvalidArgument",
            format!("Range specified is not valid for source object of size: {size}"),
        )
        .with_field("ArgumentName", "x-amz-copy-source-range")
        .with_field("ArgumentValue", header)),
        _ => Err(ServiceError::bad_request(
            "InvalidArgument",
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and \
             last are the zero-based offsets of the first and last bytes to copy",
        )
        .with_field("ArgumentName", "x-amz-copy-source-range")
        .with_field("ArgumentValue", header)),
    }
}

fn algorithm_of(upload: &Upload) -> Option<Algorithm> {
    Algorithm::named(upload.algorithm.as_deref()?)
}

fn keep(upload: &Upload, part: &Part, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let row = part_row(&upload.id, part.number);
    let older: Option<Part> = tx.get(&Scope::global(), PARTS, &row)?;
    if let Some(older) = older {
        body::remove_bytes(&older.body, older.size, tx)?;
    }
    tx.put(&Scope::global(), PARTS, &row, part)
}
