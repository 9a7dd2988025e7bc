use std::hash::{DefaultHasher, Hash, Hasher};

use datamesh_journal::EntityKey;
use tokio::sync::{Mutex, MutexGuard};

/// Actors that share a turn wait for one another without need, and rarely.
const LOCKS: usize = 64;

/// Operators who stop actors and let them go on, one after the other for each actor: a mark is written to the
/// journal and then told to the shard, and of two who do so at once the one could be last there and the other here.
pub(crate) struct Turns([Mutex<()>; LOCKS]);

impl Turns {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    /// Waits for the turn; it is over when this is dropped. They are given in the order in which they were asked
    /// for.
    pub(crate) async fn take(&self, key: &EntityKey) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or(0);
        self.0[index % LOCKS].lock().await
    }
}
