//! One deed for many: actors that are paused or resumed, effects that are tried again or given up, chosen by
//! a filter.
//!
//! A call looks at a bounded part of the journal and says where to go on. What it does to one actor does not
//! hang on what it does to the next: a call that was cut off is repeated, and finds done what was done.

use std::borrow::Cow;

use datamesh_actor::{ControlError, Order, Runtime};
use datamesh_journal::{EntityKey, MarkKind};
use datamesh_proto::v1;
use tonic::Status;

use crate::auth::Caller;
use crate::status::invalid_field;

mod actor_calls;
mod actors;
mod effect_calls;
mod effects;
mod filter;
mod report;

pub use actor_calls::{pause_actors, resume_actors};
pub use effect_calls::{cancel_effects, retry_effects};

use filter::{Filter, fields};
use report::Report;

/// Rows of the journal that are looked at together.
const PAGE: usize = 500;
/// Pages that one call looks at.
const PAGES: usize = 10;
/// A call that has chosen so many ends with its page.
const MOST: u32 = 1_000;
/// Deeds that are under way at once.
const AT_ONCE: usize = 64;

/// What chooses actors.
const ACTOR_FIELDS: &str = "kind, ids, status, error, olderThan, youngerThan, pausedEffects";
/// What chooses effects.
const EFFECT_FIELDS: &str = "kind, ids, name, status, error, olderThan, youngerThan";

/// Why nothing is done to what a shard that stands still has.
const UNANSWERED: &str = "its shard does not answer";

/// Why an effect was not cancelled that ended by itself.
const ENDED: &str = "its last try ended it before it could be cancelled";

/// Refuses a filter that chooses everything, unless that is what is asked for.
///
/// # Errors
/// INVALID_ARGUMENT, which says what to set.
fn chosen(empty: bool, all: bool, fields: &str) -> Result<(), Status> {
    match empty && !all {
        true => Err(invalid_field(
            "all",
            format!("say which: set one of {fields}; or set `all` for all of them"),
        )),
        false => Ok(()),
    }
}

/// Those of the actors whose shards answer; the others are left out of the deed, and the report says so.
async fn answering(runtime: &Runtime, keys: &[EntityKey], report: &mut Report) -> Vec<EntityKey> {
    let silent = runtime.silent(keys).await;
    for key in &silent {
        report.skip(key.to_string(), UNANSWERED);
    }
    let answers = |key: &&EntityKey| !silent.contains(key);
    keys.iter().filter(answers).cloned().collect()
}

/// Why a deed was not done, the same for all whom it meets.
fn reason(error: &ControlError) -> Cow<'static, str> {
    match error {
        ControlError::UnknownKind(kind) => {
            Cow::Owned(format!("there are no actors of kind {kind}"))
        }
        ControlError::NotFound(_) => Cow::Borrowed("there is no such actor"),
        ControlError::NoSuchEffect { .. } => Cow::Borrowed("it is settled, or not paused"),
        ControlError::Running { .. } => Cow::Borrowed(
            "it is being tried just now: it is cancelled if this try fails; look again in a while",
        ),
        ControlError::Withdrawn { .. } => {
            Cow::Borrowed("another operator wants it tried again: it is not cancelled")
        }
        ControlError::Unavailable(text) => Cow::Owned(text.clone()),
    }
}

/// Who gives an order, and why.
pub fn order(caller: &Caller, reason: String) -> Order {
    Order {
        by: Some(caller.user.clone()),
        reason,
    }
}

/// How a call for many is to be done.
struct Call {
    order: Order,
    /// Only say what would be done.
    dry: bool,
    /// Where the call before ended.
    after: Option<String>,
}

impl Call {
    fn new(caller: &Caller, reason: String, dry: bool, page_token: String) -> Self {
        Self {
            order: order(caller, reason),
            dry,
            after: (!page_token.is_empty()).then_some(page_token),
        }
    }

    /// The log's line about it.
    fn tell(&self, what: &str, report: &Report) {
        tracing::info!(
            by = self.order.by,
            reason = self.order.reason,
            dry_run = self.dry,
            matched = report.matched,
            touched = report.touched,
            "an operator {what}"
        );
    }
}

/// The mark to look for, and whether only actors in memory are wanted.
pub fn status_filter(status: i32) -> Result<(Option<MarkKind>, bool), Status> {
    use v1::actor::Status as Shown;
    match Shown::try_from(status) {
        Ok(Shown::Unspecified) => Ok((None, false)),
        Ok(Shown::Paused) => Ok((Some(MarkKind::Paused), false)),
        Ok(Shown::Quarantined) => Ok((Some(MarkKind::Quarantined), false)),
        Ok(Shown::Resident) => Ok((None, true)),
        _ => Err(invalid_field(
            "status",
            "must be PAUSED, QUARANTINED or RESIDENT",
        )),
    }
}
