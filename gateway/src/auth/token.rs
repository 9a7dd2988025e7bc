//! The three parts of a JWT in compact form (RFC 7515, 7.1), before anything in it is believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// No honest token is longer.
const MAX_BYTES: usize = 16 * 1024;

/// A token, taken apart and not yet verified.
pub struct Token<'a> {
    /// The header.
    pub header: Header,
    /// What the signature is over.
    pub signed: &'a str,
    /// The claims, in base64url.
    pub claims: &'a str,
    /// The signature, in base64url.
    pub signature: &'a str,
}

/// The parts of a JOSE header that matter. Keys that the header itself offers (`jwk`, `jku`, `x5c`) are
/// never looked at.
#[derive(Deserialize)]
pub struct Header {
    /// The algorithm.
    pub alg: String,
    /// Which key.
    pub kid: Option<String>,
    /// Extensions that must be understood; we understand none.
    pub crit: Option<Value>,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        if text.len() > MAX_BYTES {
            return Err(Refusal::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        if claims.contains('.') {
            return Err(Refusal::Malformed);
        }
        let header = serde_json::from_slice(&decode(header)?).map_err(|_| Refusal::Malformed)?;
        Ok(Self {
            header,
            signed,
            claims,
            signature,
        })
    }

    /// The claims. Only to be believed after the signature was verified.
    pub fn claims(&self) -> Result<Map<String, Value>, Refusal> {
        serde_json::from_slice(&decode(self.claims)?).map_err(|_| Refusal::Malformed)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)
}
