//! What a crawler crawls.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error;
use super::exclusions::Exclusions;
use crate::error::ServiceError;
use crate::services::constraints::Constraints;
use crate::services::glue::s3;

/// A crawler's targets. Those that are not in S3 are shown as the empty lists that they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Targets {
    #[serde(default)]
    pub(super) s3_targets: Vec<S3Target>,
    #[serde(default)]
    jdbc_targets: Vec<Value>,
    #[serde(default, rename = "MongoDBTargets")]
    mongo_db_targets: Vec<Value>,
    #[serde(default, rename = "DynamoDBTargets")]
    dynamo_db_targets: Vec<Value>,
    #[serde(default)]
    catalog_targets: Vec<Value>,
    #[serde(default)]
    delta_targets: Vec<Value>,
    #[serde(default)]
    iceberg_targets: Vec<Value>,
    #[serde(default)]
    hudi_targets: Vec<Value>,
}

/// A folder, or one object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct S3Target {
    /// `s3://…`
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) exclusions: Vec<String>,
    /// How many files of a folder are looked into; all if it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sample_size: Option<usize>,
}

impl Targets {
    /// # Errors
    /// `InvalidInputException`: none at all, not in S3, or a pattern that cannot be read.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        let others = [
            ("JdbcTargets", &self.jdbc_targets),
            ("MongoDBTargets", &self.mongo_db_targets),
            ("DynamoDBTargets", &self.dynamo_db_targets),
            ("CatalogTargets", &self.catalog_targets),
            ("DeltaTargets", &self.delta_targets),
            ("IcebergTargets", &self.iceberg_targets),
            ("HudiTargets", &self.hudi_targets),
        ];
        if let Some((kind, _)) = others.iter().find(|(_, targets)| !targets.is_empty()) {
            return Err(error::invalid(format!(
                "The embedded Glue crawls S3Targets, not {kind}."
            )));
        }
        if self.s3_targets.is_empty() {
            return Err(error::invalid("At least one target is required."));
        }
        let mut constraints = Constraints::new();
        for (at, target) in self.s3_targets.iter().enumerate() {
            let member = format!("targets.s3Targets.{}.member.sampleSize", at + 1);
            let size = target.sample_size.and_then(|size| i64::try_from(size).ok());
            constraints.range(&member, size, 1, 249);
        }
        constraints.check(error::INVALID_INPUT)?;
        for target in &self.s3_targets {
            if s3::address(&target.path).is_none() {
                return Err(error::invalid(format!(
                    "The S3 path {:?} is not valid: it looks like s3://bucket/folder.",
                    target.path
                )));
            }
            Exclusions::new(&target.exclusions)?;
        }
        Ok(())
    }
}
