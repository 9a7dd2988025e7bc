use std::hash::{DefaultHasher, Hash, Hasher};

use datamesh_journal::EntityKey;

use crate::shard::{Address, Letter, Unposted};

/// Finds the shard of an entity: the same one for the life of the process.
pub(crate) struct Router {
    shards: Vec<Address>,
}

impl Router {
    pub(crate) fn new(shards: Vec<Address>) -> Self {
        Self { shards }
    }

    /// All shards.
    pub(crate) fn all(&self) -> &[Address] {
        &self.shards
    }

    pub(crate) fn index(&self, key: &EntityKey) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let shards = self.shards.len().max(1) as u64;
        usize::try_from(hasher.finish() % shards).unwrap_or(0)
    }

    /// Hands a letter over if the shard's mailbox has room.
    pub(crate) fn post(&self, key: &EntityKey, letter: Letter) -> Result<(), Unposted> {
        match self.shards.get(self.index(key)) {
            None => Err(Unposted::Gone),
            Some(shard) => shard.post(letter),
        }
    }

    /// Hands a letter over, waiting for room.
    pub(crate) async fn deliver(&self, key: &EntityKey, letter: Letter) {
        if let Some(shard) = self.shards.get(self.index(key)) {
            shard.deliver(letter).await;
        }
    }
}
