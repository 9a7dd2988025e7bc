//! Plays seeds, and shows the first bad one: `sim --seeds 1000`, `sim --seed 17 --trace`.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Parser;
use datamesh_sim::{Bug, Outcome, Plan, Side, run, trace};

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
    /// Play runs with something poisonous that nobody sees to, and no other trouble.
    #[arg(long, conflicts_with = "calm")]
    poisoned: bool,
    /// The process that writes this commit, counted over the whole journal from 1, dies before it.
    #[arg(long, conflicts_with = "crash_after")]
    crash_before: Option<usize>,
    /// The process that writes this commit dies after it.
    #[arg(long)]
    crash_after: Option<usize>,
    /// Play each seed once more for every commit that it writes, before and after which the writer dies.
    #[arg(long, conflicts_with_all = ["crash_before", "crash_after"])]
    every_commit: bool,
    /// Plant this bug.
    #[arg(long)]
    bug: Option<String>,
}

/// What was played.
#[derive(Default)]
struct Sum {
    runs: u64,
    commits: usize,
    events: u64,
    crashes: u64,
    drained: u64,
    given_up: u64,
    counted_again: u64,
    busy: u64,
    stopped: u64,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.commits += outcome.commits;
        self.events += outcome.events;
        self.crashes += u64::from(outcome.crashes);
        self.drained += u64::from(outcome.drained);
        self.given_up += u64::from(outcome.given_up);
        self.counted_again += u64::from(outcome.counted_again);
        self.busy += u64::from(outcome.busy);
        self.stopped += u64::from(outcome.stopped);
    }
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let bug = match &arguments.bug {
        None => None,
        Some(name) => {
            let known = || {
                let names: Vec<_> = Bug::all().map(|bug| bug.to_string()).collect();
                format!("there is no bug {name}; there are {}", names.join(", "))
            };
            Some(Bug::named(name).with_context(known)?)
        }
    };
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.from..arguments.from + arguments.seeds,
    };
    let before = arguments.crash_before.map(|n| (n, Side::Before));
    let crash_at = before.or(arguments.crash_after.map(|n| (n, Side::After)));
    let started = Instant::now();
    let mut sum = Sum::default();
    for seed in seeds {
        let kind = match (arguments.calm, arguments.poisoned) {
            (true, _) => Plan::calm(seed),
            (_, true) => Plan::poisoned(seed),
            _ => Plan::troubled(seed),
        };
        let plan = Plan {
            crash_at,
            bug,
            ..kind
        };
        let Some(commits) = play(&plan, arguments.trace, &mut sum) else {
            return Ok(ExitCode::FAILURE);
        };
        if !arguments.every_commit {
            continue;
        }
        for commit in 1..=commits {
            for side in [Side::Before, Side::After] {
                let plan = plan.clone().crashing_at(commit, side);
                if play(&plan, arguments.trace, &mut sum).is_none() {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} runs in {seconds:.1} s ({:.0} a second), {} commits, {} events, {} processes died and {} went down in \
         order, {} deeds and ledgers were stopped for that, {} tries were given up, {} commands found no place, {} \
         counted again after their receipts were gone: nothing went wrong",
        sum.runs,
        sum.runs as f64 / seconds.max(0.001),
        sum.commits,
        sum.events,
        sum.crashes,
        sum.drained,
        sum.stopped,
        sum.given_up,
        sum.busy,
        sum.counted_again,
    );
    Ok(ExitCode::SUCCESS)
}

/// Plays one run: how many commits it wrote, or nothing if it went wrong, which is then shown.
fn play(plan: &Plan, traced: bool, sum: &mut Sum) -> Option<usize> {
    let outcome = match traced {
        true => trace(plan.clone()),
        false => run(plan.clone()),
    };
    sum.add(&outcome);
    for line in &outcome.trace {
        println!("{line}");
    }
    if outcome.wrong.is_empty() {
        return Some(outcome.commits);
    }
    println!("\nseed {} went wrong:", plan.seed);
    for wrong in &outcome.wrong {
        println!("  {wrong}");
    }
    println!("again: {}", plan.replay());
    None
}
