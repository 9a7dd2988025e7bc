//! JSONata, the query language of fields written `{% … %}`.

mod blame;
mod bounds;
mod convert;
mod error;
mod expression;
mod functions;
mod needed;
mod prepare;
mod template;
mod top_level;
mod tree;
mod wording;

pub use error::{JsonataError, Problem, QueryError};
pub use expression::JsonataString;
pub use template::JsonataTemplate;

#[cfg(test)]
mod tests;
