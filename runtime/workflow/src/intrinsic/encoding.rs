//! `States.Base64Encode`, `States.Base64Decode` and `States.Hash`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::printed;

/// How many characters these functions take.
const MAX_CHARS: usize = 10_000;

pub(super) fn base64_encode(arguments: &[Value]) -> Result<String, String> {
    match arguments {
        [Value::String(text)] if is_short(text) => Ok(STANDARD.encode(text)),
        _ => Err("Invalid arguments in States.Base64Encode".to_owned()),
    }
}

/// The text that was encoded. What is no Base64 is skipped, and padding ends it.
pub(super) fn base64_decode(arguments: &[Value]) -> Result<String, String> {
    match arguments {
        [Value::String(text)] if is_short(text) => {
            let bits = text.chars().take_while(|c| *c != '=').filter_map(six_bits);
            let mut bytes = Vec::with_capacity(text.len());
            let (mut held, mut count) = (0_u32, 0_u32);
            for six in bits {
                held = (held << 6) | six;
                count += 6;
                if count >= 8 {
                    count -= 8;
                    bytes.extend(u8::try_from((held >> count) & 0xFF));
                }
            }
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => Err("Invalid arguments in States.Base64Decode".to_owned()),
    }
}

/// The six bits of a character of either alphabet, the usual one and the one for URLs.
fn six_bits(c: char) -> Option<u32> {
    let code = u32::from(c);
    match c {
        'A'..='Z' => Some(code - 65),
        'a'..='z' => Some(code - 97 + 26),
        '0'..='9' => Some(code - 48 + 52),
        '+' | '-' => Some(62),
        '/' | '_' => Some(63),
        _ => None,
    }
}

/// The lowercase hexadecimal digest of a text, or of a value's JSON.
pub(super) fn hash(arguments: &[Value]) -> Result<String, String> {
    let invalid = || "Invalid arguments in States.Hash".to_owned();
    let [data, Value::String(algorithm)] = arguments else {
        return Err(invalid());
    };
    let data = match data {
        Value::String(text) => text.clone(),
        Value::Null => return Err(invalid()),
        other => printed::json(other),
    };
    if !is_short(&data) {
        return Err(invalid());
    }
    digest(&data, algorithm).ok_or_else(invalid)
}

/// The lowercase hexadecimal digest; none when there is no such algorithm.
pub(crate) fn digest(data: &str, algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hex::encode(Md5::digest(data)),
        "SHA-1" => hex::encode(Sha1::digest(data)),
        "SHA-256" => hex::encode(Sha256::digest(data)),
        "SHA-384" => hex::encode(Sha384::digest(data)),
        "SHA-512" => hex::encode(Sha512::digest(data)),
        _ => return None,
    })
}

fn is_short(text: &str) -> bool {
    text.len() <= MAX_CHARS || text.chars().count() <= MAX_CHARS
}
