//! Where the bytes of objects are: in pieces, so that nobody holds more of a large one in memory
//! than he asked for.
//!
//! The blobs `s3.bodies` are named `<body>/<number>`. An object of a multipart upload has no bytes of
//! its own but a manifest, which lists the bodies of its parts: completing an upload moves nothing.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::multipart::Part;
use super::object::Object;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

const BODIES: &str = "s3.bodies";
const MANIFESTS: &str = "s3.manifests";
/// The most bytes of a blob.
const PIECE: usize = 8 * 1024 * 1024;

/// The parts of an object that was uploaded in parts, in their order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) parts: Vec<Part>,
}

/// Stores bytes under a new name, and returns it.
pub(super) fn store(bytes: &[u8], call: &Call<'_>, tx: &Tx<'_>) -> Result<String, ServiceError> {
    let body = call.cloud.uuid();
    for (number, piece) in bytes.chunks(PIECE).enumerate() {
        tx.put_blob(&Scope::global(), BODIES, &blob(&body, number), piece)?;
    }
    Ok(body)
}

/// Stores bytes that come piece by piece.
pub(super) struct Writer<'a> {
    tx: &'a Tx<'a>,
    body: String,
    blobs: usize,
    pending: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(call: &Call<'_>, tx: &'a Tx<'a>) -> Self {
        Self {
            tx,
            body: call.cloud.uuid(),
            blobs: 0,
            pending: Vec::new(),
        }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), ServiceError> {
        while !bytes.is_empty() {
            let (fits, rest) = bytes.split_at(bytes.len().min(PIECE - self.pending.len()));
            self.pending.extend_from_slice(fits);
            bytes = rest;
            if self.pending.len() == PIECE {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ServiceError> {
        let name = blob(&self.body, self.blobs);
        let scope = Scope::global();
        self.tx.put_blob(&scope, BODIES, &name, &self.pending)?;
        self.blobs += 1;
        self.pending.clear();
        Ok(())
    }

    /// The name of what was stored.
    pub(super) fn finish(mut self) -> Result<String, ServiceError> {
        if !self.pending.is_empty() {
            self.flush()?;
        }
        Ok(self.body)
    }
}

/// Stores a manifest under a new name, and returns it.
pub(super) fn store_manifest(
    manifest: &Manifest,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<String, ServiceError> {
    let body = call.cloud.uuid();
    tx.put(&Scope::global(), MANIFESTS, &body, manifest)?;
    Ok(body)
}

/// The parts of an object; none if it was put in one piece.
pub(super) fn manifest(object: &Object, tx: &Tx<'_>) -> Result<Manifest, ServiceError> {
    if object.part_count == 0 {
        return Ok(Manifest::default());
    }
    let manifest = tx.get(&Scope::global(), MANIFESTS, &object.body)?;
    manifest.ok_or_else(|| missing(&object.body))
}

/// Removes an object's bytes.
pub(super) fn remove(object: &Object, tx: &Tx<'_>) -> Result<(), ServiceError> {
    for part in manifest(object, tx)?.parts {
        remove_bytes(&part.body, part.size, tx)?;
    }
    if object.part_count > 0 {
        tx.delete(&Scope::global(), MANIFESTS, &object.body)?;
    } else {
        remove_bytes(&object.body, object.size, tx)?;
    }
    Ok(())
}

/// Removes what [`store`] stored.
pub(super) fn remove_bytes(body: &str, size: usize, tx: &Tx<'_>) -> Result<(), ServiceError> {
    for (_, blob) in blobs(body, size) {
        tx.delete_blob(&Scope::global(), BODIES, &blob)?;
    }
    Ok(())
}

/// A range of an object's bytes, which is within its size.
pub(super) fn read(
    object: &Object,
    range: Range<usize>,
    tx: &Tx<'_>,
) -> Result<Vec<u8>, ServiceError> {
    let mut bytes = Vec::new();
    each_piece(object, range.clone(), tx, |piece| {
        if bytes.is_empty() && piece.len() < range.len() {
            bytes.reserve_exact(range.len());
        }
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(bytes)
}

/// Looks at a range of an object's bytes piece by piece, in order.
pub(super) fn each_piece(
    object: &Object,
    range: Range<usize>,
    tx: &Tx<'_>,
    mut look: impl FnMut(&[u8]) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    if object.part_count == 0 {
        return each_blob(&object.body, object.size, range, tx, &mut look);
    }
    let mut start = 0;
    for part in manifest(object, tx)?.parts {
        let end = start + part.size;
        let wanted = range.start.clamp(start, end) - start..range.end.clamp(start, end) - start;
        if !wanted.is_empty() {
            each_blob(&part.body, part.size, wanted, tx, &mut look)?;
        }
        start = end;
    }
    Ok(())
}

fn each_blob(
    body: &str,
    size: usize,
    range: Range<usize>,
    tx: &Tx<'_>,
    look: &mut impl FnMut(&[u8]) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    for (place, blob) in blobs(body, size) {
        let wanted = range.start.max(place.start)..range.end.min(place.end);
        if wanted.is_empty() {
            continue;
        }
        let bytes = tx.get_blob(&Scope::global(), BODIES, &blob)?;
        let bytes = bytes.ok_or_else(|| missing(body))?;
        let within = wanted.start - place.start..wanted.end - place.start;
        look(bytes.get(within).ok_or_else(|| missing(body))?)?;
    }
    Ok(())
}

/// The blobs of a body: which of its bytes, and the name. Bodies once were one blob under the name of
/// their object, which has a slash in it.
fn blobs(body: &str, size: usize) -> impl Iterator<Item = (Range<usize>, String)> {
    let whole = body.contains('/');
    let piece = if whole { size.max(1) } else { PIECE };
    (0..size.div_ceil(piece)).map(move |number| {
        let start = number * piece;
        let name = if whole {
            body.to_owned()
        } else {
            blob(body, number)
        };
        (start..size.min(start + piece), name)
    })
}

fn blob(body: &str, number: usize) -> String {
    format!("{body}/{number:05}")
}

fn missing(body: &str) -> ServiceError {
    ServiceError::internal(format!("the bytes of {body} are not there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_cut_into_blobs() {
        let of = |size| blobs("b", size).collect::<Vec<_>>();
        assert_eq!(of(0), []);
        assert_eq!(of(1), [(0..1, "b/00000".to_owned())]);
        assert_eq!(
            of(PIECE + 1),
            [
                (0..PIECE, "b/00000".to_owned()),
                (PIECE..PIECE + 1, "b/00001".to_owned())
            ]
        );
    }

    #[test]
    fn an_old_body_is_one_blob() {
        let of = |size| blobs("lake/key", size).collect::<Vec<_>>();
        assert_eq!(of(0), []);
        assert_eq!(of(2 * PIECE), [(0..2 * PIECE, "lake/key".to_owned())]);
    }
}
