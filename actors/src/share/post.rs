use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::state::Resolved;
use crate::access::{Kept, LedgerId, Reread, Thing};
use crate::lakeformation::LINK_NOT_SEEN;

/// A ledger that a share holds something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Post {
    /// What belongs to the producer's whole account: the sharing version, the location.
    ProducerAccount,
    /// The producer's database: filters and grants. Whoever takes these cuts access.
    ProducerDatabase,
    /// The same database in the consumer's Lake Formation: the link, and grants to the principal.
    ConsumerDatabase,
    /// The database of the link: a link has a DESCRIBE of its own.
    LinkDatabase,
}

impl Post {
    /// The order of giving: what others stand on comes first. Between the producer's and the consumer's, the
    /// consumer accepts.
    pub const GIVING: [Self; 4] = [
        Self::ProducerAccount,
        Self::ProducerDatabase,
        Self::ConsumerDatabase,
        Self::LinkDatabase,
    ];

    /// The order of taking: what cuts access comes first.
    pub const TAKING: [Self; 4] = [
        Self::ProducerDatabase,
        Self::LinkDatabase,
        Self::ConsumerDatabase,
        Self::ProducerAccount,
    ];

    /// Whether this refusal may only say that the consumer's account does not see yet what the producer has shared with
    /// it, or what was made in it. Lake Formation says the same to who may not grant, and so that is found out by
    /// waiting; IAM and STS say something else.
    pub(super) fn may_not_see(self, code: &str, message: &str) -> bool {
        let of_us = message.starts_with("sts:") || message.contains("is not authorized");
        self.is_the_consumers()
            && (code == LINK_NOT_SEEN || code.starts_with("AccessDenied") && !of_us)
    }

    /// Whether it is in the consumer's account.
    pub(super) fn is_the_consumers(self) -> bool {
        matches!(self, Self::ConsumerDatabase | Self::LinkDatabase)
    }

    /// Its ledger.
    pub(super) fn ledger(self, resolved: &Resolved) -> LedgerId {
        let Resolved {
            source,
            database,
            target,
            link_database,
            ..
        } = resolved;
        match self {
            Self::ProducerAccount => LedgerId::account(source),
            Self::ProducerDatabase => LedgerId::database(source, &source.account, database),
            Self::ConsumerDatabase => LedgerId::database(target, &source.account, database),
            Self::LinkDatabase => LedgerId::database(target, &target.account, link_database),
        }
    }

    /// The step's name while access is given or taken.
    pub(super) fn step(self, gives: bool) -> &'static str {
        match (self, gives) {
            (Self::ProducerAccount, true) => "PREPARE_PRODUCER",
            (Self::ProducerDatabase, true) => "GRANT_IN_PRODUCER",
            (Self::ConsumerDatabase, true) => "GRANT_IN_CONSUMER",
            (Self::LinkDatabase, true) => "GRANT_ON_LINK",
            (Self::ProducerAccount, false) => "RELEASE_PRODUCER",
            (Self::ProducerDatabase, false) => "REVOKE_IN_PRODUCER",
            (Self::ConsumerDatabase, false) => "REVOKE_IN_CONSUMER",
            (Self::LinkDatabase, false) => "REVOKE_ON_LINK",
        }
    }
}

/// What a share told a ledger, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The ledger.
    pub ledger: LedgerId,
    /// The number of the last hold; the ledger's generation of this holder.
    pub number: u64,
    /// The generation of the share that sent it.
    pub generation: u64,
    /// What was wanted.
    pub wants: BTreeSet<Thing>,
    /// What became of it; none while the ledger is at it.
    pub end: Option<HeldEnd>,
    /// What was taken away since access was last begun to be given.
    pub removed: Vec<Thing>,
    /// What others still held at the end.
    pub kept: Vec<Kept>,
    /// What was read after, to prove it.
    pub rereads: Vec<Reread>,
}

/// What became of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldEnd {
    /// All that was wanted is there, and all that was not is gone.
    Settled,
    /// Something cannot be put.
    Refused {
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// Something could not be taken away. The ledger tries on.
    Unreachable {
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
        /// What may be left.
        remains: Vec<Thing>,
    },
}
