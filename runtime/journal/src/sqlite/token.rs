use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reader::ReadError;

/// Where a page ended, tied to the query that it answers: base64url of `[digest, place]`.
pub(super) fn encode<P: Serialize>(query: QueryDigest, place: &P) -> Result<String, ReadError> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(query.0, place))?))
}

/// Reads a token back.
///
/// # Errors
/// [`ReadError::Token`] if it is not a token, or one of another query.
pub(super) fn decode<P: DeserializeOwned>(query: QueryDigest, token: &str) -> Result<P, ReadError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|_| ReadError::Token)?;
    let (digest, place): (u64, P) = serde_json::from_slice(&bytes).map_err(|_| ReadError::Token)?;
    if digest == query.0 {
        Ok(place)
    } else {
        Err(ReadError::Token)
    }
}

/// Tells queries apart (FNV-1a, 64 bits), the same in every build of the program.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryDigest(u64);

impl QueryDigest {
    pub(super) fn new(list: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).text(list)
    }

    pub(super) fn text(self, text: &str) -> Self {
        // No text contains the byte 0xff, so it keeps "a","bc" and "ab","c" apart.
        text.bytes()
            .chain([0xff])
            .fold(self, |digest, byte| digest.byte(byte))
    }

    pub(super) fn option(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.byte(1).text(text),
            None => self.byte(0),
        }
    }

    pub(super) fn flag(self, flag: bool) -> Self {
        self.byte(u8::from(flag))
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}
