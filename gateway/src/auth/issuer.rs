//! The embedded issuer: datamesh's own keys and tokens, for a laptop or an installation without an
//! OpenID provider.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::options::AuthOptions;

/// The file of the private key, in the data folder.
const FILE: &str = "token-key.pem";

/// Signs tokens with a key of its own (ES256).
pub struct Issuer {
    key: EncodingKey,
    jwk: Value,
    kid: String,
    issuer: String,
    audience: String,
    groups_claim: String,
}

/// Why the embedded issuer cannot be opened or cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key file cannot be read or written.
    #[error("cannot open the token key {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file holds something else.
    #[error("{} is not a P-256 private key in PKCS#8 PEM; move it away to have a new one made", path.display())]
    NotAKey {
        /// Which file.
        path: PathBuf,
    },
    /// No key could be made.
    #[error("no token key could be made")]
    NoKey,
    /// Nothing to sign for.
    #[error("a token needs a user and a lifetime of at least a second")]
    Invalid,
    /// The signature failed.
    #[error("the token cannot be signed: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl Issuer {
    /// Opens the key in the data folder, and makes it if there is none. `fill` fills a buffer with
    /// secret random bytes; it is called only to make a key.
    ///
    /// The file is readable by its owner only (0600), and is there in full or not at all: a crash while
    /// it is made leaves at most a `.new` file beside it, which the next call removes. Of two processes that make it at once, both
    /// end with the key of the first.
    ///
    /// # Errors
    /// When the file cannot be read or written, or is no such key.
    pub fn open(
        folder: &Path,
        options: &AuthOptions,
        fill: impl FnMut(&mut [u8]),
    ) -> Result<Self, IssuerError> {
        let path = folder.join(FILE);
        let pem = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path, &new_key(fill)?),
            read => read,
        };
        let issuer = Self::with_key(&path, pem, options)?;
        remove_unfinished(folder);
        Ok(issuer)
    }

    /// Opens the key in the data folder as [`Issuer::open`] does, but makes none and writes nothing.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be read or is no such key.
    pub fn open_existing(folder: &Path, options: &AuthOptions) -> Result<Self, IssuerError> {
        let path = folder.join(FILE);
        Self::with_key(&path, fs::read_to_string(&path), options)
    }

    fn with_key(
        path: &Path,
        pem: io::Result<String>,
        options: &AuthOptions,
    ) -> Result<Self, IssuerError> {
        let file_error = |source| IssuerError::File {
            path: path.to_owned(),
            source,
        };
        let pem = pem.map_err(file_error)?;
        let mode = fs::metadata(path).map_err(file_error)?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(path = %path.display(), "others can read the token key; chmod 600 it");
        }
        let not_a_key = || IssuerError::NotAKey {
            path: path.to_owned(),
        };
        let secret = SecretKey::from_pkcs8_pem(&pem).map_err(|_| not_a_key())?;
        let der = secret.to_pkcs8_der().map_err(|_| not_a_key())?;
        let point = secret.public_key().to_encoded_point(false);
        let (Some(x), Some(y)) = (point.x(), point.y()) else {
            return Err(not_a_key());
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = thumbprint(&x, &y);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": kid,
        });
        Ok(Self {
            key: EncodingKey::from_ec_der(der.as_bytes()),
            jwk,
            kid,
            issuer: options.issuer.clone(),
            audience: options.audience.first().cloned().unwrap_or_default(),
            groups_claim: options.groups_claim.clone(),
        })
    }

    /// The public key, as a JWKS.
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk] }).to_string()
    }

    /// A token for a user who is in these groups, valid from `now_ms` (milliseconds since the Unix
    /// epoch) for `ttl`.
    ///
    /// # Errors
    /// When the user is empty or the lifetime is shorter than a second.
    pub fn token(
        &self,
        user: &str,
        groups: &[String],
        ttl: Duration,
        now_ms: i64,
    ) -> Result<String, IssuerError> {
        let now = now_ms.div_euclid(1000);
        let lifetime = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        if user.is_empty() || lifetime == 0 {
            return Err(IssuerError::Invalid);
        }
        let mut claims = json!({
            "iss": self.issuer, "sub": user, "aud": self.audience,
            "iat": now, "exp": now.saturating_add(lifetime),
        });
        claims[self.groups_claim.as_str()] = json!(groups);
        if user.contains('@') {
            claims["email"] = json!(user);
            claims["email_verified"] = json!(true);
        }
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }
}

fn new_key(mut fill: impl FnMut(&mut [u8])) -> Result<String, IssuerError> {
    // A number outside the group's order is as likely as 2^-32; more than once means a broken source.
    for _ in 0..4 {
        let mut bytes = [0_u8; 32];
        fill(&mut bytes);
        let key = SecretKey::from_slice(&bytes);
        let pem = key
            .ok()
            .and_then(|key| key.to_pkcs8_pem(LineEnding::LF).ok());
        if let Some(pem) = pem {
            return Ok(pem.to_string());
        }
    }
    Err(IssuerError::NoKey)
}

/// Writes the key beside its place and links it there, which fails if somebody else was first; returns
/// the key that is then in place.
fn create(path: &Path, pem: &str) -> io::Result<String> {
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&new, path);
    // Who was first may have cleaned up already.
    let _ = fs::remove_file(&new);
    match linked {
        Ok(()) => {
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        Err(_) if path.exists() => {}
        Err(error) => return Err(error),
    }
    fs::read_to_string(path)
}

/// Removes keys whose making was cut off. They are nobody's: the key is in place.
fn remove_unfinished(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let stem = FILE.trim_end_matches("pem");
    for entry in entries.flatten() {
        let name = entry.file_name();
        let unfinished = name
            .to_str()
            .and_then(|name| name.strip_prefix(stem)?.strip_suffix(".new"))
            .is_some_and(|process| process.bytes().all(|b| b.is_ascii_digit()));
        if unfinished && let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "cannot remove an unfinished key");
        }
    }
}

/// The key's id: its thumbprint (RFC 7638).
fn thumbprint(x: &str, y: &str) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
}
