//! The keys of an issuer (JWKS, RFC 7517), those of them that we use: P-256 for ES256 and RSA of at
//! least 2048 bits for RS256.

use std::collections::HashMap;

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;

use super::refusal::Refusal;
use super::token::Token;

/// The keys of an issuer, by their ids.
#[derive(Default)]
pub struct KeySet {
    keys: HashMap<String, Key>,
}

struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// 2048 bits in base64url.
const MIN_MODULUS_CHARS: usize = 342;

impl KeySet {
    /// Reads a JWKS. Keys for other uses or of other kinds are passed over.
    ///
    /// # Errors
    /// When it is not a JWKS at all.
    pub fn parse(jwks: &str) -> Result<Self, serde_json::Error> {
        let jwks: Jwks = serde_json::from_str(jwks)?;
        let keys = jwks
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
            .filter_map(|jwk| {
                let key = Key::from_jwk(&jwk)?;
                Some((jwk.kid, key))
            })
            .collect();
        Ok(Self { keys })
    }

    /// Whether the key is here.
    pub fn contains(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// Verifies the signature of a token.
    pub fn verify(&self, token: &Token<'_>) -> Result<(), Refusal> {
        let key = token
            .header
            .kid
            .as_deref()
            .and_then(|kid| self.keys.get(kid))
            .ok_or(Refusal::UnknownKey)?;
        if token.header.alg != name(key.algorithm) {
            return Err(Refusal::Algorithm);
        }
        match crypto::verify(
            token.signature,
            token.signed.as_bytes(),
            &key.key,
            key.algorithm,
        ) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Refusal::Signature),
        }
    }
}

impl Key {
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let (algorithm, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) => (
                Algorithm::ES256,
                DecodingKey::from_ec_components(jwk.x.as_deref()?, jwk.y.as_deref()?).ok()?,
            ),
            ("RSA", _) => {
                let modulus = jwk.n.as_deref()?;
                if modulus.len() < MIN_MODULUS_CHARS {
                    return None;
                }
                (
                    Algorithm::RS256,
                    DecodingKey::from_rsa_components(modulus, jwk.e.as_deref()?).ok()?,
                )
            }
            _ => return None,
        };
        if jwk.alg.as_deref().is_some_and(|alg| alg != name(algorithm)) {
            return None;
        }
        Some(Self { algorithm, key })
    }
}

/// Whether a token of this algorithm could ever be taken.
pub fn is_allowed(alg: &str) -> bool {
    matches!(alg, "ES256" | "RS256")
}

fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "ES256",
        Algorithm::RS256 => "RS256",
        _ => "",
    }
}
