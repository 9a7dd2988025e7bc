use std::sync::Arc;

use datamesh_actor::{Meta, Runtime, derive_id};
use tonic::Status;

use crate::auth::Caller;
use crate::priority;
use crate::status::invalid_field;

/// The most characters of a request id.
const MAX_CHARS: usize = 128;

/// What makes a mutation safe to repeat (AIP-155): the caller's request id for this method. May be
/// absent; then each call is new.
pub struct RequestId<'a> {
    caller: &'a Caller,
    method: &'static str,
    text: &'a str,
}

impl<'a> RequestId<'a> {
    /// The request id of a call.
    ///
    /// # Errors
    /// When it is too long or has characters that cannot be seen.
    pub fn new(caller: &'a Caller, method: &'static str, text: &'a str) -> Result<Self, Status> {
        if text.chars().count() > MAX_CHARS {
            let description = format!("has more than {MAX_CHARS} characters");
            return Err(invalid_field("requestId", description));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            let description = "has characters that cannot be seen";
            return Err(invalid_field("requestId", description));
        }
        Ok(Self {
            caller,
            method,
            text,
        })
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        self.caller
    }

    /// Whether the caller gave one.
    pub fn is_given(&self) -> bool {
        !self.text.is_empty()
    }

    /// The id of what is to be created: a repeat gets the same.
    pub fn new_id(&self, prefix: &str, runtime: &Runtime) -> String {
        match self.derived(prefix) {
            Some(id) => id,
            None => runtime.new_id(prefix),
        }
    }

    /// Who sends the command, under which id, and how urgent it is.
    pub fn meta(&self) -> Meta {
        let by = self.caller.email.as_ref().unwrap_or(&self.caller.user);
        Meta {
            command_id: self.derived("req-"),
            by: Some(by.clone()),
            tenant: Some(Arc::from(self.caller.user.as_str())),
            priority: priority::of_method(self.method),
        }
    }

    fn derived(&self, prefix: &str) -> Option<String> {
        let parts = [self.caller.user.as_str(), self.method, self.text];
        self.is_given().then(|| derive_id(prefix, &parts))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_actor::Priority;

    use super::*;

    fn command_id(user: &str, method: &'static str, text: &str) -> Option<String> {
        let caller = Caller {
            user: user.to_owned(),
            ..Caller::default()
        };
        RequestId::new(&caller, method, text)
            .unwrap()
            .meta()
            .command_id
    }

    #[test]
    fn it_is_the_callers_own_and_the_methods_own() {
        let id = command_id("ann", "CreateDomain", "r1");
        assert_eq!(id, command_id("ann", "CreateDomain", "r1"));
        assert_ne!(id, command_id("bob", "CreateDomain", "r1"));
        assert_ne!(id, command_id("ann", "DeleteDomain", "r1"));
        assert_eq!(command_id("ann", "CreateDomain", ""), None);
    }

    #[test]
    fn commands_are_in_the_users_name_and_revokes_go_first() {
        let caller = Caller {
            user: "ann".to_owned(),
            email: Some("ann@example.com".to_owned()),
            ..Caller::default()
        };
        let meta = |method| RequestId::new(&caller, method, "").unwrap().meta();
        assert_eq!(meta("CreateShare").tenant.as_deref(), Some("ann"));
        assert_eq!(meta("CreateShare").priority, Priority::Normal);
        assert_eq!(meta("RevokeShare").priority, Priority::High);
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        let caller = Caller::default();
        for text in ["a b", "a\n", "\u{7}", &"x".repeat(129)] {
            assert!(RequestId::new(&caller, "CreateDomain", text).is_err());
        }
        assert!(RequestId::new(&caller, "CreateDomain", &"ü".repeat(128)).is_ok());
    }
}
