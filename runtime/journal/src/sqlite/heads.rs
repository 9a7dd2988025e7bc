use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::commit::CommitId;
use crate::entity::EntityKey;

/// What the writer remembers of an entity, so that a fence costs no look into the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Its number in the file.
    pub(super) id: i64,
    /// How many commits it has.
    pub(super) seq: u64,
    /// The newest of them.
    pub(super) commit_id: Option<CommitId>,
    /// When the last one was decided.
    pub(super) updated_ms: i64,
    /// How many receipts it keeps.
    pub(super) receipts: i64,
    /// Whether this batch changed it.
    pub(super) changed: bool,
}

/// A head that is remembered, and may be in the list of those that changed too.
pub(super) type SharedHead = Rc<Cell<Head>>;

/// The heads of the entities that were written lately: two generations, of which the older is
/// forgotten when the younger is full.
#[derive(Debug)]
pub(super) struct Heads {
    young: HashMap<EntityKey, SharedHead>,
    old: HashMap<EntityKey, SharedHead>,
    generation: usize,
}

impl Heads {
    /// Remembers `generation` to twice as many entities.
    pub(super) fn new(generation: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            generation,
        }
    }

    /// Finds a head; from now on it is young.
    pub(super) fn get(&mut self, key: &EntityKey) -> Option<SharedHead> {
        if let Some(head) = self.young.get(key) {
            return Some(Rc::clone(head));
        }
        let (key, head) = self.old.remove_entry(key)?;
        self.young.insert(key, Rc::clone(&head));
        Some(head)
    }

    pub(super) fn put(&mut self, key: EntityKey, head: Head) -> SharedHead {
        let head = Rc::new(Cell::new(head));
        self.young.insert(key, Rc::clone(&head));
        head
    }

    /// Makes room. Called between batches only: a head that differs from the file must be found.
    pub(super) fn age(&mut self) {
        if self.young.len() >= self.generation {
            self.old = std::mem::take(&mut self.young);
        }
    }

    /// Forgets everything: what is remembered may be from a batch that was rolled back.
    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
