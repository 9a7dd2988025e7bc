//! Amazon Simple Storage Service: buckets and objects, without versions, multipart uploads or ACLs.
//! A bucket's configuration and its policy are kept and have no effect; a bucket is used by its own
//! account only.
//!
//! Documents, all in the global scope as bucket names are: `s3.buckets` (by name), `s3.objects`
//! and the blobs `s3.bodies` (`<bucket>/<key>`).

mod address;
mod body;
mod bucket;
mod buckets;
mod configuration;
mod delete_objects;
pub(crate) mod files;
mod get_object;
mod list_objects;
mod object;
mod put_object;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

pub(crate) struct S3;

impl Service for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestXml
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        address::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "ListBuckets" => buckets::list_buckets(call, tx),
            "CreateBucket" => buckets::create_bucket(call, tx),
            "HeadBucket" => buckets::head_bucket(call, tx),
            "GetBucketLocation" => buckets::get_bucket_location(call, tx),
            "DeleteBucket" => buckets::delete_bucket(call, tx),
            "ListObjectsV2" => list_objects::list_objects_v2(call, tx),
            "PutObject" => put_object::put_object(call, tx),
            "CopyObject" => put_object::copy_object(call, tx),
            "GetObject" => get_object::get_object(call, tx),
            "HeadObject" => get_object::head_object(call, tx),
            "DeleteObject" => delete_objects::delete_object(call, tx),
            "DeleteObjects" => delete_objects::delete_objects(call, tx),
            _ => configuration::handle(call, tx).unwrap_or_else(|| {
                Err(ServiceError {
                    code: "NotImplemented".into(),
                    ..call.unknown_operation()
                })
            }),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(503, "SlowDown", "Please reduce your request rate.")
    }
}
