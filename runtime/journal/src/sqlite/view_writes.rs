use rusqlite::{OptionalExtension, params};

use crate::commit::ViewChange;

use super::prepared::PreparedView;
use super::statements::Statements;

/// Writes a document and the fields that it is found by, or takes both away. A document that keeps its
/// place and its fields costs no change of an index.
pub(super) fn change(db: &mut Statements<'_>, view: &PreparedView) -> rusqlite::Result<()> {
    match &view.change {
        ViewChange::Put {
            collection,
            key,
            sort,
            fields,
            doc,
        } => {
            let doc = doc.get();
            match find(db, collection, key)? {
                Some(old) if old.sort == *sort && old.fields == view.fields => {
                    db.replace_doc.execute(params![old.id, doc])?;
                    return Ok(());
                }
                Some(old) => {
                    delete_fields(db, collection, key, &old)?;
                    db.replace_view
                        .execute(params![old.id, sort, view.fields, doc])?;
                }
                None => {
                    db.add_view
                        .execute(params![collection, key, sort, view.fields, doc])?;
                }
            }
            for (name, value) in fields {
                db.add_field
                    .execute(params![collection, name, value, sort, key])?;
            }
        }
        ViewChange::Delete { collection, key } => {
            if let Some(old) = find(db, collection, key)? {
                delete_fields(db, collection, key, &old)?;
                db.delete_view.execute([old.id])?;
            }
        }
    }
    Ok(())
}

/// What is needed of a view's row to replace it.
struct Stored {
    id: i64,
    sort: String,
    fields: String,
}

fn find(db: &mut Statements<'_>, collection: &str, key: &str) -> rusqlite::Result<Option<Stored>> {
    db.find_view
        .query_row(params![collection, key], |row| {
            Ok(Stored {
                id: row.get(0)?,
                sort: row.get(1)?,
                fields: row.get(2)?,
            })
        })
        .optional()
}

fn delete_fields(
    db: &mut Statements<'_>,
    collection: &str,
    key: &str,
    old: &Stored,
) -> rusqlite::Result<()> {
    let fields: Vec<(String, String)> = serde_json::from_str(&old.fields).map_err(|e| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(e))
    })?;
    for (name, value) in fields {
        db.delete_field
            .execute(params![collection, name, value, old.sort, key])?;
    }
    Ok(())
}
