//! The shape of a syntax tree: which nodes stand in a node, and what some nodes are.

use jsonata_core::ast::{AstNode, Stage};

/// Whether a node puts arrays or objects together outside of functions it defines.
pub(super) fn makes_much(node: &mut AstNode) -> bool {
    match node {
        AstNode::Array(_)
        | AstNode::ArrayGroup(_)
        | AstNode::Object(_)
        | AstNode::ObjectTransform { .. } => true,
        AstNode::Lambda { .. } | AstNode::Function { .. } | AstNode::Transform { .. } => false,
        other => children(other).into_iter().any(makes_much),
    }
}

/// The nodes that stand directly in a node.
pub(super) fn children(node: &mut AstNode) -> Vec<&mut AstNode> {
    match node {
        AstNode::Path { steps } => steps
            .iter_mut()
            .flat_map(|step| {
                let filters = step.stages.iter_mut().filter_map(|stage| match stage {
                    Stage::Filter(filter) => Some(&mut **filter),
                    Stage::KeepArray | Stage::Index(_) => None,
                });
                std::iter::once(&mut step.node).chain(filters)
            })
            .collect(),
        AstNode::Binary { lhs, rhs, .. } => vec![&mut **lhs, &mut **rhs],
        AstNode::Unary { operand, .. } => vec![&mut **operand],
        AstNode::Function { args, .. } => args.iter_mut().collect(),
        AstNode::Call { procedure, args } => std::iter::once(&mut **procedure)
            .chain(args.iter_mut())
            .collect(),
        AstNode::Lambda { body, .. } => vec![&mut **body],
        AstNode::Array(items) | AstNode::Block(items) | AstNode::ArrayGroup(items) => {
            items.iter_mut().collect()
        }
        AstNode::Object(pairs) => pairs
            .iter_mut()
            .flat_map(|(key, value)| [key, value])
            .collect(),
        AstNode::ObjectTransform { input, pattern } => std::iter::once(&mut **input)
            .chain(pattern.iter_mut().flat_map(|(key, value)| [key, value]))
            .collect(),
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            let mut parts = vec![&mut **condition, &mut **then_branch];
            parts.extend(else_branch.as_deref_mut());
            parts
        }
        AstNode::FunctionApplication(inner) => vec![&mut **inner],
        AstNode::Sort { input, terms } => std::iter::once(&mut **input)
            .chain(terms.iter_mut().map(|(term, _)| term))
            .collect(),
        AstNode::Transform {
            location,
            update,
            delete,
        } => {
            let mut parts = vec![&mut **location, &mut **update];
            parts.extend(delete.as_deref_mut());
            parts
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => Vec::new(),
    }
}

/// The names of a path such as `$states.input.order`: a variable and fields, nothing else.
pub(super) fn plain_path(node: &AstNode) -> Option<Vec<String>> {
    match node {
        AstNode::Variable(name) if !name.is_empty() => Some(vec![name.clone()]),
        AstNode::Path { steps } => {
            let mut names = Vec::with_capacity(steps.len());
            for (at, step) in steps.iter().enumerate() {
                let bare = step.stages.is_empty()
                    && step.focus.is_none()
                    && step.index_var.is_none()
                    && step.ancestor_label.is_none();
                match &step.node {
                    AstNode::Variable(name) if at == 0 && bare && !name.is_empty() => {
                        names.push(name.clone());
                    }
                    AstNode::Name(name) if at > 0 && bare => names.push(name.clone()),
                    _ => return None,
                }
            }
            Some(names).filter(|names| !names.is_empty())
        }
        _ => None,
    }
}
