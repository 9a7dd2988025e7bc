//! Why a comparison failed. The evaluator does not say which values it could not compare, so the
//! comparisons of the expression are looked at again, one by one.

use jsonata_core::ast::{AstNode, BinaryOp};
use jsonata_core::value::JValue;

/// The message for the first comparison whose sides can't be compared, if it stands where its sides
/// can be evaluated on their own; `evaluate` does that.
pub(super) fn problem(
    expression: &AstNode,
    evaluate: &mut dyn FnMut(&AstNode) -> Option<JValue>,
) -> Option<String> {
    match expression {
        AstNode::Binary { op, lhs, rhs } => {
            let earlier = problem(lhs, evaluate).or_else(|| problem(rhs, evaluate));
            earlier.or_else(|| incomparable(symbol(*op)?, &evaluate(lhs)?, &evaluate(rhs)?))
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => problem(condition, evaluate)
            .or_else(|| problem(then_branch, evaluate))
            .or_else(|| problem(else_branch.as_deref()?, evaluate)),
        AstNode::Function { args: parts, .. } | AstNode::Block(parts) | AstNode::Array(parts) => {
            parts.iter().find_map(|part| problem(part, evaluate))
        }
        AstNode::Object(pairs) => pairs.iter().find_map(|(_, value)| problem(value, evaluate)),
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
