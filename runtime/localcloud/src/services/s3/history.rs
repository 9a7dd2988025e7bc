//! The versions of a key.
//!
//! The current version of a key is its document in `s3.objects`, if it is no delete marker; all other
//! versions and every delete marker are in `s3.versions`, under `<bucket>/<key>`, a NUL and 16
//! hexadecimal digits, which count down: the newest comes first. The last 10 digits of a version id
//! are its place in the history, so that a version is found by its id; the null version, which has
//! none, is found by `s3.nulls` while it is not the current one.

use serde::{Deserialize, Serialize};

use super::body;
use super::bucket::{Bucket, Versioning};
use super::object::{self, OBJECTS, Object, row};
use crate::error::ServiceError;
use crate::protocol::timestamp;
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

pub(super) const VERSIONS: &str = "s3.versions";
pub(super) const NULLS: &str = "s3.nulls";

/// A version of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Version {
    Object(Object),
    DeleteMarker(DeleteMarker),
}

/// A version that says that there is nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DeleteMarker {
    pub(super) sequence: u64,
    /// `None` for the null version.
    pub(super) version_id: Option<String>,
    pub(super) modified_ms: i64,
}

impl DeleteMarker {
    /// Says in an answer that there is a delete marker.
    pub(super) fn mark(&self, error: ServiceError) -> ServiceError {
        error
            .with_header("x-amz-delete-marker", "true")
            .with_header("x-amz-version-id", shown(self.version_id.as_deref()))
    }

    /// The answer to who wants to read it.
    pub(super) fn not_allowed(&self) -> ServiceError {
        self.mark(
            ServiceError::new(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            )
            .with_header("allow", "DELETE")
            .with_header("last-modified", timestamp::http_date(self.modified_ms)),
        )
    }
}

impl Version {
    pub(super) fn version_id(&self) -> Option<&str> {
        match self {
            Self::Object(object) => object.version_id.as_deref(),
            Self::DeleteMarker(marker) => marker.version_id.as_deref(),
        }
    }

    fn sequence(&self) -> u64 {
        match self {
            Self::Object(object) => object.sequence,
            Self::DeleteMarker(marker) => marker.sequence,
        }
    }
}

/// What a deletion did.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    /// The version that was deleted or made; `None` in a bucket that never had versions.
    pub(super) version_id: Option<String>,
    /// Whether that version is a delete marker.
    pub(super) marker: bool,
}

/// A version's id on the wire.
pub(super) fn shown(version_id: Option<&str>) -> &str {
    version_id.unwrap_or("null")
}

/// Adds the version's id, in a bucket that has versions.
pub(super) fn with_version(bucket: &Bucket, version_id: Option<&str>, reply: Reply) -> Reply {
    if bucket.versioning() == Versioning::Never {
        return reply;
    }
    reply.with_header("x-amz-version-id", shown(version_id))
}

/// Makes an object the current version of its key, and says which version it has become. What the
/// bucket keeps no version of is gone.
pub(super) fn write(
    bucket: &Bucket,
    key: &str,
    object: Object,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Object, ServiceError> {
    let (sequence, version_id) = make_room(bucket, key, call, tx)?;
    let object = Object {
        sequence,
        version_id,
        ..object
    };
    tx.put(&Scope::global(), OBJECTS, &row(&bucket.name, key), &object)?;
    Ok(object)
}

/// Deletes a key as far as the bucket's versioning says: for good, or behind a delete marker.
pub(super) fn delete(
    bucket: &Bucket,
    key: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Deleted, ServiceError> {
    if bucket.versioning() == Versioning::Never {
        if let Some(object) = object::load(&bucket.name, key, tx)? {
            body::remove(&object, tx)?;
            tx.delete(&Scope::global(), OBJECTS, &row(&bucket.name, key))?;
        }
        return Ok(Deleted::default());
    }
    let (sequence, version_id) = make_room(bucket, key, call, tx)?;
    let marker = DeleteMarker {
        sequence,
        version_id: version_id.clone(),
        modified_ms: call.now_ms,
    };
    keep(&bucket.name, key, &Version::DeleteMarker(marker), tx)?;
    Ok(Deleted {
        version_id: Some(shown(version_id.as_deref()).to_owned()),
        marker: true,
    })
}

/// Deletes one version for good. If it was the newest one, the one before it is the newest again;
/// one that is not there is no error.
///
/// # Errors
/// `InvalidArgument` (400) for what is no version id.
pub(super) fn delete_version(
    bucket: &Bucket,
    key: &str,
    version_id: &str,
    tx: &Tx<'_>,
) -> Result<Deleted, ServiceError> {
    let mut deleted = Deleted {
        version_id: Some(version_id.to_owned()),
        marker: false,
    };
    let Some(version) = look_up(&bucket.name, key, version_id, tx)? else {
        return Ok(deleted);
    };
    deleted.marker = matches!(version, Version::DeleteMarker(_));
    remove(&bucket.name, key, &version, tx)?;
    if object::load(&bucket.name, key, tx)?.is_none()
        && let Some(newest @ Version::Object(object)) = &newest(&bucket.name, key, tx)?
    {
        forget(&bucket.name, key, newest, tx)?;
        tx.put(&Scope::global(), OBJECTS, &row(&bucket.name, key), object)?;
    }
    Ok(deleted)
}

/// A version by its id.
///
/// # Errors
/// `InvalidArgument` (400) for what is no version id, `NoSuchVersion` (404).
pub(super) fn find(
    bucket: &str,
    key: &str,
    version_id: &str,
    tx: &Tx<'_>,
) -> Result<Version, ServiceError> {
    look_up(bucket, key, version_id, tx)?.ok_or_else(|| {
        ServiceError::new(
            404,
            "NoSuchVersion",
            "The specified version does not exist.",
        )
        .with_field("Key", key)
        .with_field("VersionId", version_id)
    })
}

/// Writes a version again whose facts, but not its bytes, have changed.
pub(super) fn rewrite(
    bucket: &str,
    key: &str,
    object: Object,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let current = object::load(bucket, key, tx)?;
    if current.is_some_and(|current| current.version_id == object.version_id) {
        return tx.put(&Scope::global(), OBJECTS, &row(bucket, key), &object);
    }
    keep(bucket, key, &Version::Object(object), tx)
}

/// The newest version of those in `s3.versions`: the current one, where there is no object.
pub(super) fn newest(
    bucket: &str,
    key: &str,
    tx: &Tx<'_>,
) -> Result<Option<Version>, ServiceError> {
    let from = format!("{}\0", row(bucket, key));
    let found = tx.scan(&Scope::global(), VERSIONS, &from, None, 1)?;
    Ok(found.into_iter().next().map(|(_, version)| version))
}

/// The place of a version in `s3.versions`.
pub(super) fn version_row(bucket: &str, key: &str, sequence: u64) -> String {
    format!("{}\0{:016x}", row(bucket, key), u64::MAX - sequence)
}

/// The place that an id names; `None` for the null version.
///
/// # Errors
/// `InvalidArgument` (400) for what is no version id.
pub(super) fn sequence_of(version_id: &str) -> Result<Option<u64>, ServiceError> {
    if version_id == "null" {
        return Ok(None);
    }
    let known = version_id.len() == 32;
    let digits = version_id.get(22..).filter(|_| known);
    let sequence = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    sequence.map(Some).ok_or_else(|| {
        ServiceError::bad_request("InvalidArgument", "Invalid version id specified")
            .with_field("ArgumentName", "versionId")
            .with_field("ArgumentValue", version_id)
    })
}

/// The place of the null version while it is not the current one.
pub(super) fn null_sequence(
    bucket: &str,
    key: &str,
    tx: &Tx<'_>,
) -> Result<Option<u64>, ServiceError> {
    tx.get(&Scope::global(), NULLS, &row(bucket, key))
}

fn look_up(
    bucket: &str,
    key: &str,
    version_id: &str,
    tx: &Tx<'_>,
) -> Result<Option<Version>, ServiceError> {
    let sequence = sequence_of(version_id)?;
    let is_it = |found: &str| found == version_id;
    let current = object::load(bucket, key, tx)?;
    if let Some(current) = current.filter(|object| is_it(shown(object.version_id.as_deref()))) {
        return Ok(Some(Version::Object(current)));
    }
    let sequence = match sequence {
        Some(sequence) => Some(sequence),
        None => null_sequence(bucket, key, tx)?,
    };
    let Some(sequence) = sequence else {
        return Ok(None);
    };
    let row = version_row(bucket, key, sequence);
    let found: Option<Version> = tx.get(&Scope::global(), VERSIONS, &row)?;
    Ok(found.filter(|version| is_it(shown(version.version_id()))))
}

/// Before a new version: puts the current one aside or removes it, as the bucket's versioning says,
/// and returns the new one's place and id.
fn make_room(
    bucket: &Bucket,
    key: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(u64, Option<String>), ServiceError> {
    let current = object::load(&bucket.name, key, tx)?;
    if bucket.versioning() == Versioning::Never {
        if let Some(current) = current {
            body::remove(&current, tx)?;
        }
        return Ok((0, None));
    }
    let newest = match &current {
        Some(current) => Some(current.sequence),
        None => newest(&bucket.name, key, tx)?.map(|version| version.sequence()),
    };
    let sequence = newest.map_or(0, |newest| newest + 1);
    let keeps_null = bucket.versioning() == Versioning::Enabled;
    if !keeps_null && let Some(null) = look_up(&bucket.name, key, "null", tx)? {
        remove(&bucket.name, key, &null, tx)?;
    }
    if let Some(current) = current.filter(|object| keeps_null || object.version_id.is_some()) {
        tx.delete(&Scope::global(), OBJECTS, &row(&bucket.name, key))?;
        keep(&bucket.name, key, &Version::Object(current), tx)?;
    }
    let id = || format!("{}{sequence:010x}", call.cloud.secret(22));
    Ok((sequence, keeps_null.then(id)))
}

/// Writes a version that is not the current object.
fn keep(bucket: &str, key: &str, version: &Version, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let sequence = version.sequence();
    if version.version_id().is_none() {
        tx.put(&Scope::global(), NULLS, &row(bucket, key), &sequence)?;
    }
    let row = version_row(bucket, key, sequence);
    tx.put(&Scope::global(), VERSIONS, &row, version)
}

/// Takes a version out of `s3.versions`.
fn forget(bucket: &str, key: &str, version: &Version, tx: &Tx<'_>) -> Result<bool, ServiceError> {
    let versions = version_row(bucket, key, version.sequence());
    let known = tx.delete(&Scope::global(), VERSIONS, &versions)?;
    if known && version.version_id().is_none() {
        tx.delete(&Scope::global(), NULLS, &row(bucket, key))?;
    }
    Ok(known)
}

/// Removes a version wherever it is, with its bytes.
fn remove(bucket: &str, key: &str, version: &Version, tx: &Tx<'_>) -> Result<(), ServiceError> {
    if let Version::Object(object) = version {
        body::remove(object, tx)?;
    }
    let current = object::load(bucket, key, tx)?;
    let is_current = current.is_some_and(|current| {
        matches!(version, Version::Object(_))
            && current.version_id.as_deref() == version.version_id()
    });
    if is_current {
        tx.delete(&Scope::global(), OBJECTS, &row(bucket, key))?;
    } else {
        forget(bucket, key, version, tx)?;
    }
    Ok(())
}
