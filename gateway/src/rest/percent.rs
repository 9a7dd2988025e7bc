//! Percent encoding of paths and queries (RFC 3986, and `+` for a space in a query).

/// Decodes a path segment; `None` if an escape is cut off or the result is not UTF-8.
pub fn decode_segment(text: &str) -> Option<String> {
    decode(text.bytes())
}

/// Decodes a name or value of a query, where `+` is a space.
pub fn decode_query(text: &str) -> Option<String> {
    decode(text.bytes().map(|b| if b == b'+' { b' ' } else { b }))
}

fn decode(mut bytes: impl Iterator<Item = u8>) -> Option<String> {
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(out).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(decode_segment("a%2Fb+c").as_deref(), Some("a/b+c"));
        assert_eq!(decode_query("a%20b+c").as_deref(), Some("a b c"));
        assert_eq!(decode_segment("%C3%BC").as_deref(), Some("ü"));
    }

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decode_segment(text), None, "{text}");
        }
    }
}
