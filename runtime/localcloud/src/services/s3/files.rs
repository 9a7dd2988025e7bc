//! The files of a location, for services that read and write them on a caller's behalf.

use std::collections::BTreeMap;

use super::object::{self, OBJECTS, Object};
use super::{body, bucket, put_object};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// The files below `s3://bucket/prefix`, in the order of their keys: key and content. Whoever asks has
/// asked Lake Formation; the bucket's owner is not. Hidden files (`_SUCCESS`, `.tmp`) are left out, as
/// query engines do.
pub(crate) fn below(tx: &Tx<'_>, location: &str) -> Result<Vec<(String, Vec<u8>)>, ServiceError> {
    let path = location.strip_prefix("s3://").unwrap_or(location);
    let prefix = format!("{}/", path.trim_end_matches('/'));
    let rows: Vec<(String, Object)> =
        tx.scan(&Scope::global(), OBJECTS, &prefix, None, usize::MAX)?;
    let mut files = Vec::new();
    for (row, object) in rows {
        let name = row.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || name.starts_with(['_', '.']) {
            continue;
        }
        let object = object::at(&row, object);
        let bytes = body::read(&object, 0..object.size, tx)?;
        files.push((row, bytes));
    }
    Ok(files)
}

/// Puts a file into a bucket of the caller.
///
/// # Errors
/// Those of `PutObject` for the bucket.
pub(crate) fn put(
    call: &Call<'_>,
    tx: &Tx<'_>,
    bucket: &str,
    key: &str,
    content_type: &str,
    bytes: Vec<u8>,
) -> Result<(), ServiceError> {
    let bucket = bucket::find_named(bucket, call, tx)?;
    let described = Object {
        headers: BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]),
        ..Object::default()
    };
    put_object::store(&bucket, key, &bytes, described, None, call, tx).map(drop)
}
