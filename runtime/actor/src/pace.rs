//! How long it takes at a gate, and so when to come again.
//!
//! By Little's law the places that are taken, divided by how fast they are given back, are the time that
//! one is held; so the time until those ahead are through needs no rate: it is how long a place was held
//! lately, or how long nothing was given back at all, if that is longer. Who was refused comes again and
//! stands in the same queue: if three times as many were refused within the last seconds as are ahead, it
//! takes four times as long. So the hints of those who come too much grow until they come as fast as they
//! can be served, or to the bound.

use std::time::Duration;

/// No hint is shorter: a retry costs something too.
const LEAST_MS: u64 = 50;
/// No hint is longer: what was slow may be fast again.
const MOST_MS: u64 = 5_000;
/// Refusals are remembered for one to two of these.
const WINDOW_MS: i64 = 1_000;

#[derive(Default)]
pub(crate) struct Pace {
    /// How long places were held lately, in microseconds, smoothed over some sixteen of them.
    held_us: i64,
    /// When one was given back last, or the first was taken after none were.
    moved_ms: i64,
    window_ms: i64,
    refused: u64,
    refused_before: u64,
    spread: u64,
}

impl Pace {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            spread: seed,
            ..Self::default()
        }
    }

    /// The first place is taken.
    pub(crate) fn begin(&mut self, now_ms: i64) {
        self.moved_ms = now_ms;
    }

    /// A place is given back that was taken at `since_ms`.
    pub(crate) fn end(&mut self, since_ms: i64, now_ms: i64) {
        self.moved_ms = now_ms;
        let took_us = now_ms.saturating_sub(since_ms).max(0).saturating_mul(1_000);
        self.held_us += (took_us - self.held_us) / 16;
    }

    /// When to come again: `ahead` are in front of whoever is refused now, of `taken` in all.
    pub(crate) fn hint(&mut self, ahead: usize, taken: usize, now_ms: i64) -> Duration {
        self.roll(now_ms);
        self.refused += 1;
        let refused = self.refused.saturating_add(self.refused_before);
        let still_us = match taken {
            0 => 0,
            _ => now_ms
                .saturating_sub(self.moved_ms)
                .max(0)
                .saturating_mul(1_000),
        };
        let one_us = u64::try_from(self.held_us.max(still_us)).unwrap_or(0);
        let ahead = u64::try_from(ahead).unwrap_or(u64::MAX).max(1);
        let crowd_us = one_us.saturating_mul(refused) / ahead;
        let ms = one_us.saturating_add(crowd_us) / 1_000;
        // From three to five quarters of it, so that those who were refused together do not come together,
        // not even at a bound.
        let ms = ms.clamp(LEAST_MS * 4 / 3 + 1, MOST_MS * 4 / 5);
        Duration::from_millis(ms * 3 / 4 + self.draw() % (ms / 2))
    }

    fn roll(&mut self, now_ms: i64) {
        let age_ms = now_ms.saturating_sub(self.window_ms);
        if (0..WINDOW_MS).contains(&age_ms) {
            return;
        }
        let next = (WINDOW_MS..2 * WINDOW_MS).contains(&age_ms);
        self.refused_before = if next { self.refused } else { 0 };
        self.refused = 0;
        self.window_ms = now_ms;
    }

    /// The next number of a sequence that looks like chance (SplitMix64).
    fn draw(&mut self) -> u64 {
        self.spread = self.spread.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.spread;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(hint: Duration) -> u64 {
        u64::try_from(hint.as_millis()).unwrap_or(u64::MAX)
    }

    #[test]
    fn who_is_refused_first_comes_back_soon() {
        let mut pace = Pace::new(1);
        pace.begin(0);
        let hint = ms(pace.hint(10, 10, 0));
        assert!((50..=84).contains(&hint), "{hint}");
    }

    #[test]
    fn hints_grow_with_how_long_a_place_is_held() {
        let mut pace = Pace::new(1);
        pace.begin(0);
        for _ in 0..200 {
            pace.end(0, 400);
        }
        let hint = ms(pace.hint(1_000, 1_000, 400));
        assert!((300..=500).contains(&hint), "{hint}");
    }

    #[test]
    fn hints_grow_while_nothing_moves() {
        let mut pace = Pace::new(1);
        pace.begin(0);
        let hints: Vec<_> = [0, 1_000, 3_000, 60_000]
            .map(|now_ms| ms(pace.hint(1_000, 1_000, now_ms)))
            .into();
        assert!(hints[..3].is_sorted(), "{hints:?}");
        assert!((3_000..=MOST_MS).contains(&hints[3]), "{hints:?}");
    }

    #[test]
    fn hints_grow_with_the_crowd_that_comes_again() {
        let mut pace = Pace::new(1);
        pace.begin(0);
        for _ in 0..200 {
            pace.end(0, 100);
        }
        let first = ms(pace.hint(10, 10, 100));
        for _ in 0..100 {
            pace.hint(10, 10, 100);
        }
        let later = ms(pace.hint(10, 10, 100));
        assert!(later > first * 5, "{first} then {later}");
        pace.end(9_900, 10_000);
        let forgotten = ms(pace.hint(10, 10, 10_000));
        assert!(forgotten < first * 2, "{first} then {forgotten}");
    }

    #[test]
    fn those_who_were_refused_together_do_not_come_together() {
        let mut pace = Pace::new(7);
        pace.begin(0);
        let hints: std::collections::HashSet<_> =
            (0..100).map(|_| pace.hint(1_000, 1_000, 2_000)).collect();
        assert!(hints.len() > 50, "{}", hints.len());
    }

    #[test]
    fn a_clock_that_is_put_back_breaks_nothing() {
        let mut pace = Pace::new(1);
        pace.begin(10_000);
        pace.end(10_000, 5_000);
        assert!(ms(pace.hint(1, 1, 0)) <= 84);
    }
}
