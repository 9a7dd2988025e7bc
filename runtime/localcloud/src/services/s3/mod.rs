//! Amazon Simple Storage Service: buckets, objects and their versions, uploads in parts, conditions,
//! checksums, tags. There are no access control lists, and no locks, replicas, events or websites. A
//! bucket's configuration and its policy are kept; see `configuration` for what has an effect. A bucket
//! is used by its own account only.
//!
//! Documents, all in the global scope as bucket names are: `s3.buckets` (by name), `s3.objects` (the
//! current ones), `s3.versions` and `s3.nulls` (see `history`), `s3.uploads` and `s3.parts` (see
//! `multipart`), `s3.manifests` and the blobs `s3.bodies` (see `body`).

mod acl;
mod address;
mod attributes;
mod body;
mod bucket;
mod buckets;
mod conditions;
mod configuration;
mod copy_object;
mod delete_objects;
mod facts;
pub(crate) mod files;
mod forget;
mod get_object;
mod history;
mod list_objects;
mod list_versions;
mod listing;
mod multipart;
mod object;
mod put_object;
mod tagging;
mod upload;

pub(crate) use forget::forget;
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
            "ListObjects" => list_objects::list_objects(call, tx),
            "ListObjectVersions" => list_versions::list_object_versions(call, tx),
            "PutObject" => put_object::put_object(call, tx),
            "CopyObject" => copy_object::copy_object(call, tx),
            "GetObjectAttributes" => attributes::get_object_attributes(call, tx),
            "GetObjectTagging" => tagging::get_object_tagging(call, tx),
            "PutObjectTagging" => tagging::put_object_tagging(call, tx),
            "DeleteObjectTagging" => tagging::delete_object_tagging(call, tx),
            "GetBucketAcl" | "GetObjectAcl" => acl::get_acl(call, tx),
            "PutBucketAcl" | "PutObjectAcl" => acl::put_acl(call, tx),
            "CreateMultipartUpload" => multipart::create_multipart_upload(call, tx),
            "UploadPart" => multipart::upload_part(call, tx),
            "UploadPartCopy" => multipart::upload_part_copy(call, tx),
            "CompleteMultipartUpload" => multipart::complete_multipart_upload(call, tx),
            "AbortMultipartUpload" => multipart::abort_multipart_upload(call, tx),
            "ListParts" => multipart::list_parts(call, tx),
            "ListMultipartUploads" => multipart::list_multipart_uploads(call, tx),
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
