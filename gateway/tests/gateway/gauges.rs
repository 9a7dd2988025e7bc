//! What `/metrics` says of the runtime.

use std::convert::Infallible;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use datamesh_actor::{
    Ctx, Decision, EffectCx, EffectError, Effects, Entity, Failure, Meta, Named, Options, Order,
    Rejection, Runtime, SystemClock,
};
use datamesh_actors::domain_name::NoEffect;
use datamesh_gateway::server::Metrics;
use datamesh_gateway::services::Gauges;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{EntityKey, ViewChange};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::mesh;

/// It can be made to stand in the way.
struct Stone;

#[derive(Debug, Serialize)]
enum Command {
    Roll,
    /// Says that it stands, and does until it is told to go on: so long its shard does nothing else.
    Stand {
        #[serde(skip)]
        stands: oneshot::Sender<()>,
        #[serde(skip)]
        go_on: mpsc::Receiver<()>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Rolled;

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Roll => "Roll",
            Self::Stand { .. } => "Stand",
        }
    }
}

impl Named for Rolled {
    fn name(&self) -> &'static str {
        "Rolled"
    }
}

impl Entity for Stone {
    const KIND: &'static str = "stone";
    type State = ();
    type Command = Command;
    type Event = Rolled;
    type Effect = NoEffect;
    type Outcome = Infallible;
    type Reply = ();

    fn decide((): &(), command: Command, _: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        if let Command::Stand { stands, go_on } = command {
            stands.send(()).unwrap();
            go_on.recv().unwrap();
        }
        Ok(Decision::event(Rolled))
    }

    fn settle(
        (): &(),
        effect: &NoEffect,
        _: Result<Infallible, Failure>,
        _: &mut Ctx,
    ) -> Decision<Self> {
        match *effect {}
    }

    fn timer((): &(), _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply((): &mut (), _: &Rolled) {}

    fn reply(_: &str, (): &()) {}

    fn views(_: &str, (): &()) -> Vec<ViewChange> {
        Vec::new()
    }
}

struct Nobody;

#[tonic::async_trait]
impl Effects<Stone> for Nobody {
    async fn run(&self, effect: &NoEffect, _: &EffectCx) -> Result<Infallible, EffectError> {
        match *effect {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_told_while_a_shard_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let journal = sqlite::Options::new(folder.path().join("journal.sqlite"));
    let journal = Arc::new(SqliteJournal::open(journal).unwrap());
    let options = Options {
        shards: 1,
        ..Options::default()
    };
    let runtime = Runtime::builder(journal, Arc::new(SystemClock), options)
        .register::<Stone>(Nobody)
        .start()
        .await
        .unwrap();
    let metrics = Metrics::new();
    let gauges = Gauges::new(&metrics, runtime.clone(), mesh::no_infrastructure());
    let roll = runtime.ask::<Stone>("paused", Command::Roll, Meta::default());
    roll.await.unwrap();
    let paused = EntityKey::new("stone", "paused");
    runtime.pause(&paused, &Order::default()).await.unwrap();

    let (stands, standing) = oneshot::channel();
    let (on, go_on) = mpsc::sync_channel(1);
    let stone = tokio::spawn({
        let runtime = runtime.clone();
        let stand = Command::Stand { stands, go_on };
        async move {
            let stand = runtime.ask::<Stone>("still", stand, Meta::default());
            stand.await
        }
    });
    standing.await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(10), gauges.refresh());
    read.await.expect("it waits for no shard");
    let text = metrics.encode().unwrap();
    for line in [
        "datamesh_actors_resident 2",
        "datamesh_actors_stopped{status=\"paused\"} 1",
        "datamesh_effects_paused 0",
        "datamesh_shard_letters{shard=\"0\",what=\"command\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    on.send(()).unwrap();
    stone.await.unwrap().unwrap();
}
