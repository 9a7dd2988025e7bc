use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::s3::ListObjects;
use serde::{Deserialize, Serialize};

use super::{FOLDERS, Outcome};
use crate::aws_error;
use crate::project::Home;
use crate::world::World;

/// Removes the empty objects that keep the project's folders, and nothing else: data that is there belongs to
/// somebody, stays, and is named in the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePrefixes {
    /// Where.
    pub home: Home,
    /// `projects/proj-…/`.
    pub prefix: String,
}

impl RemovePrefixes {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place().call();
        let s3 = world.aws.s3(&call);
        let bucket = &self.home.data_lake_bucket;
        let mut foreign = 0_usize;
        let mut example = String::new();
        let mut token = None;
        loop {
            let list = ListObjects {
                bucket: bucket.clone(),
                prefix: Some(self.prefix.clone()),
                token,
                ..ListObjects::default()
            };
            let page = match s3.list_objects(list).await {
                Ok(page) => page,
                Err(error) if error.is_not_found() => break,
                Err(error) => return Err(aws_error::of(error, cx)),
            };
            for object in page.objects {
                let folder = object.key.strip_prefix(&self.prefix).unwrap_or_default();
                if object.size == 0 && FOLDERS.contains(&folder) {
                    let deleted = s3.delete_object(bucket, &object.key).await;
                    aws_error::gone_is_done(deleted).map_err(|error| aws_error::of(error, cx))?;
                } else {
                    foreign += 1;
                    example = object.key;
                }
            }
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        let left = match foreign {
            0 => String::new(),
            _ => format!(
                "DATA_LEFT: {foreign} objects that datamesh did not put there stay in the bucket \
                 '{bucket}', such as '{example}'"
            ),
        };
        Ok(Outcome::PrefixesRemoved { left })
    }
}
