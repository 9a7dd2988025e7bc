//! An event as matching sees it: a list of leaves, each with its dotted path.
//!
//! Objects inside arrays share their paths, so each leaf also says which element of which array it
//! came from. A pattern may combine two leaves only if they agree wherever they went through the
//! same array: `{"a":[{"x":1,"y":2},{"x":3,"y":4}]}` has no `x` 1 with a `y` 4.

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

/// Array number to element number, sorted by array number.
pub(super) type Membership = Vec<(u32, u32)>;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) path: String,
    pub(super) value: Leaf,
    pub(super) membership: Membership,
}

/// The leaves of `event`, in document order. Empty objects and arrays have none.
pub(super) fn flatten(event: &Document) -> Vec<Field> {
    let mut flattening = Flattening::default();
    flattening.visit(event, "", &Vec::new());
    flattening.fields
}

/// What both memberships say together, or `None` if they name different elements of one array.
pub(super) fn merge(a: &Membership, b: &Membership) -> Option<Membership> {
    let mut merged = a.clone();
    for &(array, element) in b {
        match merged.binary_search_by_key(&array, |&(known, _)| known) {
            Ok(at) if merged[at].1 != element => return None,
            Ok(_) => {}
            Err(at) => merged.insert(at, (array, element)),
        }
    }
    Some(merged)
}

#[derive(Default)]
struct Flattening {
    fields: Vec<Field>,
    arrays: u32,
}

impl Flattening {
    fn visit(&mut self, value: &Document, path: &str, membership: &Membership) {
        let leaf = match value {
            Document::Object(fields) => {
                for (name, value) in fields {
                    let path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    self.visit(value, &path, membership);
                }
                return;
            }
            Document::Array(items) => {
                let array = self.arrays;
                self.arrays += 1;
                for (element, item) in items.iter().enumerate() {
                    let mut membership = membership.clone();
                    membership.push((array, element as u32));
                    self.visit(item, path, &membership);
                }
                return;
            }
            Document::String(text) => Leaf::String(text.clone()),
            Document::Number(text) => Leaf::Number(text.clone()),
            Document::Bool(value) => Leaf::Bool(*value),
            Document::Null => Leaf::Null,
        };
        self.fields.push(Field {
            path: path.to_owned(),
            value: leaf,
            membership: membership.clone(),
        });
    }
}
