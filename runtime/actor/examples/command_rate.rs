//! Measures what one change costs the runtime and the journal, with rows as large as those of an asset, and
//! without a gateway in front and a bus behind: two looks at rows, a command, and an effect that does nothing
//! and is settled by a second commit. `cargo run --release -p datamesh-actor --example command_rate -- 64 5`
//! is 64 callers for 5 seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use datamesh_actor::{
    Ctx, Decision, Effect, EffectCx, EffectError, Effects, Entity, Failure, Idempotency, Meta,
    Named, Options, Rejection, Runtime, SystemClock,
};
use datamesh_journal::ViewChange;
use datamesh_journal::sqlite::{self, SqliteJournal};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

const ENTITIES: usize = 256;

/// About what an asset's record has beside its description.
const FILLING: usize = 500;

struct Thing;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    version: u64,
    description: String,
    filling: String,
}

#[derive(Clone, Serialize)]
struct Describe(String);

#[derive(Clone, Serialize, Deserialize)]
struct Described {
    description: String,
    filling: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Tell {
    event: String,
    description: String,
}

struct Nothing;

impl Named for Describe {
    fn name(&self) -> &'static str {
        "Describe"
    }
}

impl Named for Described {
    fn name(&self) -> &'static str {
        "Described"
    }
}

impl Named for Tell {
    fn name(&self) -> &'static str {
        "Tell"
    }
}

impl Effect for Tell {
    fn idempotency(&self) -> Idempotency {
        Idempotency::AtLeastOnce
    }
}

impl Entity for Thing {
    const KIND: &'static str = "thing";
    type State = State;
    type Command = Describe;
    type Event = Described;
    type Effect = Tell;
    type Outcome = ();
    type Reply = State;

    fn decide(_: &State, command: Describe, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        let event = format!("evt-{:016x}", ctx.random());
        let tell = Tell {
            event: event.clone(),
            description: command.0.clone(),
        };
        let row = ViewChange::Put {
            collection: "events".to_owned(),
            key: event.clone(),
            sort: format!("{:015}-{event}", ctx.now_ms()),
            fields: [("source", "things"), ("detailType", "ThingDescribed")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            doc: raw(&tell),
        };
        let described = Described {
            description: command.0,
            filling: "x".repeat(FILLING),
        };
        Ok(Decision::event(described).view(row).effect(tell))
    }

    fn settle(_: &State, _: &Tell, _: Result<(), Failure>, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn timer(_: &State, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut State, event: &Described) {
        state.version += 1;
        state.description.clone_from(&event.description);
        state.filling.clone_from(&event.filling);
    }

    fn reply(_: &str, state: &State) -> State {
        state.clone()
    }

    fn views(id: &str, state: &State) -> Vec<ViewChange> {
        vec![ViewChange::Put {
            collection: "things".to_owned(),
            key: id.to_owned(),
            sort: "1".to_owned(),
            fields: vec![("status".to_owned(), "ACTIVE".to_owned())],
            doc: raw(state),
        }]
    }
}

fn raw(value: &impl Serialize) -> Box<serde_json::value::RawValue> {
    to_raw_value(value).unwrap_or_else(|_| serde_json::value::RawValue::NULL.to_owned())
}

#[async_trait]
impl Effects<Thing> for Nothing {
    async fn run(&self, _: &Tell, _: &EffectCx) -> Result<(), EffectError> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| -> Result<u64, std::num::ParseIntError> {
        arguments.next().map_or(Ok(default), |text| text.parse())
    };
    let callers = usize::try_from(number(64)?)?;
    let length = Duration::from_secs(number(5)?);
    let shards = usize::try_from(number(0)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(callers, length, shards))
}

async fn run(
    callers: usize,
    length: Duration,
    shards: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let journal = SqliteJournal::open(sqlite::Options::new(folder.path().join("journal.db")))?;
    let options = Options {
        shards,
        ..Options::default()
    };
    let runtime = Runtime::builder(Arc::new(journal), Arc::new(SystemClock), options)
        .register::<Thing>(Nothing)
        .start()
        .await?;
    for n in 0..ENTITIES {
        let described = Describe("first".to_owned());
        runtime
            .ask::<Thing>(&format!("t{n}"), described, Meta::default())
            .await?;
    }
    let before = usage();
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                let mut n = caller;
                while start.elapsed() < length {
                    let id = format!("t{}", n % ENTITIES);
                    n += 7;
                    let sent = Instant::now();
                    for key in [id.as_str(), "t0"] {
                        let row = runtime.journal().view("things", key).await;
                        row.map_err(|e| e.to_string())?.ok_or("no row")?;
                    }
                    let described = Describe(format!("{caller}-{n}"));
                    let answer = runtime.ask::<Thing>(&id, described, Meta::default()).await;
                    answer.map_err(|e| e.to_string())?;
                    latencies.push(sent.elapsed());
                }
                Ok::<_, String>(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    let took = start.elapsed().as_secs_f64();
    let after = usage();
    latencies.sort_unstable();
    let count = latencies.len().max(1);
    println!(
        "{callers} callers: {:.0} changes/s, p50 {:.2?}, p99 {:.2?}",
        count as f64 / took,
        latencies.get(count / 2).copied().unwrap_or_default(),
        latencies.get(count * 99 / 100).copied().unwrap_or_default(),
    );
    if let Some(((cpu, switches), (cpu_after, switches_after))) = before.zip(after) {
        println!(
            "each cost {:.1} µs of the processor and {:.2} changes of threads",
            (cpu_after - cpu) / count as f64,
            (switches_after - switches) / count as f64
        );
    }
    runtime.drain(Duration::from_secs(10)).await;
    Ok(())
}

/// Microseconds of the processor and changes of threads of this process so far (proc(5)).
fn usage() -> Option<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let mut switches = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let status = std::fs::read_to_string(task.ok()?.path().join("status")).ok()?;
        switches += status
            .lines()
            .filter(|line| line.contains("ctxt_switches:"))
            .filter_map(|line| line.split_whitespace().last()?.parse::<f64>().ok())
            .sum::<f64>();
    }
    Some((ticks * 10_000.0, switches))
}
