use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::{BUCKET_NOT_EMPTY, Outcome};
use crate::aws_error;
use crate::world::{Place, World};

/// Removes the bucket (S3 `DeleteBucket`). S3 refuses while it holds anything, and so nothing of anybody's
/// is ever lost here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteBucket {
    /// Where.
    pub place: Place,
    /// `data-lake-…`.
    pub bucket: String,
}

impl DeleteBucket {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let deleted = world.aws.s3(&call).delete_bucket(&self.bucket).await;
        match aws_error::gone_is_done(deleted) {
            Ok(()) => Ok(Outcome::BucketDeleted),
            Err(error) if error.code == "BucketNotEmpty" => Err(aws_error::terminal(
                BUCKET_NOT_EMPTY,
                format!("the bucket '{}' holds data: remove or move it", self.bucket),
            )),
            Err(error) => Err(aws_error::of(error, cx)),
        }
    }
}
