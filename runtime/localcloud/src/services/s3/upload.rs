//! Upload bodies: unframed, and checked against every digest that came with them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::error::ServiceError;
use crate::protocol::checksum::Algorithm;
use crate::protocol::{aws_chunked, checksum};
use crate::request::Call;

/// A body, and the checksum (base64) that it was sent with.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) checksum: Option<(Algorithm, String)>,
}

/// Reads the request's body.
///
/// # Errors
/// `IncompleteBody`, `BadDigest`, `InvalidDigest`, `InvalidRequest`, `MalformedTrailerError`,
/// `XAmzContentSHA256Mismatch` (400).
pub(super) fn read<'a>(call: &Call<'a>) -> Result<Upload<'a>, ServiceError> {
    let (bytes, trailers) = if is_chunked(call) {
        let decoded = aws_chunked::decode(call.body)?;
        let length = call.header("x-amz-decoded-content-length");
        if length.is_some_and(|length| length.parse() != Ok(decoded.body.len())) {
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
    let checksum = check_checksums(call, trailers, &bytes)?;
    Ok(Upload { bytes, checksum })
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

/// The checksum that came with the body, in a header or behind it.
fn check_checksums(
    call: &Call<'_>,
    trailers: Vec<(String, String)>,
    bytes: &[u8],
) -> Result<Option<(Algorithm, String)>, ServiceError> {
    if let Some(promised) = call.header("x-amz-trailer")
        && !trailers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(promised.trim()))
    {
        return Err(ServiceError::bad_request(
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to \
             our published schema.",
        ));
    }
    let headers = call.headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let mut found = None;
    for (name, sent) in headers.chain(trailers) {
        let Some(algorithm) = name.strip_prefix("x-amz-checksum-") else {
            continue;
        };
        if matches!(algorithm, "mode" | "algorithm" | "type") {
            continue;
        }
        let algorithm = self::algorithm(algorithm)?;
        if found.is_some() {
            return Err(invalid(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ));
        }
        check_form(algorithm, &sent)?;
        if checksum::compute(algorithm, bytes) != sent {
            return Err(ServiceError::bad_request(
                "BadDigest",
                format!(
                    "The {} you specified did not match the calculated checksum.",
                    algorithm.name().to_uppercase()
                ),
            ));
        }
        found = Some((algorithm, sent));
    }
    if found.is_none() && call.header("x-amz-sdk-checksum-algorithm").is_some() {
        return Err(invalid(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or \
             x-amz-trailer headers were found.",
        ));
    }
    Ok(found)
}

/// An algorithm by its name.
///
/// # Errors
/// `InvalidRequest` (400).
pub(super) fn algorithm(name: &str) -> Result<Algorithm, ServiceError> {
    Algorithm::named(name).ok_or_else(|| {
        invalid(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid \
             types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        )
    })
}

/// Whether this can be a checksum at all.
fn check_form(algorithm: Algorithm, value: &str) -> Result<(), ServiceError> {
    let bytes = STANDARD.decode(value).ok();
    if bytes.is_some_and(|bytes| bytes.len() == algorithm.length()) {
        return Ok(());
    }
    let name = algorithm.name();
    Err(invalid(format!(
        "Value for x-amz-checksum-{name} header is invalid."
    )))
}

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidRequest", message)
}
