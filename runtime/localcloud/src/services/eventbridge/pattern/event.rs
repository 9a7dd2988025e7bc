//! An event as matching sees it: the leaves at each dotted path.
//!
//! Objects inside arrays share their paths, so each leaf also says which element of which array it
//! came from. A pattern may combine two leaves only if they agree wherever they went through the
//! same array: `{"a":[{"x":1,"y":2},{"x":3,"y":4}]}` has no `x` 1 with a `y` 4.
//!
//! Names and elements are kept once, each under the one around it: an event with a long name around
//! many leaves takes no more room than its text.

use std::collections::HashMap;

use super::document::Document;

/// A value without structure.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leaf {
    String(String),
    /// The number as it was written.
    Number(String),
    Bool(bool),
    Null,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) value: Leaf,
    /// The innermost element that it came from, by its place in [`Leaves::elements`].
    pub(super) element: Option<usize>,
}

/// One element of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Element {
    /// Arrays are numbered in document order, so one within another has the higher number.
    pub(super) array: u32,
    pub(super) index: u32,
    /// The element around the array.
    pub(super) around: Option<usize>,
}

/// A path up to one of its dots.
#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    longer: HashMap<String, usize>,
    fields: Vec<Field>,
}

/// The leaves of an event. Empty objects and arrays have none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaves {
    /// The first is the root.
    nodes: Vec<Node>,
    elements: Vec<Element>,
    arrays: u32,
}

const ROOT: usize = 0;

impl Leaves {
    pub(super) fn of(event: &Document) -> Self {
        let mut leaves = Self {
            nodes: vec![Node::default()],
            elements: Vec::new(),
            arrays: 0,
        };
        leaves.visit(event, ROOT, None);
        leaves
    }

    /// The leaves at a dotted path, in document order.
    pub(super) fn at(&self, path: &str) -> &[Field] {
        let mut node = &self.nodes[ROOT];
        if !path.is_empty() {
            for name in path.split('.') {
                match node.longer.get(name) {
                    Some(longer) => node = &self.nodes[*longer],
                    None => return &[],
                }
            }
        }
        &node.fields
    }

    /// The elements that a leaf came from, the innermost first.
    pub(super) fn elements_of(&self, field: &Field) -> impl Iterator<Item = Element> {
        let element = |at: usize| self.elements[at];
        std::iter::successors(field.element.map(element), move |inner| {
            inner.around.map(element)
        })
    }

    fn visit(&mut self, value: &Document, node: usize, element: Option<usize>) {
        let leaf = match value {
            Document::Object(fields) => {
                for (name, value) in fields {
                    let longer = self.longer(node, name);
                    self.visit(value, longer, element);
                }
                return;
            }
            Document::Array(items) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, item) in items.iter().enumerate() {
                    self.elements.push(Element {
                        array,
                        index: index as u32,
                        around: element,
                    });
                    let element = self.elements.len() - 1;
                    self.visit(item, node, Some(element));
                }
                return;
            }
            Document::String(text) => Leaf::String(text.clone()),
            Document::Number(text) => Leaf::Number(text.clone()),
            Document::Bool(value) => Leaf::Bool(*value),
            Document::Null => Leaf::Null,
        };
        self.nodes[node].fields.push(Field {
            value: leaf,
            element,
        });
    }

    /// The path of a field whose object is at `node`. A name with dots is as many names.
    fn longer(&mut self, mut node: usize, name: &str) -> usize {
        if node == ROOT && name.is_empty() {
            return ROOT;
        }
        for name in name.split('.') {
            node = match self.nodes[node].longer.get(name) {
                Some(longer) => *longer,
                None => {
                    let longer = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[node].longer.insert(name.to_owned(), longer);
                    longer
                }
            };
        }
        node
    }
}
