//! Why a path could not be read, or found nothing.

use thiserror::Error;

/// A text that is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem} (at character {position} of '{text}')")]
pub struct PathError {
    /// What is wrong with it.
    pub problem: String,
    /// Where, in characters from 0.
    pub position: usize,
    /// The whole path.
    pub text: String,
}

/// A path that found nothing. The text is what Step Functions says after `Invalid path '…' : `.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotFound {
    /// A definite path's last step matched nothing.
    #[error("No results for path: {path}")]
    NoResult {
        /// The path up to there, normalized: `$['a'][0]`.
        path: String,
    },
    /// A field on the way is missing.
    #[error("Missing property in path {path}")]
    MissingProperty {
        /// The path up to and with that field, normalized.
        path: String,
    },
    /// A field of something that is no object.
    #[error(
        "Expected to find an object with property {property} in path {path} but found '{found}'. \
         This is not a json object according to the JsonProvider: \
         'com.jayway.jsonpath.spi.json.JacksonJsonProvider'."
    )]
    NoObject {
        /// The field asked for, as `['name']`.
        property: String,
        /// The path of what was found instead, normalized.
        path: String,
        /// The type of what was found, as Java names it.
        found: &'static str,
    },
    /// An index into something that is no array.
    #[error("Filter: {step} can only be applied to arrays. Current context is: {found}")]
    NoArray {
        /// The index, as `[0]`.
        step: String,
        /// What was found, as Java prints it.
        found: String,
    },
    /// An index into a null.
    #[error("The path {path} is null")]
    Null {
        /// The path of the null, normalized.
        path: String,
    },
    /// A filter on something that is neither array nor object.
    #[error("Filter: {step} can not be applied to primitives. Current context is: {found}")]
    Primitive {
        /// The filter, as it was written.
        step: String,
        /// What was found, as Java prints it.
        found: String,
    },
    /// A function that has no answer for what it was given.
    #[error("{problem}")]
    Function {
        /// What the function says.
        problem: String,
    },
    /// The variable was never assigned.
    #[error("The variable '${name}' is not defined")]
    Variable {
        /// Its name, without `$`.
        name: String,
    },
    /// `..` met a value that is nested deeper than it goes.
    #[error("The path leads more than {limit} levels deep.")]
    TooDeep {
        /// How deep it goes.
        limit: usize,
    },
    /// The path would visit more values than are allowed.
    #[error("The path visits more than {limit} values. Make it more exact.")]
    TooMany {
        /// How many are allowed.
        limit: usize,
    },
}

impl NotFound {
    /// Whether the path was applied to something it does not fit, rather than found nothing.
    pub fn is_misuse(&self) -> bool {
        !matches!(
            self,
            Self::NoResult { .. }
                | Self::MissingProperty { .. }
                | Self::NoObject { .. }
                | Self::Null { .. }
                | Self::Variable { .. }
        )
    }
}
