//! State machines in the Amazon States Language, interpreted without I/O.
//!
//! A document is checked ([`validate`]), compiled ([`Machine`]) and stepped ([`Execution`]); whoever
//! owns an execution calls what it asks for, journals what it answers, and says the time.

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
pub use scope::Random;
pub use size::MAX_BYTES;
