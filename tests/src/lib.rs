//! End-to-end tests: the harness that starts the real `datameshd` on a folder of its own and speaks to
//! it as the world does, over gRPC, REST, signals, and AWS's wire protocols.
//!
//! Nothing here links the server. What a test can see is what an operator can see: the two ports, the
//! port of the embedded AWS, the process's output and exit code, and its files.

// A harness fails the test at the spot where something is not as it must be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyst;
mod answer;
mod binary;
mod clock;
mod cloud;
mod command;
mod grpc;
mod launch;
mod mesh;
mod node;
mod rest;
mod sse;
mod token;
mod until;

pub use analyst::Analyst;
pub use answer::Answer;
pub use binary::{datamesh, datameshd, repository, target_dir};
pub use clock::now_seconds;
pub use cloud::Cloud;
pub use command::{Ended, program, run};
pub use grpc::{Door, Grpc};
pub use launch::Launch;
pub use mesh::{Mesh, id_of};
pub use node::{Node, StartFailure};
pub use rest::Rest;
pub use sse::EventStream;
pub use token::Forge;
pub use until::{DEADLINE, until, until_within};
