//! `BatchGrantPermissions` and `BatchRevokePermissions`: each entry succeeds or fails by itself.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::modify::{self, Modification};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::store::Tx;

const MOST_ENTRIES: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    catalog_id: Option<String>,
    #[serde(default)]
    entries: Vec<Value>,
}

/// `BatchGrantPermissions`.
pub(super) fn grant(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    each(input, call, tx, modify::grant)
}

/// `BatchRevokePermissions`.
pub(super) fn revoke(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    each(input, call, tx, modify::revoke)
}

fn each(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
    deed: fn(Modification, &Call<'_>, &Tx<'_>) -> Result<(), ServiceError>,
) -> Result<Value, ServiceError> {
    check(&input.entries)?;
    let mut failures = Vec::new();
    let mut faults = BatchFaults::of(call);
    for entry in input.entries {
        let injected = faults.injected();
        let outcome = match injected {
            Some(error) => Err(error),
            None => tx.attempt(|| deed(read(&entry, input.catalog_id.as_deref())?, call, tx)),
        };
        match outcome {
            Ok(()) => {}
            Err(error) if error.status >= 500 && error.code == "InternalFailure" => {
                return Err(error);
            }
            Err(error) => failures.push(json!({
                "RequestEntry": entry,
                "Error": {"ErrorCode": error.code, "ErrorMessage": error.message},
            })),
        }
    }
    Ok(json!({"Failures": failures}))
}

fn check(entries: &[Value]) -> Result<(), ServiceError> {
    if entries.len() > MOST_ENTRIES {
        return Err(error::invalid(format!(
            "1 validation error detected: Value '[{} elements]' at 'entries' failed to satisfy \
             constraint: Member must have length less than or equal to {MOST_ENTRIES}",
            entries.len()
        )));
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let id = entry.get("Id").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() {
            return Err(error::invalid("The Id of an entry is mandatory."));
        }
        if !ids.insert(id) {
            return Err(error::invalid(format!(
                "The Id {id} stands at more than one entry."
            )));
        }
    }
    Ok(())
}

/// An entry that names no catalog means the batch's.
fn read(entry: &Value, catalog: Option<&str>) -> Result<Modification, ServiceError> {
    let mut entry = entry.clone();
    if let (Some(catalog), Some(members)) = (catalog, entry.as_object_mut()) {
        members.insert("CatalogId".to_owned(), Value::from(catalog));
    }
    serde_json::from_value(entry)
        .map_err(|error| error::invalid(format!("The entry cannot be read: {error}")))
}
