//! Expressions in JSONata: do they parse, and do they use only what Step Functions offers?
//!
//! Step Functions evaluates an expression without a context item: what it reads comes from
//! `$states` or from a variable. So a plain name, `$` or `$$` means nothing at the top of an
//! expression, and is refused there. Inside a path, a filter or a function's body there is a context
//! item, and names mean its fields.

use jsonata_core::ast::{AstNode, PathStep, Stage};
use jsonata_core::parser::{self, ParserError};

use super::Code;
use super::location::Location;
use super::machine::Checker;

/// What stands between `{%` and `%}`, if a text has that form.
pub(super) fn expression(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

impl Checker {
    /// An expression at a place.
    pub(super) fn jsonata(&mut self, at: &Location, source: &str) {
        let tree = match parser::parse(source) {
            Ok(tree) => tree,
            Err(fault) => {
                self.error(
                    Code::InvalidJsonataExpression,
                    Some(at),
                    message(&fault),
                    "Correct the JSONata expression.",
                );
                return;
            }
        };
        let mut search = Search {
            errors_readable: self.catching,
            found: Vec::new(),
        };
        search.top(&tree);
        for fault in search.found {
            self.error(
                Code::UnsupportedJsonataExpression,
                Some(at),
                fault,
                "Read the input by $states.input, the result by $states.result, a caught error by \
                 $states.errorOutput, a variable by $ and its name.",
            );
        }
    }
}

/// The parser's message as JSONata's own implementation words it, without the code.
fn message(fault: &ParserError) -> String {
    match fault {
        ParserError::Expected { expected, found } if found == "Eof" => {
            format!("Expected {} before end of expression", quoted(expected))
        }
        ParserError::Expected { expected, found } => {
            format!("Expected {}, got {}", quoted(expected), quoted(found))
        }
        ParserError::UnexpectedToken(token) if token != "Eof" => {
            let symbol = quoted(token);
            format!("The symbol {symbol} cannot be used as a unary operator")
        }
        other => {
            let text = other.to_string();
            match text.split_once(": ") {
                Some((code, rest)) if code.len() == 5 => rest.to_owned(),
                _ => text,
            }
        }
    }
}

fn quoted(token: &str) -> String {
    let symbol = match token {
        "LeftParen" => "(",
        "RightParen" => ")",
        "LeftBracket" => "[",
        "RightBracket" => "]",
        "LeftBrace" => "{",
        "RightBrace" => "}",
        "Comma" => ",",
        "Colon" => ":",
        "Semicolon" => ";",
        "Dot" => ".",
        "Eof" => "(end)",
        other => other,
    };
    format!("\"{symbol}\"")
}

/// Looks for what means nothing where it stands.
struct Search {
    errors_readable: bool,
    found: Vec<String>,
}

impl Search {
    fn refuse(&mut self, name: &str) {
        let fault = format!("Reference to '{name}' at the top level is not supported.");
        if !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    fn all<'a>(&mut self, nodes: impl IntoIterator<Item = &'a AstNode>) {
        for node in nodes {
            self.top(node);
        }
    }

    /// A node that is evaluated without a context item.
    fn top(&mut self, node: &AstNode) {
        match node {
            AstNode::Name(name) => self.refuse(name),
            AstNode::Variable(name) if name.is_empty() => self.refuse("$"),
            AstNode::ParentVariable(_) => self.refuse("$$"),
            AstNode::Wildcard => self.refuse("*"),
            AstNode::Descendant => self.refuse("**"),
            AstNode::Path { steps } => self.path(steps),
            AstNode::Binary { lhs, rhs, .. } => self.all([lhs.as_ref(), rhs.as_ref()]),
            AstNode::Unary { operand, .. } => self.top(operand),
            AstNode::Function { args, .. } => self.all(args),
            AstNode::Call { procedure, args } => {
                self.top(procedure);
                self.all(args);
            }
            AstNode::Array(nodes) | AstNode::ArrayGroup(nodes) | AstNode::Block(nodes) => {
                self.all(nodes);
            }
            AstNode::Object(pairs) => {
                for (name, value) in pairs {
                    self.all([name, value]);
                }
            }
            AstNode::ObjectTransform { input, .. } | AstNode::Sort { input, .. } => self.top(input),
            AstNode::Conditional {
                condition,
                then_branch,
                else_branch,
            } => {
                self.all([condition.as_ref(), then_branch.as_ref()]);
                self.all(else_branch.as_deref());
            }
            _ => {}
        }
    }

    /// Only the first step has no context item; its filters have one.
    fn path(&mut self, steps: &[PathStep]) {
        let Some(first) = steps.first() else {
            return;
        };
        self.top(&first.node);
        let reads_error = matches!(&first.node, AstNode::Variable(name) if name == "states")
            && !first
                .stages
                .iter()
                .any(|stage| matches!(stage, Stage::Index(_)))
            && matches!(steps.get(1).map(|step| &step.node), Some(AstNode::Name(name)) if name == "errorOutput");
        if reads_error && !self.errors_readable {
            let fault = "Reference to '$states.errorOutput' is only supported in a Catch field.";
            self.found.push(fault.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(source: &str) -> Vec<String> {
        let mut search = Search {
            errors_readable: false,
            found: Vec::new(),
        };
        search.top(&parser::parse(source).unwrap());
        search.found
    }

    #[test]
    fn names_mean_nothing_at_the_top() {
        let refused = |name: &str| {
            vec![format!(
                "Reference to '{name}' at the top level is not supported."
            )]
        };
        assert_eq!(faults("phone"), refused("phone"));
        assert_eq!(faults("phone.number & phone.kind"), refused("phone"));
        assert_eq!(faults("$uppercase(name)"), refused("name"));
        assert_eq!(faults("$"), refused("$"));
        assert_eq!(faults("$$.a"), refused("$$"));
    }

    #[test]
    fn names_inside_paths_filters_and_functions_are_fields() {
        for source in [
            "$states.input.phone",
            "$states.input.items[price > 3].{ 'name': name }",
            "$map($states.input.items, function($v) { $v.price })",
            "($x := $states.input; $x.a)",
            "$states.input.a ~> $sum()",
            "'text' & $string($count)",
            "$states.input.list^(>price).name",
        ] {
            assert_eq!(faults(source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn faults_of_syntax_are_worded_as_jsonata_words_them() {
        for (source, expected) in [
            ("1 +", "Unexpected end of expression"),
            ("a[1,2)", "Expected \"]\", got \",\""),
            (
                "\"open",
                "String literal must be terminated by a matching quote",
            ),
            (
                "{\"a\":}",
                "The symbol \"}\" cannot be used as a unary operator",
            ),
        ] {
            assert_eq!(
                message(&parser::parse(source).unwrap_err()),
                expected,
                "{source}"
            );
        }
    }
}
