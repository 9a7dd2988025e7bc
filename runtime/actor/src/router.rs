use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use datamesh_journal::EntityKey;
use tokio::sync::oneshot;

use crate::admission::Admission;
use crate::shard::{Address, Letter, Unposted};

/// Finds the shard of an entity: the same one for the life of the process.
pub(crate) struct Router {
    shards: Vec<Address>,
    admissions: Vec<Admission>,
}

impl Router {
    /// One admission for each shard, in the same order.
    pub(crate) fn new(shards: Vec<Address>, admissions: Vec<Admission>) -> Self {
        Self { shards, admissions }
    }

    /// All shards.
    pub(crate) fn all(&self) -> &[Address] {
        &self.shards
    }

    pub(crate) fn index(&self, key: &EntityKey) -> usize {
        shard_of(key, self.shards.len())
    }

    /// The gates of the shard of an entity; none if there are no shards.
    pub(crate) fn admission(&self, key: &EntityKey) -> Option<&Admission> {
        self.admissions.get(self.index(key))
    }

    /// The gates of all shards.
    pub(crate) fn admissions(&self) -> &[Admission] {
        &self.admissions
    }

    /// Hands a letter over if the shard's mailbox has room.
    pub(crate) fn post(&self, key: &EntityKey, letter: Letter) -> Result<(), Unposted> {
        match self.shards.get(self.index(key)) {
            None => Err(Unposted::Gone),
            Some(shard) => shard.post(letter),
        }
    }
}

/// Which of so many shards owns the entity.
pub(crate) fn shard_of(key: &EntityKey, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    usize::try_from(hasher.finish() % shards.max(1) as u64).unwrap_or(0)
}

/// Entities of one shard that are being read, at which who brings many to memory waits.
const LOADS: usize = 1_024;
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where letters for entities are handed over.
pub(crate) trait Post: Sync {
    /// Hands a letter over, waiting for room.
    fn deliver(&self, key: &EntityKey, letter: Letter) -> impl Future<Output = ()> + Send;

    /// Waits until not many of the entities that letters brought to memory are still being read.
    fn calm(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

impl Post for Router {
    async fn deliver(&self, key: &EntityKey, letter: Letter) {
        if let Some(shard) = self.shards.get(self.index(key)) {
            shard.deliver(letter).await;
        }
    }

    async fn calm(&self) {
        for shard in &self.shards {
            loop {
                let (reply, answer) = oneshot::channel();
                shard.deliver(Letter::Loading { reply }).await;
                // A shard that is gone reads nothing.
                if answer.await.unwrap_or(0) < LOADS {
                    break;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }
}
