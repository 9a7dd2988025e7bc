use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Whose tokens are taken, and what they must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthOptions {
    /// Whether datamesh is its own issuer: it makes a key at its first start, keeps it in its data
    /// folder, and serves the public half at `/.well-known/jwks.json`. If not, `jwks_url` or `jwks_file`
    /// names the keys.
    pub embedded: bool,
    /// What the claim `iss` must be. For Cognito
    /// `https://cognito-idp.<region>.amazonaws.com/<user pool id>`.
    pub issuer: String,
    /// Of these, one must be in the claim `aud`; or, in an access token of Cognito, which has no `aud`,
    /// be the claim `client_id`. For Cognito the ids of the app clients.
    pub audience: Vec<String>,
    /// Where the keys are: `https://…`, or `http://` on this machine only.
    pub jwks_url: Option<String>,
    /// A file that holds the keys.
    pub jwks_file: Option<PathBuf>,
    /// The claim that holds the groups. Cognito's `cognito:groups` is always read too.
    pub groups_claim: String,
    /// The group whose members may do everything.
    pub admin_group: String,
}

impl Default for AuthOptions {
    fn default() -> Self {
        Self {
            embedded: true,
            issuer: "datamesh".to_owned(),
            audience: vec!["datamesh".to_owned()],
            jwks_url: None,
            jwks_file: None,
            groups_claim: "groups".to_owned(),
            admin_group: "admins".to_owned(),
        }
    }
}
