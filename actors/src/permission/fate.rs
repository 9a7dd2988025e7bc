//! What an answer or a read makes of a thing.

use super::event::{Fate, Sight};
use super::item::{Item, Phase};

/// So many re-reads in a row that still see what was taken away mean that it cannot be.
const MAX_DOUBTS: u32 = 3;

pub(super) fn put_ended(item: &mut Item, fate: &Fate, at_ms: i64) {
    let wanted = item.is_wanted();
    match fate {
        Fate::Done => {
            item.answered_ms = at_ms;
            item.tries = 0;
            item.told = true;
            item.trouble = (String::new(), String::new());
            item.phase = match item.stale {
                _ if !wanted => Phase::Leaving { due_ms: 0 },
                true => Phase::Wanted { due_ms: 0 },
                false => Phase::Put { due_ms: 0 },
            };
        }
        Fate::Later {
            due_ms,
            code,
            message,
        } => {
            item.tries = item.tries.saturating_add(1);
            item.trouble = (code.clone(), message.clone());
            item.phase = match wanted {
                true => Phase::Wanted { due_ms: *due_ms },
                false => Phase::Leaving { due_ms: 0 },
            };
        }
        Fate::Refused { code, message, .. } => {
            item.trouble = (code.clone(), message.clone());
            item.phase = match wanted {
                true if item.stale => Phase::Wanted { due_ms: 0 },
                true if item.was_there => Phase::Missing,
                true => Phase::Failed,
                false => Phase::Leaving { due_ms: 0 },
            };
        }
    }
}

pub(super) fn remove_ended(item: &mut Item, fate: &Fate, at_ms: i64) {
    let wanted = item.is_wanted();
    item.phase = match fate {
        Fate::Done => {
            item.answered_ms = at_ms;
            item.tries = 0;
            item.told = false;
            item.was_there = false;
            item.trouble = (String::new(), String::new());
            Phase::Removed { due_ms: 0 }
        }
        Fate::Later {
            due_ms,
            code,
            message,
        } => {
            item.tries = item.tries.saturating_add(1);
            item.trouble = (code.clone(), message.clone());
            Phase::Leaving { due_ms: *due_ms }
        }
        Fate::Refused {
            due_ms,
            code,
            message,
        } => {
            item.trouble = (code.clone(), message.clone());
            item.stuck = !wanted;
            Phase::Leaving { due_ms: *due_ms }
        }
    };
    if wanted {
        item.phase = Phase::Wanted { due_ms: 0 };
    }
}

pub(super) fn saw(item: &mut Item, sight: &Sight, at_ms: i64) {
    match (item.phase, sight) {
        (Phase::Put { .. }, Sight::Right) => {
            item.phase = Phase::There;
            item.was_there = true;
            item.doubts = 0;
            item.read_ms = at_ms;
        }
        (Phase::Put { .. }, Sight::Again { due_ms }) => {
            item.phase = Phase::Put { due_ms: *due_ms };
        }
        (Phase::Removed { .. }, Sight::Again { due_ms }) => {
            item.phase = Phase::Removed { due_ms: *due_ms };
        }
        (Phase::Put { .. }, Sight::Wrong { due_ms }) => {
            item.doubts += 1;
            item.phase = Phase::Wanted { due_ms: *due_ms };
        }
        (Phase::Removed { .. }, Sight::Wrong { due_ms }) => {
            item.doubts += 1;
            item.tried = true;
            item.stuck = item.stuck || item.doubts >= MAX_DOUBTS;
            let message = "it is still there after it was taken away, again and again";
            item.trouble = ("StillThere".to_owned(), message.to_owned());
            item.phase = Phase::Leaving { due_ms: *due_ms };
        }
        (Phase::Put { .. }, Sight::Failed { code, message }) => {
            item.trouble = (code.clone(), message.clone());
            item.doubts = 0;
            item.phase = match item.was_there {
                true => Phase::Missing,
                false => Phase::Failed,
            };
        }
        (
            Phase::Removed { .. },
            Sight::Stuck {
                due_ms,
                code,
                message,
            },
        ) => {
            item.trouble = (code.clone(), message.clone());
            item.stuck = true;
            item.phase = Phase::Removed { due_ms: *due_ms };
        }
        _ => {}
    }
}
