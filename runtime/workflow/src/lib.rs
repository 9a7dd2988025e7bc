//! State machines in the Amazon States Language, interpreted without I/O.
//!
//! A document is checked ([`validate`]), compiled ([`Machine`]) and stepped ([`Execution`]); whoever
//! owns an execution calls what it asks for, journals what it answers, and says the time.
//!
//! ```
//! use datamesh_workflow::eval::{Options, Seeded};
//! use datamesh_workflow::{Env, Execution, Machine, Signal, Status};
//!
//! let machine = Machine::compile(
//!     r#"{"StartAt": "Greet", "States": {"Greet": {
//!         "Type": "Pass", "Parameters": {"text.$": "States.Format('Hello {}', $.name)"}, "End": true
//!     }}}"#,
//! )
//! .expect("the document is valid");
//! let start = Options::of_input(serde_json::json!({"name": "Ada"})).start;
//! let mut execution = Execution::start(&machine, start);
//! let mut random = Seeded::new(0);
//! let mut env = Env { now_ms: 0, random: &mut random, max_transitions: 100 };
//! let turn = execution.advance(&machine, Signal::Begin, &mut env);
//! let Status::Succeeded { output } = turn.status else { panic!("{turn:?}") };
//! assert_eq!(output["text"], "Hello Ada");
//! assert_eq!(turn.history.len(), 4);
//! ```

pub mod eval;
pub mod evaluation;
pub mod execution;
pub mod graph;
pub mod history;
pub mod intrinsic;
pub mod jsonata;
pub mod path;
pub mod printed;
pub mod scope;
pub mod template;
pub mod test_state;
pub mod validate;

mod budget;
mod choice;
mod document;
mod fault;
mod flow;
mod java_random;
mod machine;
mod reader;
mod retry;
mod size;

pub use document::Pattern;
pub use execution::{Call, Env, Execution, Signal, Start, Status, TaskId, Turn};
pub use history::HistoryEvent;
pub use machine::Machine;
pub use reader::MAX_ITEMS_BYTES;
pub use scope::Random;
pub use size::{MAX_BYTES, MAX_DEPTH};
