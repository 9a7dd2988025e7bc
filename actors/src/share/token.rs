//! Tokens of the approvals that decide a share's requests: `share-…~` and a secret. Whoever has one can decide
//! in the owners' place, so it is never shown; the id before the `~` says which share to tell.

/// What stands between the share's id and the secret.
const MARK: char = '~';

/// What the id of a share begins with.
const PREFIX: &str = "share-";

/// The token of a request.
pub(super) fn of(share_id: &str, secret: u64) -> String {
    format!("{share_id}{MARK}{secret:016x}")
}

/// The share that gave this token; `None` for a text that is no such token.
pub fn share_of(token: &str) -> Option<&str> {
    let (share_id, secret) = token.split_once(MARK)?;
    (share_id.starts_with(PREFIX) && !secret.is_empty()).then_some(share_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_which_share_gave_it() {
        assert_eq!(share_of(&of("share-1", 7)), Some("share-1"));
        for other in ["share-1", "share-1~", "exec-1~a", ""] {
            assert_eq!(share_of(other), None, "{other}");
        }
    }
}
