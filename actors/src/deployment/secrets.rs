use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands in place of a value that must not be shown.
pub const MASK: &str = "****";

/// The values of parameters with `NoEcho`. They are in no event, no state, no list and no log: from the
/// command on they travel with the effects until the change set has them, and the journal forgets an
/// effect when it is settled. Later deployments have CloudFormation keep the value it has
/// (`UsePreviousValue`).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(pub(super) BTreeMap<String, String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_the_debug_text() {
        let secrets = Secrets(BTreeMap::from([(
            "Password".to_owned(),
            "hunter2".to_owned(),
        )]));
        assert_eq!(format!("{secrets:?}"), r#"{"Password"}"#);
    }
}
