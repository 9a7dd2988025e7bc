//! The buckets and files of a seed.

use http::Method;
use md5::{Digest, Md5};

use super::wire::Maker;
use super::{Bucket, SeedError};

impl Maker<'_> {
    pub(super) async fn bucket(&mut self, wanted: &Bucket) -> Result<(), SeedError> {
        let name = &wanted.name;
        let asker = self.asker(format!("bucket {name}"), &wanted.place)?;
        let path = format!("/{name}");
        let head = ("HeadBucket", Method::HEAD);
        match self.s3(&asker, head, &path, Vec::new()).await? {
            Ok(_) => self.found(&asker),
            Err(refusal) if refusal.code == "404" => {
                let body = match asker.region.as_str() {
                    "us-east-1" => String::new(),
                    region => format!(
                        "<CreateBucketConfiguration><LocationConstraint>{region}\
                         </LocationConstraint></CreateBucketConfiguration>"
                    ),
                };
                let create = ("CreateBucket", Method::PUT);
                let made = self.s3(&asker, create, &path, body.into_bytes()).await?;
                made.map_err(|refusal| asker.refused(refusal))?;
                self.made(&asker);
            }
            Err(refusal) => return Err(asker.refused(refusal)),
        }
        for (key, content) in &wanted.files {
            let asker = self.asker(format!("file {name}/{key}"), &wanted.place)?;
            let bytes = content.bytes().map_err(|reason| asker.wrong(reason))?;
            let path = format!("/{name}/{key}");
            let head = ("HeadObject", Method::HEAD);
            let known = self.s3(&asker, head, &path, Vec::new()).await?;
            let etag = format!("\"{}\"", hex::encode(Md5::digest(&bytes)));
            let is_same = known.is_ok_and(|known| {
                let known = known.headers().get("etag");
                known.is_some_and(|known| known.as_bytes() == etag.as_bytes())
            });
            if is_same {
                self.found(&asker);
                continue;
            }
            let put = ("PutObject", Method::PUT);
            let made = self.s3(&asker, put, &path, bytes).await?;
            made.map_err(|refusal| asker.refused(refusal))?;
            self.made(&asker);
        }
        Ok(())
    }
}
