//! A clock that a test drives, and an executor that lives on it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::{Clock, Wait};

/// Time that stands still until somebody moves it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ManualClock {
    state: Arc<Mutex<Timers>>,
}

#[derive(Debug, Default)]
struct Timers {
    now: Duration,
    next_id: u64,
    sleepers: BTreeMap<(Duration, u64), Waker>,
}

impl ManualClock {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn shared(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }

    pub(crate) fn advance(&self, by: Duration) {
        let now = self.elapsed();
        self.advance_to(now + by);
    }

    pub(crate) fn advance_to(&self, to: Duration) {
        let mut state = self.state.lock();
        state.now = state.now.max(to);
        let later = state.sleepers.split_off(&(to, u64::MAX));
        let due = std::mem::replace(&mut state.sleepers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
    }

    /// Moves to the earliest time that somebody waits for; false when nobody does.
    fn advance_to_next_sleeper(&self) -> bool {
        let next = self.state.lock().sleepers.keys().next().map(|(at, _)| *at);
        next.inspect(|at| self.advance_to(*at)).is_some()
    }

    /// Runs `future` to its end, moving time on whenever nothing else can happen.
    #[track_caller]
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        struct Flag(AtomicBool);
        impl Wake for Flag {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(flag.clone());
        let mut future = std::pin::pin!(future);
        loop {
            if flag.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return value;
                }
            } else if !self.advance_to_next_sleeper() {
                panic!("everybody waits and nobody for the time");
            }
        }
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        1_767_225_600_000 + self.elapsed().as_millis() as u64
    }

    fn elapsed(&self) -> Duration {
        self.state.lock().now
    }

    fn sleep(&self, duration: Duration) -> Wait {
        let mut state = self.state.lock();
        let key = (state.now + duration, state.next_id);
        state.next_id += 1;
        Box::pin(Sleeper {
            state: Arc::clone(&self.state),
            key,
        })
    }
}

struct Sleeper {
    state: Arc<Mutex<Timers>>,
    key: (Duration, u64),
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.state.lock().sleepers.remove(&self.key);
    }
}
