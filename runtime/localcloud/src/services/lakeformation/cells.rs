//! Which cells of a table are seen: some columns of some rows.

/// Some columns of the rows for which a predicate holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    /// In the table's order.
    pub(super) columns: Vec<String>,
    pub(super) rows: Rows,
}

/// Some of a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rows {
    All,
    /// Those for which any of the SQL predicates holds.
    Any(Vec<String>),
}

impl Rows {
    fn or(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Any(mut own), Self::Any(more)) => {
                for predicate in more {
                    if !own.contains(predicate) {
                        own.push(predicate.clone());
                    }
                }
                Self::Any(own)
            }
            _ => Self::All,
        }
    }

    fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, rows) | (rows, Self::All) => rows.clone(),
            (Self::Any(a), Self::Any(b)) => Self::Any(
                a.iter()
                    .flat_map(|a| b.iter().map(move |b| format!("({a}) AND ({b})")))
                    .collect(),
            ),
        }
    }
}

impl Cells {
    fn has(&self, columns: &[String]) -> bool {
        columns.iter().all(|column| self.columns.contains(column))
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            columns: self
                .columns
                .iter()
                .filter(|column| other.columns.contains(column))
                .cloned()
                .collect(),
            rows: self.rows.and(&other.rows),
        }
    }
}

/// What several grants show together, none of them more than it says: the widest set of columns, with
/// every row that a grant shows in all of them. `all` is every column, in order.
///
/// Grants that show different columns of different rows add up to no rectangle; a cell outside of
/// the one that is chosen is not seen, and no cell is seen that no grant shows.
pub(super) fn together(parts: &[Cells], all: &[String]) -> Option<Cells> {
    let whole: Vec<String> = all
        .iter()
        .filter(|column| {
            parts
                .iter()
                .any(|part| part.rows == Rows::All && part.columns.contains(column))
        })
        .cloned()
        .collect();
    let mut best: Option<Cells> = None;
    let candidates = parts
        .iter()
        .map(|part| part.columns.clone())
        .chain([whole.clone()]);
    for columns in candidates.filter(|columns| !columns.is_empty()) {
        let rows = if columns.iter().all(|column| whole.contains(column)) {
            Rows::All
        } else {
            parts
                .iter()
                .filter(|part| part.has(&columns))
                .fold(Rows::Any(Vec::new()), |rows, part| rows.or(&part.rows))
        };
        let better = best.as_ref().is_none_or(|best| {
            columns.len() > best.columns.len()
                || (columns.len() == best.columns.len()
                    && rows == Rows::All
                    && best.rows != Rows::All)
        });
        if better {
            best = Some(Cells { columns, rows });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Cells, Rows, together};

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn cells(columns: &str, rows: &[&str]) -> Cells {
        Cells {
            columns: names(columns),
            rows: if rows.is_empty() {
                Rows::All
            } else {
                Rows::Any(rows.iter().map(|&row| row.to_owned()).collect())
            },
        }
    }

    #[track_caller]
    fn add_up(parts: &[Cells], expected: &Cells) {
        let seen = together(parts, &names("a b c"));
        assert_eq!(seen.as_ref(), Some(expected));
    }

    #[test]
    fn columns_of_all_rows_add_up() {
        add_up(&[cells("a", &[]), cells("c", &[])], &cells("a c", &[]));
    }

    #[test]
    fn rows_of_the_same_columns_add_up() {
        add_up(
            &[cells("a b", &["x"]), cells("a b", &["y"])],
            &cells("a b", &["x", "y"]),
        );
        add_up(
            &[cells("a b", &["x"]), cells("a b c", &[])],
            &cells("a b c", &[]),
        );
    }

    #[test]
    fn no_cell_is_seen_that_no_grant_shows() {
        add_up(
            &[cells("a", &[]), cells("a b", &["x"])],
            &cells("a b", &["x"]),
        );
        assert_eq!(together(&[], &names("a b c")), None);
    }

    #[test]
    fn both_sides_must_show_it() {
        let seen = cells("a b", &["x", "y"]).and(&cells("b c", &["z"]));
        assert_eq!(seen, cells("b", &["(x) AND (z)", "(y) AND (z)"]));
        assert_eq!(cells("a", &[]).and(&cells("a", &["x"])), cells("a", &["x"]));
    }
}
