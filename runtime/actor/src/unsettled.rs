//! How many effects may be unsettled before commands are refused that ask for more.
//!
//! An effect that was asked for and has not ended keeps its entity in memory, and a task of the runner. While AWS
//! stands still and commands come, these would be more and more. So at so many of them a command that asks for another
//! is refused, with the shares of a gate (`gate.rs`): one tenant whose account does not answer leaves room for the
//! others. Work of high priority has as many places of its own, and shares of them. A command that asks for no
//! effect is taken.
//!
//! What follows from what was accepted is counted and never refused: the ends of effects, timers, and what effects ask
//! of other entities. Were that refused, a process full of effects that wait for others could never empty itself. It
//! counts as theirs in whose name the effect was asked for (`behalf.rs`), in whatever shard: so who is refused is the
//! one whose work does not end, however many entities it went through. What is found at a start counts as before, for
//! the name is in the journal. A command that asks for several effects is taken with all of them.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::limit::Limit;
use crate::priority::{Priority, Tenant};
use crate::share::Shares;

/// Clones count together.
#[derive(Clone)]
pub(crate) struct Unsettled {
    all: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    taken: usize,
    /// Of those, what high work of tenants asked for.
    high: usize,
    normal_shares: Shares,
    high_shares: Shares,
}

/// In whose name an effect is asked for, and how urgent it is. It is kept with the effect in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asker {
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub(crate) priority: Priority,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Tenant,
}

/// One unsettled effect, until this is dropped: it is settled, paused, or not in memory any more.
pub(crate) struct Counted {
    state: Arc<Mutex<State>>,
    /// Who asked for it; none if that is not known.
    asker: Option<Asker>,
}

impl State {
    fn shares(&mut self, priority: Priority) -> &mut Shares {
        match priority {
            Priority::Normal => &mut self.normal_shares,
            Priority::High => &mut self.high_shares,
        }
    }
}

impl Unsettled {
    pub(crate) fn new(all: usize) -> Self {
        let all = all.max(1);
        let state = Arc::default();
        Self { all, state }
    }

    /// Whether normal commands that ask for effects are refused, whoever sends them.
    #[cfg(feature = "simulation")]
    pub(crate) fn is_full(&self) -> bool {
        self.state.lock().taken >= self.all
    }

    /// Which limit refuses a command if it asks for an effect, if any does.
    pub(crate) fn refuses(&self, now_ms: i64, asker: &Asker) -> Option<Limit> {
        let mut state = self.state.lock();
        let taken = match asker.priority {
            Priority::Normal => state.taken,
            Priority::High => state.high,
        };
        let free = self.all.saturating_sub(taken);
        if free > self.all / 2 {
            return None;
        }
        if free == 0 {
            return Some(Limit::Shard);
        }
        let shares = state.shares(asker.priority);
        shares.roll(now_ms);
        let has_room = shares.has_room(&asker.tenant, self.all, free);
        (!has_room).then_some(Limit::Tenant)
    }

    /// Notes that the asker was refused one, and so wants one.
    pub(crate) fn note_refused(&self, now_ms: i64, asker: &Asker) {
        let mut state = self.state.lock();
        let shares = state.shares(asker.priority);
        shares.roll(now_ms);
        shares.refuse(&asker.tenant, self.all);
    }

    /// Counts one more, whether there is room or not.
    pub(crate) fn count(&self, now_ms: i64, asker: Option<Asker>) -> Counted {
        let mut state = self.state.lock();
        state.taken += 1;
        if let Some(asker) = &asker {
            state.high += usize::from(asker.priority == Priority::High);
            let shares = state.shares(asker.priority);
            shares.roll(now_ms);
            shares.hold(&asker.tenant);
        }
        let state = self.state.clone();
        Counted { state, asker }
    }
}

impl Counted {
    /// Who asked for it, and so for what follows from its end.
    pub(crate) fn asker(&self) -> Option<Asker> {
        self.asker.clone()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut state = self.state.lock();
        state.taken = state.taken.saturating_sub(1);
        if let Some(asker) = &self.asker {
            if asker.priority == Priority::High {
                state.high = state.high.saturating_sub(1);
            }
            state.shares(asker.priority).let_go(&asker.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(name: &str) -> Asker {
        Asker {
            priority: Priority::Normal,
            tenant: Some(Arc::from(name)),
        }
    }

    fn high(name: &str) -> Asker {
        Asker {
            priority: Priority::High,
            ..normal(name)
        }
    }

    fn fill(unsettled: &Unsettled, asker: &Asker, held: &mut Vec<Counted>) -> Limit {
        loop {
            match unsettled.refuses(0, asker) {
                Some(limit) => {
                    unsettled.note_refused(0, asker);
                    return limit;
                }
                None => held.push(unsettled.count(0, Some(asker.clone()))),
            }
        }
    }

    #[test]
    fn one_whose_effects_do_not_end_leaves_room_for_the_others() {
        for of in [normal, high] {
            let unsettled = Unsettled::new(80);
            let (mut anns, mut bobs) = (Vec::new(), Vec::new());
            assert_eq!(fill(&unsettled, &of("ann"), &mut anns), Limit::Tenant);
            assert_eq!(anns.len(), 70);
            fill(&unsettled, &of("bob"), &mut bobs);
            assert!(bobs.len() >= 5, "{}", bobs.len());
            assert_eq!(unsettled.refuses(0, &of("cyn")), None);
            drop(anns);
            assert_eq!(unsettled.refuses(0, &of("ann")), None);
        }
    }

    #[test]
    fn high_work_has_places_that_nobody_else_can_take() {
        let unsettled = Unsettled::new(80);
        let mut held: Vec<_> = (0..1_000).map(|_| unsettled.count(0, None)).collect();
        held.push(unsettled.count(0, Some(normal("ann"))));
        assert_eq!(unsettled.refuses(0, &normal("bob")), Some(Limit::Shard));
        let mut revokes = Vec::new();
        assert_eq!(fill(&unsettled, &high("ann"), &mut revokes), Limit::Tenant);
        assert_eq!(revokes.len(), 70);
        assert_eq!(unsettled.refuses(0, &high("bob")), None);
    }

    #[test]
    fn what_follows_counts_as_theirs_who_asked_first() {
        let unsettled = Unsettled::new(80);
        // Nobody looks whether there is room for it.
        let follows: Vec<_> = (0..70)
            .map(|_| unsettled.count(0, Some(normal("ann"))))
            .collect();
        assert_eq!(unsettled.refuses(0, &normal("ann")), Some(Limit::Tenant));
        assert_eq!(unsettled.refuses(0, &normal("bob")), None);
        assert_eq!(unsettled.refuses(0, &high("ann")), None);
        let asker = follows[0].asker();
        assert_eq!(asker, Some(normal("ann")), "and what follows from that");
        drop(follows);
        assert_eq!(unsettled.refuses(0, &normal("ann")), None);
    }
}
