use datamesh_journal::ViewChange;

use crate::entity::Entity;

/// What an entity decides: what happened, what is to be done, when to be woken. All of it is written in
/// one commit; effects start and replies leave only after that commit is durable.
pub struct Decision<E: Entity> {
    pub(crate) events: Vec<E::Event>,
    pub(crate) effects: Vec<E::Effect>,
    pub(crate) timers: Vec<TimerChange>,
    pub(crate) views: Vec<ViewChange>,
}

/// A change to the timers of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimerChange {
    /// Sets or re-sets the timer `name`.
    Set { name: String, due_ms: i64 },
    /// Takes it away.
    Cancel { name: String },
}

impl<E: Entity> Default for Decision<E> {
    fn default() -> Self {
        Self::none()
    }
}

impl<E: Entity> Decision<E> {
    /// Nothing happened.
    pub fn none() -> Self {
        Self {
            events: Vec::new(),
            effects: Vec::new(),
            timers: Vec::new(),
            views: Vec::new(),
        }
    }

    /// One thing happened.
    pub fn event(event: E::Event) -> Self {
        Self::none().and(event)
    }

    /// This happened too. Events are applied in the order they are given.
    #[must_use]
    pub fn and(mut self, event: E::Event) -> Self {
        self.events.push(event);
        self
    }

    /// This is to be done. Effects of one decision run at the same time, in no order.
    #[must_use]
    pub fn effect(mut self, effect: E::Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Wake the entity at `due_ms` (milliseconds since the Unix epoch), or soon after. A timer of the
    /// same name is replaced. Timers survive restarts and fire at least once.
    #[must_use]
    pub fn timer(mut self, name: impl Into<String>, due_ms: i64) -> Self {
        self.timers.push(TimerChange::Set {
            name: name.into(),
            due_ms,
        });
        self
    }

    /// The timer of this name is no longer wanted.
    #[must_use]
    pub fn cancel_timer(mut self, name: impl Into<String>) -> Self {
        self.timers.push(TimerChange::Cancel { name: name.into() });
        self
    }

    /// A view changes beside those of [`Entity::views`].
    #[must_use]
    pub fn view(mut self, change: ViewChange) -> Self {
        self.views.push(change);
        self
    }

    /// Whether nothing happened and nothing is to be done.
    pub fn is_none(&self) -> bool {
        self.events.is_empty()
            && self.effects.is_empty()
            && self.timers.is_empty()
            && self.views.is_empty()
    }

    /// The events, for tests of the core.
    pub fn events(&self) -> &[E::Event] {
        &self.events
    }

    /// The effects, for tests of the core.
    pub fn effects(&self) -> &[E::Effect] {
        &self.effects
    }

    /// The views that change beside those of the state, for tests of the core.
    pub fn views(&self) -> &[ViewChange] {
        &self.views
    }

    /// The timers: name, and due time or `None` for one that is cancelled. For tests of the core.
    pub fn timers(&self) -> Vec<(&str, Option<i64>)> {
        self.timers
            .iter()
            .map(|change| match change {
                TimerChange::Set { name, due_ms } => (name.as_str(), Some(*due_ms)),
                TimerChange::Cancel { name } => (name.as_str(), None),
            })
            .collect()
    }
}
