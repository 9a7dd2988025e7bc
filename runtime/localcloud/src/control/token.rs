//! Who may come in: whoever presents the token.

use std::io;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

/// A token of less can be guessed.
const SHORTEST: usize = 16;

/// The token that is expected, as its digest: comparing digests tells nobody how much of a guess
/// was right.
#[derive(Debug, Clone)]
pub(super) struct Expected([u8; 32]);

impl Expected {
    /// # Errors
    /// `InvalidInput` for a token that is too short.
    pub(super) fn new(token: &str) -> io::Result<Self> {
        if token.len() < SHORTEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the token of the control API needs at least {SHORTEST} characters"),
            ));
        }
        Ok(Self(digest(token)))
    }

    /// Whether the headers carry it.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let value = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        let token = value.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        token.is_some_and(|token| digest(token) == self.0)
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
