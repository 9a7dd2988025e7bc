//! Uploads in parts.
//!
//! An upload is a document of `s3.uploads` (`<bucket>/<key>`, a NUL and its id), its parts are those
//! of `s3.parts` (`<upload id>/<number>`) with their bytes as objects have theirs. What is not
//! completed and not aborted stays.

mod complete;
mod create;
mod list;
mod upload_part;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

pub(super) use complete::complete_multipart_upload;
pub(super) use create::{abort_multipart_upload, create_multipart_upload};
pub(super) use list::{list_multipart_uploads, list_parts};
pub(super) use upload_part::{upload_part, upload_part_copy};

use super::body;
use super::bucket::{self, Bucket};
use super::object::{self, Object, row};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

const UPLOADS: &str = "s3.uploads";
const PARTS: &str = "s3.parts";
/// The highest number of a part, and the most parts of an object.
const MOST_PARTS: usize = 10_000;

/// An upload under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Upload {
    id: String,
    initiated_ms: i64,
    /// Headers and tags of the object to come.
    object: Object,
    /// The algorithm that was asked for.
    algorithm: Option<String>,
}

impl Upload {
    fn composite(&self) -> bool {
        self.object.composite
    }
}

/// A part that was uploaded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) number: usize,
    pub(super) size: usize,
    /// In quotes.
    pub(super) etag: String,
    pub(super) modified_ms: i64,
    /// Algorithm to base64.
    pub(super) checksums: BTreeMap<String, String>,
    /// Where its bytes are: see `body`.
    pub(super) body: String,
}

fn upload_row(bucket: &str, key: &str, id: &str) -> String {
    format!("{}\0{id}", row(bucket, key))
}

fn part_row(id: &str, number: usize) -> String {
    format!("{id}/{number:05}")
}

/// The bucket, the key and the upload that a request is about.
///
/// # Errors
/// Those of [`bucket::find`], and `NoSuchUpload` (404).
fn find(call: &Call<'_>, tx: &Tx<'_>) -> Result<(Bucket, String, Upload), ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let key = object::key(call)?;
    let id = call.query("uploadId").unwrap_or_default();
    let upload = tx.get(
        &Scope::global(),
        UPLOADS,
        &upload_row(&bucket.name, &key, id),
    )?;
    let upload = upload.ok_or_else(|| {
        ServiceError::new(
            404,
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may \
             have been aborted or completed.",
        )
        .with_field("UploadId", id)
    })?;
    Ok((bucket, key, upload))
}

/// All parts of an upload, by their numbers.
fn parts(upload: &Upload, tx: &Tx<'_>) -> Result<Vec<Part>, ServiceError> {
    let prefix = format!("{}/", upload.id);
    let rows = tx.scan(&Scope::global(), PARTS, &prefix, None, MOST_PARTS)?;
    Ok(rows.into_iter().map(|(_, part)| part).collect())
}

/// Removes an upload; the bytes of those parts too that became no part of an object.
fn remove(
    bucket: &str,
    key: &str,
    upload: &Upload,
    used: &[Part],
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let used: HashSet<&str> = used.iter().map(|part| part.body.as_str()).collect();
    for part in parts(upload, tx)? {
        if !used.contains(part.body.as_str()) {
            body::remove_bytes(&part.body, part.size, tx)?;
        }
        tx.delete(&Scope::global(), PARTS, &part_row(&upload.id, part.number))?;
    }
    tx.delete(
        &Scope::global(),
        UPLOADS,
        &upload_row(bucket, key, &upload.id),
    )?;
    Ok(())
}

/// Aborts every upload into a bucket.
pub(super) fn abort_all(bucket: &str, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let prefix = format!("{bucket}/");
    let uploads: Vec<(String, Upload)> =
        tx.scan(&Scope::global(), UPLOADS, &prefix, None, usize::MAX)?;
    for (row, upload) in uploads {
        let key = row[prefix.len()..].split('\0').next().unwrap_or_default();
        remove(bucket, key, &upload, &[], tx)?;
    }
    Ok(())
}
