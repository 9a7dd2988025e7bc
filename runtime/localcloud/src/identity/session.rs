//! Temporary keys, and what is remembered of them.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{Signature, root};
use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::request::{Principal, RoleSession};
use crate::store::{Scope, Tx};

const SESSIONS: &str = "sts.sessions";
/// How many sessions are remembered.
const REMEMBERED: usize = 10_000;

/// The sessions that asked lately, by access key id. A session never changes once it was handed out,
/// so that its requests need not look it up each time. When the file is emptied or replaced, all are
/// forgotten, and so is what was read before that and comes in later.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// How often all was forgotten.
    epoch: u64,
    sessions: HashMap<String, Arc<Session>>,
}

impl Sessions {
    pub(crate) fn get(&self, access_key: &str) -> Option<Arc<Session>> {
        self.0.lock().sessions.get(access_key).cloned()
    }

    /// To be asked before a session is read, and handed to [`remember`](Self::remember).
    pub(crate) fn epoch(&self) -> u64 {
        self.0.lock().epoch
    }

    /// Remembers a session that was read in a transaction, unless all was forgotten since `epoch`.
    pub(crate) fn remember(&self, epoch: u64, access_key: &str, session: &Arc<Session>) {
        let mut remembered = self.0.lock();
        if remembered.epoch != epoch {
            return;
        }
        if remembered.sessions.len() >= REMEMBERED {
            remembered.sessions.clear();
        }
        let access_key = access_key.to_owned();
        remembered.sessions.insert(access_key, Arc::clone(session));
    }

    /// Forgets all: the file is another.
    pub(crate) fn forget(&self) {
        let mut remembered = self.0.lock();
        remembered.epoch += 1;
        remembered.sessions.clear();
    }
}

/// Temporary credentials, as STS hands them out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) account: String,
    /// Empty for those of `GetSessionToken`, which act as who asked for them.
    pub(crate) role_arn: String,
    pub(crate) role_name: String,
    pub(crate) role_id: String,
    pub(crate) session_name: String,
    pub(crate) token: String,
    pub(crate) expires_ms: i64,
    /// Who is behind the session; kept when roles are chained.
    #[serde(default)]
    pub(crate) source_identity: Option<String>,
    /// The session policies: kept, and not evaluated.
    #[serde(default)]
    pub(crate) policies: Vec<String>,
}

impl Session {
    /// The session of an access key id; `None` if nobody was given it.
    pub(crate) fn find(tx: &Tx<'_>, access_key: &str) -> Result<Option<Self>, ServiceError> {
        tx.get(&Scope::global(), SESSIONS, access_key)
    }

    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{}",
            self.account, self.role_name, self.session_name
        )
    }

    pub(crate) fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }

    pub(crate) fn record(&self, tx: &Tx<'_>, access_key: &str) -> Result<(), ServiceError> {
        tx.put(&Scope::global(), SESSIONS, access_key, self)
    }

    /// Who acts with these keys.
    ///
    /// # Errors
    /// What each service says to a token that does not fit, and to keys that are too old.
    pub(crate) fn admit(
        &self,
        signature: &Signature,
        protocol: Protocol,
        now_ms: i64,
    ) -> Result<Principal, ServiceError> {
        if signature.token.as_deref() != Some(self.token.as_str()) {
            return Err(unknown_key(protocol));
        }
        if self.expires_ms <= now_ms {
            return Err(expired(protocol));
        }
        Ok(self.principal(&signature.access_key))
    }

    fn principal(&self, access_key: &str) -> Principal {
        if self.role_arn.is_empty() {
            return root(access_key, &self.account);
        }
        Principal {
            access_key: access_key.to_owned(),
            arn: self.arn(),
            account: self.account.clone(),
            user_id: self.user_id(),
            session: Some(RoleSession {
                role_arn: self.role_arn.clone(),
                session_name: self.session_name.clone(),
            }),
        }
    }
}

/// Each protocol's services have their own word for a key that nobody knows.
pub(crate) fn unknown_key(protocol: Protocol) -> ServiceError {
    let code = match protocol {
        Protocol::Query => "InvalidClientTokenId",
        Protocol::RestXml => "InvalidAccessKeyId",
        _ => "UnrecognizedClientException",
    };
    ServiceError::new(
        403,
        code,
        "The security token included in the request is invalid. The embedded AWS knows these access \
         key ids: test, the 12 digits of an account, LKIA and the 12 digits of an account, and those \
         that STS hands out, with their session token.",
    )
}

fn expired(protocol: Protocol) -> ServiceError {
    let (status, code) = match protocol {
        Protocol::Query => (403, "ExpiredToken"),
        Protocol::RestXml => (400, "ExpiredToken"),
        Protocol::RestJson => (403, "ExpiredTokenException"),
        _ => (400, "ExpiredTokenException"),
    };
    ServiceError::new(
        status,
        code,
        "The security token included in the request is expired",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_all_was_forgotten_is_not_remembered() {
        let sessions = Sessions::default();
        let session = Arc::new(Session::default());
        let before = sessions.epoch();
        sessions.remember(before, "ASIA1", &session);
        assert!(sessions.get("ASIA1").is_some());
        sessions.forget();
        assert!(sessions.get("ASIA1").is_none());
        sessions.remember(before, "ASIA1", &session);
        assert!(sessions.get("ASIA1").is_none());
        sessions.remember(sessions.epoch(), "ASIA1", &session);
        assert!(sessions.get("ASIA1").is_some());
    }
}
