//! In whose name an effect is done: what it asks of other entities is part of what was accepted from somebody, and
//! counts as theirs wherever it leads.

use crate::unsettled::Asker;

tokio::task_local! {
    static BEHALF: Behalf;
}

/// Who asked for the effect that asks now; none if that is not known.
#[derive(Clone, Debug)]
pub(crate) struct Behalf(pub(crate) Option<Asker>);

impl Behalf {
    /// In whose name this task runs; none if it is no effect. What an effect spawns is none.
    pub(crate) fn of_this_task() -> Option<Self> {
        BEHALF.try_with(Clone::clone).ok()
    }

    /// Runs in this name.
    pub(crate) async fn run<F: Future>(self, run: F) -> F::Output {
        BEHALF.scope(self, run).await
    }
}
