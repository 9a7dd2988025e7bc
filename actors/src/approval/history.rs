use datamesh_actor::Rejection;

use super::Approval;
use super::entry::{Action, Entry};
use super::event::Event;
use super::record::ApprovalRecord;
use crate::turn::Turn;

/// From so many entries on only decisions are taken: no comment, delegation or withdrawal.
pub const MAX_ENTRIES: u32 = 1_000;

/// Who did what, and what they said.
#[derive(Debug, Default)]
pub(super) struct Note<'a> {
    /// Who; empty for nobody.
    pub(super) actor: &'a str,
    /// The stage, from 1; 0 for none.
    pub(super) stage: u32,
    /// What was said.
    pub(super) comment: &'a str,
    /// The other person that it is about.
    pub(super) on_behalf_of: &'a str,
}

/// The next entry of the history.
pub(super) fn next(turn: &Turn<'_, Approval>, action: Action, note: &Note<'_>) -> Entry {
    let record = turn.state.record.as_ref();
    let mut entry = Entry {
        approval_id: turn.ctx.id().to_owned(),
        number: record.map_or(0, |record| record.entries).saturating_add(1),
        at_ms: turn.now_ms(),
        actor: note.actor.to_owned(),
        action,
        stage: note.stage,
        comment: note.comment.to_owned(),
        on_behalf_of: note.on_behalf_of.to_owned(),
        digest: record
            .map(|record| record.digest.clone())
            .unwrap_or_default(),
        previous_hash: turn.state.last_hash.clone(),
        hash: String::new(),
    };
    entry.hash = entry.computed_hash();
    entry
}

/// Lets an event happen, and puts its entry into the list of entries.
pub(super) fn happen(turn: &mut Turn<'_, Approval>, event: Event) {
    let row = event.entry().and_then(Entry::row);
    turn.happen(event);
    if let Some(row) = row {
        turn.show(row);
    }
}

/// Refuses what is not a decision when the history is full.
pub(super) fn has_room(record: &ApprovalRecord) -> Result<(), Rejection> {
    if record.entries < MAX_ENTRIES {
        return Ok(());
    }
    Err(Rejection::precondition(
        "HISTORY_FULL",
        format!(
            "the approval has {MAX_ENTRIES} entries in its history: it can only be decided now"
        ),
    ))
}
