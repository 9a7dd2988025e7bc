//! State machines in the Amazon States Language, interpreted without I/O.
//!
//! A document is checked ([`validate`]), compiled and stepped; whoever owns an execution calls what
//! it asks for, journals what it answers, and says the time.

pub mod evaluation;
pub mod graph;
pub mod intrinsic;
mod java_random;
pub mod jsonata;
pub mod path;
pub mod printed;
pub mod scope;
pub mod template;
pub mod validate;
