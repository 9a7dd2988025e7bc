use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fulfilment::{Phase, StepRecord};
use super::post::{Held, Post};
use super::record::ShareRecord;
use crate::access::{Look, Reread};
use crate::agreement::{Agreement, Scope};
use crate::audit::AuditEntry;
use crate::world::Place;

/// Most steps that are shown of a generation.
const MAX_STEPS: usize = 50;

/// What a share remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<ShareRecord>,
    /// What was asked and decided.
    pub agreement: Agreement,
    /// The token of the approval that decides the open request; empty where none is asked.
    pub token: String,
    /// The number of the newest order of the subscription.
    pub ordered: u64,
    /// The order whose end the subscription is still to be told.
    pub owed: Option<u64>,
    /// Where everything is; none before the asset was looked up.
    pub resolved: Option<Resolved>,
    /// What is wanted: access on these terms, or none.
    pub wanted: Option<Wanted>,
    /// Whether access with this scope was there: then a failure takes nothing away.
    pub given: bool,
    /// Why access could not be given, and by which request.
    pub failed: Option<Failed>,
    /// The step outside that is waited for.
    pub ticket: Option<Ticket>,
    /// How many steps were begun; the number of the newest.
    pub tickets: u64,
    /// Whether the retry timer is waited for.
    pub paused: bool,
    /// How often this generation was paused in a row.
    pub pauses: u32,
    /// How often of these because what was given did not show yet.
    #[serde(default)]
    pub doubts: u32,
    /// Whether the table was read in this generation.
    pub table_read: bool,
    /// The table, as it was last seen.
    pub table: Option<TableSeen>,
    /// What the ledgers were told.
    pub posts: BTreeMap<Post, Held>,
    /// What RAM was last seen to say; none before it was read for what is under way.
    pub ram: Option<RamSeen>,
    /// Whether the producer's grants are let go of, so that Lake Formation issues new invitations.
    pub reissuing: bool,
    /// What a query for a permitted column was answered; none before it was asked for what is under way.
    pub permitted: Option<Answer>,
    /// What a query for a column that is left out was answered.
    pub left_out: Option<Answer>,
    /// The look that is under way.
    pub look: Option<Looking>,
    /// Whether another look was asked for meanwhile.
    pub look_again: Option<LookWish>,
    /// How many looks were begun.
    pub looks: u64,
    /// The newest entry of the audit chain.
    pub audited: Option<AuditEntry>,
}

/// Where everything is, as the asset and the settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The asset's name.
    pub asset_name: String,
    /// The project that owns it.
    pub project_id: String,
    /// Its domain.
    pub domain_id: String,
    /// Where the table is.
    pub source: Place,
    /// The database of the table.
    pub database: String,
    /// The table.
    pub table: String,
    /// Where the consumer is.
    pub target: Place,
    /// Who reads.
    pub principal: String,
    /// The consumer's database for links.
    pub link_database: String,
    /// Whether the table's location is registered with Lake Formation by us.
    pub register_location: bool,
    /// How long after a look the next one is due, in milliseconds.
    pub verify_every_ms: i64,
    /// Whether drift is repaired without being asked.
    pub repair: bool,
    /// Whether there is a topic to notify.
    pub notify: bool,
}

impl Resolved {
    /// Whether it goes from one account to another.
    pub fn is_cross_account(&self) -> bool {
        self.source.account != self.target.account
    }
}

/// The terms on which access is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The request that they stand on.
    pub request: u32,
    /// What of the table.
    pub scope: Scope,
}

/// Why access could not be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The request whose terms could not be given.
    pub request: u32,
    /// A stable code.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// A step outside that is waited for. An end that carries another number came too late: something else is
/// under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its number.
    pub number: u64,
    /// What is done.
    pub step: Step,
}

/// Something that is done outside, beside telling ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Looks the asset up.
    Resolve,
    /// Reads the source table.
    ReadTable,
    /// Looks at RAM, and accepts what waits to be accepted.
    Accept,
    /// Looks at RAM.
    LookAtRam,
    /// Asks as the consumer for a column that is given.
    AskPermitted,
    /// Asks as the consumer for a column that is left out.
    AskLeftOut,
}

impl Step {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resolve => "LOOK_UP_ASSET",
            Self::ReadTable => "READ_TABLE",
            Self::Accept => "WAITING_FOR_ACCEPTANCE",
            Self::LookAtRam => "LOOK_AT_RAM",
            Self::AskPermitted => "QUERY",
            Self::AskLeftOut => "QUERY_LEFT_OUT_COLUMN",
        }
    }
}

/// The source table, as Glue shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSeen {
    /// The columns, those of the partitions last.
    pub columns: Vec<String>,
    /// `s3://bucket/prefix/`; may be empty.
    pub location: String,
}

/// What RAM says of the table and the consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RamSeen {
    /// How the consumer is associated with the table.
    pub association: Association,
    /// What was seen, in words.
    pub detail: String,
    /// The invitations that were accepted now.
    pub accepted: u32,
    /// The reads.
    pub rereads: Vec<Reread>,
    /// Who else shares the table with the consumer's account, where it is associated while this is taken.
    #[serde(default)]
    pub others: BTreeSet<String>,
}

/// How a consumer is associated with a table in RAM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Association {
    /// Not at all.
    #[default]
    None,
    /// The consumer has not accepted yet, or RAM is at it.
    Waiting,
    /// An invitation lapsed or was rejected, and none is open.
    Lapsed,
    /// It is.
    Associated,
    /// The consumer's account is suspended.
    Suspended,
    /// RAM could not be read.
    Unseen,
}

/// What a query as the consumer was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It can be read.
    Readable {
        /// When, in milliseconds since the Unix epoch.
        at_ms: i64,
        /// Who else gives it to the same principal, where it is asked while this is taken.
        #[serde(default)]
        others: BTreeSet<String>,
    },
    /// It is refused for want of permission.
    Refused {
        /// What Athena said.
        message: String,
        /// When, in milliseconds since the Unix epoch.
        at_ms: i64,
    },
    /// It could not be tried, or failed for another reason than want of permission.
    NotTried {
        /// Why.
        reason: String,
        /// When, in milliseconds since the Unix epoch.
        at_ms: i64,
    },
}

/// A look at all that is held, that is under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looking {
    /// Its number.
    pub number: u64,
    /// What was asked for.
    pub wish: LookWish,
    /// How far it is.
    pub stage: Stage,
    /// The ledgers that have not answered yet.
    pub awaited: BTreeSet<Post>,
    /// What they saw.
    pub seen: BTreeMap<Post, Look>,
}

/// What a look is to do about what it sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookWish {
    /// Put again what is missing.
    pub reapply: bool,
    /// Take what was given by hand.
    pub remove_extra: bool,
}

/// How far a look is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Looking.
    #[default]
    Seeing,
    /// Holding what was given by hand, so that it is ours to take.
    Adopting,
    /// Putting what is missing, and letting go of what was adopted.
    Putting,
    /// Looking whether it helped.
    Confirming,
}

impl State {
    /// The present generation.
    pub(super) fn generation(&self) -> u64 {
        self.record.as_ref().map_or(0, |r| r.fulfilment.generation)
    }

    /// How far it is.
    pub(super) fn phase(&self) -> Phase {
        self.record
            .as_ref()
            .map_or(Phase::Pending, |r| r.fulfilment.state)
    }

    /// Moves on if that is legal; an illegal move changes nothing.
    pub(super) fn go(&mut self, next: Phase) {
        if let Some(record) = &mut self.record
            && let Some(next) = record.fulfilment.state.after(next)
        {
            record.fulfilment.state = next;
        }
    }

    /// Changes the record, and brings what it shows of the agreement up to this moment.
    pub(super) fn edit(&mut self, at_ms: i64, edit: impl FnOnce(&mut ShareRecord)) {
        let agreement = &self.agreement;
        if let Some(record) = &mut self.record {
            edit(record);
            record.status = agreement.status(at_ms);
            record.requests.clone_from(&agreement.requests);
            if let Some(terms) = agreement.terms(at_ms) {
                record.scope.clone_from(&terms.decision.scope);
                record.window = terms.decision.window;
                record.window.until_ms = terms.until_ms;
            }
            record.updated_ms = at_ms;
            record.version += 1;
        }
    }

    /// Shows that a step is under way.
    pub(super) fn begin_step(&mut self, at_ms: i64, name: &str) {
        self.edit(at_ms, |r| {
            let fulfilment = &mut r.fulfilment;
            name.clone_into(&mut fulfilment.step);
            match fulfilment.steps.iter_mut().rfind(|s| s.name == name) {
                Some(step) => {
                    step.attempts += 1;
                    step.ended_ms = None;
                }
                None => fulfilment.steps.push(StepRecord {
                    name: name.to_owned(),
                    attempts: 1,
                    started_ms: at_ms,
                    ..StepRecord::default()
                }),
            }
            let extra = fulfilment.steps.len().saturating_sub(MAX_STEPS);
            fulfilment.steps.drain(..extra);
        });
    }

    /// Shows how the step of this name ended.
    pub(super) fn end_step(&mut self, at_ms: i64, name: &str, outcome: &str) {
        self.edit(at_ms, |r| {
            let fulfilment = &mut r.fulfilment;
            if fulfilment.step == name {
                fulfilment.step.clear();
            }
            if let Some(step) = fulfilment.steps.iter_mut().rfind(|s| s.name == name) {
                step.outcome = outcome.chars().take(500).collect();
                step.ended_ms = Some(at_ms);
            }
        });
    }

    /// Forgets what was seen of the way outside: it is to be seen anew.
    pub(super) fn forget_sight(&mut self) {
        self.ticket = None;
        self.paused = false;
        self.pauses = 0;
        self.doubts = 0;
        self.ram = None;
        self.permitted = None;
        self.left_out = None;
    }
}
