//! `GetObject` and `HeadObject`.

use std::ops::Range;

use super::object::{self, BODIES, Object, check_conditions};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// The object's bytes, or the range of them that was asked for.
pub(super) fn get_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (bucket, key, object) = object::find(call, tx)?;
    let (reply, range) = describe(call, &key, &object)?;
    let row = object::row(&bucket.name, &key);
    let mut body = tx
        .get_blob(&Scope::global(), BODIES, &row)?
        .ok_or_else(|| ServiceError::internal(format!("the bytes of {row} are not there")))?;
    if let Some(range) = range {
        body = body.get(range).unwrap_or_default().to_vec();
    }
    Ok(Reply { body, ..reply })
}

/// Everything but the bytes.
pub(super) fn head_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let (_, key, object) = object::find(call, tx)?;
    let (reply, _) = describe(call, &key, &object)?;
    Ok(reply)
}

fn describe(
    call: &Call<'_>,
    key: &str,
    object: &Object,
) -> Result<(Reply, Option<Range<usize>>), ServiceError> {
    check_conditions(call, key, Some(object))?;
    let range = match call.header("range") {
        Some(header) => parse_range(header, object.size)?,
        None => None,
    };
    let mut reply = object.describe(Reply::status(if range.is_some() { 206 } else { 200 }));
    let length = match &range {
        Some(range) => {
            let last = range.end - 1;
            let shown = format!("bytes {}-{last}/{}", range.start, object.size);
            reply = reply.with_header("content-range", shown);
            range.len()
        }
        None => object.size,
    };
    reply = reply.with_header("content-length", length.to_string());
    if range.is_none() && call.header("x-amz-checksum-mode") == Some("ENABLED") {
        for (algorithm, value) in &object.checksums {
            reply = reply.with_header(format!("x-amz-checksum-{algorithm}"), value.as_str());
        }
        reply = reply.with_header("x-amz-checksum-type", "FULL_OBJECT");
    }
    Ok((reply, range))
}

/// One range of bytes (RFC 9110, section 14.1.2); what is not one is not heeded.
///
/// # Errors
/// `InvalidRange` (416) if it holds none of the object's bytes.
fn parse_range(header: &str, size: usize) -> Result<Option<Range<usize>>, ServiceError> {
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
