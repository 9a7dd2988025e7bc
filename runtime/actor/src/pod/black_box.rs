use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// The flight recorder's file of a simulated machine: it outlives the processes that write it. Clones are the same
/// file.
#[derive(Clone, Debug, Default)]
pub struct BlackBox {
    bytes: Arc<Mutex<Vec<u8>>>,
    fuse: Fuse,
}

impl BlackBox {
    /// The file as the next process finds it: what the one before still writes is not in it.
    #[must_use]
    pub fn handed_on(&self) -> Self {
        let bytes = self.bytes.lock().clone();
        Self {
            bytes: Arc::new(Mutex::new(bytes)),
            fuse: Fuse::default(),
        }
    }

    /// What kills the process that writes this.
    pub fn fuse(&self) -> Fuse {
        self.fuse.clone()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().clone()
    }

    pub(crate) fn replace(&self, bytes: Vec<u8>) {
        *self.bytes.lock() = bytes;
    }

    pub(crate) fn write_at(&self, bytes: &[u8], at: u64) {
        if self.fuse.is_blown() {
            return;
        }
        let mut file = self.bytes.lock();
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let end = at.saturating_add(bytes.len());
        if file.len() < end {
            file.resize(end, 0);
        }
        if let Some(place) = file.get_mut(at..end) {
            place.copy_from_slice(bytes);
        }
    }
}

/// Kills a process in the middle of something: from then on its recorder writes nothing. Whoever holds the pod looks
/// for it and drops the pod, with all that it wants.
#[derive(Clone, Debug, Default)]
pub struct Fuse(Arc<AtomicBool>);

impl Fuse {
    /// The process dies at this moment.
    pub fn blow(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has died.
    pub fn is_blown(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
