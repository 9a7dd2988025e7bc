//! `datamesh cloud fault …`: what goes wrong in the embedded AWS.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Map, Value, json};

use super::At;
use super::client::Client;
use crate::cli::cx::Cx;
use crate::cli::failure::Failure;
use crate::cli::grid::{Column, Field, always, if_room};
use crate::cli::output;

const PATH: &str = "/control/faults";

/// What can be done with faults.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Inject one
    Add(Box<Add>),
    /// List those that still strike
    List,
    /// List those that struck
    Seen,
    /// Remove one
    Remove {
        /// Its number
        id: u64,
    },
    /// Remove all
    Clear,
}

/// A fault, and the requests that it is for.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).args(["effect", "script"])))]
pub struct Add {
    /// What happens: `throttle`, a status such as `500` or `403:AccessDeniedException:why`, `reset`,
    /// `no-answer`, `timeout-before`, `timeout-after` (done, and not answered), `half-batch`,
    /// `half-batch:0.25`, `slow:250ms`, `stale:5s`
    effect: Option<String>,
    /// What happens to one request after the other: `ok,throttle,ok,500`
    #[arg(long, value_name = "EFFECTS", value_delimiter = ',')]
    script: Vec<String>,
    /// Only requests to this service: `sqs`
    #[arg(long)]
    service: Option<String>,
    /// Only this operation: `SendMessage`, `List*`, or `SendMessageBatch.Entry` for the entries of a batch
    #[arg(long)]
    operation: Option<String>,
    /// Only requests of this account: 12 digits
    #[arg(long)]
    account: Option<String>,
    /// How often it strikes, or how often the script is played
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "always")]
    times: u32,
    /// It strikes until it is removed
    #[arg(long)]
    always: bool,
    /// The chance to strike, from 0 to 1
    #[arg(long, value_name = "CHANCE")]
    probability: Option<f64>,
}

impl Add {
    fn body(&self) -> Value {
        let mut body = Map::new();
        let filters = [
            ("effect", &self.effect),
            ("service", &self.service),
            ("operation", &self.operation),
            ("account", &self.account),
        ];
        for (name, value) in filters {
            if let Some(value) = value {
                body.insert(name.to_owned(), json!(value));
            }
        }
        if !self.script.is_empty() {
            body.insert("script".to_owned(), json!(self.script));
        }
        if let Some(probability) = self.probability {
            body.insert("probability".to_owned(), json!(probability));
        }
        let times = match self.always {
            true => json!("always"),
            false => json!(self.times),
        };
        body.insert("times".to_owned(), times);
        Value::Object(body)
    }
}

const COLUMNS: [Column; 8] = [
    always("FAULT"),
    always("EFFECT"),
    always("SERVICE"),
    always("OPERATION"),
    if_room("ACCOUNT"),
    always("LEFT"),
    if_room("CHANCE"),
    always("STRUCK"),
];

const SEEN_COLUMNS: [Column; 5] = [
    always("FAULT"),
    always("EFFECT"),
    always("SERVICE"),
    always("OPERATION"),
    if_room("ACCOUNT"),
];

/// Does it.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn run(verb: Verb, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = Client::find(at, cx)?;
    match verb {
        Verb::Add(add) => {
            let fault = client.post(PATH, &add.body()).await?;
            show(&fault, cx)
        }
        Verb::List => {
            let answer = client.get(PATH).await?;
            list(&answer, "faults", &COLUMNS, "no faults", cx)
        }
        Verb::Seen => {
            let answer = client.get("/control/seen").await?;
            list(&answer, "seen", &SEEN_COLUMNS, "no fault struck yet", cx)
        }
        Verb::Remove { id } => {
            let fault = client.delete(&format!("{PATH}/{id}")).await?;
            show(&fault, cx)
        }
        Verb::Clear => {
            let answer = client.delete(PATH).await?;
            let fields = [("Removed", Field::plain(&answer["removed"]))];
            output::one(cx.terminal, cx.globals.output, &fields, || {
                Ok(answer.clone())
            })
        }
    }
}

fn show(fault: &Value, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let row = row(fault);
    let labels = [
        "Fault",
        "Effect",
        "Service",
        "Operation",
        "Account",
        "Left",
        "Chance",
        "Struck",
    ];
    let fields: Vec<(&str, Field)> = labels.into_iter().zip(row).collect();
    output::one(
        cx.terminal,
        cx.globals.output,
        &fields,
        || Ok(fault.clone()),
    )
}

fn list(
    answer: &Value,
    member: &str,
    columns: &[Column],
    nothing: &str,
    cx: &mut Cx<'_>,
) -> Result<(), Failure> {
    let faults = answer[member].as_array();
    let rows = faults
        .into_iter()
        .flatten()
        .map(|fault| {
            let mut row = row(fault);
            row.truncate(columns.len());
            row
        })
        .collect();
    output::list(
        cx.terminal,
        cx.globals.output,
        columns,
        rows,
        nothing,
        || Ok(answer.clone()),
    )
}

/// Text as it is, a list with commas, another value as JSON; nothing for what is not there.
fn plain(value: &Value) -> Field {
    Field::plain(match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(", ")
        }
        other => other.to_string(),
    })
}

fn row(fault: &Value) -> Vec<Field> {
    let id = match &fault["id"] {
        Value::Null => &fault["fault"],
        id => id,
    };
    let effect = match &fault["script"] {
        Value::Null => &fault["effect"],
        script => script,
    };
    vec![
        plain(id),
        plain(effect),
        plain(&fault["service"]),
        plain(&fault["operation"]),
        plain(&fault["account"]),
        plain(&fault["times"]),
        plain(&fault["probability"]),
        plain(&fault["struck"]),
    ]
}
