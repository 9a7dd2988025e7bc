//! Buckets.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use super::S3;
use crate::error::AwsError;

/// The one region that `CreateBucket` must not be told.
const UNNAMED_REGION: &str = "us-east-1";

impl S3<'_> {
    /// `CreateBucket`, in the region that the call goes to.
    ///
    /// Conflict when the name is taken: `BucketAlreadyOwnedByYou` if by us. In
    /// us-east-1 a repeat by the owner succeeds instead.
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        let region = self.0.region().await;
        self.0
            .call("CreateBucket", |s3| async move {
                let place = (region != UNNAMED_REGION).then(|| {
                    CreateBucketConfiguration::builder()
                        .location_constraint(BucketLocationConstraint::from(region.as_str()))
                        .build()
                });
                s3.create_bucket()
                    .bucket(bucket)
                    .set_create_bucket_configuration(place)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `HeadBucket`: whether it is there and ours to use. The region, if AWS tells.
    pub async fn head_bucket(&self, bucket: &str) -> Result<Option<String>, AwsError> {
        self.0
            .call("HeadBucket", |s3| async move {
                let out = s3.head_bucket().bucket(bucket).send().await?;
                Ok(out.bucket_region)
            })
            .await
    }

    /// `DeleteBucket`. Conflict (`BucketNotEmpty`) while it has objects.
    pub async fn delete_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteBucket", |s3| async move {
                s3.delete_bucket().bucket(bucket).send().await?;
                Ok(())
            })
            .await
    }
}
