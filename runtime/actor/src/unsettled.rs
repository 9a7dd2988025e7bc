//! How many effects may be unsettled before commands are refused.
//!
//! An effect that was asked for and has not ended keeps its entity in memory, and a task of the runner. While AWS
//! stands still and commands come, these would be more and more. So at so many of them commands are refused, with the
//! shares of a gate (`gate.rs`): one tenant whose account does not answer leaves room for the others. Work of high
//! priority goes on until there are twice as many, and what follows from the end of an effect is never refused: it
//! takes the place of what ended.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::limit::Limit;
use crate::priority::{Priority, Tenant};
use crate::share::Shares;

pub(crate) struct Unsettled {
    all: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    taken: usize,
    shares: Shares,
}

/// One unsettled effect, until this is dropped: it is settled, paused, or not in memory any more.
pub(crate) struct Counted {
    state: Arc<Mutex<State>>,
    /// In whose name it was asked for; none if nobody knows any more.
    tenant: Option<Tenant>,
}

impl Unsettled {
    pub(crate) fn new(all: usize) -> Self {
        let all = all.max(1);
        let state = Arc::default();
        Self { all, state }
    }

    /// Which limit refuses a command that may ask for an effect, if any does.
    pub(crate) fn refuses(
        &self,
        now_ms: i64,
        priority: Priority,
        tenant: &Tenant,
    ) -> Option<Limit> {
        let mut state = self.state.lock();
        let free = self.all.saturating_sub(state.taken);
        if free > self.all / 2 {
            return None;
        }
        if priority == Priority::High {
            return (state.taken >= self.all.saturating_mul(2)).then_some(Limit::Shard);
        }
        if free == 0 {
            return Some(Limit::Shard);
        }
        state.shares.roll(now_ms);
        if state.shares.has_room(tenant, self.all, free) {
            return None;
        }
        state.shares.refuse(tenant, self.all);
        Some(Limit::Tenant)
    }

    /// Counts one more, whether there is room or not.
    pub(crate) fn count(&self, now_ms: i64, tenant: Option<Tenant>) -> Counted {
        let mut state = self.state.lock();
        state.taken += 1;
        if let Some(tenant) = &tenant {
            state.shares.roll(now_ms);
            state.shares.hold(tenant);
        }
        let state = self.state.clone();
        Counted { state, tenant }
    }

    /// Counts one that the journal had: nobody knows in whose name.
    pub(crate) fn count_found(&self) -> Counted {
        self.count(0, None)
    }
}

impl Counted {
    pub(crate) fn tenant(&self) -> Option<Tenant> {
        self.tenant.clone()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut state = self.state.lock();
        state.taken = state.taken.saturating_sub(1);
        if let Some(tenant) = &self.tenant {
            state.shares.let_go(tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        Some(Arc::from(name))
    }

    fn fill(unsettled: &Unsettled, name: &str, held: &mut Vec<Counted>) -> Option<Limit> {
        let tenant = tenant(name);
        loop {
            match unsettled.refuses(0, Priority::Normal, &tenant) {
                Some(limit) => return Some(limit),
                None => held.push(unsettled.count(0, Some(tenant.clone()))),
            }
        }
    }

    #[test]
    fn one_whose_effects_do_not_end_leaves_room_for_the_others() {
        let unsettled = Unsettled::new(80);
        let (mut anns, mut bobs) = (Vec::new(), Vec::new());
        assert_eq!(fill(&unsettled, "ann", &mut anns), Some(Limit::Tenant));
        assert_eq!(anns.len(), 70);
        fill(&unsettled, "bob", &mut bobs);
        assert!(bobs.len() >= 5, "{}", bobs.len());
        assert_eq!(unsettled.refuses(0, Priority::Normal, &tenant("cyn")), None);
        assert_eq!(unsettled.refuses(0, Priority::High, &tenant("ann")), None);
        drop(anns);
        assert_eq!(unsettled.refuses(0, Priority::Normal, &tenant("ann")), None);
    }

    #[test]
    fn what_follows_is_counted_and_not_refused() {
        let unsettled = Unsettled::new(10);
        let held: Vec<_> = (0..20).map(|_| unsettled.count(0, None)).collect();
        let refuses = |priority| unsettled.refuses(0, priority, &tenant("ann"));
        assert_eq!(refuses(Priority::Normal), Some(Limit::Shard));
        assert_eq!(refuses(Priority::High), Some(Limit::Shard));
        drop(held);
        assert_eq!(refuses(Priority::Normal), None);
    }
}
