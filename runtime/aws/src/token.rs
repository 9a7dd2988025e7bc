//! Client tokens that survive a crash.

use std::fmt;

use sha2::{Digest, Sha256};

/// A deterministic idempotency token.
///
/// The SDK fills a missing client token at random, which a restart cannot
/// repeat: the same effect would then be a second one to AWS. A `Token` depends
/// only on the effect and on what the call is for, so every attempt, before and
/// after a crash, sends the same one.
///
/// It is lower-case hex, which every AWS token pattern allows.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// Fewest characters that any AWS operation asks of a token (Athena's 32).
    pub const MIN_LEN: usize = 32;
    /// Most characters that every AWS operation takes (Athena's and DataZone's 128).
    pub const MAX_LEN: usize = 128;

    /// Derives the token of one call of one effect, 64 characters long.
    ///
    /// `purpose` tells apart the calls of an effect that makes several.
    pub fn derive(effect_id: &str, purpose: &str) -> Self {
        Self::derive_with_len(effect_id, purpose, 64)
    }

    /// Derives a token of `len` characters, held to
    /// [`Token::MIN_LEN`]`..=`[`Token::MAX_LEN`].
    ///
    /// A shorter token is a prefix of a longer one.
    pub fn derive_with_len(effect_id: &str, purpose: &str, len: usize) -> Self {
        let len = len.clamp(Self::MIN_LEN, Self::MAX_LEN);
        let mut text = String::with_capacity(Self::MAX_LEN);
        let mut block = 0u8;
        while text.len() < len {
            let digest = Sha256::new()
                .chain_update([block])
                .chain_update((effect_id.len() as u64).to_be_bytes())
                .chain_update(effect_id)
                .chain_update(purpose)
                .finalize();
            text.push_str(&hex::encode(digest));
            block += 1;
        }
        text.truncate(len);
        Self(text)
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_the_same_in_every_release() {
        assert_eq!(
            Token::derive("effect-1", "create-asset").as_str(),
            "0ee83c18692d236f21bd903c15b69551d8f88b3813503303d9eeeb732217d14e"
        );
    }

    proptest! {
        #[test]
        fn a_token_depends_on_nothing_but_effect_and_purpose(effect: String, purpose: String) {
            prop_assert_eq!(Token::derive(&effect, &purpose), Token::derive(&effect, &purpose));
        }

        #[test]
        fn different_effects_or_purposes_never_share_a_token(
            a in (".{0,20}", ".{0,20}"),
            b in (".{0,20}", ".{0,20}"),
        ) {
            prop_assume!(a != b);
            prop_assert_ne!(Token::derive(&a.0, &a.1), Token::derive(&b.0, &b.1));
        }

        #[test]
        fn every_length_is_one_that_aws_takes(effect: String, len in 0usize..500) {
            let token = Token::derive_with_len(&effect, "", len);
            prop_assert_eq!(token.as_str().len(), len.clamp(32, 128));
            prop_assert!(token.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
            let longest = Token::derive_with_len(&effect, "", 128);
            prop_assert!(longest.as_str().starts_with(token.as_str()));
        }
    }

    #[test]
    fn moving_a_letter_between_effect_and_purpose_changes_the_token() {
        assert_ne!(Token::derive("ab", "c"), Token::derive("a", "bc"));
    }
}
