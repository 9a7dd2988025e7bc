//! `DeleteObject` and `DeleteObjects`.

use serde::{Deserialize, Serialize};

use super::{body, bucket, object};
use crate::error::ServiceError;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

const LARGEST_BATCH: usize = 1_000;

/// Deletes an object; one that is not there is no error.
pub(super) fn delete_object(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    object::remove(&bucket.name, &object::key(call)?, tx)?;
    Ok(Reply::status(204))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    #[serde(default, rename = "Object")]
    objects: Vec<Identifier>,
    #[serde(default)]
    quiet: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identifier {
    key: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteResult {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    deleted: Vec<Identifier>,
}

/// Deletes up to 1,000 objects.
///
/// # Errors
/// `MalformedXML` (400) for none or too many, and a wrong digest of the body.
pub(super) fn delete_objects(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    body::read(call)?;
    let input: Delete = rest_xml::read(call)?;
    if input.objects.is_empty() || input.objects.len() > LARGEST_BATCH {
        return Err(ServiceError::bad_request(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published \
             schema",
        ));
    }
    for identifier in &input.objects {
        object::remove(&bucket.name, &identifier.key, tx)?;
    }
    let deleted = if input.quiet {
        Vec::new()
    } else {
        input.objects
    };
    rest_xml::write(
        "DeleteResult",
        &DeleteResult {
            xmlns: rest_xml::NAMESPACE,
            deleted,
        },
    )
}
