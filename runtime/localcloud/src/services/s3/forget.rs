//! The end of an account's buckets, whatever is in them.

use super::bucket::{BUCKETS, Bucket};
use super::history::{NULLS, VERSIONS, Version};
use super::object::{OBJECTS, Object};
use super::{body, multipart};
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// Deletes the buckets of an account with all objects, versions and uploads.
pub(crate) fn forget(account: &str, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let global = Scope::global();
    let buckets: Vec<(String, Bucket)> = tx.scan(&global, BUCKETS, "", None, usize::MAX)?;
    for (name, _) in buckets.iter().filter(|(_, it)| it.account == account) {
        let inside = format!("{name}/");
        let objects: Vec<(String, Object)> =
            tx.scan(&global, OBJECTS, &inside, None, usize::MAX)?;
        for (row, object) in objects {
            body::remove(&object, tx)?;
            tx.delete(&global, OBJECTS, &row)?;
        }
        let versions: Vec<(String, Version)> =
            tx.scan(&global, VERSIONS, &inside, None, usize::MAX)?;
        for (row, version) in versions {
            if let Version::Object(object) = version {
                body::remove(&object, tx)?;
            }
            tx.delete(&global, VERSIONS, &row)?;
        }
        let nulls: Vec<(String, serde::de::IgnoredAny)> =
            tx.scan(&global, NULLS, &inside, None, usize::MAX)?;
        for (row, _) in nulls {
            tx.delete(&global, NULLS, &row)?;
        }
        multipart::abort_all(name, tx)?;
        tx.delete(&global, BUCKETS, name)?;
    }
    Ok(())
}
