//! What both searches share: text, filters, order and pages over documents of attributes.
//!
//! An attribute is a name at the top of a document, or a path into its forms
//! (`GlueTableForm.tableName`). Text is found if each of its words begins a word of one of the attributes,
//! whatever the case. Words are letters and digits; quotation marks around text change nothing.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::{Value, json};

use super::index::{Need, fact, words};

/// `{"filter": …}`, `{"and": […]}` or `{"or": […]}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Clause {
    Filter(Filter),
    And(Vec<Clause>),
    Or(Vec<Clause>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filter {
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
pub(crate) struct SearchIn {
    attribute: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sort {
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
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Query {
    search_text: Option<String>,
    search_in: Option<Vec<SearchIn>>,
    filters: Option<Clause>,
    sort: Option<Sort>,
}

impl Query {
    /// What every document that is wanted has in the index. Empty if that cannot be said.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        let places = self.search_in.as_deref().unwrap_or_default();
        if places.iter().all(|place| is_indexed_text(&place.attribute)) {
            let text = self.search_text.as_deref().unwrap_or_default();
            needs.extend(words(text).map(Need::Word));
        }
        if let Some(clause) = &self.filters {
            clause.needs(&mut needs);
        }
        needs
    }

    /// Whether all documents are wanted, in the order of their names.
    pub(crate) fn is_everything(&self) -> bool {
        self.filters.is_none() && self.is_by_name_without_text()
    }

    /// The project, if all that it owns is wanted and nothing else, in the order of the names.
    pub(crate) fn only_owner(&self) -> Option<&str> {
        let Some(Clause::Filter(filter)) = &self.filters else {
            return None;
        };
        let is_owner = filter.attribute == "owningProjectId"
            && filter.int_value.is_none()
            && matches!(filter.operator, None | Some(Operator::Eq));
        filter
            .value
            .as_deref()
            .filter(|_| is_owner && self.is_by_name_without_text())
    }

    fn is_by_name_without_text(&self) -> bool {
        let text = self.search_text.as_deref().unwrap_or_default();
        let by_name = self
            .sort
            .as_ref()
            .is_none_or(|sort| sort.attribute == "name" && sort.order != Some(Order::Descending));
        words(text).next().is_none() && by_name
    }

    /// `matchRationale`: where the words of the text are in name and description.
    pub(crate) fn rationale(&self, view: &Value) -> Value {
        let wanted: Vec<String> = words(self.search_text.as_deref().unwrap_or_default()).collect();
        let found = |attribute: &&str| {
            let text = view[*attribute].as_str()?;
            let offsets = offsets(text, &wanted);
            (!offsets.is_empty())
                .then(|| json!({"attribute": attribute, "text": text, "matchOffsets": offsets}))
        };
        let matches: Vec<Value> = ["name", "description"].iter().filter_map(found).collect();
        if matches.is_empty() {
            return json!([]);
        }
        json!([{"textMatches": matches}])
    }

    /// The documents that are wanted, in their order. `view` is what a document shows of itself.
    pub(crate) fn run<T>(&self, documents: Vec<T>, view: impl Fn(&T) -> Value) -> Vec<T> {
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
            words(text).all(|word| self.places(view).any(|place| contains(place, &word)))
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

/// Where text is looked for if the request does not say. All words of these are in the index.
pub(crate) const TEXTS: [&str; 6] = [
    "name",
    "description",
    "assetType",
    "typeIdentifier",
    "externalIdentifier",
    "forms",
];

/// Attributes of forms are among the texts that are indexed.
fn is_indexed_text(attribute: &str) -> bool {
    TEXTS.contains(&attribute) || attribute.contains('.')
}

/// Attributes whose values are facts of the index.
pub(crate) const FACTS: [&str; 7] = [
    "assetType",
    "entityType",
    "externalIdentifier",
    "glossaryTerms",
    "name",
    "owningProjectId",
    "typeIdentifier",
];

/// The names that requests have for what a document calls otherwise.
fn canonical(attribute: &str) -> &str {
    match attribute {
        "__DataZoneGlossaryTerms" => "glossaryTerms",
        "creationTime" => "createdAt",
        "lastUpdatedTime" => "updatedAt",
        other => other,
    }
}

impl Clause {
    fn needs(&self, needs: &mut Vec<Need>) {
        match self {
            Self::Filter(filter) => filter.needs(needs),
            Self::And(clauses) => clauses.iter().for_each(|clause| clause.needs(needs)),
            Self::Or(_) => {}
        }
    }

    fn takes(&self, view: &Value) -> bool {
        match self {
            Self::Filter(filter) => filter.takes(view),
            Self::And(clauses) => clauses.iter().all(|clause| clause.takes(view)),
            Self::Or(clauses) => clauses.iter().any(|clause| clause.takes(view)),
        }
    }
}

impl Filter {
    fn needs(&self, needs: &mut Vec<Need>) {
        let attribute = canonical(&self.attribute);
        match (self.operator.unwrap_or(Operator::Eq), &self.value) {
            (Operator::Eq, Some(value))
                if self.int_value.is_none() && FACTS.contains(&attribute) =>
            {
                needs.push(Need::Fact(fact(attribute, value)));
            }
            (Operator::TextSearch, Some(value)) if is_indexed_text(attribute) => {
                needs.extend(words(value).map(Need::Word));
            }
            _ => {}
        }
    }

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
            Operator::TextSearch => words(&text_of(&wanted)).all(|word| contains(found, &word)),
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
    let attribute = canonical(attribute);
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

/// The values of an attribute, each as text.
pub(crate) fn values_of(view: &Value, attribute: &str) -> Vec<String> {
    match attribute_of(view, attribute) {
        Some(Value::Array(items)) => items.iter().map(text_of).collect(),
        Some(value) => vec![text_of(value)],
        None => Vec::new(),
    }
}

/// Where words of `text` begin with one of `wanted`, in characters.
fn offsets(text: &str, wanted: &[String]) -> Vec<Value> {
    let mut offsets = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let lengths = wanted.iter().map(|word| word.chars().count());
    let longest = lengths.max().unwrap_or_default();
    for start in 0..letters.len() {
        if start > 0 && letters[start - 1].is_alphanumeric() {
            continue;
        }
        let head = letters[start..].iter().take(longest);
        let head = head.collect::<String>().to_lowercase();
        if let Some(word) = wanted.iter().find(|word| head.starts_with(word.as_str())) {
            offsets.push(json!({"startOffset": start, "endOffset": start + word.chars().count()}));
        }
    }
    offsets
}

/// Whether any text in `value` has a word that begins with this one.
fn contains(value: &Value, word: &str) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(|field| contains(field, word)),
        Value::Array(items) => items.iter().any(|item| contains(item, word)),
        Value::Null => false,
        leaf => words(&text_of(leaf)).any(|known| known.starts_with(word)),
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

    #[test]
    fn matches_begin_words_whatever_the_case() {
        let query = json!({"searchText": "ORDER wor"});
        let query: Query = serde_json::from_value(query).unwrap();
        let view = json!({"name": "Orders", "description": "reorder, world-wide Orders"});
        let offsets = |start: usize, end: usize| json!({"startOffset": start, "endOffset": end});
        assert_eq!(
            query.rationale(&view),
            json!([{"textMatches": [
                {"attribute": "name", "text": "Orders", "matchOffsets": [offsets(0, 5)]},
                {
                    "attribute": "description",
                    "text": "reorder, world-wide Orders",
                    "matchOffsets": [offsets(9, 12), offsets(20, 25)],
                },
            ]}])
        );
    }

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
