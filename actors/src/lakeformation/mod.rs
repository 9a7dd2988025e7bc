//! How each [`Thing`] of a ledger is put, taken away and seen in Lake Formation (and in Glue, for links).
//!
//! Nobody but the ledger calls this. Every function here states the wanted end: a repeat finds it reached
//! (`NaturalKey`).
//!
//! One file a kind of thing. Grants are many, and go in batches: `entries` makes calls of atoms, `held` makes
//! one form of whatever lists show, `grants` does the deeds. The others go one by one, and a call that found
//! nobody to answer ends the batch, so that what waits behind it is not asked in vain.
//!
//! Permissions of one principal on one table overlap: SELECT on the table holds that on each of its columns,
//! and `ALL` holds every other. [`see`] says that a column is there when its table's SELECT is, and to take
//! one away takes it from what is wider. [`Grant::covers`](crate::access::Grant::covers) tells the ledger
//! which atoms overlap.

mod columns;
mod entries;
mod facts;
mod filter;
mod grants;
mod held;
mod lake;
mod link;
mod listing;
mod location;
mod opt_in;
mod read_facts;
mod resource;
mod settings;
mod tag;
mod tag_key;
mod thing_error;

use std::collections::BTreeMap;

use datamesh_actor::EffectCx;
use datamesh_aws::codes;
use datamesh_aws::lakeformation::Settings;

use crate::access::{Grant, LedgerId, Object, Thing};
use crate::world::World;
use lake::Lake;
use settings::Setting;

pub(crate) use lake::{GIVING, LOOKING, TAKING};
pub(crate) use link::LINK_NOT_SEEN;

pub use facts::{Facts, TableSeen};
pub use thing_error::{ThingError, Trouble};

/// Puts things, as many in one call as AWS takes; the answers are in the order of `things`. A thing that is
/// there already is put. What is there under the same name and is not ours is [`Trouble::Refused`].
pub(crate) async fn put(
    world: &World,
    ledger: &LedgerId,
    things: &[Thing],
    _cx: &EffectCx,
) -> Vec<Result<(), ThingError>> {
    let lake = Lake::giving(world, ledger);
    let mut answers = Answers::new(things.len());
    let settings = settings_of(things);
    if !settings.is_empty() {
        let wanted: Vec<Setting<'_>> = settings.iter().map(|(_, setting)| *setting).collect();
        let put = settings::put(&lake, &wanted).await;
        answers.all(settings.iter().map(|(at, _)| *at), &put);
    }
    for (at, thing) in things.iter().enumerate() {
        if answers.is_over() {
            break;
        }
        let put = match thing {
            Thing::Sharing { .. } | Thing::Admin { .. } | Thing::Grant(_) => continue,
            Thing::Location(location) => location::put(&lake, location).await,
            Thing::TagKey { key, values } => tag_key::put(&lake, key, values).await,
            Thing::Tag { on, key, value } => tag::put(&lake, on, key, value).await,
            Thing::Filter(filter) => filter::put(&lake, filter).await,
            Thing::Link(link) => link::put(&lake, link).await,
            Thing::OptIn { principal, on } => opt_in::put(&lake, principal, on).await,
        };
        answers.one(at, put);
    }
    let mut atoms = grants_of(things);
    let without = answers.failed_filters(things);
    atoms.retain(|(at, grant)| {
        let Object::Filter { table, name } = &grant.on else {
            return true;
        };
        let error = without.get(&(table.as_str(), name.as_str()));
        if let Some(error) = error {
            answers.one(*at, Err(error.clone()));
        }
        error.is_none()
    });
    if !atoms.is_empty() && !answers.is_over() {
        for (at, answer) in grants::put(&lake, &atoms).await {
            answers.one(at, answer);
        }
    }
    answers.done()
}

/// Takes things away; the answers are in the order of `things`. A thing that is not there, as a read showed,
/// is away, also when its table, principal or database is gone. The version of sharing stays as it is, and so
/// does a location that is not ours: [`Thing::stays`](crate::access::Thing::stays).
pub(crate) async fn remove(
    world: &World,
    ledger: &LedgerId,
    things: &[Thing],
    _cx: &EffectCx,
) -> Vec<Result<(), ThingError>> {
    let lake = Lake::taking(world, ledger);
    let mut answers = Answers::new(things.len());
    let atoms = grants_of(things);
    if !atoms.is_empty() {
        for (at, answer) in grants::remove(&lake, &atoms).await {
            answers.one(at, answer);
        }
    }
    for (at, thing) in things.iter().enumerate() {
        if answers.is_over() {
            break;
        }
        let removed = match thing {
            Thing::Sharing { .. } | Thing::Admin { .. } | Thing::Grant(_) => continue,
            Thing::Location(location) => location::remove(&lake, location).await,
            Thing::TagKey { key, values } => tag_key::remove(&lake, key, values).await,
            Thing::Tag { on, key, value } => tag::remove(&lake, on, key, value).await,
            Thing::Filter(filter) => filter::remove(&lake, filter).await,
            Thing::Link(link) => link::remove(&lake, link).await,
            Thing::OptIn { principal, on } => opt_in::remove(&lake, principal, on).await,
        };
        answers.one(at, removed);
    }
    let settings = settings_of(things);
    if !settings.is_empty() && !answers.is_over() {
        let unwanted: Vec<Setting<'_>> = settings.iter().map(|(_, setting)| *setting).collect();
        let removed = settings::remove(&lake, &unwanted).await;
        answers.all(settings.iter().map(|(at, _)| *at), &removed);
    }
    answers.done()
}

/// What a look at a ledger's things saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// Whether each of the things is there, in their order.
    pub present: Vec<bool>,
    /// What else there is for the same principals on the same tables.
    pub extra: Vec<Thing>,
}

/// Looks whether things are there, reading every page. Verify priority.
///
/// # Errors
/// When not all could be read.
pub(crate) async fn see(
    world: &World,
    ledger: &LedgerId,
    things: &[Thing],
    _cx: &EffectCx,
) -> Result<Seen, ThingError> {
    let lake = Lake::looking(world, ledger);
    let settings = match settings_of(things).is_empty() {
        true => Settings::default(),
        false => settings::read(&lake).await?,
    };
    let atoms = grants_of(things);
    let held = grants::held(&lake, &atoms).await?;
    let mut wanted = held::Held::default();
    let mut present = Vec::with_capacity(things.len());
    for thing in things {
        present.push(match thing {
            Thing::Sharing { version } => settings::has(&settings, Setting::Sharing(*version)),
            Thing::Admin { principal } => settings::has(&settings, Setting::Admin(principal)),
            Thing::Location(location) => location::is_there(&lake, location).await?,
            Thing::TagKey { key, values } => tag_key::is_there(&lake, key, values).await?,
            Thing::Tag { on, key, value } => tag::is_there(&lake, on, key, value).await?,
            Thing::Filter(filter) => filter::is_there(&lake, filter).await?,
            Thing::Link(link) => link::is_there(&lake, link).await?,
            Thing::OptIn { principal, on } => opt_in::is_there(&lake, principal, on).await?,
            Thing::Grant(grant) => {
                wanted.add(grant);
                held.has(grant)
            }
        });
    }
    let extra = held.beyond(&wanted).atoms();
    Ok(Seen {
        present,
        extra: extra.into_iter().map(Thing::Grant).collect(),
    })
}

/// Everything that decides who can read a table, as the ledger's account sees it.
///
/// # Errors
/// When not all could be read.
pub(crate) async fn facts(
    world: &World,
    ledger: &LedgerId,
    table: &str,
    cx: &EffectCx,
) -> Result<Facts, ThingError> {
    read_facts::read(&Lake::looking(world, ledger), table, cx.asked_ms).await
}

fn grants_of(things: &[Thing]) -> Vec<(usize, &Grant)> {
    let things = things.iter().enumerate();
    things
        .filter_map(|(at, thing)| match thing {
            Thing::Grant(grant) => Some((at, grant)),
            _ => None,
        })
        .collect()
}

fn settings_of(things: &[Thing]) -> Vec<(usize, Setting<'_>)> {
    let things = things.iter().enumerate();
    things
        .filter_map(|(at, thing)| match thing {
            Thing::Sharing { version } => Some((at, Setting::Sharing(*version))),
            Thing::Admin { principal } => Some((at, Setting::Admin(principal))),
            _ => None,
        })
        .collect()
}

/// What became of each thing of a batch. What was not asked for gets the error that ended the batch.
struct Answers {
    each: Vec<Option<Result<(), ThingError>>>,
    end: Option<ThingError>,
}

impl Answers {
    fn new(things: usize) -> Self {
        Self {
            each: vec![None; things],
            end: None,
        }
    }

    fn one(&mut self, at: usize, answer: Result<(), ThingError>) {
        if let Err(error) = &answer
            && ends_a_batch(error)
        {
            self.end = Some(error.clone());
        }
        if let Some(place) = self.each.get_mut(at) {
            *place = Some(answer);
        }
    }

    fn all(&mut self, places: impl Iterator<Item = usize>, answer: &Result<(), ThingError>) {
        for at in places {
            self.one(at, answer.clone());
        }
    }

    /// The filters that could not be put, and why: a grant on one fares like it.
    fn failed_filters<'a>(&self, things: &'a [Thing]) -> BTreeMap<(&'a str, &'a str), ThingError> {
        let each = things.iter().zip(&self.each);
        each.filter_map(|(thing, answer)| match (thing, answer) {
            (Thing::Filter(filter), Some(Err(error))) => {
                Some(((filter.table.as_str(), filter.name.as_str()), error.clone()))
            }
            _ => None,
        })
        .collect()
    }

    fn is_over(&self) -> bool {
        self.end.is_some()
    }

    fn done(self) -> Vec<Result<(), ThingError>> {
        let end = self.end.unwrap_or_default();
        let each = self.each.into_iter();
        each.map(|answer| answer.unwrap_or_else(|| Err(end.clone())))
            .collect()
    }
}

/// Whether the next call would fare no better: nobody answers, or nobody may ask.
fn ends_a_batch(error: &ThingError) -> bool {
    const HELD_BACK: [&str; 3] = [codes::CIRCUIT_OPEN, codes::BUSY, codes::WAITED_TOO_LONG];
    error.trouble == Trouble::Unreachable || HELD_BACK.contains(&error.code.as_str())
}

#[cfg(test)]
mod tests;
