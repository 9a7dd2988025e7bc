//! `CompleteMultipartUpload`.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value};

use super::super::body::{self, Manifest};
use super::super::conditions::check_write;
use super::super::history;
use super::super::object::{self, Object};
use super::super::upload::invalid;
use super::{MOST_PARTS, Part, Upload, find, parts, remove};
use crate::error::ServiceError;
use crate::protocol::checksum::{Algorithm, Hasher, compute};
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// Every part but the last has at least 5 MiB.
const SMALLEST: usize = 5 * 1024 * 1024;

/// Makes an object of the parts that are named, in their order; the others are gone.
///
/// # Errors
/// `MalformedXML`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `InvalidRequest`, `BadDigest`
/// (400), `NoSuchUpload` (404), and those of conditional writes. The upload stays as it was.
pub(in super::super) fn complete_multipart_upload(
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let (bucket, key, upload) = find(call, tx)?;
    let parts = chosen(call, &upload, tx)?;
    check_sizes(&parts)?;
    let current = object::load(&bucket.name, &key, tx)?;
    check_write(call, &key, current.as_ref())?;
    let size = parts.iter().map(|part| part.size).sum::<usize>();
    let promised = call.header("x-amz-mp-object-size");
    if promised.is_some_and(|promised| promised.parse() != Ok(size)) {
        return Err(invalid(
            "The provided 'x-amz-mp-object-size' header value does not match what was computed.",
        ));
    }
    let manifest = Manifest { parts };
    let object = Object {
        etag: etag(&manifest.parts),
        size,
        modified_ms: call.now_ms,
        part_count: manifest.parts.len(),
        body: body::store_manifest(&manifest, call, tx)?,
        ..upload.object.clone()
    };
    let (algorithm, checksum) = checksum(&upload, &object, &manifest.parts, tx)?;
    check_promised_checksum(call, algorithm, &checksum)?;
    let object = Object {
        checksums: BTreeMap::from([(algorithm.name().to_owned(), checksum)]),
        ..object
    };
    let object = history::write(&bucket, &key, object, call, tx)?;
    remove(&bucket.name, &key, &upload, &manifest.parts, tx)?;
    let host = call.header("host").unwrap_or_default();
    let mut result = Map::from_iter([
        (
            "Location".to_owned(),
            Value::from(format!("http://{host}{}", call.path)),
        ),
        ("Bucket".to_owned(), Value::from(bucket.name.as_str())),
        ("Key".to_owned(), Value::from(key)),
        ("ETag".to_owned(), Value::from(object.etag.as_str())),
        (
            "ChecksumType".to_owned(),
            Value::from(object.checksum_type()),
        ),
    ]);
    for (algorithm, value) in &object.checksums {
        let name = format!("Checksum{}", algorithm.to_uppercase());
        result.insert(name, Value::from(value.as_str()));
    }
    let reply = rest_xml::write_tree("CompleteMultipartUploadResult", &Value::Object(result));
    Ok(object.encryption(object.version(&bucket, reply)))
}

/// The parts that the request names.
fn chosen(call: &Call<'_>, upload: &Upload, tx: &Tx<'_>) -> Result<Vec<Part>, ServiceError> {
    let input = rest_xml::read_tree(call.body, "CompleteMultipartUpload")?;
    let named = rest_xml::each(&input["Part"]);
    if named.is_empty() || named.len() > MOST_PARTS {
        return Err(rest_xml::malformed());
    }
    let known = parts(upload, tx)?.into_iter();
    let mut known: HashMap<usize, Part> = known.map(|part| (part.number, part)).collect();
    let mut chosen = Vec::with_capacity(named.len());
    let mut last = 0;
    for named in named {
        let number = named["PartNumber"].as_str();
        let number: usize = number
            .and_then(|number| number.trim().parse().ok())
            .ok_or_else(rest_xml::malformed)?;
        let etag = named["ETag"].as_str().ok_or_else(rest_xml::malformed)?;
        if number <= last {
            return Err(ServiceError::bad_request(
                "InvalidPartOrder",
                "The list of parts was not in ascending order. The parts list must be specified in \
                 order by part number.",
            )
            .with_field("UploadId", upload.id.as_str()));
        }
        last = number;
        let part = known
            .remove(&number)
            .filter(|part| part.etag.trim_matches('"') == etag.trim().trim_matches('"'))
            .ok_or_else(|| invalid_part(upload, number, etag))?;
        check_part_checksums(named, &part, upload)?;
        chosen.push(part);
    }
    Ok(chosen)
}

fn invalid_part(upload: &Upload, number: usize, etag: &str) -> ServiceError {
    ServiceError::bad_request(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been \
         uploaded, or the specified entity tag may not match the part's entity tag.",
    )
    .with_field("UploadId", upload.id.as_str())
    .with_field("PartNumber", number.to_string())
    .with_field("ETag", etag.trim_matches('"'))
}

/// A checksum that the request names is that of the part; an upload whose checksum is made of its
/// parts' wants them all named.
fn check_part_checksums(named: &Value, part: &Part, upload: &Upload) -> Result<(), ServiceError> {
    for algorithm in Algorithm::ALL {
        let name = algorithm.name();
        let given = named[format!("Checksum{}", name.to_uppercase())].as_str();
        match (given, part.checksums.get(name)) {
            (Some(given), Some(known)) if given != known => {
                return Err(invalid_part(upload, part.number, &part.etag));
            }
            (None, Some(_)) if upload.composite() => {
                return Err(invalid(format!(
                    "The upload was created using a {name} checksum. The complete request must \
                     include the checksum for each part. It was missing for part {} in the request.",
                    part.number
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_sizes(parts: &[Part]) -> Result<(), ServiceError> {
    let but_the_last = &parts[..parts.len().saturating_sub(1)];
    match but_the_last.iter().find(|part| part.size < SMALLEST) {
        None => Ok(()),
        Some(part) => Err(ServiceError::bad_request(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with_field("ProposedSize", part.size.to_string())
        .with_field("MinSizeAllowed", SMALLEST.to_string())
        .with_field("PartNumber", part.number.to_string())
        .with_field("ETag", part.etag.trim_matches('"'))),
    }
}

/// The digest of the parts' digests, and how many they are.
fn etag(parts: &[Part]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(hex::decode(part.etag.trim_matches('"')).unwrap_or_default());
    }
    format!("\"{}-{}\"", hex::encode(md5.finalize()), parts.len())
}

/// The object's checksum: of its bytes, or of its parts' checksums and how many they are.
fn checksum(
    upload: &Upload,
    object: &Object,
    parts: &[Part],
    tx: &Tx<'_>,
) -> Result<(Algorithm, String), ServiceError> {
    let wanted = upload.algorithm.as_deref().and_then(Algorithm::named);
    let algorithm = wanted.unwrap_or(Algorithm::Crc64Nvme);
    if upload.composite() {
        let mut all = Vec::new();
        for part in parts {
            let known = part.checksums.get(algorithm.name());
            let bytes = known.and_then(|known| STANDARD.decode(known).ok());
            all.extend(bytes.unwrap_or_default());
        }
        let value = format!("{}-{}", compute(algorithm, &all), parts.len());
        return Ok((algorithm, value));
    }
    let mut hasher = Hasher::new(algorithm);
    body::each_piece(object, 0..object.size, tx, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok((algorithm, hasher.finish()))
}

fn check_promised_checksum(
    call: &Call<'_>,
    algorithm: Algorithm,
    checksum: &str,
) -> Result<(), ServiceError> {
    let name = algorithm.name();
    let promised = call.header(&format!("x-amz-checksum-{name}"));
    // Who promises the checksum of composite parts may leave their number out.
    let value = checksum.split('-').next();
    if promised.is_none_or(|promised| promised == checksum || Some(promised) == value) {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "BadDigest",
        format!("The {name} you specified did not match the calculated checksum."),
    ))
}
