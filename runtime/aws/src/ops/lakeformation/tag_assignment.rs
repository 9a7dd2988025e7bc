//! LF-Tags on databases, tables and columns.

use std::collections::BTreeMap;

use aws_sdk_lakeformation::types::{LfTagError, LfTagPair};

use super::{LakeFormation, NAME, Resource, failure};
use crate::classify::Failure;
use crate::error::{AwsError, ErrorClass};

/// One tag that was not put or taken away, although the call succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFailure {
    /// The key.
    pub key: String,
    /// Why.
    pub error: AwsError,
}

/// The tags of a resource, by key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceTags {
    /// On its database.
    pub database: BTreeMap<String, String>,
    /// On the table.
    pub table: BTreeMap<String, String>,
    /// On its columns.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
}

impl LakeFormation<'_> {
    /// `AddLFTagsToResource`: one value a key, in place of the one that is there. Returns the tags
    /// that failed; the others are put.
    pub async fn add_tags(
        &self,
        resource: Resource,
        tags: BTreeMap<String, String>,
    ) -> Result<Vec<TagFailure>, AwsError> {
        const OPERATION: &str = "AddLFTagsToResource";
        let failures = self
            .0
            .call(OPERATION, |lakeformation| async move {
                let out = lakeformation
                    .add_lf_tags_to_resource()
                    .resource(resource.into_sdk()?)
                    .set_lf_tags(Some(pairs(tags)?))
                    .send()
                    .await?;
                Ok(out.failures)
            })
            .await?;
        Ok(self.tag_failures(OPERATION, failures).await)
    }

    /// `RemoveLFTagsFromResource`. Returns the tags that failed; the others are taken away.
    pub async fn remove_tags(
        &self,
        resource: Resource,
        tags: BTreeMap<String, String>,
    ) -> Result<Vec<TagFailure>, AwsError> {
        const OPERATION: &str = "RemoveLFTagsFromResource";
        let failures = self
            .0
            .call(OPERATION, |lakeformation| async move {
                let out = lakeformation
                    .remove_lf_tags_from_resource()
                    .resource(resource.into_sdk()?)
                    .set_lf_tags(Some(pairs(tags)?))
                    .send()
                    .await?;
                Ok(out.failures)
            })
            .await?;
        Ok(self.tag_failures(OPERATION, failures).await)
    }

    /// `GetResourceLFTags`: what was put on the resource itself if `assigned`, else inherited
    /// tags too. Columns can only be asked for through their table.
    pub async fn get_resource_tags(
        &self,
        resource: Resource,
        assigned: bool,
    ) -> Result<ResourceTags, AwsError> {
        self.0
            .call("GetResourceLFTags", |lakeformation| async move {
                let out = lakeformation
                    .get_resource_lf_tags()
                    .resource(resource.into_sdk()?)
                    .show_assigned_lf_tags(assigned)
                    .send()
                    .await?;
                let columns = out.lf_tags_on_columns.unwrap_or_default().into_iter();
                Ok(ResourceTags {
                    database: by_key(out.lf_tag_on_database),
                    table: by_key(out.lf_tags_on_table),
                    columns: columns
                        .map(|column| (column.name.unwrap_or_default(), by_key(column.lf_tags)))
                        .collect(),
                })
            })
            .await
    }

    async fn tag_failures(
        &self,
        operation: &'static str,
        failures: Option<Vec<LfTagError>>,
    ) -> Vec<TagFailure> {
        let failures: Vec<(String, Failure)> = failures
            .unwrap_or_default()
            .into_iter()
            .map(|failed| {
                let key = failed.lf_tag.map(|tag| tag.tag_key).unwrap_or_default();
                (key, failure(failed.error))
            })
            .collect();
        if failures
            .iter()
            .any(|(_, failure)| failure.verdict.class == ErrorClass::Throttle)
        {
            self.0.throttled(operation).await;
        }
        failures
            .into_iter()
            .map(|(key, failure)| TagFailure {
                key,
                error: failure.into_error(NAME, operation),
            })
            .collect()
    }
}

fn pairs(tags: BTreeMap<String, String>) -> Result<Vec<LfTagPair>, Failure> {
    tags.into_iter()
        .map(|(key, value)| {
            let pair = LfTagPair::builder()
                .tag_key(key)
                .tag_values(value)
                .build()?;
            Ok(pair)
        })
        .collect()
}

/// The model has a list of values, of which a resource has exactly one.
fn by_key(pairs: Option<Vec<LfTagPair>>) -> BTreeMap<String, String> {
    let pairs = pairs.unwrap_or_default().into_iter();
    pairs
        .filter_map(|pair| Some((pair.tag_key, pair.tag_values.into_iter().next()?)))
        .collect()
}
