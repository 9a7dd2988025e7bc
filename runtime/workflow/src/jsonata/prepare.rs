//! What an expression's syntax tree refers to, and the changes made to it before it is evaluated:
//! `$now()` and `$millis()` read the evaluation's time instead of a clock, and calls of
//! [`super::bounds`] are put around what could make too much.

use std::collections::{BTreeMap, BTreeSet};

use jsonata_core::ast::{AstNode, BinaryOp};

use super::bounds::{CONCATENATE, DISTINCT, JOINED, RANGE, REPLACED, SIZED, WIDTH};
use super::functions::{self, SURPLUS};
use super::needed::{self, Needed};
use super::tree::{children, makes_much};

/// The variable under which an evaluation's time stands. No document can write its name.
pub(super) const NOW: &str = "\u{0}now";

/// What an expression refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct References {
    /// The names after `$`, called or not, and which parts of their values are read.
    pub(super) names: BTreeMap<String, Needed>,
    /// The names that are called.
    called: BTreeSet<String>,
    /// Whether a path starts with `$states.errorOutput`.
    pub(super) error_output: bool,
}

impl References {
    fn need(&mut self, name: &str, fields: &[&str]) {
        let needed = self.names.entry(name.to_owned()).or_default();
        needed.add(fields.iter().copied());
    }

    /// The function that is called, if just one is.
    pub(super) fn only_call(&self) -> Option<&str> {
        let mut called = self.called.iter();
        match (called.next(), called.next()) {
            (Some(name), None) => Some(name),
            _ => None,
        }
    }
}

/// Prepares a parsed expression for evaluation, and gathers what it refers to.
pub(super) fn prepare(node: &mut AstNode) -> References {
    let mut preparation = Preparation::default();
    preparation.note_bound(node);
    preparation.visit(node, 0);
    preparation.references
}

#[derive(Default)]
struct Preparation {
    references: References,
    /// The names that the expression binds. A function of such a name is not the built-in one.
    bound: BTreeSet<String>,
}

impl Preparation {
    fn note_bound(&mut self, node: &mut AstNode) {
        match node {
            AstNode::Binary {
                op: BinaryOp::ColonEqual,
                lhs,
                ..
            } => {
                if let AstNode::Variable(name) = &**lhs {
                    self.bound.insert(name.clone());
                }
            }
            AstNode::Lambda { params, .. } => self.bound.extend(params.iter().cloned()),
            _ => {}
        }
        for child in children(node) {
            self.note_bound(child);
        }
    }

    /// Prepares a node. `piped` is 1 for a call that `~>` gives its first argument, otherwise 0.
    fn visit(&mut self, node: &mut AstNode, piped: usize) {
        if let AstNode::Binary {
            op: BinaryOp::ChainPipe,
            lhs,
            rhs,
        } = node
        {
            self.visit(lhs, 0);
            self.visit(rhs, 1);
            self.bound_value(lhs);
            return;
        }
        let rooted = self.note_path(node);
        for child in children(node).into_iter().skip(usize::from(rooted)) {
            self.visit(child, 0);
        }
        match node {
            AstNode::Variable(name) => {
                self.references.need(name, &[]);
            }
            AstNode::Function {
                name,
                is_builtin: true,
                ..
            } if self.bound.contains(name) => {
                self.references.need(name, &[]);
                self.bound_arguments(node);
            }
            AstNode::Function {
                is_builtin: true, ..
            } => {
                self.bound_arguments(node);
                self.builtin(node, piped);
            }
            AstNode::Call { .. } => self.bound_arguments(node),
            AstNode::Binary {
                op: BinaryOp::Concatenate,
                lhs,
                rhs,
            } => {
                *node = self.call(CONCATENATE, vec![taken(lhs), taken(rhs)]);
            }
            AstNode::Binary {
                op: BinaryOp::Range,
                lhs,
                rhs,
            } => {
                *node = self.call(RANGE, vec![taken(lhs), taken(rhs)]);
            }
            AstNode::Binary {
                op: BinaryOp::ColonEqual,
                rhs,
                ..
            } => self.bound_value(rhs),
            AstNode::Lambda { body, .. } => self.bound_result(body),
            _ => {}
        }
    }

    /// Notes what a path from a variable reads; `false` when the node is no such path.
    fn note_path(&mut self, node: &AstNode) -> bool {
        let AstNode::Path { steps } = node else {
            return false;
        };
        let Some(AstNode::Variable(name)) = steps.first().map(|step| &step.node) else {
            return false;
        };
        let fields = needed::fields(steps);
        if name == "states" && fields.first() == Some(&"errorOutput") {
            self.references.error_output = true;
        }
        self.references.need(name, &fields);
        true
    }

    /// Bounds the values that a call makes for its arguments.
    fn bound_arguments(&mut self, node: &mut AstNode) {
        if let AstNode::Function { args, .. } | AstNode::Call { args, .. } = node {
            for arg in args {
                self.bound_value(arg);
            }
        }
    }

    fn bound_value(&mut self, node: &mut AstNode) {
        if makes_much(node) {
            self.wrap(SIZED, node);
        }
    }

    /// Bounds the values that a function's body makes as its result. A call in that place stays as
    /// it is, so that it is still a tail call.
    fn bound_result(&mut self, body: &mut AstNode) {
        match body {
            AstNode::Array(_) | AstNode::Object(_) | AstNode::ObjectTransform { .. } => {
                self.wrap(SIZED, body);
            }
            AstNode::Block(parts) => {
                if let Some(last) = parts.last_mut() {
                    self.bound_result(last);
                }
            }
            AstNode::Conditional {
                then_branch,
                else_branch,
                ..
            } => {
                self.bound_result(then_branch);
                if let Some(branch) = else_branch {
                    self.bound_result(branch);
                }
            }
            _ => {}
        }
    }

    /// Prepares a call of a built-in function, or of one that Step Functions adds.
    fn builtin(&mut self, node: &mut AstNode, piped: usize) {
        let AstNode::Function { name, args, .. } = node else {
            return;
        };
        self.references.called.insert(name.clone());
        match (name.as_str(), args.len() + piped) {
            ("millis", 0) => {
                self.references.need(NOW, &[]);
                *node = AstNode::Variable(NOW.to_owned());
                return;
            }
            ("now", _) if piped == 0 => {
                self.references.need(NOW, &[]);
                args.insert(0, AstNode::Variable(NOW.to_owned()));
                *name = "fromMillis".to_owned();
            }
            ("distinct", 1) => *name = DISTINCT.to_owned(),
            ("string", 1 | 2) => self.guard(SIZED, args.first_mut(), &[]),
            ("pad", 2 | 3) => self.guard(WIDTH, args.get_mut(1 - piped), &[]),
            ("join", 1 | 2) if piped == 0 => {
                let others: Vec<AstNode> = args.iter().skip(1).cloned().collect();
                self.guard(JOINED, args.first_mut(), &others);
            }
            ("replace", 3 | 4) if piped == 0 => {
                let others: Vec<AstNode> = args.iter().skip(1).take(2).cloned().collect();
                self.guard(REPLACED, args.first_mut(), &others);
            }
            (called, count) => {
                if let Some(most) = functions::most_arguments(called).filter(|most| count > *most) {
                    let first_surplus = AstNode::Number((most + 1) as f64);
                    *args = vec![AstNode::String(called.to_owned()), first_surplus];
                    *name = SURPLUS.to_owned();
                }
            }
        }
        self.references.need(name, &[]);
    }

    /// Puts a guard around an argument; it also sees the `others`.
    fn guard(&mut self, guard: &str, argument: Option<&mut AstNode>, others: &[AstNode]) {
        if let Some(argument) = argument {
            self.wrap(guard, argument);
            if let AstNode::Function { args, .. } = argument {
                args.extend_from_slice(others);
            }
        }
    }

    fn wrap(&mut self, function: &str, node: &mut AstNode) {
        let inner = taken(node);
        *node = self.call(function, vec![inner]);
    }

    fn call(&mut self, function: &str, args: Vec<AstNode>) -> AstNode {
        self.references.need(function, &[]);
        AstNode::Function {
            name: function.to_owned(),
            args,
            is_builtin: true,
        }
    }
}

fn taken(node: &mut AstNode) -> AstNode {
    std::mem::replace(node, AstNode::Null)
}
