use std::time::Duration;

use crate::limit::Limit;
use crate::priority::{Priority, Tenant};
use crate::rejection::Rejection;

/// Who sends a command, and under which id.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// Unique per entity: the same id with the same command is answered as before and changes nothing.
    /// Kept for the newest [`crate::Options::receipts`] commands of an entity. `None`: a repeat is a new
    /// command.
    pub command_id: Option<String>,
    /// Who asks, for the history.
    pub by: Option<String>,
    /// In whose name: nobody's commands take more than their share of a shard. `None` is the system.
    pub tenant: Tenant,
    /// What goes first when there is too much.
    pub priority: Priority,
}

/// Why a command got no reply.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskError {
    /// The entity refused it. Nothing changed.
    #[error(transparent)]
    Rejected(Rejection),
    /// Too many commands wait. Nothing changed.
    #[error("{limit}: try again in {} ms", retry_after.as_millis())]
    Busy {
        /// Which limit refused.
        limit: Limit,
        /// When a try is likely to find room: from 50 ms to 5 s, longer the more wait and come again.
        retry_after: Duration,
    },
    /// Whether it was done is not known; sent again under the same command id it is done once.
    #[error("the command must be sent again under the same id in {} ms: {reason}", retry_after.as_millis())]
    Retry {
        /// When.
        retry_after: Duration,
        /// Why.
        reason: String,
    },
    /// The journal could not be read just now, and so the entity could not. Nothing changed; a later try may find it.
    #[error("the actor could not be read: {0}")]
    Unread(String),
    /// An operator paused the entity. Nothing changed.
    #[error("the actor is paused: {reason}")]
    Paused {
        /// What the operator said.
        reason: String,
    },
    /// The entity panicked too often and waits for an operator. Nothing changed.
    #[error("the actor is quarantined: {reason}")]
    Quarantined {
        /// Its last panic.
        reason: String,
    },
    /// The command id was used for another command. Nothing changed.
    #[error("this request id was used for another request: choose a new one")]
    CommandIdReused,
    /// The process is going down. Nothing changed.
    #[error("the server is shutting down: send the command again to another one, or later")]
    Draining,
    /// No such kind of entity is registered.
    #[error("there are no actors of this kind: {0}")]
    UnknownKind(String),
    /// The entity panicked, or what is stored cannot be read. Nothing changed.
    #[error("the actor failed: {0}")]
    Internal(String),
}
