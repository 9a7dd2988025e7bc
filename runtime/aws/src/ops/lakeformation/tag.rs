//! LF-Tags: keys, each with the values that it can have.

use super::LakeFormation;
use crate::error::AwsError;

/// An LF-Tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The key, in lower case.
    pub key: String,
    /// The values that it can have, in lower case.
    pub values: Vec<String>,
}

impl LakeFormation<'_> {
    /// `CreateLFTag`. A repeat is refused as an `InvalidInputException`: read it back.
    pub async fn create_tag(&self, tag: Tag) -> Result<(), AwsError> {
        self.0
            .call("CreateLFTag", |lakeformation| async move {
                lakeformation
                    .create_lf_tag()
                    .tag_key(tag.key)
                    .set_tag_values(Some(tag.values))
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `GetLFTag`.
    pub async fn get_tag(&self, key: &str) -> Result<Tag, AwsError> {
        self.0
            .call("GetLFTag", |lakeformation| async move {
                let out = lakeformation.get_lf_tag().tag_key(key).send().await?;
                Ok(Tag {
                    key: out.tag_key.unwrap_or_else(|| key.to_owned()),
                    values: out.tag_values.unwrap_or_default(),
                })
            })
            .await
    }

    /// `UpdateLFTag`: adds values and takes values away. A value that is in use cannot be taken away.
    pub async fn update_tag(
        &self,
        key: &str,
        add: Vec<String>,
        remove: Vec<String>,
    ) -> Result<(), AwsError> {
        self.0
            .call("UpdateLFTag", |lakeformation| async move {
                lakeformation
                    .update_lf_tag()
                    .tag_key(key)
                    .set_tag_values_to_add((!add.is_empty()).then_some(add))
                    .set_tag_values_to_delete((!remove.is_empty()).then_some(remove))
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `DeleteLFTag`, also where it is on things.
    pub async fn delete_tag(&self, key: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteLFTag", |lakeformation| async move {
                lakeformation.delete_lf_tag().tag_key(key).send().await?;
                Ok(())
            })
            .await
    }
}
