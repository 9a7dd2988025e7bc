//! Plays seeds, and shows the first bad one: `sim --seeds 1000`, `sim --seed 17 --trace`.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Parser;
use datamesh_sim::{Bug, Plan, Side, run};

/// Plays the runtime under a deterministic simulator.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to play.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Play only this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Show what happens in every run, and not only in a bad one.
    #[arg(long)]
    trace: bool,
    /// Play small runs in which nothing fails by chance.
    #[arg(long)]
    calm: bool,
    /// The process that writes this commit, counted over the whole journal from 1, dies before it.
    #[arg(long, conflicts_with = "crash_after")]
    crash_before: Option<usize>,
    /// The process that writes this commit dies after it.
    #[arg(long)]
    crash_after: Option<usize>,
    /// Plant this bug.
    #[arg(long)]
    bug: Option<String>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let bug = match &arguments.bug {
        None => None,
        Some(name) => {
            let known = || {
                let names: Vec<_> = Bug::ALL.iter().map(ToString::to_string).collect();
                format!("there is no bug {name}; there are {}", names.join(", "))
            };
            Some(Bug::named(name).with_context(known)?)
        }
    };
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.from..arguments.from + arguments.seeds,
    };
    let started = Instant::now();
    let (mut runs, mut commits, mut events) = (0_u64, 0, 0);
    for seed in seeds {
        let kind = match arguments.calm {
            true => Plan::calm(seed),
            false => Plan::troubled(seed),
        };
        let before = arguments.crash_before.map(|n| (n, Side::Before));
        let plan = Plan {
            crash_at: before.or(arguments.crash_after.map(|n| (n, Side::After))),
            bug,
            ..kind
        };
        let replay = plan.replay();
        let outcome = run(plan);
        runs += 1;
        commits += outcome.commits;
        events += outcome.events;
        if arguments.trace || !outcome.wrong.is_empty() {
            for line in &outcome.trace {
                println!("{line}");
            }
        }
        if !outcome.wrong.is_empty() {
            println!("\nseed {seed} went wrong:");
            for wrong in &outcome.wrong {
                println!("  {wrong}");
            }
            println!("again: {replay}");
            return Ok(ExitCode::FAILURE);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{runs} seeds in {seconds:.1} s ({:.0} a second), {commits} commits, {events} events: nothing went wrong",
        runs as f64 / seconds.max(0.001)
    );
    Ok(ExitCode::SUCCESS)
}
