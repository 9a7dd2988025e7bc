use std::collections::{HashMap, VecDeque};

use datamesh_journal::Receipt;
use serde_json::value::RawValue;

/// The receipts of one entity, newest `limit` of them: a command whose id is here is answered as before
/// and changes nothing.
#[derive(Debug)]
pub(crate) struct Inbox {
    limit: usize,
    order: VecDeque<String>,
    entries: HashMap<String, Entry>,
    bytes: usize,
}

/// What an entry takes beside its id, twice, and its reply.
const ENTRY: usize = 128;

#[derive(Debug)]
struct Entry {
    fingerprint: u64,
    reply: Box<RawValue>,
}

/// What the inbox knows of a command id.
#[derive(Debug)]
pub(crate) enum Known<'a> {
    /// Nothing: decide.
    New,
    /// The same command was decided, with this reply.
    Repeat(&'a RawValue),
    /// Another command came under this id.
    Reused,
}

impl Inbox {
    /// The inbox as loaded: every receipt is durable.
    pub(crate) fn new(limit: usize, receipts: Vec<Receipt>) -> Self {
        let mut inbox = Self {
            limit: limit.max(1),
            order: VecDeque::new(),
            entries: HashMap::new(),
            bytes: 0,
        };
        for receipt in receipts {
            inbox.put(receipt.command_id, receipt.fingerprint, receipt.reply);
        }
        inbox
    }

    /// Looks a command up.
    pub(crate) fn get(&self, command_id: &str, fingerprint: u64) -> Known<'_> {
        match self.entries.get(command_id) {
            None => Known::New,
            Some(entry) if entry.fingerprint == fingerprint => Known::Repeat(&entry.reply),
            Some(_) => Known::Reused,
        }
    }

    /// What it takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn size(id: &str, entry: &Entry) -> usize {
        ENTRY + 2 * id.len() + entry.reply.get().len()
    }

    fn forget(&mut self, id: &str) {
        if let Some(entry) = self.entries.remove(id) {
            self.bytes -= Self::size(id, &entry);
        }
    }

    /// Remembers the reply to a command.
    pub(crate) fn put(&mut self, id: String, fingerprint: u64, reply: Box<RawValue>) {
        if self.order.len() >= self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(&oldest);
        }
        self.order.push_back(id.clone());
        let entry = Entry { fingerprint, reply };
        // A command that came again after its receipt was gone has two receipts in the journal, and where more
        // are kept now than then both come back: the older one's end must not take the newer one away.
        self.bytes += Self::size(&id, &entry);
        if let Some(before) = self.entries.insert(id.clone(), entry) {
            self.bytes -= Self::size(&id, &before);
            if let Some(older) = self.order.iter().position(|known| *known == id) {
                self.order.remove(older);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reply(text: &str) -> Box<RawValue> {
        serde_json::value::to_raw_value(text).unwrap()
    }

    #[test]
    fn a_repeat_is_known_and_a_reused_id_is_told() {
        let mut inbox = Inbox::new(2, vec![]);
        inbox.put("a".into(), 1, reply("one"));
        assert!(matches!(inbox.get("a", 1), Known::Repeat(_)));
        assert!(matches!(inbox.get("a", 2), Known::Reused));
        assert!(matches!(inbox.get("b", 1), Known::New));
    }

    #[test]
    fn of_two_receipts_of_a_command_the_newer_counts() {
        let receipt = |id: &str, fingerprint| Receipt {
            command_id: id.into(),
            fingerprint,
            reply: reply(id),
            at_ms: 0,
        };
        let mut inbox = Inbox::new(3, vec![receipt("a", 1), receipt("b", 1), receipt("a", 2)]);
        for id in ["c", "d"] {
            inbox.put(id.into(), 1, reply(id));
        }
        assert!(matches!(inbox.get("a", 2), Known::Repeat(_)));
        assert!(matches!(inbox.get("b", 1), Known::New));
        assert_eq!(
            inbox.bytes(),
            3 * (ENTRY + 2 + 3),
            "what was forgotten does not count"
        );
    }

    #[test]
    fn only_the_newest_are_kept() {
        let mut inbox = Inbox::new(2, vec![]);
        for (n, id) in ["a", "b", "c"].into_iter().enumerate() {
            inbox.put(id.into(), n as u64, reply(id));
        }
        assert!(matches!(inbox.get("a", 0), Known::New));
        assert!(matches!(inbox.get("c", 2), Known::Repeat(_)));
    }
}
