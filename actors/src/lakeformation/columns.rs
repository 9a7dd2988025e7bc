use std::collections::BTreeSet;

/// Some columns of a table: these, or all but these, also those to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    Only(BTreeSet<String>),
    AllBut(BTreeSet<String>),
}

impl Default for Columns {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl Columns {
    pub(super) fn all() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    pub(super) fn one(column: &str) -> Self {
        Self::Only(BTreeSet::from([column.to_owned()]))
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Only(columns) if columns.is_empty())
    }

    /// Whether all of this is in the other.
    pub(super) fn within(&self, other: &Self) -> bool {
        self.without(other).is_empty()
    }

    fn complement(&self) -> Self {
        match self {
            Self::Only(columns) => Self::AllBut(columns.clone()),
            Self::AllBut(columns) => Self::Only(columns.clone()),
        }
    }

    /// What is in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        self.complement().without(other).complement()
    }

    /// What is in this and not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(own), Self::Only(gone)) => Self::Only(own - gone),
            (Self::Only(own), Self::AllBut(kept)) => Self::Only(own & kept),
            (Self::AllBut(own), Self::Only(gone)) => Self::AllBut(own | gone),
            (Self::AllBut(own), Self::AllBut(kept)) => Self::Only(kept - own),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 4] = ["a", "b", "c", "to come"];

    fn columns() -> impl Strategy<Value = Columns> {
        let names = proptest::collection::btree_set("[abc]", 0..4);
        (names, any::<bool>()).prop_map(|(names, but)| match but {
            true => Columns::AllBut(names),
            false => Columns::Only(names),
        })
    }

    fn has(columns: &Columns, name: &str) -> bool {
        Columns::one(name).within(columns)
    }

    proptest! {
        #[test]
        fn sets_of_columns_are_sets(one in columns(), other in columns()) {
            for name in NAMES {
                let (in_one, in_other) = (has(&one, name), has(&other, name));
                prop_assert_eq!(has(&one.or(&other), name), in_one || in_other);
                prop_assert_eq!(has(&one.without(&other), name), in_one && !in_other);
            }
            prop_assert!(one.within(&one.or(&other)));
            prop_assert_eq!(one.without(&other).is_empty(), one.within(&other));
        }
    }
}
