use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};

use crate::clock::now_seconds;

/// Makes tokens that nobody should take, and the ones they are made from.
#[derive(Clone, Debug)]
pub struct Forge {
    private_pem: String,
    kid: String,
}

impl Forge {
    /// With the key of the embedded issuer of a data folder, and the id it is published under.
    pub fn of_issuer(data: &Path, jwks: &Value) -> Self {
        Self {
            private_pem: std::fs::read_to_string(data.join("token-key.pem"))
                .expect("the issuer's key"),
            kid: jwks["keys"][0]["kid"]
                .as_str()
                .expect("a key id")
                .to_owned(),
        }
    }

    /// With a key of somebody else, of the kind that the issuer uses. `fill` gives 32 bytes.
    pub fn stranger(fill: [u8; 32]) -> Self {
        let key = p256::SecretKey::from_slice(&fill).expect("a number below the group's order");
        Self {
            private_pem: key.to_pkcs8_pem(LineEnding::LF).expect("PEM").to_string(),
            kid: "a-key-of-somebody-else".to_owned(),
        }
    }

    /// The same key under another id.
    #[must_use]
    pub fn under(&self, kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            ..self.clone()
        }
    }

    /// The id that its tokens name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The claims of an honest token of an admin.
    pub fn honest_claims() -> Value {
        let now = now_seconds();
        json!({
            "iss": "datamesh", "aud": "datamesh", "sub": "mallory", "groups": ["admins"],
            "iat": now, "exp": now + 3600,
        })
    }

    /// Signs these claims as the issuer does.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        let key = EncodingKey::from_ec_pem(self.private_pem.as_bytes()).expect("a key");
        jsonwebtoken::encode(&header, claims, &key).expect("a token")
    }

    /// Says that it is not signed at all.
    pub fn unsigned(&self, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = json!({"alg": "none", "typ": "JWT", "kid": self.kid});
        format!("{}.{}.", part(&header), part(claims))
    }

    /// Signs with a secret that everybody knows: the public key (HS256).
    pub fn with_public_key_as_secret(&self, claims: &Value) -> String {
        let private = p256::SecretKey::from_pkcs8_pem(&self.private_pem).expect("a key");
        let public = private
            .public_key()
            .to_public_key_pem(LineEnding::LF)
            .expect("PEM");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.kid.clone());
        let secret = EncodingKey::from_secret(public.as_bytes());
        jsonwebtoken::encode(&header, claims, &secret).expect("a token")
    }
}
