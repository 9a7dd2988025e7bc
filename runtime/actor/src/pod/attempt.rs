//! One try of an effect, from its pause to its end.

use std::time::Duration;

use datamesh_journal::EntityKey;
use futures::FutureExt;

use crate::behalf::Behalf;
use crate::cell::Erased;
use crate::effect::{EffectCx, EffectError, Idempotency};
use crate::engine::Task;
use crate::permits::Permit;
use crate::recorder::{Recorder, Watch};
use crate::runner::{held, timed_out};

/// A try whose pause is not over.
pub struct Waiting(pub(super) Box<Task>);

impl Waiting {
    /// What the effect knows of itself.
    pub fn cx(&self) -> &EffectCx {
        &self.0.cx
    }
}

/// A try that has its permit: the recorder has it down as under way.
pub struct Try {
    task: Box<Task>,
    limit: Duration,
    permit: Permit,
    watch: Watch,
}

impl Try {
    pub(super) fn begin(
        task: Box<Task>,
        permit: Permit,
        recorder: &Recorder,
        limit: Duration,
    ) -> Self {
        let cx = &task.cx;
        let watch = recorder.trying(&cx.entity, &cx.effect_id, task.rank);
        Self {
            task,
            limit,
            permit,
            watch,
        }
    }

    /// What the effect knows of itself.
    pub fn cx(&self) -> &EffectCx {
        &self.task.cx
    }

    /// What it knows of itself, to be falsified.
    pub fn cx_mut(&mut self) -> &mut EffectCx {
        &mut self.task.cx
    }

    /// How a repeat of it stays one deed.
    pub fn idempotency(&self) -> Idempotency {
        self.task.idempotency
    }

    /// Whether it has to be the only one of its kind.
    pub fn is_on_probation(&self) -> bool {
        self.task.probation
    }

    /// Does it, at this very moment. One that does not end at once never does: see [`Ended::given_up`].
    pub fn run(self) -> Ended {
        let Self {
            task,
            limit,
            permit,
            watch,
        } = self;
        let result = task.kind.run(&task.data, task.idempotency, &task.cx);
        let result = result.now_or_never();
        Ended {
            given_up: result.is_none().then_some(limit),
            result: result.unwrap_or_else(|| Err(timed_out(limit))),
            key: task.cx.entity,
            effect_id: task.cx.effect_id,
            had: Some((permit, watch)),
            behalf: Some(task.behalf),
        }
    }
}

/// How one try of an effect ended. Its permit is given back, and the recorder told, when the pod takes it in, or
/// when it is dropped.
pub struct Ended {
    pub(super) key: EntityKey,
    pub(super) effect_id: String,
    pub(super) result: Result<Erased, EffectError>,
    pub(super) given_up: Option<Duration>,
    /// What it had while it ran.
    pub(super) had: Option<(Permit, Watch)>,
    pub(super) behalf: Option<Behalf>,
}

impl Ended {
    /// One that did not run, for its entity was paused.
    pub(super) fn held(task: Task) -> Self {
        Self {
            key: task.cx.entity,
            effect_id: task.cx.effect_id,
            result: Err(held()),
            given_up: None,
            had: None,
            behalf: None,
        }
    }

    /// How long the runner waits until it gives the try up, if it did not end.
    pub fn given_up(&self) -> Option<Duration> {
        self.given_up
    }

    /// It ended after all, before it was given up.
    pub fn came(&mut self, result: Result<(), EffectError>) {
        self.given_up = None;
        self.result = result.map(|()| Box::new(()) as Erased);
    }

    /// Whose effect.
    pub fn key(&self) -> &EntityKey {
        &self.key
    }

    /// Which effect of it.
    pub fn effect_id(&self) -> &str {
        &self.effect_id
    }

    /// The failure, if it is one.
    pub fn error(&self) -> Option<&EffectError> {
        self.result.as_ref().err()
    }
}
