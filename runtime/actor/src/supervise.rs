use std::collections::VecDeque;
use std::time::Duration;

/// What becomes of an entity that panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Replay it from the journal after this pause.
    BackOff(Duration),
    /// Leave it to an operator.
    Quarantine,
}

/// The panics of one entity within a sliding window.
///
/// A panicking handler loses the entity's memory and nothing else: the journal has all that was answered.
/// So the first panics are met with a replay and a growing pause; when `limit` of them fall into one
/// window the entity is quarantined, and every other entity goes on.
#[derive(Debug, Default)]
pub(crate) struct PanicWindow {
    at_ms: VecDeque<i64>,
}

impl PanicWindow {
    /// Counts a panic at `now_ms`.
    pub(crate) fn count(&mut self, now_ms: i64, limit: u32, window: Duration) -> Verdict {
        let oldest = now_ms.saturating_sub(i64::try_from(window.as_millis()).unwrap_or(i64::MAX));
        while self.at_ms.front().is_some_and(|at| *at < oldest) {
            self.at_ms.pop_front();
        }
        self.at_ms.push_back(now_ms);
        let count = u32::try_from(self.at_ms.len()).unwrap_or(u32::MAX);
        if count >= limit.max(1) {
            self.at_ms.clear();
            return Verdict::Quarantine;
        }
        Verdict::BackOff(Duration::from_millis(50 << count.min(8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    #[track_caller]
    fn verdicts(panics_at_ms: &[i64], expected: &[Verdict]) {
        let mut window = PanicWindow::default();
        let got: Vec<_> = panics_at_ms
            .iter()
            .map(|at| window.count(*at, 3, WINDOW))
            .collect();
        assert_eq!(got, expected);
    }

    fn back_off(ms: u64) -> Verdict {
        Verdict::BackOff(Duration::from_millis(ms))
    }

    #[test]
    fn three_in_a_window_are_one_too_many() {
        verdicts(
            &[0, 10, 20],
            &[back_off(100), back_off(200), Verdict::Quarantine],
        );
    }

    #[test]
    fn old_panics_are_forgotten() {
        verdicts(
            &[0, 10, 60_005],
            &[back_off(100), back_off(200), back_off(200)],
        );
        verdicts(
            &[0, 61_000, 130_000],
            &[back_off(100), back_off(100), back_off(100)],
        );
    }

    #[test]
    fn quarantine_starts_the_count_anew() {
        verdicts(
            &[0, 1, 2, 3],
            &[
                back_off(100),
                back_off(200),
                Verdict::Quarantine,
                back_off(100),
            ],
        );
    }
}
