//! What the entities of a shard weigh in memory, about: their states as JSON and the answers that they keep. Nobody
//! has to ask them all for it: each one's weight is put on one scale, and taken off when it leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the smallest entity takes.
const SMALLEST: usize = 2_048;

/// What all of them weigh together, in bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scale(Arc<AtomicUsize>);

impl Scale {
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Puts one more on it.
    pub(crate) fn put(&self) -> Weight {
        let mut weight = Weight {
            scale: self.clone(),
            bytes: 0,
        };
        weight.set(0);
        weight
    }
}

/// One entity on the scale, until this is dropped.
#[derive(Debug)]
pub(crate) struct Weight {
    scale: Scale,
    bytes: usize,
}

impl Weight {
    /// It weighs so much now, beside what the smallest takes.
    pub(crate) fn set(&mut self, bytes: usize) {
        let bytes = bytes.saturating_add(SMALLEST);
        let all = &self.scale.0;
        all.fetch_add(bytes, Ordering::Relaxed);
        all.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.scale.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_shows_what_is_on_it() {
        let scale = Scale::default();
        let mut large = scale.put();
        let small = scale.put();
        assert_eq!(scale.bytes(), 2 * SMALLEST);
        large.set(10_000);
        assert_eq!(scale.bytes(), 2 * SMALLEST + 10_000);
        large.set(100);
        assert_eq!(
            (scale.bytes(), large.bytes()),
            (2 * SMALLEST + 100, SMALLEST + 100)
        );
        drop(large);
        drop(small);
        assert_eq!(scale.bytes(), 0);
    }
}
