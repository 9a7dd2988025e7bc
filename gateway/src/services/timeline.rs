//! What an actor has been through, told in order from its commits.
//!
//! A commit says why it was made (its cause), what happened (its events) and what it asked for (its trace:
//! effects and timers). Told one after the other these make the timeline; what the actor has open comes last.
//! Commits written before commits had a trace are told without effects asked for and timers set.

use std::time::Duration;

use datamesh_actor::{ActorDetail, EffectDetail};
use datamesh_journal::{Cause, Committed, Settled};
use datamesh_proto::v1;
use datamesh_proto::v1::timeline_entry::Kind;

use super::actor_view::event;
use super::json::timestamp;

/// The entries of one commit: why it was made, what happened, what it asked for.
pub fn told(commit: Committed) -> Vec<v1::TimelineEntry> {
    let base = v1::TimelineEntry {
        sequence: commit.seq,
        time: Some(timestamp(commit.at_ms)),
        ..v1::TimelineEntry::default()
    };
    let mut entries = vec![cause(&commit.cause, &base)];
    entries.extend(commit.events.into_iter().map(|record| {
        let event = event(record);
        v1::TimelineEntry {
            kind: Kind::Event.into(),
            name: event.r#type,
            data: event.data,
            ..base.clone()
        }
    }));
    let trace = commit.cause.trace;
    entries.extend(
        trace
            .effects
            .into_iter()
            .map(|effect_id| v1::TimelineEntry {
                kind: Kind::EffectAsked.into(),
                name: effect_name(&effect_id).to_owned(),
                effect_id,
                ..base.clone()
            }),
    );
    entries.extend(
        trace
            .timers
            .into_iter()
            .map(|(name, due_ms)| v1::TimelineEntry {
                kind: Kind::TimerSet.into(),
                name,
                due_at: Some(timestamp(due_ms)),
                ..base.clone()
            }),
    );
    entries
}

/// What has not ended at this time (milliseconds since the Unix epoch): a stop, effects, timers.
pub fn open(actor: &ActorDetail, now_ms: i64) -> Vec<v1::TimelineEntry> {
    let stopped = actor.stopped_ms.map(|at_ms| v1::TimelineEntry {
        time: Some(timestamp(at_ms)),
        kind: Kind::Stopped.into(),
        name: actor.cause.clone().unwrap_or_default(),
        detail: actor.reason.clone().unwrap_or_default(),
        ..v1::TimelineEntry::default()
    });
    let effects = actor.effects.iter().map(|effect| pending(effect, now_ms));
    let timers = actor.timers.iter().map(|(name, due_ms)| v1::TimelineEntry {
        kind: Kind::TimerPending.into(),
        name: name.clone(),
        due_at: Some(timestamp(*due_ms)),
        ..v1::TimelineEntry::default()
    });
    stopped.into_iter().chain(effects).chain(timers).collect()
}

fn pending(effect: &EffectDetail, now_ms: i64) -> v1::TimelineEntry {
    v1::TimelineEntry {
        time: Some(timestamp(effect.asked_ms)),
        kind: Kind::EffectPending.into(),
        name: effect.name.clone(),
        effect_id: effect.effect_id.clone(),
        attempts: effect.attempts,
        took: Some(length(now_ms - effect.asked_ms)),
        due_at: effect.next_ms.map(timestamp),
        detail: effect.last_error.clone().unwrap_or_default(),
        ..v1::TimelineEntry::default()
    }
}

/// Why a commit was made. The runtime writes causes as `command Name`, `settled Name`, `failed Name (Code)`,
/// `paused Name (Code)`, `cancelled Name: reason`, `timer name`, `operator verb: reason`.
fn cause(cause: &Cause, base: &v1::TimelineEntry) -> v1::TimelineEntry {
    let (verb, rest) = cause.what.split_once(' ').unwrap_or((&cause.what, ""));
    let (kind, name, detail) = match verb {
        "command" => (Kind::Command, rest, ""),
        "settled" => (Kind::EffectDone, rest, ""),
        "failed" => split(Kind::EffectFailed, rest, " (", ")"),
        "paused" => split(Kind::EffectPaused, rest, " (", ")"),
        "cancelled" => split(Kind::EffectCancelled, rest, ": ", ""),
        "timer" => (Kind::TimerFired, rest, ""),
        "operator" => split(Kind::Operator, rest, ": ", ""),
        _ => (Kind::Unspecified, cause.what.as_str(), ""),
    };
    let settled = cause.trace.settled.as_ref();
    v1::TimelineEntry {
        kind: kind.into(),
        name: name.to_owned(),
        detail: detail.to_owned(),
        by: cause.by.clone().unwrap_or_default(),
        command_id: cause.trace.command_id.clone().unwrap_or_default(),
        effect_id: settled.map(|end| end.effect_id.clone()).unwrap_or_default(),
        attempts: settled.map_or(0, |end| end.attempts),
        took: settled.map(|end: &Settled| length(end.took_ms)),
        ..base.clone()
    }
}

fn split<'a>(kind: Kind, text: &'a str, open: &str, close: &str) -> (Kind, &'a str, &'a str) {
    match text.split_once(open) {
        Some((name, detail)) => (kind, name, detail.strip_suffix(close).unwrap_or(detail)),
        None => (kind, text, ""),
    }
}

/// `4.0-CreateProject`: the commit, the place in it, the name.
fn effect_name(effect_id: &str) -> &str {
    effect_id
        .split_once('-')
        .map_or(effect_id, |(_, name)| name)
}

fn length(ms: i64) -> prost_types::Duration {
    let ms = u64::try_from(ms).unwrap_or(0);
    prost_types::Duration::try_from(Duration::from_millis(ms)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use datamesh_journal::{CommitId, Record, Trace};
    use serde_json::value::RawValue;

    use super::*;

    fn commit(seq: u64, what: &str, trace: Trace, events: &[&str]) -> Committed {
        Committed {
            seq,
            commit_id: CommitId([0; 16]),
            at_ms: i64::try_from(seq).unwrap() * 1_000,
            cause: Cause {
                what: what.to_owned(),
                by: Some("ann".to_owned()),
                trace,
            },
            events: events
                .iter()
                .map(|name| Record {
                    name: (*name).to_owned(),
                    data: RawValue::NULL.to_owned(),
                })
                .collect(),
        }
    }

    fn kinds(entries: &[v1::TimelineEntry]) -> Vec<(&str, &str)> {
        entries
            .iter()
            .map(|entry| (entry.kind().as_str_name(), entry.name.as_str()))
            .collect()
    }

    #[test]
    fn a_commit_is_told_with_its_cause_its_events_and_what_it_asks_for() {
        let trace = Trace {
            effects: vec!["1.0-CreateProject".to_owned(), "1.1-PutEvent".to_owned()],
            timers: vec![("overdue".to_owned(), 9_000)],
            command_id: Some("c-1".to_owned()),
            settled: None,
        };
        let entries = told(commit(1, "command CreateProject", trace, &["Requested"]));
        assert_eq!(
            kinds(&entries),
            [
                ("COMMAND", "CreateProject"),
                ("EVENT", "Requested"),
                ("EFFECT_ASKED", "CreateProject"),
                ("EFFECT_ASKED", "PutEvent"),
                ("TIMER_SET", "overdue"),
            ]
        );
        assert_eq!((&*entries[0].by, &*entries[0].command_id), ("ann", "c-1"));
        assert_eq!(entries[3].effect_id, "1.1-PutEvent");
        assert_eq!(entries[4].due_at, Some(timestamp(9_000)));
        assert!(entries.iter().all(|entry| entry.sequence == 1));
    }

    #[test]
    fn each_cause_is_read_as_it_was_written() {
        for (what, expected) in [
            ("command Pause it", ("COMMAND", "Pause it", "")),
            ("settled Put", ("EFFECT_DONE", "Put", "")),
            ("failed Put (Denied)", ("EFFECT_FAILED", "Put", "Denied")),
            ("paused Put (Down)", ("EFFECT_PAUSED", "Put", "Down")),
            (
                "cancelled Put: the account is gone (for good)",
                ("EFFECT_CANCELLED", "Put", "the account is gone (for good)"),
            ),
            ("cancelled Put", ("EFFECT_CANCELLED", "Put", "")),
            ("timer poll-listing", ("TIMER_FIRED", "poll-listing", "")),
            ("operator retry", ("OPERATOR", "retry", "")),
            (
                "operator pause: an audit",
                ("OPERATOR", "pause", "an audit"),
            ),
            ("something new", ("KIND_UNSPECIFIED", "something new", "")),
        ] {
            let entry = &told(commit(1, what, Trace::default(), &[]))[0];
            let seen = (entry.kind().as_str_name(), &*entry.name, &*entry.detail);
            assert_eq!(seen, expected, "{what}");
        }
    }

    #[test]
    fn an_end_says_how_often_it_was_tried_and_how_long_it_took() {
        let trace = Trace {
            settled: Some(Settled {
                effect_id: "1.0-Put".to_owned(),
                attempts: 3,
                took_ms: 2_500,
            }),
            ..Trace::default()
        };
        let entry = &told(commit(2, "settled Put", trace, &[]))[0];
        assert_eq!((&*entry.effect_id, entry.attempts), ("1.0-Put", 3));
        let took = entry.took.unwrap();
        assert_eq!((took.seconds, took.nanos), (2, 500_000_000));
    }
}
