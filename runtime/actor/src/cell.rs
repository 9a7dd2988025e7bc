//! One entity in memory, with its type erased so that a shard can hold many kinds.

use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use datamesh_journal::{EntityKey, Loaded, Record, ViewChange};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::ctx::Ctx;
use crate::decision::{Decision, TimerChange};
use crate::effect::{
    Effect, EffectCx, EffectError, Effects, ErrorClass, Failure, Idempotency, Rank,
};
use crate::entity::{Entity, Named};
use crate::rejection::Rejection;
use crate::unsettled::Asker;

/// A value whose type only its own kind knows.
pub(crate) type Erased = Box<dyn Any + Send>;

/// What a cell is asked to decide on.
pub(crate) enum Input {
    /// A command of the kind's own type.
    Command {
        command: Erased,
        /// Whether there is room for an effect.
        may_ask: bool,
    },
    /// The end of an effect: the effect as it was journaled, and its outcome of the kind's own type.
    Settled {
        effect: Arc<RawValue>,
        result: Result<Erased, Failure>,
    },
    /// A timer.
    Timer(String),
}

/// A decision that was applied to the cell, ready to be written.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) records: Vec<Record>,
    pub(crate) effects: Vec<NewEffect>,
    pub(crate) timers: Vec<TimerChange>,
    pub(crate) views: Vec<ViewChange>,
    /// In whose name its effects are, if that is known.
    pub(crate) asker: Option<Asker>,
}

impl Step {
    /// Whether nothing is to be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.effects.is_empty()
            && self.timers.is_empty()
            && self.views.is_empty()
    }
}

/// An effect that a decision asks for.
pub(crate) struct NewEffect {
    pub(crate) name: &'static str,
    pub(crate) idempotency: Idempotency,
    pub(crate) rank: Rank,
    pub(crate) data: Arc<RawValue>,
}

/// Why a step did not happen. The cell is unchanged.
pub(crate) enum StepError {
    Rejected(Rejection),
    /// It asks for an effect, and may not.
    NoRoom,
    Broken(String),
}

impl StepError {
    /// What it says where nobody can be refused.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Rejected(rejection) => &rejection.message,
            Self::NoRoom => "it may not ask for effects",
            Self::Broken(error) => error,
        }
    }
}

/// One entity in memory.
pub(crate) trait Cell: Send {
    /// Decides and applies. A panic in here leaves the cell unusable.
    fn step(&mut self, input: Input, ctx: &mut Ctx) -> Result<Step, StepError>;
    /// What a command is answered with now.
    fn reply(&self) -> Result<Box<RawValue>, String>;
    /// The state's JSON, for snapshots and inspection.
    fn state(&self) -> Result<Box<RawValue>, String>;
}

/// One kind of entity: how it comes to life and who does its effects.
#[async_trait]
pub(crate) trait Kind: Send + Sync {
    /// Builds the cell from what the journal has.
    fn revive(&self, key: &EntityKey, loaded: &Loaded) -> Result<Box<dyn Cell>, String>;
    /// Does an effect once.
    async fn run(
        &self,
        data: &RawValue,
        idempotency: Idempotency,
        cx: &EffectCx,
    ) -> Result<Erased, EffectError>;
}

pub(crate) struct TypedKind<E, X> {
    effects: X,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity, X: Effects<E>> TypedKind<E, X> {
    pub(crate) fn new(effects: X) -> Self {
        Self {
            effects,
            entity: PhantomData,
        }
    }
}

#[async_trait]
impl<E: Entity, X: Effects<E>> Kind for TypedKind<E, X> {
    fn revive(&self, key: &EntityKey, loaded: &Loaded) -> Result<Box<dyn Cell>, String> {
        let mut state: E::State = match &loaded.snapshot {
            Some(snapshot) => serde_json::from_str(snapshot.data.get())
                .map_err(|e| format!("snapshot {} of {key}: {e}", snapshot.seq))?,
            None => E::State::default(),
        };
        for commit in &loaded.commits {
            for record in &commit.events {
                let event: E::Event = serde_json::from_str(record.data.get()).map_err(|e| {
                    format!(
                        "event {} in commit {} of {key}: {e}",
                        record.name, commit.seq
                    )
                })?;
                E::apply(&mut state, &event);
            }
        }
        Ok(Box::new(TypedCell::<E> {
            id: key.id.clone(),
            state,
        }))
    }

    async fn run(
        &self,
        data: &RawValue,
        idempotency: Idempotency,
        cx: &EffectCx,
    ) -> Result<Erased, EffectError> {
        let effect: E::Effect = serde_json::from_str(data.get()).map_err(|e| {
            EffectError::new(ErrorClass::Terminal, "UnreadableEffect", e.to_string())
        })?;
        if idempotency == Idempotency::ReadBack
            && cx.repeat
            && let Some(outcome) = self.effects.read_back(&effect, cx).await?
        {
            return Ok(Box::new(outcome));
        }
        let outcome = self.effects.run(&effect, cx).await?;
        Ok(Box::new(outcome))
    }
}

/// The state's JSON; none if making it fails or panics.
pub(crate) fn safe_state(cell: &dyn Cell) -> Option<Box<RawValue>> {
    catch_unwind(AssertUnwindSafe(|| cell.state().ok())).ok()?
}

struct TypedCell<E: Entity> {
    id: Arc<str>,
    state: E::State,
}

impl<E: Entity> TypedCell<E> {
    fn decide(&self, input: Input, ctx: &mut Ctx) -> Result<Decision<E>, StepError> {
        match input {
            Input::Command { command, may_ask } => {
                let command = command
                    .downcast::<E::Command>()
                    .map_err(|_| StepError::Broken(format!("not a command of {}", E::KIND)))?;
                let decision =
                    E::decide(&self.state, *command, ctx).map_err(StepError::Rejected)?;
                if !may_ask && !decision.effects.is_empty() {
                    return Err(StepError::NoRoom);
                }
                Ok(decision)
            }
            Input::Settled { effect, result } => {
                let effect: E::Effect = serde_json::from_str(effect.get())
                    .map_err(|e| StepError::Broken(format!("journaled effect: {e}")))?;
                let result = match result {
                    Ok(outcome) => Ok(*outcome.downcast::<E::Outcome>().map_err(|_| {
                        StepError::Broken(format!("not an outcome of {}", E::KIND))
                    })?),
                    Err(failure) => Err(failure),
                };
                Ok(E::settle(&self.state, &effect, result, ctx))
            }
            Input::Timer(name) => Ok(E::timer(&self.state, &name, ctx)),
        }
    }
}

impl<E: Entity> Cell for TypedCell<E> {
    fn step(&mut self, input: Input, ctx: &mut Ctx) -> Result<Step, StepError> {
        let decision = self.decide(input, ctx)?;
        let records = decision
            .events
            .iter()
            .map(|event| {
                Ok(Record {
                    name: event.name().to_owned(),
                    data: raw(event)?,
                })
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(StepError::Broken)?;
        let effects = decision
            .effects
            .iter()
            .map(|effect| {
                Ok(NewEffect {
                    name: effect.name(),
                    idempotency: effect.idempotency(),
                    rank: effect.rank(),
                    data: Arc::from(raw(effect)?),
                })
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(StepError::Broken)?;
        for event in &decision.events {
            E::apply(&mut self.state, event);
        }
        let mut views = decision.views;
        if !records.is_empty() {
            views.extend(E::views(&self.id, &self.state));
        }
        Ok(Step {
            records,
            effects,
            timers: decision.timers,
            views,
            asker: None,
        })
    }

    fn reply(&self) -> Result<Box<RawValue>, String> {
        raw(&E::reply(&self.id, &self.state))
    }

    fn state(&self) -> Result<Box<RawValue>, String> {
        raw(&self.state)
    }
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, String> {
    to_raw_value(value).map_err(|e| e.to_string())
}
