//! The folders of a project in the data lake: empty objects that keep their names.

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::s3::{ListObjects, ObjectPage, PutObject};

use crate::aws_error;
use crate::project::{FOLDERS, Home};
use crate::world::World;

/// Makes the folders under a prefix (S3 `PutObject` of an empty object each, only where there is none).
/// Answers where they are: `s3://bucket/prefix`.
pub(crate) async fn put(
    home: &Home,
    prefix: &str,
    world: &World,
    cx: &EffectCx,
) -> Result<String, EffectError> {
    let call = home.place().call();
    let bucket = &home.data_lake_bucket;
    for folder in FOLDERS {
        let put = PutObject {
            bucket: bucket.clone(),
            key: format!("{prefix}{folder}"),
            only_if_absent: true,
            ..PutObject::default()
        };
        match world.aws.s3(&call).put_object(put).await {
            Ok(_) => {}
            Err(error) if error.code == "PreconditionFailed" => {}
            Err(error) => return Err(aws_error::of(error, cx)),
        }
    }
    Ok(format!("s3://{bucket}/{prefix}"))
}

/// Removes the empty objects that keep the folders under a prefix, and nothing else: data that is there
/// belongs to somebody, stays, and is named in the answer, which is empty if there is none.
pub(crate) async fn remove(
    home: &Home,
    prefix: &str,
    world: &World,
    cx: &EffectCx,
) -> Result<String, EffectError> {
    let call = home.place().call();
    let s3 = world.aws.s3(&call);
    let bucket = &home.data_lake_bucket;
    for folder in FOLDERS {
        let key = format!("{prefix}{folder}");
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
        prefix: Some(prefix.to_owned()),
        ..ListObjects::default()
    };
    let page = match s3.list_objects(list).await {
        Ok(page) => Some(page),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(aws_error::of(error, cx)),
    };
    Ok(page
        .and_then(|page| left(bucket, &page))
        .unwrap_or_default())
}

/// What stays, from one page of the list: the lake may hold millions of objects.
fn left(bucket: &str, page: &ObjectPage) -> Option<String> {
    let example = &page.objects.first()?.key;
    let count = page.objects.len();
    let more = if page.next_token.is_some() {
        "more than "
    } else {
        ""
    };
    Some(format!(
        "DATA_LEFT: {more}{count} objects that datamesh did not put there stay in the bucket '{bucket}', such \
         as '{example}'"
    ))
}
