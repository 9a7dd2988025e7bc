//! Who is calling: bearer tokens (RFC 6750), JWTs (RFC 7519) signed by an OpenID issuer such as Cognito
//! or by the embedded one.
//!
//! A token is taken only if its signature is good against a key of the issuer's JWKS (RFC 7517) that
//! the token names by `kid`, with the one algorithm that this key has: ES256 or RS256, never `none` or
//! HMAC. Then its issuer, times and audience are checked. Neither tokens nor their claims are logged.

mod authenticator;
mod cache;
mod claims;
mod fetch;
mod issuer;
mod keys;
mod layer;
mod options;
mod refusal;
mod source;
mod token;

use datamesh_actors::Person;

pub use authenticator::{AuthError, Authenticator};
pub use issuer::{Issuer, IssuerError};
pub use layer::{is_open, require_caller};
pub use options::AuthOptions;
pub use refusal::Refusal;

/// Who is calling, as the token says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The `sub` of the token: stable and unique per issuer.
    pub user: String,
    /// The e-mail address, where the token has one that its issuer has verified.
    pub email: Option<String>,
    /// The groups the caller is in.
    pub groups: Vec<String>,
    /// Whether one of them is the admin group.
    pub admin: bool,
    /// The `exp` of the token, in seconds since the Unix epoch.
    pub expires: i64,
}

impl From<&Caller> for Person {
    fn from(caller: &Caller) -> Self {
        Self {
            user: caller.user.clone(),
            email: caller.email.clone().unwrap_or_default(),
            groups: caller.groups.clone(),
            admin: caller.admin,
        }
    }
}

impl Caller {
    /// Whether the token is no longer taken at a time, in milliseconds since the Unix epoch.
    pub fn has_expired(&self, now_ms: i64) -> bool {
        claims::has_expired(self.expires, now_ms.div_euclid(1000))
    }
}
