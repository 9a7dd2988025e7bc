//! JSONata, the query language of fields written `{% … %}`.

mod error;
mod expression;
mod template;

pub use error::{JsonataError, Problem, QueryError};
pub use expression::JsonataString;
pub use template::JsonataTemplate;
