//! `CreateTable`, and what a table must state.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::table::{TABLES, Table};
use super::{error, tags};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// `CreateTable`. The table is there at once.
pub(super) fn create(
    mut input: Map<String, Value>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = input.remove("TableName");
    let name = name
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let mut constraints = Constraints::new();
    constraints.length("tableName", Some(&name), 3, 255);
    constraints.pattern("tableName", Some(&name), "[a-zA-Z0-9_.-]+");
    constraints.check("ValidationException")?;
    let tags = input.remove("Tags").unwrap_or_default();
    check(&input)?;
    let table = Table {
        arn: format!(
            "arn:aws:dynamodb:{}:{}:table/{name}",
            call.scope.region, call.scope.account
        ),
        id: call.cloud.uuid(),
        created_ms: call.now_ms,
        stated: input,
        time_to_live: None,
        recovery: false,
        tags: tags::collect(&tags),
        name,
    };
    if !tx.insert(&call.scope, TABLES, &table.name, &table)? {
        return Err(ServiceError::bad_request(
            "ResourceInUseException",
            format!("Table already exists: {}", table.name),
        ));
    }
    Ok(json!({"TableDescription": table.show("CREATING")}))
}

/// Keys and their attributes fit each other, and so do billing mode and throughput.
pub(super) fn check(stated: &Map<String, Value>) -> Result<(), ServiceError> {
    let list = |name: &str| -> Vec<Value> {
        stated
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let schema = list("KeySchema");
    check_schema(&schema)?;
    let mut keys = names(&schema);
    for name in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        for index in list(name) {
            let schema = index["KeySchema"].as_array().cloned().unwrap_or_default();
            check_schema(&schema)?;
            keys.extend(names(&schema));
        }
    }
    let definitions = list("AttributeDefinitions");
    let defined = names(&definitions);
    if let Some(missing) = keys.difference(&defined).next() {
        return Err(error::validation(format!(
            "One or more parameter values were invalid: Some index key attributes are not defined \
             in AttributeDefinitions. Keys: [{missing}], AttributeDefinitions: [{}]",
            defined.iter().cloned().collect::<Vec<_>>().join(", ")
        )));
    }
    if keys.len() != defined.len() {
        return Err(error::validation(
            "One or more parameter values were invalid: Number of attributes in KeySchema does not \
             exactly match number of attributes defined in AttributeDefinitions",
        ));
    }
    let kinds = ["S", "N", "B"];
    let odd = definitions.iter().find(|definition| {
        !definition["AttributeType"]
            .as_str()
            .is_some_and(|kind| kinds.contains(&kind))
    });
    if let Some(odd) = odd {
        return Err(error::validation(format!(
            "1 validation error detected: Value '{}' at 'attributeDefinitions.1.member.attributeType' \
             failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]",
            odd["AttributeType"].as_str().unwrap_or("null")
        )));
    }
    check_billing(stated)
}

fn check_schema(schema: &[Value]) -> Result<(), ServiceError> {
    let kind = |place: usize| schema.get(place).and_then(|key| key["KeyType"].as_str());
    let fits = kind(0) == Some("HASH")
        && (schema.len() == 1 || (schema.len() == 2 && kind(1) == Some("RANGE")));
    if fits {
        return Ok(());
    }
    Err(error::validation(
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type, or the second is not \
         a RANGE key type",
    ))
}

fn names(elements: &[Value]) -> BTreeSet<String> {
    elements
        .iter()
        .filter_map(|element| element["AttributeName"].as_str().map(str::to_owned))
        .collect()
}

fn check_billing(stated: &Map<String, Value>) -> Result<(), ServiceError> {
    let throughput = stated
        .get("ProvisionedThroughput")
        .filter(|value| !value.is_null());
    match stated.get("BillingMode").and_then(Value::as_str) {
        Some("PAY_PER_REQUEST") if throughput.is_some() => Err(error::validation(
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor \
             WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        )),
        Some("PAY_PER_REQUEST") => Ok(()),
        _ if throughput.is_none() => Err(error::validation(
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits \
             must both be specified when BillingMode is PROVISIONED",
        )),
        _ => Ok(()),
    }
}
