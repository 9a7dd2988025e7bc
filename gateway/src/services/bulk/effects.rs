use std::borrow::Cow;
use std::time::Duration;

use datamesh_actor::{Cancelled, ControlError, EffectDetail, EffectState, Order, Runtime};
use datamesh_journal::{EntityKey, JournalError, WorkQuery};
use futures::{StreamExt, stream};

use super::filter::Filter;
use super::report::Report;
use super::{AT_ONCE, Call, MOST, PAGE, PAGES, UNANSWERED, answering, reason};

/// How long each of several effects that is being tried is waited for.
const WAIT: Duration = Duration::from_secs(1);

/// What is done to the effects that a filter chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Retry,
    Cancel,
}

/// Which effects, beside the [`Filter`].
pub struct Choice {
    pub filter: Filter,
    /// Only of this name; empty for all.
    pub name: String,
    /// Only this one; empty for all.
    pub effect_id: String,
    /// Only those that are so.
    pub state: Option<EffectState>,
}

impl Choice {
    /// Whether nothing chooses but an actor and an effect of it: the state is not asked for the one deed, which
    /// knows itself what it can be done to.
    pub fn is_plain(&self) -> bool {
        self.filter.keys.len() == 1
            && !self.filter.by_error()
            && !self.filter.by_age()
            && self.name.is_empty()
    }
}

/// Does it, from where the call before ended on, to about [`MOST`] effects; or says what it would do.
///
/// Each effect is a commit of its own actor: when the process dies in the middle, some are done and the call
/// may be repeated.
///
/// # Errors
/// When the journal cannot be read before anything was done; later it ends there, to be gone on with.
pub async fn run(
    runtime: &Runtime,
    choice: &Choice,
    deed: Deed,
    call: &Call,
) -> Result<Report, JournalError> {
    let mut report = Report::default();
    if !choice.filter.keys.is_empty() {
        let mut found = Vec::new();
        for key in &answering(runtime, &choice.filter.keys, &mut report).await {
            match runtime.actor(key).await {
                Ok(actor) => found.extend(actor.effects),
                Err(error) => report.skip(key.to_string(), &reason(&error)),
            }
        }
        touch(runtime, choice, found, deed, call, &mut report).await;
        return Ok(report);
    }
    let mut query = WorkQuery {
        entity_kind: (!choice.filter.kind.is_empty()).then(|| choice.filter.kind.clone()),
        paused: choice.state == Some(EffectState::Paused),
        after: call.after.clone(),
        limit: PAGE,
        ..WorkQuery::default()
    };
    for page in 0..PAGES {
        let found = match runtime.effects(&query).await {
            Ok(found) => found,
            Err(error) if page == 0 => return Err(error),
            Err(_) => break,
        };
        touch(runtime, choice, found.items, deed, call, &mut report).await;
        query.after = found.next;
        if query.after.is_none() || report.matched >= MOST {
            break;
        }
    }
    report.next = query.after;
    Ok(report)
}

fn passes(choice: &Choice, effect: &EffectDetail) -> bool {
    (choice.name.is_empty() || choice.name == effect.name)
        && (choice.effect_id.is_empty() || choice.effect_id == effect.effect_id)
        && choice.state.is_none_or(|state| state == effect.state)
        && choice.filter.in_time(effect.asked_ms)
        && choice.filter.in_error(effect.last_error.as_deref())
}

async fn touch(
    runtime: &Runtime,
    choice: &Choice,
    found: Vec<EffectDetail>,
    deed: Deed,
    call: &Call,
    report: &mut Report,
) {
    let (silent, found): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|effect| effect.state == EffectState::Unanswered);
    for effect in silent {
        // As far as the journal knows; an error that it does not know may be any.
        let effect = EffectDetail {
            state: choice.state.unwrap_or(effect.state),
            ..effect
        };
        let may_pass = effect.last_error.is_none() && choice.filter.by_error();
        if !passes(choice, &effect) && !may_pass {
            continue;
        }
        report.skip(format!("{} {}", effect.key, effect.effect_id), UNANSWERED);
    }
    let chosen = found.into_iter().filter(|effect| passes(choice, effect));
    let deeds = stream::iter(chosen).map(|effect| async move {
        let done = if call.dry {
            Ok(false)
        } else {
            let done = do_it(runtime, &effect.key, &effect.effect_id, deed, &call.order).await;
            done.unwrap_or_else(|error| Err(Cow::Owned(reason(&error).into_owned())))
        };
        (effect, done)
    });
    let mut ends = Box::pin(deeds.buffered(AT_ONCE));
    while let Some((effect, done)) = ends.next().await {
        let name = format!("{} {}", effect.key, effect.effect_id);
        match done {
            Ok(may_be_done) => {
                report.touch(name, (&effect.key.kind, &effect.name));
                if may_be_done {
                    report.may_be_done();
                }
            }
            Err(reason) => report.skip(name, &reason),
        }
    }
}

/// Whether what was touched may have been done before, or why it was not touched.
type Done = Result<bool, Cow<'static, str>>;

async fn do_it(
    runtime: &Runtime,
    key: &EntityKey,
    effect_id: &str,
    deed: Deed,
    order: &Order,
) -> Result<Done, ControlError> {
    match deed {
        Deed::Retry => match runtime.retry_effects(key, Some(effect_id), order).await? {
            0 => Ok(Err(Cow::Borrowed("it is not paused any more"))),
            _ => Ok(Ok(false)),
        },
        Deed::Cancel => match runtime.cancel_effect(key, effect_id, order, WAIT).await? {
            Cancelled::Cancelled { may_be_done } => Ok(Ok(may_be_done)),
            Cancelled::Ended => Ok(Err(Cow::Borrowed(super::ENDED))),
        },
    }
}
