//! A flight recorder: says what a process was doing when it died.
//!
//! A panic is caught; a stack overflow, an abort or the system's out-of-memory killer is not, and whoever
//! adopts the work next does the same and dies of the same. So before the runtime hands control to a handler or
//! an effect it writes down, in a small file beside the journal, what it is about to do, and after it strikes that
//! out. What the next process finds there are the suspects: [`adoption`] says what becomes of them, [`record`] and
//! [`file`] how they are kept.
//!
//! It costs a decision or a try two short writes without a sync (some microseconds together), because it has to
//! outlive the process, not the machine. What cannot be written (the disk is full) is not known at the next start, and
//! nothing else comes of it.

pub(crate) mod adoption;
mod file;
pub(crate) mod record;
pub(crate) mod suspects;
mod tape;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datamesh_journal::EntityKey;
use parking_lot::Mutex;

use self::adoption::{Past, Suspect};
use self::record::{Line, SLOT, Tag, What};
use self::tape::Tape;
use crate::effect::Rank;

pub use self::file::RecorderError;

/// So many suspects are kept; of more, those with the most crashes.
const MOST_SUSPECTS: usize = 16_384;

/// So many of them are logged at a start.
const MOST_TOLD: usize = 20;

/// Which deed of which entity.
type Name = (EntityKey, What);

/// Writes down what is being done. Cheap to clone; may be off.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Option<Arc<Inner>>);

struct Inner {
    tape: Tape,
    /// The slots from here on are one for each shard, then those of tries.
    first: usize,
    shards: usize,
    /// Slots of tries that are free again, and how many were ever used.
    tries: Mutex<(Vec<usize>, usize)>,
    /// The slots of those suspects that have not ended once, by entity and deed.
    suspects: Mutex<HashMap<Name, usize>>,
    suspected: AtomicUsize,
    broken: AtomicBool,
}

/// What the recorder of the process before said.
pub(crate) struct Found {
    pub(crate) recorder: Recorder,
    /// The process before did not end in order, or nobody knows.
    pub(crate) crashed: bool,
    pub(crate) suspects: Vec<Suspect>,
}

impl Found {
    /// Without a recorder.
    pub(crate) fn nothing() -> Self {
        Self {
            recorder: Recorder::default(),
            crashed: true,
            suspects: Vec::new(),
        }
    }

    /// Tells the operator whom it suspects.
    pub(crate) fn tell(&self) {
        let accused: Vec<_> = self.suspects.iter().filter(|s| s.crashes > 0).collect();
        for suspect in accused.iter().rev().take(MOST_TOLD) {
            let (actor, crashes) = (&suspect.deed.entity, suspect.crashes);
            let what = suspect.deed.in_words();
            tracing::warn!(%actor, what, crashes, "this was under way when the process died");
        }
        if let Some(more) = accused.len().checked_sub(MOST_TOLD).filter(|n| *n > 0) {
            tracing::warn!(more, "and so were others");
        }
    }
}

impl Recorder {
    /// Reads what the process before was doing, and starts anew. With `limit` 0 nobody is a suspect.
    pub(crate) fn open(path: &Path, shards: usize, limit: u8) -> Result<Found, RecorderError> {
        let past = file::read(path)?;
        let begin = |suspects: &[Suspect]| file::replace(path, suspects);
        Self::after(past, begin, shards, limit)
    }

    /// The same on a simulated machine.
    #[cfg(feature = "simulation")]
    pub(crate) fn in_memory(
        black_box: &crate::pod::BlackBox,
        shards: usize,
        limit: u8,
        planted: Option<crate::planted::Planted>,
    ) -> Found {
        let mut past = match black_box.bytes() {
            bytes if bytes.is_empty() => Past::nothing(),
            bytes => file::past(&bytes),
        };
        match planted {
            Some(crate::planted::Planted::CleanEndCounted) => past.clean = false,
            Some(crate::planted::Planted::CrashesForgotten) => past.suspects.clear(),
            _ => {}
        }
        let begin = |suspects: &[Suspect]| {
            black_box.replace(file::fresh(suspects));
            Ok::<_, std::convert::Infallible>(Tape::Memory(black_box.clone()))
        };
        let Ok(found) = Self::after(past, begin, shards, limit);
        found
    }

    fn after<E>(
        past: Past,
        begin: impl FnOnce(&[Suspect]) -> Result<Tape, E>,
        shards: usize,
        limit: u8,
    ) -> Result<Found, E> {
        let crashed = !past.clean;
        let suspects = adoption::suspects(past, limit, MOST_SUSPECTS);
        let tape = begin(&suspects)?;
        let slots = suspects.iter().zip(1..).map(|(suspect, slot)| {
            let deed = &suspect.deed;
            ((deed.entity.clone(), deed.what.clone()), slot)
        });
        let recorder = Self(Some(Arc::new(Inner {
            tape,
            first: 1 + suspects.len(),
            shards,
            tries: Mutex::default(),
            suspected: AtomicUsize::new(suspects.len()),
            suspects: Mutex::new(slots.collect()),
            broken: AtomicBool::new(false),
        })));
        Ok(Found {
            recorder,
            crashed,
            suspects,
        })
    }

    /// The shard is about to let the entity decide. Ends when the watch is dropped; a shard decides on one thing
    /// at a time.
    pub(crate) fn deciding(
        &self,
        shard: usize,
        entity: &EntityKey,
        cause: &str,
        by: Option<&str>,
    ) -> Watch {
        let Some(inner) = self.0.as_ref().filter(|_| shard < self.shards()) else {
            return Watch::default();
        };
        let line = Line {
            tag: Tag::Deciding,
            crashes: 0,
            rank: Rank::Normal,
            entity,
            what: cause,
            by: by.unwrap_or_default(),
        };
        let suspect = inner.suspect(entity, || What::Deciding(cause.to_owned()));
        inner.watch(inner.first + shard, &line, suspect, true)
    }

    /// The effect is about to be tried. A watch that is dropped without [`Watch::end`] was a try that was given
    /// up: it leaves a suspect one.
    pub(crate) fn trying(&self, entity: &EntityKey, effect_id: &str, rank: Rank) -> Watch {
        let Some(inner) = &self.0 else {
            return Watch::default();
        };
        let line = Line {
            tag: Tag::Trying,
            crashes: 0,
            rank,
            entity,
            what: effect_id,
            by: "",
        };
        let suspect = inner.suspect(entity, || What::Trying(effect_id.to_owned()));
        let slot = inner.take_slot();
        inner.watch(slot, &line, suspect, false)
    }

    /// Its quarantine or pause is kept, or an operator saw to it: its crashes count anew. A decision stays known until it has ended once, so that the
    /// effects beside it are not blamed if it takes the process down again.
    pub(crate) fn forgive(&self, entity: &EntityKey, what: What) {
        if let Some(inner) = &self.0
            && let Some(suspect) = inner.suspect(entity, || what)
        {
            match &suspect.1 {
                What::Deciding(_) => inner.acquit(&suspect),
                What::Trying(_) => inner.clear_suspect(&suspect),
            }
        }
    }

    /// Writes down that the process ends in order.
    pub(crate) fn close(&self) {
        if let Some(inner) = &self.0
            && let Err(error) = file::clean(&inner.tape)
        {
            inner.tell_broken(&error);
        }
    }

    fn shards(&self) -> usize {
        self.0.as_ref().map_or(0, |inner| inner.shards)
    }
}

impl Inner {
    fn suspect(&self, entity: &EntityKey, what: impl FnOnce() -> What) -> Option<Name> {
        if self.suspected.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let name = (entity.clone(), what());
        self.suspects.lock().contains_key(&name).then_some(name)
    }

    fn clear_suspect(&self, name: &Name) {
        let mut suspects = self.suspects.lock();
        if let Some(slot) = suspects.remove(name) {
            self.suspected.store(suspects.len(), Ordering::Relaxed);
            self.write(slot, &[0]);
        }
    }

    fn acquit(&self, name @ (entity, what): &Name) {
        let suspects = self.suspects.lock();
        let (What::Deciding(what) | What::Trying(what)) = what;
        let line = Line {
            tag: Tag::SuspectDecision,
            crashes: 0,
            rank: Rank::Normal,
            entity,
            what,
            by: "",
        };
        let mut bytes = [0; SLOT];
        if let Some(slot) = suspects.get(name)
            && let Some(length) = line.encode(&mut bytes)
        {
            self.write(*slot, &bytes[..length]);
        }
    }

    /// The lowest slots are used first, so that the file stays as short as what was ever under way at once.
    fn take_slot(&self) -> usize {
        let (free, used) = &mut *self.tries.lock();
        let place = free.pop().unwrap_or_else(|| {
            *used += 1;
            *used - 1
        });
        self.first + self.shards + place
    }

    fn watch(
        self: &Arc<Self>,
        slot: usize,
        line: &Line<'_>,
        suspect: Option<Name>,
        ended: bool,
    ) -> Watch {
        let mut bytes = [0; SLOT];
        if let Some(length) = line.encode(&mut bytes) {
            self.write(slot, &bytes[..length]);
        }
        Watch(Some(Open {
            inner: self.clone(),
            slot,
            suspect,
            ended,
        }))
    }

    fn write(&self, slot: usize, bytes: &[u8]) {
        let at = slot as u64 * SLOT as u64;
        match self.tape.write_at(bytes, at) {
            Ok(()) if !self.broken.load(Ordering::Relaxed) => {}
            Ok(()) => self.broken.store(false, Ordering::Relaxed),
            Err(error) => self.tell_broken(&error),
        }
    }

    /// A full disk has room again some time, and has room at once for what was written before: what ends is struck out.
    fn tell_broken(&self, error: &std::io::Error) {
        if !self.broken.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "the recorder cannot be written: what this process does when it dies may not be known");
        }
    }
}

/// Something under way. Dropping it strikes it out.
#[derive(Default)]
pub(crate) struct Watch(Option<Open>);

struct Open {
    inner: Arc<Inner>,
    slot: usize,
    suspect: Option<Name>,
    /// Whether it came to an end, and was not given up.
    ended: bool,
}

impl Watch {
    /// It came to an end, whichever.
    pub(crate) fn end(mut self) {
        if let Some(open) = &mut self.0 {
            open.ended = true;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.inner.write(self.slot, &[0]);
        let tries = self.inner.first + self.inner.shards;
        if let Some(place) = self.slot.checked_sub(tries) {
            self.inner.tries.lock().0.push(place);
        }
        if let Some(suspect) = self.suspect.as_ref().filter(|_| self.ended) {
            self.inner.clear_suspect(suspect);
        }
    }
}

#[cfg(test)]
mod tests;
