use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::AwsError;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::world::{Place, World};

/// Looks whether the bucket is there before datamesh makes it (S3 `HeadBucket`): one that is there is
/// somebody's, is used as it is and never deleted. Refused with `BUCKET_ELSEWHERE` if it is in another
/// region, and with `BUCKET_NAME_TAKEN` if it may not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookForBucket {
    /// Where.
    pub place: Place,
    /// `data-lake-…`.
    pub bucket: String,
}

impl LookForBucket {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let there = match world.aws.s3(&call).head_bucket(&self.bucket).await {
            Ok(Some(region)) if region != self.place.region => return Err(self.elsewhere()),
            Ok(_) => true,
            Err(error) if error.is_not_found() => false,
            Err(error) if is_redirect(&error) => return Err(self.elsewhere()),
            Err(error) if is_forbidden(&error) => return Err(self.taken()),
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        Ok(Outcome::BucketLookedFor {
            bucket: self.bucket.clone(),
            there,
        })
    }

    fn elsewhere(&self) -> EffectError {
        aws_error::terminal(
            "BUCKET_ELSEWHERE",
            format!(
                "the bucket '{}' is in another region than {}: choose that region or another \
                 domain name",
                self.bucket, self.place.region
            ),
        )
    }

    fn taken(&self) -> EffectError {
        aws_error::terminal(
            "BUCKET_NAME_TAKEN",
            format!(
                "there is a bucket '{}' that account {} may not use: choose another domain name, \
                 or allow it",
                self.bucket, self.place.account
            ),
        )
    }
}

// The answer to a HEAD has no body, and so its error may have no code but its status.
fn is_redirect(error: &AwsError) -> bool {
    matches!(error.code.as_str(), "PermanentRedirect" | "Http301")
}

fn is_forbidden(error: &AwsError) -> bool {
    matches!(
        error.code.as_str(),
        "AccessDenied" | "Forbidden" | "Http403"
    )
}
