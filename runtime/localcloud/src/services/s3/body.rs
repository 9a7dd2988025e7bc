//! Upload bodies: unframed, and checked against every digest that came with them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::error::ServiceError;
use crate::protocol::{aws_chunked, checksum};
use crate::request::Call;

/// A body, and the checksums (algorithm to base64) that it was sent with.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) checksums: BTreeMap<String, String>,
}

/// Reads the request's body.
///
/// # Errors
/// `IncompleteBody`, `BadDigest`, `InvalidDigest`, `XAmzContentSHA256Mismatch` (400).
pub(super) fn read<'a>(call: &Call<'a>) -> Result<Upload<'a>, ServiceError> {
    let (bytes, trailers) = if is_chunked(call) {
        let decoded = aws_chunked::decode(call.body)?;
        let length = call.header("x-amz-decoded-content-length");
        let length = length.and_then(|length| length.parse::<usize>().ok());
        if length.is_some_and(|length| length != decoded.body.len()) {
            return Err(ServiceError::bad_request(
                "IncompleteBody",
                "You did not provide the number of bytes specified by the \
                 x-amz-decoded-content-length header.",
            ));
        }
        (Cow::Owned(decoded.body), decoded.trailers)
    } else {
        (Cow::Borrowed(call.body), Vec::new())
    };
    check_content_md5(call, &bytes)?;
    check_content_sha256(call, &bytes)?;
    let checksums = check_checksums(call, trailers, &bytes)?;
    Ok(Upload { bytes, checksums })
}

fn is_chunked(call: &Call<'_>) -> bool {
    call.header("x-amz-content-sha256")
        .is_some_and(|value| value.starts_with("STREAMING-"))
        || call
            .header("content-encoding")
            .is_some_and(|value| value.split(',').any(|part| part.trim() == "aws-chunked"))
}

fn check_content_md5(call: &Call<'_>, bytes: &[u8]) -> Result<(), ServiceError> {
    let Some(wanted) = call.header("content-md5") else {
        return Ok(());
    };
    let wanted = STANDARD.decode(wanted).ok().filter(|md5| md5.len() == 16);
    let wanted = wanted.ok_or_else(|| {
        ServiceError::bad_request(
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        )
    })?;
    if wanted == Md5::digest(bytes).as_slice() {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
    ))
}

fn check_content_sha256(call: &Call<'_>, bytes: &[u8]) -> Result<(), ServiceError> {
    match call.header("x-amz-content-sha256") {
        Some(wanted)
            if wanted.len() == 64
                && !is_chunked(call)
                && !wanted.eq_ignore_ascii_case(&hex::encode(Sha256::digest(bytes))) =>
        {
            Err(ServiceError::bad_request(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ))
        }
        _ => Ok(()),
    }
}

fn check_checksums(
    call: &Call<'_>,
    trailers: Vec<(String, String)>,
    bytes: &[u8],
) -> Result<BTreeMap<String, String>, ServiceError> {
    let headers = call.headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let mut checksums = BTreeMap::new();
    for (name, sent) in headers.chain(trailers) {
        let Some(algorithm) = name.strip_prefix("x-amz-checksum-") else {
            continue;
        };
        if matches!(algorithm, "mode" | "algorithm" | "type") {
            continue;
        }
        let computed = checksum::compute(algorithm, bytes).ok_or_else(|| {
            ServiceError::new(
                501,
                "NotImplemented",
                format!("the embedded AWS does not have the checksum algorithm {algorithm}"),
            )
        })?;
        if computed != sent {
            return Err(ServiceError::bad_request(
                "BadDigest",
                format!(
                    "The {} you specified did not match the calculated checksum.",
                    algorithm.to_uppercase()
                ),
            ));
        }
        checksums.insert(algorithm.to_owned(), sent);
    }
    Ok(checksums)
}
