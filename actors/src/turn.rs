use datamesh_actor::{Ctx, Decision, Entity};
use datamesh_journal::ViewChange;
use serde_json::Value;

use crate::mesh_event::MeshEvent;

/// A decision in the making, with the state as it will be: what happened so far is already applied, so
/// that the next step is chosen from facts and not from what was asked.
pub(crate) struct Turn<'c, E: Entity> {
    pub(crate) state: E::State,
    pub(crate) ctx: &'c mut Ctx,
    decision: Decision<E>,
    told: u32,
}

impl<'c, E: Entity> Turn<'c, E> {
    pub(crate) fn new(state: &E::State, ctx: &'c mut Ctx) -> Self {
        Self {
            state: state.clone(),
            ctx,
            decision: Decision::none(),
            told: 0,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.ctx.now_ms()
    }

    /// Who asked; empty where nobody did.
    pub(crate) fn by(&self) -> String {
        self.ctx.by().unwrap_or_default().to_owned()
    }

    pub(crate) fn happen(&mut self, event: E::Event) {
        E::apply(&mut self.state, &event);
        self.change(|decision| decision.and(event));
    }

    pub(crate) fn ask(&mut self, effect: E::Effect) {
        self.change(|decision| decision.effect(effect));
    }

    /// Shows a row that the state's own rows are without. `None` shows nothing.
    pub(crate) fn show(&mut self, row: impl Into<Option<ViewChange>>) {
        if let Some(row) = row.into() {
            self.change(|decision| decision.view(row));
        }
    }

    pub(crate) fn wake(&mut self, timer: &str, due_ms: i64) {
        self.change(|decision| decision.timer(timer, due_ms));
    }

    pub(crate) fn let_sleep(&mut self, timer: &str) {
        self.change(|decision| decision.cancel_timer(timer));
    }

    /// Tells the world: the event is put on the bus after the commit, and shown in the list of events
    /// with it.
    pub(crate) fn tell(&mut self, source: &str, detail_type: &str, detail: Value)
    where
        E::Effect: From<MeshEvent>,
    {
        let event = MeshEvent::new(
            E::KIND,
            self.ctx.id(),
            self.ctx.seq(),
            self.told,
            self.ctx.now_ms(),
            source,
            detail_type,
            detail,
        );
        let row: Option<ViewChange> = event.row(self.ctx.seq(), self.told);
        self.told += 1;
        self.change(|decision| match row {
            Some(row) => decision.view(row).effect(event.into()),
            None => decision.effect(event.into()),
        });
    }

    pub(crate) fn done(self) -> Decision<E> {
        self.decision
    }

    fn change(&mut self, with: impl FnOnce(Decision<E>) -> Decision<E>) {
        self.decision = with(std::mem::take(&mut self.decision));
    }
}
