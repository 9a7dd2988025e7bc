//! Expressions in JSONata: do they parse, and do they read only what Step Functions offers?
//!
//! Step Functions evaluates an expression without a context item: what it reads comes from
//! `$states` or from a variable. So a plain name, `$` or `$$` means nothing where a path starts, and
//! is refused there.

use super::Code;
use super::location::Location;
use super::machine::Checker;
use crate::jsonata::JsonataString;

impl Checker {
    /// A text at a place: an expression is checked, any other is taken as it stands. Whether it was
    /// an expression.
    pub(super) fn jsonata(&mut self, at: &Location, text: &str) -> bool {
        if !JsonataString::is_expression(text) {
            return false;
        }
        let expression = match JsonataString::parse(text) {
            Ok(expression) => expression,
            Err(fault) => {
                self.error(
                    Code::InvalidJsonataExpression,
                    Some(at),
                    fault.message,
                    "Correct the JSONata expression.",
                );
                return true;
            }
        };
        for name in expression.top_level_references() {
            self.error(
                Code::UnsupportedJsonataExpression,
                Some(at),
                format!("Reference to '{name}' at the top level is not supported."),
                "Read the input by $states.input, a result by $states.result, a caught error by \
                 $states.errorOutput, a variable by $ and its name.",
            );
        }
        if expression.reads_error_output() && !self.catching {
            self.error(
                Code::UnsupportedJsonataExpression,
                Some(at),
                "Reference to '$states.errorOutput' is only supported in a Catch field.",
                "Read the error in the Assign or Output of a Catch, and keep it in a variable.",
            );
        }
        true
    }
}
