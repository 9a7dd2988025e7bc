use async_trait::async_trait;
use datamesh_actor::{
    Ctx, Decision, Effect, EffectCx, EffectError, Effects, Entity, Failure, Idempotency, Named,
    Rejection,
};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

/// The smallest aggregate: what it costs is the runtime's own.
pub(crate) struct Counter;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) sum: i64,
}

#[derive(Serialize)]
pub(crate) struct Add(pub(crate) i64);

#[derive(Serialize, Deserialize)]
pub(crate) struct Added(pub(crate) i64);

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Never;

/// Does nothing: a counter asks for nothing.
pub(crate) struct NoEffects;

impl Named for Add {
    fn name(&self) -> &'static str {
        "Add"
    }
}

impl Named for Added {
    fn name(&self) -> &'static str {
        "Added"
    }
}

impl Named for Never {
    fn name(&self) -> &'static str {
        "Never"
    }
}

impl Effect for Never {
    fn idempotency(&self) -> Idempotency {
        Idempotency::NaturalKey
    }
}

impl Entity for Counter {
    const KIND: &'static str = "counter";
    type State = State;
    type Command = Add;
    type Event = Added;
    type Effect = Never;
    type Outcome = ();
    type Reply = State;

    fn decide(_: &State, Add(n): Add, _: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        Ok(Decision::event(Added(n)))
    }

    fn settle(_: &State, _: &Never, _: Result<(), Failure>, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, Added(n): &Added) {
        state.sum += n;
    }

    fn reply(_: &str, state: &State) -> State {
        state.clone()
    }

    fn views(_: &str, _: &State) -> Vec<ViewChange> {
        Vec::new()
    }
}

#[async_trait]
impl Effects<Counter> for NoEffects {
    async fn run(&self, _: &Never, _: &EffectCx) -> Result<(), EffectError> {
        Ok(())
    }
}
