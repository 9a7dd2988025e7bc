use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::s3::ListObjects;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Looks whether the bucket holds anything (S3 `ListObjectsV2`). The projects removed what datamesh put
/// there when they were deleted, so whatever is left is somebody's data. A bucket that is gone is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBucket {
    /// Where.
    pub place: Place,
    /// `data-lake-…`.
    pub bucket: String,
}

impl CheckBucket {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let list = ListObjects {
            bucket: self.bucket.clone(),
            max_keys: Some(1),
            ..ListObjects::default()
        };
        let foreign = match world.aws.s3(&call).list_objects(list).await {
            Ok(page) => page.objects.into_iter().next().map(|object| object.key),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        Ok(Outcome::BucketChecked { foreign })
    }
}
