//! The recorder's file: a header, the suspects, and a slot for each thing that can be under way.
//!
//! It is written with plain `write` calls and never synced: what was written before the process died is in the
//! system's memory and is read by the next one. After a power cut anything may be in it; a slot that makes no
//! sense is an empty one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::adoption::{Past, Suspect};
use super::record::{Line, Record, SLOT, Tag, What};
use super::tape::Tape;

/// Says what it is and in which form: "DMFR", and a version.
const MAGIC: [u8; 5] = *b"DMFR\x01";
/// Where the header says whether the process ended in order.
const CLEAN_AT: u64 = 5;
/// More than that no recorder writes: what follows is not read.
const MOST_BYTES: u64 = 64 << 20;

/// Why the recorder could not be opened. Meant for the person who starts the process.
#[derive(Debug, thiserror::Error)]
#[error(
    "the recorder {path} cannot be opened ({source}): check that its folder is there, is writable and has space"
)]
pub struct RecorderError {
    /// The file.
    pub path: PathBuf,
    /// The system's reason.
    #[source]
    pub source: io::Error,
}

/// What the file of the process before says; of a file that is not there, that a process ended in order.
pub(super) fn read(path: &Path) -> Result<Past, RecorderError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(past(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Past::nothing()),
        Err(source) => Err(failed(path, source)),
    }
}

pub(super) fn past(bytes: &[u8]) -> Past {
    let mut past = Past::default();
    if !bytes.starts_with(&MAGIC) {
        return past;
    }
    past.clean = bytes.get(MAGIC.len()) == Some(&1);
    for slot in bytes.chunks(SLOT).skip(1) {
        match Record::decode(slot) {
            Some(Record::Running(deed)) => past.running.push(deed),
            Some(Record::Suspect(deed, crashes)) => past.suspects.push(Suspect { deed, crashes }),
            None => {}
        }
    }
    past
}

/// A new file: it holds these suspects, in the slots from 1 on, and nothing else.
pub(super) fn fresh(suspects: &[Suspect]) -> Vec<u8> {
    let mut bytes = vec![0; SLOT];
    bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    for suspect in suspects {
        let (tag, what) = match &suspect.deed.what {
            What::Deciding(cause) => (Tag::SuspectDecision, cause),
            What::Trying(effect_id) => (Tag::SuspectTry, effect_id),
        };
        let line = Line {
            tag,
            crashes: suspect.crashes,
            rank: suspect.deed.rank,
            entity: &suspect.deed.entity,
            what,
            by: suspect.deed.by.as_deref().unwrap_or_default(),
        };
        let mut slot = [0; SLOT];
        // It was read from a slot, so it fits into one.
        line.encode(&mut slot);
        bytes.extend_from_slice(&slot);
    }
    bytes
}

/// Replaces the file by a fresh one. A crash before the replacement leaves the old file, which says the same
/// again; one after it, the new one.
pub(super) fn replace(path: &Path, suspects: &[Suspect]) -> Result<Tape, RecorderError> {
    let bytes = fresh(suspects);
    let next = path.with_added_extension("next");
    let written = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(&next)?;
        file.write_all_at(&bytes, 0)?;
        std::fs::rename(&next, path)?;
        Ok(Tape::File(file))
    };
    written().map_err(|source| failed(path, source))
}

/// Writes down that the process ended in order.
pub(super) fn clean(tape: &Tape) -> io::Result<()> {
    tape.write_at(&[1], CLEAN_AT)
}

fn failed(path: &Path, source: io::Error) -> RecorderError {
    RecorderError {
        path: path.to_owned(),
        source,
    }
}
