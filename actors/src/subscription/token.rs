//! Tokens of the approvals: `sub-…~` and a secret, as an execution's task tokens are. Whoever has a token may
//! decide, so it is never shown; the id before the `~` says which subscription to tell.

/// What stands between the subscription's id and the secret.
const MARK: char = '~';

/// What the id of a subscription begins with.
const PREFIX: &str = "sub-";

/// The token of a subscription with this secret.
pub(super) fn of(subscription_id: &str, secret: &str) -> String {
    format!("{subscription_id}{MARK}{secret}")
}

/// The subscription that gave this token; `None` for a text that is no such token.
pub fn subscription_of(token: &str) -> Option<&str> {
    let (subscription_id, secret) = token.split_once(MARK)?;
    (subscription_id.starts_with(PREFIX) && !secret.is_empty()).then_some(subscription_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_which_subscription_gave_it() {
        assert_eq!(subscription_of(&of("sub-1", "abc")), Some("sub-1"));
        for other in ["sub-1", "sub-1~", "exec-1~abc", ""] {
            assert_eq!(subscription_of(other), None, "{other}");
        }
    }
}
