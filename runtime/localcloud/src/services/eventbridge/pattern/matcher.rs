//! One content filter: what a pattern's array may hold for a field.

use std::net::IpAddr;

use super::address::AddressRange;
use super::event::Leaf;
use super::numeric;
use super::wildcard::Wildcard;

/// A bound of a numeric range; `inclusive` or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    /// See [`numeric::comparable`].
    pub(super) value: i64,
    pub(super) inclusive: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// The same string, or another way to write the same IP address.
    Text(String),
    /// The same number, however it is written.
    Number(String),
    Bool(bool),
    Null,
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
    Range {
        low: Option<Bound>,
        high: Option<Bound>,
    },
    Cidr(AddressRange),
    /// The field is there, whatever it holds.
    Exists,
    /// The field is not there.
    Absent,
    /// The field is there and none of these matches it.
    AnythingBut(Vec<Matcher>),
}

impl Matcher {
    /// Whether a field that is there satisfies this filter.
    pub(super) fn matches(&self, leaf: &Leaf) -> bool {
        match self {
            Self::Exists => true,
            Self::Absent => false,
            Self::AnythingBut(refused) => !refused.iter().any(|matcher| matcher.matches(leaf)),
            Self::Null => *leaf == Leaf::Null,
            Self::Bool(wanted) => *leaf == Leaf::Bool(*wanted),
            Self::Number(wanted) => {
                matches!(leaf, Leaf::Number(found) if same_number(wanted, found))
            }
            Self::Range { low, high } => {
                let Leaf::Number(text) = leaf else {
                    return false;
                };
                numeric::comparable(text).is_some_and(|found| {
                    low.is_none_or(|b| found > b.value || (b.inclusive && found == b.value))
                        && high.is_none_or(|b| found < b.value || (b.inclusive && found == b.value))
                })
            }
            _ => matches!(leaf, Leaf::String(found) if self.matches_text(found)),
        }
    }

    fn matches_text(&self, found: &str) -> bool {
        match self {
            Self::Text(wanted) => wanted == found || same_address(wanted, found),
            Self::Prefix(prefix) => found.starts_with(prefix),
            Self::PrefixIgnoreCase(prefix) => {
                found.to_lowercase().starts_with(&prefix.to_lowercase())
            }
            Self::Suffix(suffix) => found.ends_with(suffix),
            Self::SuffixIgnoreCase(suffix) => {
                found.to_lowercase().ends_with(&suffix.to_lowercase())
            }
            Self::EqualsIgnoreCase(wanted) => found.to_lowercase() == wanted.to_lowercase(),
            Self::Wildcard(wildcard) => wildcard.matches(found),
            Self::Cidr(range) => range.contains(found),
            _ => false,
        }
    }
}

fn same_number(wanted: &str, found: &str) -> bool {
    // Account ids and the like are too large to compare: those are the same as written.
    wanted == found
        || matches!(
            (numeric::comparable(wanted), numeric::comparable(found)),
            (Some(a), Some(b)) if a == b
        )
}

fn same_address(wanted: &str, found: &str) -> bool {
    matches!(
        (wanted.parse::<IpAddr>(), found.parse::<IpAddr>()),
        (Ok(a), Ok(b)) if a == b
    )
}
