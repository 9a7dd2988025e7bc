use datamesh_journal::ViewChange;
use serde::Serialize;
use serde_json::value::to_raw_value;

/// A row of a list. `None` only if the document cannot be written as JSON, which none of this crate's
/// records can fail at.
pub(crate) fn put(
    collection: &str,
    key: &str,
    sort: String,
    fields: &[(&str, &str)],
    doc: &impl Serialize,
) -> Option<ViewChange> {
    Some(ViewChange::Put {
        collection: collection.to_owned(),
        key: key.to_owned(),
        sort,
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        doc: to_raw_value(doc).ok()?,
    })
}

/// Takes a row away.
pub(crate) fn delete(collection: &str, key: &str) -> ViewChange {
    ViewChange::Delete {
        collection: collection.to_owned(),
        key: key.to_owned(),
    }
}

/// The place of a record in its list: oldest first.
pub(crate) fn by_creation(created_ms: i64) -> String {
    format!("{:015}", created_ms.max(0))
}
