//! Objects.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_types::byte_stream::ByteStream;

use super::S3;
use crate::error::AwsError;
use crate::ops::millis;

/// What `PutObject` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutObject {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The content, at most 5 GB.
    pub body: Vec<u8>,
    /// `text/csv`; S3's default is `application/octet-stream`.
    pub content_type: Option<String>,
    /// User metadata; keys in lower case.
    pub metadata: BTreeMap<String, String>,
    /// Only if there is no object of that key; conflict otherwise.
    pub only_if_absent: bool,
}

/// An object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// In bytes.
    pub size: u64,
    /// With its quotes, as S3 gives it.
    pub etag: Option<String>,
    /// The media type.
    pub content_type: Option<String>,
    /// Milliseconds since the Unix epoch, in whole seconds.
    pub modified_at_ms: Option<i64>,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
}

/// An object with its content, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What `HeadObject` would say.
    pub head: ObjectHead,
    /// The content.
    pub body: Vec<u8>,
}

/// What `ListObjectsV2` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListObjects {
    /// The bucket.
    pub bucket: String,
    /// Only keys that start so.
    pub prefix: Option<String>,
    /// Rolls keys up to this character into common prefixes: `/`.
    pub delimiter: Option<String>,
    /// Only keys after this one.
    pub start_after: Option<String>,
    /// At most 1000, S3's default.
    pub max_keys: Option<i32>,
    /// The page before's `next_token`.
    pub token: Option<String>,
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSummary {
    /// The key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// With its quotes, as S3 gives it.
    pub etag: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub modified_at_ms: Option<i64>,
}

/// One page of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, by key.
    pub objects: Vec<ObjectSummary>,
    /// What the delimiter rolled up.
    pub common_prefixes: Vec<String>,
    /// Asks for the next page; none when this was the last.
    pub next_token: Option<String>,
}

/// One object that `DeleteObjects` did not delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteFailure {
    /// The key.
    pub key: String,
    /// S3's error code.
    pub code: String,
    /// For a person.
    pub message: String,
}

fn bytes(size: Option<i64>) -> u64 {
    size.and_then(|size| u64::try_from(size).ok())
        .unwrap_or_default()
}

impl S3<'_> {
    /// `PutObject`. Returns the etag.
    pub async fn put_object(&self, input: PutObject) -> Result<Option<String>, AwsError> {
        self.0
            .call("PutObject", |s3| async move {
                let metadata = input.metadata.into_iter().collect();
                let out = s3
                    .put_object()
                    .bucket(input.bucket)
                    .key(input.key)
                    .body(ByteStream::from(input.body))
                    .set_content_type(input.content_type)
                    .set_metadata(Some(metadata))
                    .set_if_none_match(input.only_if_absent.then(|| "*".to_owned()))
                    .send()
                    .await?;
                Ok(out.e_tag)
            })
            .await
    }

    /// `GetObject`, the whole of it into memory.
    pub async fn get_object(&self, bucket: &str, key: &str) -> Result<Object, AwsError> {
        self.0
            .call("GetObject", |s3| async move {
                let out = s3.get_object().bucket(bucket).key(key).send().await?;
                let head = ObjectHead {
                    size: bytes(out.content_length),
                    etag: out.e_tag,
                    content_type: out.content_type,
                    modified_at_ms: millis(out.last_modified),
                    metadata: out.metadata.unwrap_or_default().into_iter().collect(),
                };
                let body = out.body.collect().await?.to_vec();
                Ok(Object { head, body })
            })
            .await
    }

    /// `HeadObject`.
    pub async fn head_object(&self, bucket: &str, key: &str) -> Result<ObjectHead, AwsError> {
        self.0
            .call("HeadObject", |s3| async move {
                let out = s3.head_object().bucket(bucket).key(key).send().await?;
                Ok(ObjectHead {
                    size: bytes(out.content_length),
                    etag: out.e_tag,
                    content_type: out.content_type,
                    modified_at_ms: millis(out.last_modified),
                    metadata: out.metadata.unwrap_or_default().into_iter().collect(),
                })
            })
            .await
    }

    /// `ListObjectsV2`, one page.
    pub async fn list_objects(&self, input: ListObjects) -> Result<ObjectPage, AwsError> {
        self.0
            .call("ListObjectsV2", |s3| async move {
                let out = s3
                    .list_objects_v2()
                    .bucket(input.bucket)
                    .set_prefix(input.prefix)
                    .set_delimiter(input.delimiter)
                    .set_start_after(input.start_after)
                    .set_max_keys(input.max_keys)
                    .set_continuation_token(input.token)
                    .send()
                    .await?;
                let objects = out.contents.unwrap_or_default().into_iter();
                let prefixes = out.common_prefixes.unwrap_or_default().into_iter();
                Ok(ObjectPage {
                    objects: objects
                        .map(|object| ObjectSummary {
                            key: object.key.unwrap_or_default(),
                            size: bytes(object.size),
                            etag: object.e_tag,
                            modified_at_ms: millis(object.last_modified),
                        })
                        .collect(),
                    common_prefixes: prefixes.filter_map(|prefix| prefix.prefix).collect(),
                    next_token: out.next_continuation_token,
                })
            })
            .await
    }

    /// `DeleteObject`. Succeeds also when there is no such object.
    pub async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteObject", |s3| async move {
                s3.delete_object().bucket(bucket).key(key).send().await?;
                Ok(())
            })
            .await
    }

    /// `DeleteObjects`, at most 1000 keys. Returns those that stayed.
    pub async fn delete_objects(
        &self,
        bucket: &str,
        keys: Vec<String>,
    ) -> Result<Vec<DeleteFailure>, AwsError> {
        self.0
            .call("DeleteObjects", |s3| async move {
                let keys: Result<Vec<_>, _> = keys
                    .into_iter()
                    .map(|key| ObjectIdentifier::builder().key(key).build())
                    .collect();
                let delete = Delete::builder()
                    .set_objects(Some(keys?))
                    .quiet(true)
                    .build()?;
                let out = s3
                    .delete_objects()
                    .bucket(bucket)
                    .delete(delete)
                    .send()
                    .await?;
                let errors = out.errors.unwrap_or_default().into_iter();
                Ok(errors
                    .map(|error| DeleteFailure {
                        key: error.key.unwrap_or_default(),
                        code: error.code.unwrap_or_default(),
                        message: error.message.unwrap_or_default(),
                    })
                    .collect())
            })
            .await
    }
}
