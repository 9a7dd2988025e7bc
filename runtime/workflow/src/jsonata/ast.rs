//! What an expression's syntax tree refers to, and the changes made to it before it is evaluated.

use std::collections::BTreeSet;

use jsonata_core::ast::{AstNode, BinaryOp, Stage};

use super::functions;

/// The variable under which an evaluation's time stands. No document can write its name.
pub(super) const NOW: &str = "\u{0}now";
/// The function that takes the place of `&`.
pub(super) const CONCATENATE: &str = "\u{0}concatenate";

/// The function that takes the place of a call with too many arguments.
pub(super) const SURPLUS: &str = "\u{0}surplus";

/// What an expression refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct References {
    /// The names after `$`, called or not.
    pub(super) names: BTreeSet<String>,
    /// The names that are called.
    called: BTreeSet<String>,
    /// Whether a path starts with `$states.errorOutput`.
    pub(super) error_output: bool,
}

impl References {
    /// The function that is called, if just one is.
    pub(super) fn only_call(&self) -> Option<&str> {
        let mut called = self.called.iter();
        match (called.next(), called.next()) {
            (Some(name), None) => Some(name),
            _ => None,
        }
    }
}

/// Prepares a parsed expression for evaluation, and gathers what it refers to: `$now()` and
/// `$millis()` read the evaluation's time instead of a clock, and `&` becomes a function that
/// bounds what it makes.
pub(super) fn prepare(node: &mut AstNode) -> References {
    let mut references = References::default();
    visit(node, &mut references);
    references
}

fn visit(node: &mut AstNode, references: &mut References) {
    for child in children(node) {
        visit(child, references);
    }
    match node {
        AstNode::Variable(name) => {
            references.names.insert(name.clone());
        }
        AstNode::Function {
            name,
            args,
            is_builtin: true,
        } => match name.as_str() {
            "millis" if args.is_empty() => {
                references.names.insert(NOW.to_owned());
                *node = AstNode::Variable(NOW.to_owned());
            }
            "now" => {
                references.names.insert(NOW.to_owned());
                args.insert(0, AstNode::Variable(NOW.to_owned()));
                *name = "fromMillis".to_owned();
            }
            called => {
                references.called.insert(called.to_owned());
                let surplus = match functions::most_arguments(called) {
                    Some(most) if args.len() > most => Some(most + 1),
                    _ => None,
                };
                if let Some(surplus) = surplus {
                    #[allow(clippy::cast_precision_loss)]
                    let surplus = AstNode::Number(surplus as f64);
                    *args = vec![AstNode::String(called.to_owned()), surplus];
                    *name = SURPLUS.to_owned();
                }
                references.names.insert(name.clone());
            }
        },
        AstNode::Path { steps } => {
            let mut nodes = steps.iter().map(|step| &step.node);
            if matches!(nodes.next(), Some(AstNode::Variable(name)) if name == "states")
                && matches!(nodes.next(), Some(AstNode::Name(name)) if name == "errorOutput")
            {
                references.error_output = true;
            }
        }
        AstNode::Binary {
            op: BinaryOp::Concatenate,
            lhs,
            rhs,
        } => {
            let args = vec![
                std::mem::replace(&mut **lhs, AstNode::Null),
                std::mem::replace(&mut **rhs, AstNode::Null),
            ];
            references.names.insert(CONCATENATE.to_owned());
            *node = AstNode::Function {
                name: CONCATENATE.to_owned(),
                args,
                is_builtin: true,
            };
        }
        _ => {}
    }
}

/// The nodes that stand directly in a node.
fn children(node: &mut AstNode) -> Vec<&mut AstNode> {
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
