//! One slot of the recorder's file, as bytes.

use datamesh_journal::EntityKey;

use crate::effect::Rank;

/// A slot's size in bytes: a sector, which a disk writes whole or not at all.
pub(crate) const SLOT: usize = 512;

/// Tag, crashes, rank, a spare byte, and four lengths of two bytes.
const HEAD: usize = 12;

/// What a process was doing for an entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// It decided on this: `command PublishAsset`, `settled CreateProject`, `timer poll`, `replay`.
    Deciding(String),
    /// It tried the effect of this id.
    Trying(String),
}

/// What a slot says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// It is being done.
    Running(Deed),
    /// It was being done when processes died, so many times in a row.
    Suspect(Deed, u8),
}

/// Something done for an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) entity: EntityKey,
    pub(crate) what: What,
    /// Who asked, where somebody did; cut short where the slot is full.
    pub(crate) by: Option<String>,
    pub(crate) rank: Rank,
}

/// A deed that is about to be written.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) tag: Tag,
    pub(crate) crashes: u8,
    pub(crate) rank: Rank,
    pub(crate) entity: &'a EntityKey,
    pub(crate) what: &'a str,
    pub(crate) by: &'a str,
}

/// The first byte of a slot; 0 is an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Deciding,
    Trying,
    SuspectDecision,
    SuspectTry,
}

impl Tag {
    const ALL: [Self; 4] = [
        Self::Deciding,
        Self::Trying,
        Self::SuspectDecision,
        Self::SuspectTry,
    ];

    fn byte(self) -> u8 {
        match self {
            Self::Deciding => b'D',
            Self::Trying => b'T',
            Self::SuspectDecision => b'd',
            Self::SuspectTry => b't',
        }
    }

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.byte() == byte)
    }
}

impl Line<'_> {
    /// Writes it into a slot and says how many bytes it took; `None` if the names do not fit.
    pub(crate) fn encode(&self, slot: &mut [u8; SLOT]) -> Option<usize> {
        let (kind, id) = (&*self.entity.kind, &*self.entity.id);
        let names = HEAD + kind.len() + id.len() + self.what.len();
        let room = SLOT.checked_sub(names)?;
        let by = match self.by.contains(char::is_control) {
            true => "",
            false => &self.by[..self.by.floor_char_boundary(room)],
        };
        slot[..4].copy_from_slice(&[self.tag.byte(), self.crashes, self.rank.number(), 0]);
        let mut at = HEAD;
        for (field, text) in [kind, id, self.what, by].into_iter().enumerate() {
            let length = u16::try_from(text.len()).ok()?.to_le_bytes();
            slot[4 + 2 * field..6 + 2 * field].copy_from_slice(&length);
            slot[at..at + text.len()].copy_from_slice(text.as_bytes());
            at += text.len();
        }
        Some(at)
    }
}

impl Record {
    /// Reads a slot; `None` for one that is empty or makes no sense, as after a power cut.
    pub(crate) fn decode(slot: &[u8]) -> Option<Self> {
        let (&[tag, crashes, rank, _], rest) = slot.split_first_chunk()?;
        let tag = Tag::of(tag)?;
        let (lengths, mut text) = rest.split_at_checked(HEAD - 4)?;
        let mut fields = [""; 4];
        for (field, length) in fields.iter_mut().zip(lengths.chunks_exact(2)) {
            let length = u16::from_le_bytes([*length.first()?, *length.get(1)?]);
            let (bytes, after) = text.split_at_checked(length.into())?;
            *field = std::str::from_utf8(bytes).ok()?;
            text = after;
        }
        let [kind, id, what, by] = fields;
        // Names are never empty and have no control characters; what is left of another record may.
        let empty = kind.is_empty() || id.is_empty() || what.is_empty();
        if empty || fields.iter().any(|text| text.contains(char::is_control)) {
            return None;
        }
        let what = what.to_owned();
        let deed = Deed {
            entity: EntityKey::new(kind, id),
            what: match tag {
                Tag::Deciding | Tag::SuspectDecision => What::Deciding(what),
                Tag::Trying | Tag::SuspectTry => What::Trying(what),
            },
            by: (!by.is_empty()).then(|| by.to_owned()),
            rank: Rank::of(rank),
        };
        Some(match tag {
            Tag::Deciding | Tag::Trying => Self::Running(deed),
            Tag::SuspectDecision | Tag::SuspectTry => Self::Suspect(deed, crashes),
        })
    }
}

impl Deed {
    /// What it is, in a line for the operator.
    pub(crate) fn in_words(&self) -> String {
        match (&self.what, &self.by) {
            (What::Deciding(cause), Some(by)) => format!("{cause} by {by}"),
            (What::Deciding(cause), None) => cause.clone(),
            (What::Trying(effect_id), _) => format!("effect {effect_id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn line<'a>(entity: &'a EntityKey, what: &'a str, by: &'a str) -> Line<'a> {
        Line {
            tag: Tag::SuspectDecision,
            crashes: 2,
            rank: Rank::Revoke,
            entity,
            what,
            by,
        }
    }

    #[test]
    fn a_slot_says_what_was_written_into_it() {
        let entity = EntityKey::new("project", "пр/1");
        let mut slot = [0xff; SLOT];
        line(&entity, "command Publish", "ann")
            .encode(&mut slot)
            .unwrap();
        let deed = Deed {
            entity,
            what: What::Deciding("command Publish".to_owned()),
            by: Some("ann".to_owned()),
            rank: Rank::Revoke,
        };
        assert_eq!(Record::decode(&slot), Some(Record::Suspect(deed, 2)));
        slot[0] = 0;
        assert_eq!(Record::decode(&slot), None, "an empty slot");
    }

    #[test]
    fn who_asked_is_cut_short_and_names_are_not() {
        let entity = EntityKey::new("project", "x".repeat(200));
        let mut slot = [0; SLOT];
        let by = "é".repeat(300);
        let taken = line(&entity, "command Publish", &by).encode(&mut slot);
        assert!(taken.unwrap() >= SLOT - 1);
        let Some(Record::Suspect(deed, _)) = Record::decode(&slot) else {
            panic!("it cannot be read");
        };
        assert!(by.starts_with(&deed.by.unwrap()));
        let name = "x".repeat(SLOT);
        assert_eq!(line(&entity, &name, "").encode(&mut slot), None);
    }

    #[test]
    fn damage_is_not_taken_for_a_record() {
        let entity = EntityKey::new("project", "1");
        let mut slot = [0; SLOT];
        line(&entity, "timer x", "").encode(&mut slot).unwrap();
        for byte in 4..HEAD {
            let mut damaged = slot;
            damaged[byte] = 0xff;
            assert_eq!(Record::decode(&damaged), None, "byte {byte}");
        }
        assert_eq!(Record::decode(&slot[..HEAD + 3]), None, "cut off");
        assert_eq!(Record::decode(&[]), None);
    }
}
