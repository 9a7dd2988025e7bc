use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ctx::Ctx;
use crate::decision::Decision;
use crate::effect::{Effect, Failure};
use crate::rejection::Rejection;
use datamesh_journal::ViewChange;

/// A name for people: in histories, logs and metrics.
pub trait Named {
    /// `ProjectRequested`, `CreateProject`, …
    fn name(&self) -> &'static str;
}

/// One kind of aggregate: a pure core that decides and applies.
///
/// No method does I/O, reads a clock or draws a random number but through [`Ctx`]. Every method may be
/// called again with the same arguments after a crash, and must then say the same.
pub trait Entity: Sized + Send + Sync + 'static {
    /// The kind in every key: `project`.
    const KIND: &'static str;
    /// What it remembers. `Default` is the state of an entity that was never written.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What it can be asked.
    type Command: Named + Serialize + Send + 'static;
    /// What can happen to it.
    type Event: Named + Serialize + DeserializeOwned + Send + 'static;
    /// What it can ask of the world outside.
    type Effect: Effect;
    /// What the world outside can answer.
    type Outcome: Send + 'static;
    /// What a command is answered with.
    type Reply: Serialize + DeserializeOwned + Send + 'static;

    /// Decides on a command. A rejection changes nothing and is not remembered; a decision without any
    /// content changes nothing either and is answered with the present state.
    fn decide(
        state: &Self::State,
        command: Self::Command,
        ctx: &mut Ctx,
    ) -> Result<Decision<Self>, Rejection>;

    /// Decides on the end of an effect: its outcome, or the terminal failure it met. (Failures worth a
    /// retry do not come here: the runner retries, and pauses the effect when its retries run out.)
    fn settle(
        state: &Self::State,
        effect: &Self::Effect,
        result: Result<Self::Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self>;

    /// Decides on a timer that came due.
    fn timer(state: &Self::State, name: &str, ctx: &mut Ctx) -> Decision<Self>;

    /// Lets an event happen.
    fn apply(state: &mut Self::State, event: &Self::Event);

    /// The answer to a command, from the state after it.
    fn reply(id: &str, state: &Self::State) -> Self::Reply;

    /// What the lists show of this state. Asked after every commit that has events.
    fn views(id: &str, state: &Self::State) -> Vec<ViewChange>;
}
