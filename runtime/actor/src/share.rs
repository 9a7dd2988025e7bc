//! What each tenant holds of a gate's places, and wanted lately: from that follows who may have one more.
//!
//! What a tenant wants is the most that they held at once within the last seconds, and one more if they were
//! refused then. So what others want is known without asking them, and what nobody wants can be given away.

use std::collections::HashMap;

use crate::priority::Tenant;

/// What was wanted is remembered for one to two of these.
const WINDOW_MS: i64 = 1_000;
/// One of so many places is kept for those who hold less than their share.
const KEPT_OF: usize = 8;

/// The tenants of one priority.
#[derive(Default)]
pub(crate) struct Shares {
    of: HashMap<Tenant, Share>,
    /// Places that all of them hold.
    held: usize,
    /// What all of them want.
    wanted: usize,
    window_ms: i64,
}

#[derive(Clone, Copy, Default)]
struct Share {
    held: usize,
    /// The most that was wanted in this window, and in the one before.
    most: usize,
    before: usize,
}

impl Share {
    fn wants(self) -> usize {
        self.most.max(self.before)
    }

    /// Wants so many at once now; answers how many more than it did.
    fn want(&mut self, most: usize) -> usize {
        let wanted = self.wants();
        self.most = self.most.max(most);
        self.wants() - wanted
    }
}

impl Shares {
    /// Whether the tenant may have one more of `all` places, of which so many are free.
    pub(crate) fn has_room(&self, tenant: &Tenant, all: usize, free: usize) -> bool {
        let known = self.of.get(tenant).copied();
        let n = self.of.len() + usize::from(known.is_none());
        let mine = known.unwrap_or_default();
        let share = (all / (n + 1)).max(1);
        // A small gate keeps two, and one of one keeps none.
        let kept = (all / KEPT_OF).max(2).min(all / 2);
        let wanted_by_others = (self.wanted - mine.wants()).min((n - 1) * share);
        let held_by_others = self.held - mine.held;
        let claimed = wanted_by_others.saturating_sub(held_by_others);
        free > kept + claimed || (free > kept / 2 && mine.held < share) || mine.held < free
    }

    /// The tenant got one more.
    pub(crate) fn hold(&mut self, tenant: &Tenant) {
        let share = match self.of.get_mut(tenant) {
            Some(share) => share,
            None => self.of.entry(tenant.clone()).or_default(),
        };
        share.held += 1;
        self.held += 1;
        self.wanted += share.want(share.held);
    }

    /// The tenant was refused one. Of those who hold none only as many are remembered as `all` have room.
    pub(crate) fn refuse(&mut self, tenant: &Tenant, all: usize) {
        if self.of.len() < all || self.of.contains_key(tenant) {
            let share = self.of.entry(tenant.clone()).or_default();
            self.wanted += share.want(share.held + 1);
        }
    }

    /// The tenant gave one back.
    pub(crate) fn let_go(&mut self, tenant: &Tenant) {
        if let Some(share) = self.of.get_mut(tenant)
            && share.held > 0
        {
            share.held -= 1;
            self.held -= 1;
        }
    }

    /// Forgets what was wanted long ago. To be called before anything else is done.
    pub(crate) fn roll(&mut self, now_ms: i64) {
        let age_ms = now_ms.saturating_sub(self.window_ms);
        if (0..WINDOW_MS).contains(&age_ms) {
            return;
        }
        let next = (WINDOW_MS..2 * WINDOW_MS).contains(&age_ms);
        self.window_ms = now_ms;
        self.wanted = 0;
        self.of.retain(|_, share| {
            share.before = if next { share.most } else { share.held };
            share.most = share.held;
            self.wanted += share.wants();
            share.wants() > 0
        });
    }

    /// How many places they hold.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        assert_eq!(self.held, self.of.values().map(|s| s.held).sum::<usize>());
        let wanted = self.of.values().map(|s| s.wants()).sum::<usize>();
        assert_eq!(self.wanted, wanted);
        self.held
    }
}
