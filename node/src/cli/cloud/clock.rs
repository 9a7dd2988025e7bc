//! `datamesh cloud clock …`: the time of the embedded AWS.

use clap::Subcommand;
use serde_json::{Value, json};

use super::At;
use super::client::Client;
use crate::cli::cx::Cx;
use crate::cli::failure::Failure;
use crate::cli::grid::Field;
use crate::cli::output;

const PATH: &str = "/control/clock";

/// What can be done with the clock.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Show it
    Show,
    /// Let no time pass
    Stop,
    /// Let time pass again
    Start,
    /// Move it forward; what became due happens
    Step {
        /// By how much: `90s`, `15m`, `12h`, `7d`
        #[arg(value_name = "DURATION")]
        by: String,
    },
    /// Set it, backwards too
    Set {
        /// To when: `2026-01-31T12:00:00Z`
        #[arg(value_name = "TIME")]
        to: String,
    },
    /// Let it run faster, or slower
    Speed {
        /// How many times as fast as real time
        factor: f64,
    },
}

/// Does it, and shows the clock.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn run(verb: Verb, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = Client::find(at, cx)?;
    let body = match verb {
        Verb::Show => None,
        Verb::Stop => Some(json!({ "running": false })),
        Verb::Start => Some(json!({ "running": true })),
        Verb::Step { by } => Some(json!({ "step": by })),
        Verb::Set { to } => Some(json!({ "set": to })),
        Verb::Speed { factor } => Some(json!({ "speed": factor })),
    };
    let clock = match body {
        None => client.get(PATH).await?,
        Some(body) => client.post(PATH, &body).await?,
    };
    let course = match clock["running"] == json!(true) {
        true => "RUNNING",
        false => "STOPPED",
    };
    let fields = [
        ("Now", Field::plain(text(&clock["now"]))),
        ("Course", Field::plain(course)),
        ("Speed", Field::plain(&clock["speed"])),
    ];
    output::one(
        cx.terminal,
        cx.globals.output,
        &fields,
        || Ok(clock.clone()),
    )
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
