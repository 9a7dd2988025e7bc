//! How access is taken, and how that is proven.
//!
//! The producer's database goes first: that cuts access. Then the consumer's side, then what belongs to the
//! producer's account. After that RAM is read again and a query as the consumer must be refused. What does not
//! fit is taken again some times, for reads lag writes; what then is still there remains, is said, and is tried
//! on slowly. Neither a missing table nor a link, role or account that is gone hinders any of it: the ledgers
//! take what is not there for taken.

use super::certificate::Certificate;
use super::event::Event;
use super::fulfilment::Phase;
use super::plan::{Next, TRIES, tell_if_settled, wait_for_remains};
use super::post::{Held, HeldEnd, Post};
use super::request::{ShareTurn, audit};
use super::state::{Answer, Association, State, Step};
use super::{RETRY_TIMER, events};
use crate::access::{Permission, Reread, Thing};

/// What comes next while access is taken.
pub(super) fn next(state: &State) -> Next {
    for post in Post::TAKING {
        let Some(held) = state.posts.get(&post) else {
            continue;
        };
        if held.generation != state.generation() || !held.wants.is_empty() {
            return Next::Hold(post, Default::default());
        }
        if held.end.is_none() {
            return Next::Rest;
        }
    }
    if state.posts.is_empty() {
        return Next::Certify;
    }
    let cross = state
        .resolved
        .as_ref()
        .is_some_and(|r| r.is_cross_account());
    if cross && state.ram.is_none() {
        return Next::Step(Step::LookAtRam);
    }
    let selects = state
        .record
        .as_ref()
        .is_some_and(|r| r.permissions.contains(&Permission::Select));
    let known = state.table.as_ref().is_some_and(|t| !t.columns.is_empty());
    if selects && known && state.permitted.is_none() {
        return Next::Step(Step::AskPermitted);
    }
    match still_there(state).into_iter().next() {
        Some(there) if state.phase() == Phase::Revoking && state.pauses < TRIES => {
            Next::Again(format!("STILL_THERE: {there}"))
        }
        _ => Next::Certify,
    }
}

/// What reads show to be there although it was taken, and nobody else holds it. What is kept at the producer is
/// kept for the whole account: it says why RAM still shares the table, and nothing of who reads it.
fn still_there(state: &State) -> Vec<String> {
    let kept = state.posts.get(&Post::ProducerDatabase);
    let kept = kept.is_some_and(|held| !held.kept.is_empty());
    let readable = matches!(
        &state.permitted,
        Some(Answer::Readable { others, .. }) if others.is_empty()
    );
    let readable = readable.then(|| {
        "the consumer can still read: another grant gives it, see `datamesh access explain`"
            .to_owned()
    });
    let ram = state.ram.as_ref().and_then(|seen| match seen.association {
        Association::Associated | Association::Suspended if !kept && seen.others.is_empty() => {
            Some(format!("RAM still shares the table: {}", seen.detail))
        }
        Association::Unseen => Some(format!("RAM could not be read: {}", seen.detail)),
        _ => None,
    });
    readable.into_iter().chain(ram).collect()
}

/// What may be left.
fn remains(state: &State) -> Vec<String> {
    let mut remains = Vec::new();
    for post in Post::TAKING {
        let Some(held) = state.posts.get(&post) else {
            continue;
        };
        let account = &held.ledger.account;
        match &held.end {
            Some(HeldEnd::Settled) | None => {}
            Some(HeldEnd::Refused { code, message }) => {
                remains.push(format!("{account}: {code}: {message}"));
            }
            Some(HeldEnd::Unreachable {
                code,
                message,
                remains: things,
            }) => {
                if things.is_empty() {
                    remains.push(format!("{account}: {code}: {message}"));
                }
                let things = things.iter();
                remains
                    .extend(things.map(|thing| format!("{account}: {thing} ({code}: {message})")));
            }
        }
    }
    remains.extend(still_there(state));
    remains
}

/// Says that access is gone, and proves it; or what remains.
pub(super) fn certify(turn: &mut ShareTurn<'_>) {
    let at_ms = turn.now_ms();
    let remains = remains(&turn.state);
    let Some(record) = turn.state.record.clone() else {
        return;
    };
    let waiting = record.fulfilment.state == Phase::Unreachable;
    let known = waiting && record.fulfilment.remains == remains;
    let reason = match remains.first() {
        Some(first) => format!("UNREACHABLE: {first}"),
        None if turn.state.failed.is_some() => String::new(),
        None => record.fulfilment.reason.clone(),
    };
    if known {
        // Nothing is new: the certificate that there is says all.
        wait_for_remains(turn, reason);
        return;
    }
    let mut certificate = Certificate {
        share_id: record.share_id,
        asset_id: record.asset_id,
        source_account: record.source.account,
        database: record.database,
        table: record.table,
        target_account: record.target.account,
        principal: record.principal,
        complete: remains.is_empty(),
        remains: remains.clone(),
        issued_ms: at_ms,
        ..Certificate::default()
    };
    for post in Post::TAKING {
        if let Some(held) = turn.state.posts.get(&post) {
            add_ledger(&mut certificate, held);
        }
    }
    add_sight(&mut certificate, &turn.state);
    let mut certificate = certificate.sealed();
    audit(turn, "", "CERTIFIED", certificate.hash.clone());
    if let Some(entry) = &turn.state.audited {
        certificate.audit_number = entry.number;
        certificate.audit_hash.clone_from(&entry.hash);
    }
    turn.show(certificate.row());
    let reason = match waiting && remains.is_empty() {
        true => "REVOKED: what remained was taken".to_owned(),
        false => reason,
    };
    turn.happen(Event::Taken {
        at_ms,
        certificate: certificate.hash,
        remains: remains.clone(),
        reason: reason.clone(),
    });
    turn.let_sleep(RETRY_TIMER);
    events::taken(turn);
    tell_if_settled(turn);
    if !remains.is_empty() {
        wait_for_remains(turn, reason);
    }
}

fn add_ledger(certificate: &mut Certificate, held: &Held) {
    let account = &held.ledger.account;
    let removed = held.removed.iter();
    certificate
        .removed
        .extend(removed.map(|thing| format!("{account}: {thing}")));
    certificate.kept.extend(
        held.kept
            .iter()
            .map(|kept| format!("{account}: {}, for {}", kept.thing, kept.by.join(", "))),
    );
    certificate.rereads.extend(held.rereads.iter().cloned());
}

/// What RAM and the query showed.
fn add_sight(certificate: &mut Certificate, state: &State) {
    if let Some(seen) = &state.ram {
        certificate.rereads.extend(seen.rereads.iter().cloned());
        if !seen.others.is_empty() {
            let others: Vec<&str> = seen.others.iter().map(String::as_str).collect();
            certificate.kept.push(format!(
                "{}: RAM's share of table {} with {}, for {}",
                certificate.source_account,
                certificate.table,
                certificate.target_account,
                others.join(", ")
            ));
        }
    }
    if let Some(answer) = &state.permitted {
        certificate.rereads.push(Reread {
            account: certificate.target_account.clone(),
            operation: "athena:StartQueryExecution".to_owned(),
            about: format!(
                "SELECT from {}.{} as {}",
                certificate.database, certificate.table, certificate.principal
            ),
            found: match answer {
                Answer::Refused { message, .. } if is_absent(message) && link_went(state) => {
                    format!("the link is gone: the table was not found: {message}")
                }
                answer => answer.in_words(),
            },
            at_ms: answer.at_ms(),
        });
    }
}

/// Whether Athena's words say that it finds no such table: they say nothing of who may read it.
fn is_absent(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let words = [
        "table_not_found",
        "schema_not_found",
        "entitynotfound",
        "does not exist",
    ];
    words.iter().any(|words| message.contains(words))
}

/// Whether the link that the query goes through was taken away too.
fn link_went(state: &State) -> bool {
    let held = state.posts.get(&Post::ConsumerDatabase);
    held.is_some_and(|held| {
        let mut removed = held.removed.iter();
        removed.any(|thing| matches!(thing, Thing::Link(_)))
    })
}

impl Answer {
    /// The answer in words.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Readable { others, .. } if others.is_empty() => "readable".to_owned(),
            Self::Readable { others, .. } => {
                let others: Vec<&str> = others.iter().map(String::as_str).collect();
                format!("readable, for {}", others.join(", "))
            }
            Self::Refused { message, .. } => format!("refused: {message}"),
            Self::NotTried { reason, .. } => format!("not tried: {reason}"),
        }
    }

    /// When it was given, in milliseconds since the Unix epoch.
    pub(super) fn at_ms(&self) -> i64 {
        match self {
            Self::Readable { at_ms, .. }
            | Self::Refused { at_ms, .. }
            | Self::NotTried { at_ms, .. } => *at_ms,
        }
    }
}
