use std::time::Duration;

use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use crate::status;

/// Why a token was not taken. Says enough to mend it and nothing of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `Authorization` header.
    #[error("no token: send the header Authorization: Bearer <token>")]
    Missing,
    /// Not `Bearer`, or more than one header.
    #[error("the Authorization header must be, once, Bearer <token>")]
    NotBearer,
    /// Not three parts of base64url, the first two JSON objects.
    #[error("the token is not a JWT")]
    Malformed,
    /// `none`, an HMAC, another algorithm than the key's, or a critical extension.
    #[error("the token's algorithm is not taken: use ES256 or RS256, as the key says")]
    Algorithm,
    /// No `kid`, or none that the issuer publishes.
    #[error("the token is signed with a key that the issuer does not publish")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Another `iss`.
    #[error("the token is from another issuer")]
    Issuer,
    /// `exp` has passed.
    #[error("the token has expired: get a new one")]
    Expired,
    /// `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `aud` or `client_id` is not ours, or the token is of another use.
    #[error("the token is meant for somebody else")]
    Audience,
    /// A claim is absent or of the wrong type.
    #[error("the token's claim {0} is missing or of the wrong type")]
    Claim(&'static str),
    /// The issuer's keys could not be fetched yet. Not the caller's fault.
    #[error("the issuer's keys cannot be fetched now, so no token can be checked")]
    KeysUnavailable,
}

impl Refusal {
    /// A stable reason for machines.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "TOKEN_MISSING",
            Self::NotBearer | Self::Malformed => "TOKEN_MALFORMED",
            Self::Algorithm => "TOKEN_ALGORITHM",
            Self::UnknownKey => "TOKEN_KEY_UNKNOWN",
            Self::Signature => "TOKEN_SIGNATURE",
            Self::Issuer => "TOKEN_ISSUER",
            Self::Expired => "TOKEN_EXPIRED",
            Self::NotYetValid => "TOKEN_NOT_YET_VALID",
            Self::Audience => "TOKEN_AUDIENCE",
            Self::Claim(_) => "TOKEN_CLAIM",
            Self::KeysUnavailable => "KEYS_UNAVAILABLE",
        }
    }

    /// The challenge of RFC 6750, section 3: without an error code if there was no token at all.
    fn challenge(self) -> String {
        match self {
            Self::Missing => "Bearer realm=\"datamesh\"".to_owned(),
            refusal => format!(
                "Bearer realm=\"datamesh\", error=\"invalid_token\", error_description=\"{refusal}\""
            ),
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        if refusal == Refusal::KeysUnavailable {
            return status::retry_later(
                Code::Unavailable,
                refusal.reason(),
                refusal.to_string(),
                Duration::from_secs(5),
            );
        }
        let mut status =
            status::with_reason(Code::Unauthenticated, refusal.reason(), refusal.to_string());
        if let Ok(challenge) = MetadataValue::try_from(refusal.challenge()) {
            status.metadata_mut().insert("www-authenticate", challenge);
        }
        status
    }
}
