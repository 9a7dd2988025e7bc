//! Which part of an expression failed. The evaluator does not always say what it could not compare
//! or call, so the parts of the expression are looked at again, one by one.

use jsonata_core::ast::{AstNode, BinaryOp};
use jsonata_core::value::JValue;

/// The message for the first comparison whose sides can't be compared, if it stands where its sides
/// can be evaluated on their own; `evaluate` does that.
pub(super) fn comparison(
    expression: &AstNode,
    evaluate: &mut dyn FnMut(&AstNode) -> Option<JValue>,
) -> Option<String> {
    match expression {
        AstNode::Binary { op, lhs, rhs } => {
            let earlier = comparison(lhs, evaluate).or_else(|| comparison(rhs, evaluate));
            earlier.or_else(|| incomparable(symbol(*op)?, &evaluate(lhs)?, &evaluate(rhs)?))
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => comparison(condition, evaluate)
            .or_else(|| comparison(then_branch, evaluate))
            .or_else(|| comparison(else_branch.as_deref()?, evaluate)),
        AstNode::Function { args: parts, .. } | AstNode::Block(parts) | AstNode::Array(parts) => {
            parts.iter().find_map(|part| comparison(part, evaluate))
        }
        AstNode::Object(pairs) => pairs
            .iter()
            .find_map(|(_, value)| comparison(value, evaluate)),
        _ => None,
    }
}

fn symbol(op: BinaryOp) -> Option<&'static str> {
    match op {
        BinaryOp::LessThan => Some("<"),
        BinaryOp::LessThanOrEqual => Some("<="),
        BinaryOp::GreaterThan => Some(">"),
        BinaryOp::GreaterThanOrEqual => Some(">="),
        _ => None,
    }
}

fn incomparable(symbol: &str, left: &JValue, right: &JValue) -> Option<String> {
    let comparable =
        |value: &JValue| value.is_undefined() || value.is_number() || value.is_string();
    if !comparable(left) || !comparable(right) {
        return Some(format!(
            "T2010: The expressions either side of operator \"{symbol}\" must evaluate to numeric \
             or string values"
        ));
    }
    if left.is_undefined() || right.is_undefined() || left.is_number() == right.is_number() {
        return None;
    }
    Some(format!(
        "T2009: The values {} and {} either side of operator \"{symbol}\" must be of the same data \
         type",
        left.to_json_string().ok()?,
        right.to_json_string().ok()?
    ))
}

/// The built-in function whose call fails, innermost first, among those that can be called on their
/// own; `fails` tries it.
pub(super) fn call<'a>(
    expression: &'a AstNode,
    fails: &mut dyn FnMut(&AstNode) -> bool,
) -> Option<&'a str> {
    let parts: Vec<&AstNode> = match expression {
        AstNode::Function { args, .. } | AstNode::Block(args) | AstNode::Array(args) => {
            args.iter().collect()
        }
        AstNode::Binary { lhs, rhs, .. } => vec![lhs, rhs],
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            let mut parts = vec![&**condition, &**then_branch];
            parts.extend(else_branch.as_deref());
            parts
        }
        AstNode::Object(pairs) => pairs.iter().map(|(_, value)| value).collect(),
        AstNode::Path { steps } => steps.first().map(|step| &step.node).into_iter().collect(),
        _ => Vec::new(),
    };
    if let Some(inner) = parts.into_iter().find_map(|part| call(part, fails)) {
        return Some(inner);
    }
    match expression {
        AstNode::Function { name, .. } if !name.starts_with('\u{0}') && fails(expression) => {
            Some(name)
        }
        _ => None,
    }
}
