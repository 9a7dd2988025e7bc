//! `GetObjectAttributes`.

use serde_json::{Map, Value, json};

use super::listing::Asked;
use super::multipart::Part;
use super::object::{self, Object};
use super::{body, upload};
use crate::error::ServiceError;
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

const KNOWN: [&str; 5] = [
    "ETag",
    "Checksum",
    "ObjectParts",
    "StorageClass",
    "ObjectSize",
];

/// Those facts of an object that the header names.
///
/// # Errors
/// Those of `HeadObject`, and `InvalidArgument` (400) for an attribute that there is not, or none.
pub(super) fn get_object_attributes(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, _, object) = object::find(call, tx)?;
    let headers = call.headers.get_all("x-amz-object-attributes");
    let wanted: Vec<&str> = headers
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if wanted.is_empty() {
        return Err(upload::invalid(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is \
             either missing or empty",
        ));
    }
    if wanted.iter().any(|name| !KNOWN.contains(name)) {
        return Err(ServiceError::bad_request(
            "InvalidArgument",
            "Invalid attribute name specified.",
        )
        .with_field("ArgumentName", "x-amz-object-attributes"));
    }
    let mut found = Map::new();
    for name in KNOWN.into_iter().filter(|name| wanted.contains(name)) {
        let value = match name {
            "ETag" => json!(object.etag.trim_matches('"')),
            "Checksum" => checksum(&object),
            "ObjectParts" if object.part_count > 0 => parts(call, &object, tx)?,
            "StorageClass" => json!(object.storage_class()),
            "ObjectSize" => json!(object.size),
            _ => Value::Null,
        };
        found.insert(name.to_owned(), value);
    }
    let reply = rest_xml::write_tree("GetObjectAttributesResponse", &Value::Object(found));
    let reply = reply.with_header("last-modified", timestamp::http_date(object.modified_ms));
    Ok(object.version(&bucket, reply))
}

fn checksum(object: &Object) -> Value {
    let mut found = Map::new();
    for (algorithm, value) in &object.checksums {
        let name = format!("Checksum{}", algorithm.to_uppercase());
        found.insert(name, Value::from(value.as_str()));
    }
    found.insert(
        "ChecksumType".to_owned(),
        Value::from(object.checksum_type()),
    );
    Value::Object(found)
}

/// How many parts there are; and which, if they have checksums.
fn parts(call: &Call<'_>, object: &Object, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let number = |name: &str| {
        call.header(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let after = number("x-amz-part-number-marker").unwrap_or(0);
    let most = number("x-amz-max-parts").unwrap_or(Asked::LARGEST_PAGE);
    let most = most.min(Asked::LARGEST_PAGE);
    let all = body::manifest(object, tx)?.parts;
    let with_checksums = object.composite;
    let mut page: Vec<&Part> = all.iter().filter(|part| part.number > after).collect();
    let truncated = page.len() > most;
    page.truncate(most);
    let shown: Vec<Value> = page
        .iter()
        .filter(|_| with_checksums)
        .map(|part| {
            let mut shown = json!({"PartNumber": part.number, "Size": part.size});
            for (algorithm, value) in &part.checksums {
                shown[format!("Checksum{}", algorithm.to_uppercase())] = json!(value);
            }
            shown
        })
        .collect();
    Ok(json!({
        "PartsCount": object.part_count,
        "PartNumberMarker": after,
        "NextPartNumberMarker": page.last().map_or(after, |part| part.number),
        "MaxParts": most,
        "IsTruncated": truncated,
        "Part": shown,
    }))
}
