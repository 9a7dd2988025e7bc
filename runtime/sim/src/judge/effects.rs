//! What is done: effects start once, when they may, and are waited for by those who have them done.

use std::collections::BTreeMap;

use datamesh_actor::pod::Pod;
use datamesh_actor::{EffectCx, EffectState};
use datamesh_journal::EntityKey;

use crate::world::World;

impl World {
    /// A process hands an effect to its runner: it is asked for, durably, and the runner does not have it yet.
    pub(crate) fn judge_start(&mut self, life: u32, cx: &EffectCx) {
        let asked = self.histories.get(&cx.entity);
        let asked = asked.and_then(|history| history.asked.get(&cx.effect_id).copied());
        if asked.is_none() {
            self.wrong(format!(
                "effect {} starts and is not in the journal",
                cx.key()
            ));
        }
        let wished = asked.and_then(|asked| asked.wished);
        let place = (life, cx.entity.clone());
        let known = |of: &BTreeMap<(u32, EntityKey), u64>| of.get(&place).copied().unwrap_or(0);
        if wished.is_some_and(|wished| wished as u64 <= known(&self.heard).max(known(&self.read))) {
            self.wrong(format!(
                "effect {} starts, and its process knows that it is to be cancelled",
                cx.key()
            ));
        }
        if !self.with_runner.insert((life, cx.key())) {
            self.wrong(format!("effect {} starts while it is under way", cx.key()));
        }
    }

    /// A process has done what there was to do: nobody waits for a permit that nobody has, nor on probation for a
    /// turn that nobody has.
    pub(crate) fn judge_line(&mut self, pod: usize) {
        let Some(host) = self.pods.get(pod) else {
            return;
        };
        let process = host.process.as_ref();
        let waiting = process.map_or(0, Pod::in_line);
        let suspects = process.map_or(0, Pod::in_line_on_probation);
        let tried = host.onlooker.tries_a_suspect();
        let (under_way, most) = (host.onlooker.under_way(), self.plan.effects);
        if waiting > 0 && under_way < most {
            self.wrong(format!(
                "{waiting} effects wait in line while {under_way} are under way, and {most} may be"
            ));
        }
        if suspects > 0 && !tried && under_way < most {
            self.wrong(format!(
                "{suspects} effects wait on probation while none of them is tried, and {under_way} of {most} are under way"
            ));
        }
    }

    /// A try ended: what its ledger takes to be with the runner is there.
    pub(crate) fn judge_runner(&mut self, pod: usize, life: u32, key: &EntityKey) {
        let Some(detail) = self.detail(pod, key) else {
            return;
        };
        for effect in detail.effects {
            let started = effect.state == EffectState::Running || effect.next_ms.is_some();
            let place = (life, format!("{key}/{}", effect.effect_id));
            if started && !self.with_runner.contains(&place) {
                self.wrong(format!(
                    "effect {} is waited for, and nobody does it",
                    place.1
                ));
            }
        }
    }
}
