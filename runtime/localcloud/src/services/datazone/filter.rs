//! What both searches share: text, filters, order and pages over documents of attributes.
//!
//! An attribute is a name at the top of a document, or a path into its forms
//! (`GlueTableForm.tableName`). Text is found if each of its words is in one of the attributes,
//! whatever the case.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::Value;

use crate::services::constraints::Constraints;

/// `{"filter": …}`, `{"and": […]}` or `{"or": […]}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Clause {
    Filter(Filter),
    And(Vec<Clause>),
    Or(Vec<Clause>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    attribute: String,
    value: Option<String>,
    int_value: Option<i64>,
    operator: Option<Operator>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Operator {
    #[serde(rename = "EQ")]
    Eq,
    #[serde(rename = "LE")]
    Le,
    #[serde(rename = "LT")]
    Lt,
    #[serde(rename = "GE")]
    Ge,
    #[serde(rename = "GT")]
    Gt,
    #[serde(rename = "TEXT_SEARCH")]
    TextSearch,
}

#[derive(Debug, Deserialize)]
pub(super) struct SearchIn {
    attribute: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sort {
    attribute: String,
    order: Option<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Order {
    Ascending,
    Descending,
}

/// The members of a search request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Query {
    search_text: Option<String>,
    search_in: Option<Vec<SearchIn>>,
    filters: Option<Clause>,
    sort: Option<Sort>,
}

impl Query {
    pub(super) fn check(&self, constraints: &mut Constraints) {
        constraints.length("searchText", self.search_text.as_deref(), 1, 4096);
        constraints.count("searchIn", self.search_in.as_deref(), 1, 10);
    }

    /// The documents that are wanted, in their order. `view` is what a document shows of itself.
    pub(super) fn run<T>(&self, documents: Vec<T>, view: impl Fn(&T) -> Value) -> Vec<T> {
        let mut found: Vec<(Value, T)> = documents
            .into_iter()
            .map(|document| (view(&document), document))
            .filter(|(view, _)| self.wants(view))
            .collect();
        let (attribute, order) = match &self.sort {
            Some(sort) => (sort.attribute.as_str(), sort.order),
            None => ("name", None),
        };
        found.sort_by(|(a, _), (b, _)| {
            let ordering = compare(attribute_of(a, attribute), attribute_of(b, attribute));
            match order {
                Some(Order::Descending) => ordering.reverse(),
                _ => ordering,
            }
        });
        found.into_iter().map(|(_, document)| document).collect()
    }

    fn wants(&self, view: &Value) -> bool {
        let text = self.search_text.as_deref().is_none_or(|text| {
            text.split_whitespace()
                .all(|word| self.places(view).any(|place| contains(place, word)))
        });
        text && self
            .filters
            .as_ref()
            .is_none_or(|clause| clause.takes(view))
    }

    /// Where text is looked for.
    fn places<'a>(&'a self, view: &'a Value) -> impl Iterator<Item = &'a Value> {
        let named = self.search_in.as_deref().unwrap_or_default();
        let usual = if named.is_empty() { &TEXTS[..] } else { &[] };
        named
            .iter()
            .map(|place| place.attribute.as_str())
            .chain(usual.iter().copied())
            .filter_map(|attribute| attribute_of(view, attribute))
    }
}

/// Where text is looked for if the request does not say.
const TEXTS: [&str; 6] = [
    "name",
    "description",
    "assetType",
    "typeIdentifier",
    "externalIdentifier",
    "forms",
];

impl Clause {
    fn takes(&self, view: &Value) -> bool {
        match self {
            Self::Filter(filter) => filter.takes(view),
            Self::And(clauses) => clauses.iter().all(|clause| clause.takes(view)),
            Self::Or(clauses) => clauses.iter().any(|clause| clause.takes(view)),
        }
    }
}

impl Filter {
    fn takes(&self, view: &Value) -> bool {
        let Some(found) = attribute_of(view, &self.attribute) else {
            return false;
        };
        let wanted = match (self.int_value, &self.value) {
            (Some(number), _) => Value::from(number),
            (None, Some(text)) => Value::from(text.as_str()),
            (None, None) => return false,
        };
        let ordering = || compare(Some(found), Some(&wanted));
        match self.operator.unwrap_or(Operator::Eq) {
            Operator::TextSearch => text_of(&wanted)
                .split_whitespace()
                .all(|word| contains(found, word)),
            Operator::Eq => match found {
                Value::Array(items) => items.iter().any(|item| text_of(item) == text_of(&wanted)),
                _ => text_of(found) == text_of(&wanted),
            },
            Operator::Lt => ordering() == Ordering::Less,
            Operator::Le => ordering() != Ordering::Greater,
            Operator::Gt => ordering() == Ordering::Greater,
            Operator::Ge => ordering() != Ordering::Less,
        }
    }
}

fn attribute_of<'a>(view: &'a Value, attribute: &str) -> Option<&'a Value> {
    let at_top = view.get(attribute).filter(|value| !value.is_null());
    at_top.or_else(|| {
        attribute
            .split('.')
            .try_fold(view.get("forms")?, |value, name| value.get(name))
    })
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether any text in `value` has this word.
fn contains(value: &Value, word: &str) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(|field| contains(field, word)),
        Value::Array(items) => items.iter().any(|item| contains(item, word)),
        Value::Null => false,
        leaf => text_of(leaf).to_lowercase().contains(&word.to_lowercase()),
    }
}

/// Numbers by value, all else by text; what is missing comes last.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => match (number_of(a), number_of(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => text_of(a).cmp(&text_of(b)),
        },
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::Query;

    #[track_caller]
    fn finds(query: Value, expected: &[&str]) {
        let query: Query = serde_json::from_value(query).unwrap();
        let documents = vec![
            json!({"name": "Orders", "assetType": "table", "size": 7,
                   "forms": {"GlueTableForm": {"tableName": "orders", "rows": 10}}}),
            json!({"name": "Airports of the world", "assetType": "table", "size": 30}),
            json!({"name": "Order archive", "assetType": "objects", "size": 200}),
        ];
        let found: Vec<String> = query
            .run(documents, Value::clone)
            .iter()
            .map(|document| document["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_word_must_be_somewhere() {
        finds(json!({"searchText": "ORDER"}), &["Order archive", "Orders"]);
        finds(json!({"searchText": "order objects"}), &["Order archive"]);
        finds(
            json!({"searchText": "order", "searchIn": [{"attribute": "GlueTableForm.tableName"}]}),
            &["Orders"],
        );
    }

    #[test]
    fn filters_combine() {
        let table = json!({"filter": {"attribute": "assetType", "value": "table"}});
        let large = json!({"filter": {"attribute": "size", "intValue": 30, "operator": "GE"}});
        finds(
            json!({"filters": table}),
            &["Airports of the world", "Orders"],
        );
        finds(
            json!({"filters": {"and": [table, large]}}),
            &["Airports of the world"],
        );
        finds(
            json!({"filters": {"or": [table, large]}}),
            &["Airports of the world", "Order archive", "Orders"],
        );
        finds(
            json!({"filters": {"filter": {"attribute": "nothing", "value": "x"}}}),
            &[],
        );
    }

    #[test]
    fn results_are_sorted() {
        finds(
            json!({"sort": {"attribute": "size", "order": "DESCENDING"}}),
            &["Order archive", "Airports of the world", "Orders"],
        );
    }
}
