//! Tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

pub(super) const TABLES: &str = "dynamodb.tables";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) id: String,
    pub(super) created_ms: i64,
    /// What the request said, by DynamoDB's names.
    pub(super) stated: Map<String, Value>,
    /// The attribute that says when an item goes.
    pub(super) time_to_live: Option<String>,
    pub(super) recovery: bool,
    pub(super) tags: BTreeMap<String, String>,
}

impl Table {
    pub(super) fn save(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, TABLES, &self.name, self)
    }

    fn is_protected(&self) -> bool {
        self.stated.get("DeletionProtectionEnabled") == Some(&Value::Bool(true))
    }

    pub(super) fn show(&self, status: &str) -> Value {
        let stated = |name: &str| self.stated.get(name).cloned().unwrap_or_default();
        let on_demand = stated("BillingMode") == "PAY_PER_REQUEST";
        let throughput = if on_demand {
            json!({"ReadCapacityUnits": 0, "WriteCapacityUnits": 0})
        } else {
            stated("ProvisionedThroughput")
        };
        let mut throughput = throughput;
        throughput["NumberOfDecreasesToday"] = json!(0);
        let mut shown = json!({
            "TableName": self.name,
            "TableArn": self.arn,
            "TableId": self.id,
            "TableStatus": status,
            "CreationDateTime": epoch_seconds(self.created_ms),
            "AttributeDefinitions": stated("AttributeDefinitions"),
            "KeySchema": stated("KeySchema"),
            "ProvisionedThroughput": throughput,
            "TableSizeBytes": 0,
            "ItemCount": 0,
            "DeletionProtectionEnabled": self.is_protected(),
        });
        if on_demand {
            shown["BillingModeSummary"] = json!({"BillingMode": "PAY_PER_REQUEST"});
        }
        for name in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            if let Some(Value::Array(indexes)) = self.stated.get(name) {
                shown[name] = indexes.iter().map(|index| self.show_index(index)).collect();
            }
        }
        if let Some(stream) = self.stated.get("StreamSpecification") {
            shown["StreamSpecification"] = stream.clone();
            if stream["StreamEnabled"] == true {
                shown["LatestStreamArn"] = Value::from(self.stream_arn());
            }
        }
        if let Some(Value::Object(encryption)) = self.stated.get("SSESpecification") {
            shown["SSEDescription"] = json!({
                "Status": "ENABLED",
                "SSEType": encryption.get("SSEType").cloned().unwrap_or_else(|| json!("KMS")),
                "KMSMasterKeyArn": encryption.get("KMSMasterKeyId"),
            });
        }
        if let Some(class) = self.stated.get("TableClass") {
            shown["TableClassSummary"] = json!({"TableClass": class});
        }
        shown
    }

    fn show_index(&self, index: &Value) -> Value {
        let mut shown = index.clone();
        shown["IndexStatus"] = json!("ACTIVE");
        shown["IndexArn"] = json!(format!(
            "{}/index/{}",
            self.arn,
            index["IndexName"].as_str().unwrap_or_default()
        ));
        shown
    }

    fn stream_arn(&self) -> String {
        let at = crate::protocol::timestamp::iso8601(self.created_ms);
        format!("{}/stream/{}", self.arn, at.trim_end_matches('Z'))
    }
}

/// The table of this name, or behind this ARN.
///
/// # Errors
/// `ResourceNotFoundException` (400).
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Table, ServiceError> {
    let short = name.rsplit('/').next().unwrap_or_default();
    tx.get(&call.scope, TABLES, short)?
        .ok_or_else(|| error::not_found(short))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneTable {
    #[serde(default)]
    pub(super) table_name: String,
}

/// `DescribeTable`.
pub(super) fn describe(
    input: OneTable,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    Ok(json!({"Table": require(call, tx, &input.table_name)?.show("ACTIVE")}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    exclusive_start_table_name: Option<String>,
    limit: Option<usize>,
}

/// `ListTables`, by name.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let limit = input.limit.unwrap_or(100).clamp(1, 100);
    let after = input.exclusive_start_table_name.as_deref();
    let tables: Vec<(String, Table)> = tx.scan(&call.scope, TABLES, "", after, limit + 1)?;
    let more = tables.len() > limit;
    let names: Vec<String> = tables
        .into_iter()
        .take(limit)
        .map(|(name, _)| name)
        .collect();
    let mut output = json!({"TableNames": names});
    if more {
        output["LastEvaluatedTableName"] = json!(names.last());
    }
    Ok(output)
}

/// `UpdateTable`, but for its indexes.
pub(super) fn update(
    mut input: Map<String, Value>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    const CHANGEABLE: [&str; 7] = [
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "ProvisionedThroughput",
        "SSESpecification",
        "StreamSpecification",
        "TableClass",
    ];
    let name = input.remove("TableName").unwrap_or_default();
    let mut table = require(call, tx, name.as_str().unwrap_or_default())?;
    if input.is_empty() {
        return Err(error::validation(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
             GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
        ));
    }
    for (member, value) in input {
        if !CHANGEABLE.contains(&member.as_str()) {
            return Err(error::validation(format!(
                "The embedded AWS does not change {member} of a table."
            )));
        }
        table.stated.insert(member, value);
    }
    super::create_table::check(&table.stated)?;
    table.save(call, tx)?;
    Ok(json!({"TableDescription": table.show("UPDATING")}))
}

/// `DeleteTable`. Unlike on AWS, its name is free again at once.
pub(super) fn delete(input: OneTable, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let table = require(call, tx, &input.table_name)?;
    if table.is_protected() {
        return Err(error::validation(format!(
            "Resource cannot be deleted as it is currently protected against deletion. Disable \
             deletion protection first: {}",
            table.name
        )));
    }
    tx.delete(&call.scope, TABLES, &table.name)?;
    Ok(json!({"TableDescription": table.show("DELETING")}))
}
