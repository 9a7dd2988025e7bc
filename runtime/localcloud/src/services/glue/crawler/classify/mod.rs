//! What a file is, and which columns it has: Glue's built-in classifiers for JSON and CSV, in their
//! order.

mod csv;
mod json;

use std::collections::BTreeSet;

use super::kind::{Fields, Kind, merged};

/// How a table's files are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    /// One document after the other, or one array of documents.
    Json,
    Csv {
        delimiter: char,
        /// Whether the first line has the names of the columns.
        header: bool,
    },
    /// Nobody knows it.
    Unknown,
}

/// A schema: its columns in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) format: Format,
    pub(super) columns: Vec<(String, Kind)>,
}

/// What one file told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classified {
    pub(super) schema: Schema,
    pub(super) records: u64,
}

/// Looks at a file.
pub(super) fn classify(content: &[u8]) -> Classified {
    json::classify(content)
        .or_else(|| csv::classify(content))
        .unwrap_or_else(unknown)
}

fn unknown() -> Classified {
    Classified {
        schema: Schema {
            format: Format::Unknown,
            columns: Vec::new(),
        },
        records: 0,
    }
}

impl Schema {
    /// Whether files of both can be those of one table: written alike, and most of their columns (70 %
    /// of the wider one's) are the same. `loosely`: it is enough that they are written alike.
    pub(super) fn resembles(&self, other: &Self, loosely: bool) -> bool {
        if self.format != other.format {
            return false;
        }
        if loosely || self.format == Format::Unknown {
            return true;
        }
        let names: BTreeSet<&str> = other
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let both = self
            .columns
            .iter()
            .filter(|(name, _)| names.contains(name.as_str()))
            .count();
        both * 10 >= self.columns.len().max(other.columns.len()) * 7
    }

    /// The columns of both.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            format: self.format,
            columns: merged(self.columns, other.columns),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(super) fn shown(content: &str) -> String {
        let classified = classify(content.as_bytes());
        let columns: Vec<String> = classified
            .schema
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        let format = match classified.schema.format {
            Format::Json => "json".to_owned(),
            Format::Csv { delimiter, header } => {
                let names = if header { "names" } else { "no names" };
                format!("csv {delimiter:?} {names}")
            }
            Format::Unknown => "unknown".to_owned(),
        };
        let records = classified.records;
        format!("{format}, {records} records: {}", columns.join(", "))
    }

    #[test]
    fn most_columns_must_be_the_same() {
        let schema = |names: &str| Schema {
            format: Format::Json,
            columns: names
                .chars()
                .map(|name| (name.to_string(), Kind::Int))
                .collect(),
        };
        assert!(schema("abcd").resembles(&schema("abc"), false));
        assert!(!schema("abcd").resembles(&schema("ab"), false));
        assert!(schema("abcd").resembles(&schema("xy"), true));
        let other = Schema {
            format: Format::Unknown,
            ..schema("abcd")
        };
        assert!(!schema("abcd").resembles(&other, true));
    }

    #[test]
    fn what_nobody_knows_is_unknown() {
        for content in [
            "",
            "just a line of text",
            "PAR1\u{0}\u{1}",
            "{\"a\": 1",
            "a,b",
        ] {
            assert_eq!(shown(content), "unknown, 0 records: ", "{content}");
        }
    }
}
