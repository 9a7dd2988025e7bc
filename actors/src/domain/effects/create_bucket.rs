use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Makes the bucket of the data lake (S3 `CreateBucket`), after it was looked for and not found. One that
/// somebody in the account made meanwhile is taken as it is; one of another account is refused with
/// `BUCKET_NAME_TAKEN`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateBucket {
    /// Where.
    pub place: Place,
    /// `data-lake-…`.
    pub bucket: String,
}

impl CreateBucket {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let adopted = match world.aws.s3(&call).create_bucket(&self.bucket).await {
            Ok(()) => false,
            Err(error) if error.code == "BucketAlreadyOwnedByYou" => !cx.repeat,
            Err(error) if error.code == "BucketAlreadyExists" => {
                return Err(aws_error::terminal(
                    "BUCKET_NAME_TAKEN",
                    format!(
                        "another AWS account has the bucket '{}': choose another domain name",
                        self.bucket
                    ),
                ));
            }
            Err(error) => return Err(aws_error::of_creation(error, cx)),
        };
        Ok(Outcome::BucketCreated {
            bucket: self.bucket.clone(),
            adopted,
        })
    }
}
