//! Sets of columns: by name, or all but some.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Some of a table's columns, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Columns {
    /// These.
    Only(BTreeSet<String>),
    /// All but these, later columns too.
    AllBut(BTreeSet<String>),
}

impl Columns {
    /// Every column.
    pub(super) fn all() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    pub(super) fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(name),
            Self::AllBut(names) => !names.contains(name),
        }
    }

    fn complement(&self) -> Self {
        match self {
            Self::Only(names) => Self::AllBut(names.clone()),
            Self::AllBut(names) => Self::Only(names.clone()),
        }
    }

    /// Is all of this in the other?
    pub(super) fn within(&self, other: &Self) -> bool {
        self.without(other).is_empty()
    }

    /// What is in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.complement().without(other).complement()
    }

    /// What is in this and not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        let minus = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
        match (self, other) {
            (Self::Only(own), Self::Only(gone)) => Self::Only(minus(own, gone)),
            (Self::Only(own), Self::AllBut(kept)) => {
                Self::Only(own.intersection(kept).cloned().collect())
            }
            (Self::AllBut(own), Self::Only(gone)) => {
                Self::AllBut(own.union(gone).cloned().collect())
            }
            (Self::AllBut(own), Self::AllBut(kept)) => Self::Only(minus(kept, own)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Columns;

    fn only(names: &[&str]) -> Columns {
        Columns::Only(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn all_but(names: &[&str]) -> Columns {
        Columns::AllBut(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn grants_join() {
        assert_eq!(only(&["a"]).or(&only(&["b"])), only(&["a", "b"]));
        assert_eq!(only(&["a"]).or(&Columns::all()), Columns::all());
        assert_eq!(all_but(&["a", "b"]).or(&only(&["a"])), all_but(&["b"]));
        assert_eq!(
            all_but(&["a", "b"]).or(&all_but(&["b", "c"])),
            all_but(&["b"])
        );
    }

    #[test]
    fn revokes_take_away() {
        assert_eq!(only(&["a", "b"]).without(&only(&["b"])), only(&["a"]));
        assert_eq!(Columns::all().without(&only(&["a"])), all_but(&["a"]));
        assert_eq!(only(&["a", "b"]).without(&all_but(&["b"])), only(&["b"]));
        assert_eq!(all_but(&["a"]).without(&all_but(&["b"])), only(&["b"]));
        assert!(all_but(&["a"]).without(&Columns::all()).is_empty());
    }

    #[test]
    fn one_set_is_in_another() {
        assert!(only(&["a"]).within(&all_but(&["b"])));
        assert!(!only(&["b"]).within(&all_but(&["b"])));
        assert!(!Columns::all().within(&only(&["a"])));
        assert!(all_but(&["a", "b"]).within(&all_but(&["a"])));
    }
}
