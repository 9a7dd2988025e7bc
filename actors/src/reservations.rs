use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A name as it is compared: upper and lower case are the same.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// Who holds which name. A name is held by one at a time, one may hold several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reservations(BTreeMap<String, String>);

impl Reservations {
    /// Who holds the name.
    pub fn holder(&self, name: &str) -> Option<&str> {
        self.0.get(&fold(name)).map(String::as_str)
    }

    /// Whether nobody holds anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many names are held.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn reserve(&mut self, name: &str, holder: &str) {
        self.0
            .entry(fold(name))
            .or_insert_with(|| holder.to_owned());
    }

    /// Frees the name if `holder` has it.
    pub(crate) fn release(&mut self, name: &str, holder: &str) {
        if self.holder(name) == Some(holder) {
            self.0.remove(&fold(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_make_a_name_another_one() {
        let mut names = Reservations::default();
        names.reserve("Finance Analytics", "proj-1");
        names.reserve("FINANCE analytics", "proj-2");
        assert_eq!(names.holder("finance ANALYTICS"), Some("proj-1"));
    }

    #[test]
    fn only_the_holder_frees_a_name() {
        let mut names = Reservations::default();
        names.reserve("a", "proj-1");
        names.release("a", "proj-2");
        assert_eq!(names.len(), 1);
        names.release("A", "proj-1");
        assert!(names.is_empty());
    }
}
