//! `[auth]`: who may come in.

use super::setting;
use crate::config::setting::{Kind, Setting};

pub(super) const AUTH: &[Setting] = &[
    setting(
        "auth.mode",
        Kind::Choice(&["embedded", "oidc"]),
        "\"embedded\"",
        "`embedded`: datamesh is its own issuer, with a key that it makes at its first start, and \
         `datamesh token` prints tokens. `oidc`: an OpenID provider such as Cognito issues them.",
    ),
    setting(
        "auth.issuer",
        Kind::Text,
        "\"datamesh\"",
        "What the claim `iss` must be; for Cognito \
         https://cognito-idp.<region>.amazonaws.com/<user pool id>.",
    ),
    setting(
        "auth.audience",
        Kind::List,
        "[\"datamesh\"]",
        "Of these, one must be in the claim `aud`, or be the claim `client_id`; for Cognito the ids of \
         the app clients.",
    ),
    setting(
        "auth.jwks_url",
        Kind::Text,
        "",
        "Where the provider's keys are: https://…, or http:// on this machine only.",
    ),
    setting(
        "auth.jwks_file",
        Kind::Path,
        "",
        "A file that holds the provider's keys.",
    ),
    setting(
        "auth.groups_claim",
        Kind::Text,
        "\"groups\"",
        "The claim that holds the groups. Cognito's `cognito:groups` is always read too.",
    ),
    setting(
        "auth.admin_group",
        Kind::Text,
        "\"admins\"",
        "The group whose members may do everything.",
    ),
];
