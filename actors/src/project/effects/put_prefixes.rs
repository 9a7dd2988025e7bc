use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::s3::PutObject;
use serde::{Deserialize, Serialize};

use super::{FOLDERS, Outcome};
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// Makes the project's folders in the data lake (S3 `PutObject` of an empty object each, only where there is
/// none).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutPrefixes {
    /// Where.
    pub home: Home,
    /// `projects/proj-…/`.
    pub prefix: String,
}

impl PutPrefixes {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place().call();
        let bucket = &self.home.data_lake_bucket;
        for folder in FOLDERS {
            let put = PutObject {
                bucket: bucket.clone(),
                key: format!("{}{folder}", self.prefix),
                only_if_absent: true,
                ..PutObject::default()
            };
            match world.aws.s3(&call).put_object(put).await {
                Ok(_) => {}
                Err(error) if error.code == "PreconditionFailed" => {}
                Err(error) => return Err(aws_error::of(error, cx)),
            }
        }
        Ok(Outcome::PrefixesPut {
            location: format!("s3://{bucket}/{}", self.prefix),
        })
    }
}
