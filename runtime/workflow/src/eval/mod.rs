//! Running a document offline: time is driven, so that a wait costs nothing, and tasks are answered
//! from mocks.

mod batch;
mod mocks;
mod run;
mod seeded;

pub use batch::{answer, answer_line};
pub use mocks::{MockError, Mocks, Outcome};
pub use run::{Evaluation, Options, evaluate};
pub use seeded::Seeded;

#[cfg(test)]
mod tests;
