//! The `aws-chunked` content encoding of S3 uploads.
//!
//! `<hex length>[;chunk-signature=…]\r\n<bytes>\r\n`, repeated, a chunk of length 0, and then
//! trailing headers until an empty line. Chunk signatures are not verified, as no signature is.

use crate::error::ServiceError;

/// A decoded body.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes without the framing.
    pub body: Vec<u8>,
    /// Trailing headers, names in lower case.
    pub trailers: Vec<(String, String)>,
}

/// Decodes a whole body.
///
/// # Errors
/// `IncompleteBody` (400) if the framing is broken or ends early.
pub fn decode(mut rest: &[u8]) -> Result<Decoded, ServiceError> {
    let broken = || {
        ServiceError::bad_request(
            "IncompleteBody",
            "The request body terminated unexpectedly: its aws-chunked framing is broken",
        )
    };
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let header = take_line(&mut rest).ok_or_else(broken)?;
        let length = header.split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(length.trim(), 16).map_err(|_| broken())?;
        if length == 0 {
            break;
        }
        let (chunk, tail) = rest.split_at_checked(length).ok_or_else(broken)?;
        body.extend_from_slice(chunk);
        rest = tail.strip_prefix(b"\r\n").ok_or_else(broken)?;
    }
    let mut trailers = Vec::new();
    while let Some(line) = take_line(&mut rest).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(broken)?;
        trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Decoded { body, trailers })
}

fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let line = std::str::from_utf8(&rest[..end]).ok()?;
    *rest = &rest[end + 2..];
    Some(line)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn chunks_and_trailers_come_apart() {
        let sent =
            b"5;chunk-signature=ab\r\nhello\r\n1\r\n!\r\n0\r\nX-Amz-Checksum-Crc32: abc=\r\n\r\n";
        let decoded = decode(sent).unwrap();
        assert_eq!(decoded.body, b"hello!");
        assert_eq!(
            decoded.trailers,
            [("x-amz-checksum-crc32".to_owned(), "abc=".to_owned())]
        );
    }

    #[test]
    fn broken_framing_is_refused() {
        for sent in [
            b"".as_slice(),
            b"hello",
            b"zz\r\n",
            b"5\r\nhel",
            b"5\r\nhello0\r\n\r\n",
            b"ffffffffffffffff\r\nx\r\n",
        ] {
            assert_eq!(decode(sent).unwrap_err().code, "IncompleteBody");
        }
    }
}
