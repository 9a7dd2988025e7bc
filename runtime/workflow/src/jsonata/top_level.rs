//! References to a context item, which an expression of Step Functions does not have.

use jsonata_core::ast::AstNode;

/// What `expression` reads of a context item, in order, each once: `name`, `$` or `$$`. Step
/// Functions refuses a document with such an expression. Only where a path starts is there no
/// context item: later steps, predicates, sort terms and groupings have the value before them.
pub(super) fn references(expression: &AstNode) -> Vec<String> {
    let mut found = Vec::new();
    gather(expression, &mut found);
    found
}

fn gather(node: &AstNode, found: &mut Vec<String>) {
    match node {
        AstNode::Name(name) => add(name, found),
        AstNode::Variable(name) if name.is_empty() => add("$", found),
        AstNode::ParentVariable(name) if name.is_empty() => add("$$", found),
        AstNode::Path { steps } => {
            if let Some(first) = steps.first() {
                gather(&first.node, found);
            }
        }
        AstNode::Binary { lhs, rhs, .. } => {
            gather(lhs, found);
            gather(rhs, found);
        }
        AstNode::Unary { operand, .. } => gather(operand, found),
        AstNode::Function { args, .. } => args.iter().for_each(|arg| gather(arg, found)),
        AstNode::Call { procedure, args } => {
            gather(procedure, found);
            args.iter().for_each(|arg| gather(arg, found));
        }
        AstNode::Lambda { body, .. } => gather(body, found),
        AstNode::Array(items) | AstNode::Block(items) | AstNode::ArrayGroup(items) => {
            items.iter().for_each(|item| gather(item, found));
        }
        AstNode::Object(pairs) => {
            for (key, value) in pairs {
                gather(key, found);
                gather(value, found);
            }
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            gather(condition, found);
            gather(then_branch, found);
            if let Some(branch) = else_branch {
                gather(branch, found);
            }
        }
        AstNode::ObjectTransform { input, .. } | AstNode::Sort { input, .. } => {
            gather(input, found);
        }
        AstNode::FunctionApplication(inner) => gather(inner, found),
        _ => {}
    }
}

fn add(name: &str, found: &mut Vec<String>) {
    if !found.iter().any(|known| known == name) {
        found.push(name.to_owned());
    }
}
