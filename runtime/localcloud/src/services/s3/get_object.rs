//! `GetObject` and `HeadObject`.

use std::ops::Range;

use super::bucket::Bucket;
use super::conditions::check_read;
use super::object::{self, Object};
use super::{body, upload};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// An answer is held in memory as a whole: who wants more at once asks for ranges.
const LARGEST_ANSWER: usize = 1024 * 1024 * 1024;

/// Headers of the answer that a query parameter replaces.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// The object's bytes, or the range or the part of them that was asked for.
pub(super) fn get_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, _, object) = object::find(call, tx)?;
    let (mut reply, range) = describe(call, &bucket, &object, tx)?;
    if range.len() > LARGEST_ANSWER {
        return Err(ServiceError::new(
            501,
            "NotImplemented",
            format!(
                "the embedded AWS answers with at most {LARGEST_ANSWER} bytes at once: ask for ranges"
            ),
        ));
    }
    reply.body = body::read(&object, range, tx)?;
    Ok(reply)
}

/// Everything but the bytes.
pub(super) fn head_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, _, object) = object::find(call, tx)?;
    let (reply, _) = describe(call, &bucket, &object, tx)?;
    Ok(reply)
}

fn describe(
    call: &Call<'_>,
    bucket: &Bucket,
    object: &Object,
    tx: &Tx<'_>,
) -> Result<(Reply, Range<usize>), ServiceError> {
    check_read(call, object)?;
    let part = call.query("partNumber");
    let range = match (part, call.header("range")) {
        (Some(_), Some(_)) => {
            return Err(upload::invalid(
                "Cannot specify both Range header and partNumber query parameter",
            ));
        }
        (Some(number), None) => Some(part_range(number, object, tx)?),
        (None, Some(header)) => parse_range(header, object.size)?,
        (None, None) => None,
    };
    let status = if range.is_some() { 206 } else { 200 };
    let mut reply = object.describe(bucket, Reply::status(status));
    if part.is_some() && object.part_count > 0 {
        reply = reply.with_header("x-amz-mp-parts-count", object.part_count.to_string());
    }
    for (parameter, header) in OVERRIDES {
        if let Some(value) = call.query(parameter) {
            reply.headers.retain(|(name, _)| name != header);
            reply = reply.with_header(header, value);
        }
    }
    let whole = range.is_none() || range == Some(0..object.size);
    if whole && call.header("x-amz-checksum-mode") == Some("ENABLED") {
        reply = object.checksum(reply);
    }
    if let Some(range) = range.as_ref().filter(|range| !range.is_empty()) {
        let (first, last) = (range.start, range.end - 1);
        let shown = format!("bytes {first}-{last}/{}", object.size);
        reply = reply.with_header("content-range", shown);
    }
    let range = range.unwrap_or(0..object.size);
    reply = reply.with_header("content-length", range.len().to_string());
    Ok((reply, range))
}

/// The bytes of a part, as they were uploaded.
///
/// # Errors
/// `InvalidArgument` (400), `InvalidPartNumber` (416).
fn part_range(number: &str, object: &Object, tx: &Tx<'_>) -> Result<Range<usize>, ServiceError> {
    let number = match number.parse::<usize>() {
        Ok(number @ 1..=10_000) => number,
        _ => {
            return Err(ServiceError::bad_request(
                "InvalidArgument",
                "Part number must be an integer between 1 and 10000, inclusive",
            )
            .with_field("ArgumentName", "partNumber"));
        }
    };
    let parts = body::manifest(object, tx)?.parts;
    if parts.is_empty() && number == 1 {
        return Ok(0..object.size);
    }
    let Some(part) = parts.get(number - 1) else {
        return Err(ServiceError::new(
            416,
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
        )
        .with_field("ActualPartCount", parts.len().max(1).to_string())
        .with_field("PartNumberRequested", number.to_string()));
    };
    let start = parts[..number - 1].iter().map(|part| part.size).sum();
    Ok(start..start + part.size)
}

/// One range of bytes (RFC 9110, section 14.1.2); what is not one is not heeded.
///
/// # Errors
/// `InvalidRange` (416) if it holds none of the object's bytes.
pub(super) fn parse_range(header: &str, size: usize) -> Result<Option<Range<usize>>, ServiceError> {
    let bounds = header
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'));
    let Some((first, last)) = bounds else {
        return Ok(None);
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Ok(None),
    };
    if range.start >= range.end {
        return Err(ServiceError::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .with_header("content-range", format!("bytes */{size}"))
        .with_field("RangeRequested", header)
        .with_field("ActualObjectSize", size.to_string()));
    }
    Ok(Some(range))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_of_ten_bytes() {
        let of_ten = |header| parse_range(header, 10);
        assert_eq!(of_ten("bytes=0-3").unwrap(), Some(0..4));
        assert_eq!(of_ten("bytes=4-").unwrap(), Some(4..10));
        assert_eq!(of_ten("bytes=-3").unwrap(), Some(7..10));
        assert_eq!(of_ten("bytes=-30").unwrap(), Some(0..10));
        assert_eq!(of_ten("bytes=8-99").unwrap(), Some(8..10));
        assert_eq!(of_ten("bytes=5-2").unwrap(), None);
        assert_eq!(of_ten("lines=1-2").unwrap(), None);
        assert_eq!(of_ten("bytes=10-").unwrap_err().code, "InvalidRange");
        assert_eq!(of_ten("bytes=-0").unwrap_err().code, "InvalidRange");
    }
}
