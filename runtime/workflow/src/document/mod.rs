//! A document in its typed form: what is left of the text once every name is resolved and every
//! expression is parsed. States and processors are numbered, so that an execution holds numbers.

mod compile;
mod fields;
mod flow;
mod map;
mod state;
mod task;
mod wait;

use serde_json::Value;

use crate::choice::Rule;
use crate::flow::DataFlow;
use crate::history::StateType;
use crate::jsonata::{JsonataString, JsonataTemplate};
use crate::path::Path;
use crate::retry::Retrier;
use crate::template::{Expression, Template};

pub(crate) use compile::compile;
pub(crate) use fields::Problem;
pub use task::Pattern;

/// The number of a state among those of its flow.
pub(crate) type StateIndex = u32;
/// The number of a flow in its document.
pub(crate) type FlowIndex = u32;

/// A `StartAt` with its `States`: the document itself, a branch or an item processor.
#[derive(Debug)]
pub(crate) struct Flow {
    pub start_at: StateIndex,
    pub states: Vec<State>,
}

/// One state.
#[derive(Debug)]
pub(crate) struct State {
    pub name: String,
    pub kind: Kind,
    pub flow: DataFlow,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub next: Next,
}

/// What follows a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    State(StateIndex),
    End,
}

/// What a state does.
#[derive(Debug)]
pub(crate) enum Kind {
    Pass {
        result: Option<Value>,
    },
    Task(Box<Task>),
    Choice {
        rules: Vec<Choice>,
        default: Option<StateIndex>,
    },
    Wait(WaitFor),
    Succeed,
    Fail {
        error: Option<Text>,
        cause: Option<Text>,
    },
    Parallel {
        branches: Vec<FlowIndex>,
    },
    Map(Box<Map>),
}

impl Kind {
    /// The state's `Type`.
    pub(crate) fn state_type(&self) -> StateType {
        match self {
            Kind::Pass { .. } => StateType::Pass,
            Kind::Task(_) => StateType::Task,
            Kind::Choice { .. } => StateType::Choice,
            Kind::Wait(_) => StateType::Wait,
            Kind::Succeed => StateType::Succeed,
            Kind::Fail { .. } => StateType::Fail,
            Kind::Parallel { .. } => StateType::Parallel,
            Kind::Map(_) => StateType::Map,
        }
    }

    /// Whether the state may have `Retry`, so that the context object counts its retries.
    pub(crate) fn can_retry(&self) -> bool {
        matches!(self, Kind::Task(_) | Kind::Parallel { .. } | Kind::Map(_))
    }
}

/// A `Catch` entry.
#[derive(Debug)]
pub(crate) struct Catcher {
    pub error_equals: Vec<String>,
    pub flow: DataFlow,
    pub next: StateIndex,
}

/// An entry of `Choices`.
#[derive(Debug)]
pub(crate) struct Choice {
    pub rule: Rule,
    pub flow: DataFlow,
    pub next: StateIndex,
}

/// A task: what is called and for how long.
#[derive(Debug)]
pub(crate) struct Task {
    pub resource: String,
    pub pattern: Pattern,
    pub timeout: Option<Amount>,
    pub heartbeat: Option<Amount>,
    pub credentials: Option<Payload>,
}

/// What a wait state waits for.
#[derive(Debug)]
pub(crate) enum WaitFor {
    Seconds(Amount),
    Timestamp(Text),
}

/// A map.
#[derive(Debug)]
pub(crate) struct Map {
    pub items: Items,
    pub item_selector: Option<Payload>,
    pub processor: FlowIndex,
    /// Whether the iterations are executions of their own (`Mode` `DISTRIBUTED`).
    pub distributed: bool,
    pub max_concurrency: Option<Amount>,
    pub tolerated_count: Option<Amount>,
    pub tolerated_percentage: Option<Amount>,
    pub reader: Option<Reader>,
    pub batcher: Option<Batcher>,
}

/// Where the items of a map come from.
#[derive(Debug)]
pub(crate) enum Items {
    /// The state's effective input is the array.
    Input,
    At(Path),
    /// JSONata's `Items`, one expression.
    Expression(JsonataString),
    /// JSONata's `Items`, an array of values and expressions.
    Template(JsonataTemplate),
}

/// An `ItemReader`.
#[derive(Debug)]
pub(crate) struct Reader {
    pub resource: String,
    pub arguments: Option<Payload>,
    pub input_type: Option<String>,
    /// Where in a JSON object the array of items is (`ItemsPointer`).
    pub items_pointer: Option<String>,
    pub csv_delimiter: char,
    pub csv_header_location: Option<String>,
    pub csv_headers: Option<Vec<String>>,
    pub max_items: Option<Amount>,
}

/// An `ItemBatcher`.
#[derive(Debug)]
pub(crate) struct Batcher {
    pub batch_input: Option<Payload>,
    pub max_items: Option<Amount>,
    pub max_bytes: Option<Amount>,
}

/// A payload in the state's query language.
#[derive(Debug)]
pub(crate) enum Payload {
    Template(Template),
    Jsonata(JsonataTemplate),
}

/// A number, or where it is found.
#[derive(Debug)]
pub(crate) struct Amount {
    /// The field as the document names it, `TimeoutSecondsPath`.
    pub field: &'static str,
    pub source: AmountSource,
}

#[derive(Debug)]
pub(crate) enum AmountSource {
    Literal(f64),
    At(Path),
    Computed(JsonataString),
}

/// A text, or where it is found.
#[derive(Debug)]
pub(crate) struct Text {
    /// The field as the document names it, `ErrorPath`.
    pub field: &'static str,
    pub source: TextSource,
}

#[derive(Debug)]
pub(crate) enum TextSource {
    Literal(String),
    Expression(Expression),
    Computed(JsonataString),
}
