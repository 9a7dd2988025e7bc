use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::s3::{ListObjects, ObjectPage};
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
        for folder in FOLDERS {
            let key = format!("{}{folder}", self.prefix);
            match s3.head_object(bucket, &key).await {
                Ok(head) if head.size == 0 => {
                    let deleted = s3.delete_object(bucket, &key).await;
                    aws_error::gone_is_done(deleted).map_err(|error| aws_error::of(error, cx))?;
                }
                Ok(_) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(aws_error::of(error, cx)),
            }
        }
        let list = ListObjects {
            bucket: bucket.clone(),
            prefix: Some(self.prefix.clone()),
            ..ListObjects::default()
        };
        let page = match s3.list_objects(list).await {
            Ok(page) => Some(page),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        let left = page.and_then(|page| self.left(&page)).unwrap_or_default();
        Ok(Outcome::PrefixesRemoved { left })
    }

    /// What stays, from one page of the list: the lake may hold millions of objects.
    fn left(&self, page: &ObjectPage) -> Option<String> {
        let example = &page.objects.first()?.key;
        let count = page.objects.len();
        let more = if page.next_token.is_some() {
            "more than "
        } else {
            ""
        };
        Some(format!(
            "DATA_LEFT: {more}{count} objects that datamesh did not put there stay in the bucket '{}', \
             such as '{example}'",
            self.home.data_lake_bucket
        ))
    }
}
