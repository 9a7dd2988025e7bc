use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::person::Person;

/// One request of an agreement, and what was decided of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its place in the agreement, from 1.
    pub number: u32,
    /// What is asked.
    pub kind: Kind,
    /// Why.
    pub reason: String,
    /// What of the data.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// Who asks.
    pub by: Person,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The approval that the owners were asked with; empty where nobody needed to be asked.
    pub approval_id: String,
    /// What was decided; none while it is open.
    pub decision: Option<Decision>,
}

/// What a request asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Access.
    #[default]
    Grant,
    /// More of it, after its end.
    Renew,
    /// Its end.
    Revoke,
}

impl Kind {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "GRANT",
            Self::Renew => "RENEW",
            Self::Revoke => "REVOKE",
        }
    }
}

/// What of a table: columns and rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scope {
    /// These columns; all if empty and `excluded` is empty.
    pub columns: BTreeSet<String>,
    /// All columns but these; only where `columns` is empty.
    pub excluded: BTreeSet<String>,
    /// The rows for which this holds, as a data cells filter writes it: `country = 'IT'`. All if empty.
    pub row_filter: String,
}

impl Scope {
    /// Whether it is of all columns and rows.
    pub fn is_all(&self) -> bool {
        self.columns.is_empty() && self.excluded.is_empty() && self.row_filter.is_empty()
    }

    /// Whether this is the same as `other` or less, as far as names can tell: a row filter where the other
    /// has none is less, and a different one is not.
    pub fn is_within(&self, other: &Self) -> bool {
        let rows = other.row_filter.is_empty() || self.row_filter == other.row_filter;
        let columns = if !other.columns.is_empty() {
            !self.columns.is_empty() && self.columns.is_subset(&other.columns)
        } else if !self.columns.is_empty() {
            self.columns.is_disjoint(&other.excluded)
        } else {
            self.excluded.is_superset(&other.excluded)
        };
        rows && columns
    }
}

/// From when until when, in milliseconds since the Unix epoch: the end is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Window {
    /// Its beginning.
    pub from_ms: i64,
    /// Its end; `None` for none.
    pub until_ms: Option<i64>,
}

impl Window {
    /// Whether a moment is in it.
    pub fn holds(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.until_ms.is_none_or(|until_ms| at_ms < until_ms)
    }
}

/// What was decided of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Yes or no.
    pub verdict: Verdict,
    /// Who decided.
    pub by: Person,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What they said.
    pub reason: String,
    /// What was given: what was asked, or less.
    pub scope: Scope,
    /// When it is given.
    pub window: Window,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No, or nobody said anything in time.
    #[default]
    Denied,
    /// Withdrawn before anybody decided.
    Cancelled,
}
