use rusqlite::{OptionalExtension, params};

use crate::commit::ViewChange;

use super::prepared::PreparedView;
use super::statements::Statements;
use super::view_memory::{Stored, ViewMemory};

/// Writes a document and the fields that it is found by, or takes both away. A document that keeps its
/// place and its fields costs no change of an index, and if it is remembered no look at one.
pub(super) fn change(
    db: &mut Statements<'_>,
    memory: &mut ViewMemory,
    view: &PreparedView,
) -> rusqlite::Result<()> {
    match &view.change {
        ViewChange::Put {
            collection,
            key,
            sort,
            fields,
            doc,
        } => {
            let doc = doc.get();
            let known = memory.take(collection, key);
            let added = known.is_none()
                && db
                    .add_view
                    .execute(params![collection, key, sort, view.fields, doc])?
                    == 1;
            if !added {
                let old = match known {
                    Some(old) => old,
                    None => {
                        find(db, collection, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?
                    }
                };
                if old.sort == *sort && old.fields == view.fields {
                    db.replace_doc.execute(params![old.id, doc])?;
                    memory.put(collection, key, old);
                    return Ok(());
                }
                delete_fields(db, collection, key, &old)?;
                db.replace_view
                    .execute(params![old.id, sort, view.fields, doc])?;
                let new = Stored {
                    id: old.id,
                    sort: sort.clone(),
                    fields: view.fields.clone(),
                };
                memory.put(collection, key, new);
            }
            for (name, value) in fields {
                db.add_field
                    .execute(params![collection, name, value, sort, key])?;
            }
        }
        ViewChange::Delete { collection, key } => {
            let known = memory.take(collection, key);
            let old = match known {
                Some(old) => Some(old),
                None => find(db, collection, key)?,
            };
            if let Some(old) = old {
                delete_fields(db, collection, key, &old)?;
                db.delete_view.execute([old.id])?;
            }
        }
    }
    Ok(())
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
