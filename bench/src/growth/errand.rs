use std::time::Instant;

use async_trait::async_trait;
use datamesh_actor::{
    Ctx, Decision, Effect, EffectCx, EffectError, Effects, Entity, Failure, Idempotency, Named,
    Rejection,
};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// An aggregate that asks for one effect and counts its end.
pub(super) struct Errand;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) run: u32,
}

#[derive(Serialize)]
pub(super) struct Begin;

#[derive(Serialize, Deserialize)]
pub(super) enum Event {
    Begun,
    Run,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Go;

impl Named for Begin {
    fn name(&self) -> &'static str {
        "Begin"
    }
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Begun => "Begun",
            Self::Run => "Run",
        }
    }
}

impl Named for Go {
    fn name(&self) -> &'static str {
        "Go"
    }
}

impl Effect for Go {
    fn idempotency(&self) -> Idempotency {
        Idempotency::NaturalKey
    }
}

impl Entity for Errand {
    const KIND: &'static str = "errand";
    type State = State;
    type Command = Begin;
    type Event = Event;
    type Effect = Go;
    type Outcome = ();
    type Reply = State;

    fn decide(_: &State, _: Begin, _: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        Ok(Decision::event(Event::Begun).effect(Go))
    }

    fn settle(_: &State, _: &Go, _: Result<(), Failure>, _: &mut Ctx) -> Decision<Self> {
        Decision::event(Event::Run)
    }

    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Event) {
        if matches!(event, Event::Run) {
            state.run += 1;
        }
    }

    fn reply(_: &str, state: &State) -> State {
        state.clone()
    }

    fn views(_: &str, _: &State) -> Vec<ViewChange> {
        Vec::new()
    }
}

/// Never ends: what is asked for stays pending.
pub(super) struct Stuck;

#[async_trait]
impl Effects<Errand> for Stuck {
    async fn run(&self, _: &Go, _: &EffectCx) -> Result<(), EffectError> {
        std::future::pending().await
    }
}

/// Ends at once, and says when it was claimed and by whom.
pub(super) struct Claims(pub(super) mpsc::Sender<(Instant, String)>);

#[async_trait]
impl Effects<Errand> for Claims {
    async fn run(&self, _: &Go, cx: &EffectCx) -> Result<(), EffectError> {
        let claim = (Instant::now(), cx.entity.id.to_string());
        // Whoever counts may have seen enough.
        drop(self.0.send(claim).await);
        Ok(())
    }
}
