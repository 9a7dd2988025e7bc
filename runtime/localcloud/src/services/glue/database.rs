//! Databases, stored under their names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{catalog, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

pub(super) const DATABASES: &str = "glue.databases";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DatabaseInput {
    name: Option<String>,
    description: Option<String>,
    location_uri: Option<String>,
    parameters: Option<Map<String, Value>>,
    create_table_default_permissions: Option<Value>,
    target_database: Option<Value>,
}

/// A database, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Database {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Map<String, Value>>,
    /// Seconds since the Unix epoch.
    pub(super) create_time: f64,
    create_table_default_permissions: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_database: Option<Value>,
    catalog_id: String,
}

impl Database {
    /// Checks the input and makes a database of it.
    pub(super) fn new(
        input: DatabaseInput,
        mut constraints: Constraints,
        call: &Call<'_>,
    ) -> Result<Self, ServiceError> {
        let name = catalog::name(&mut constraints, "databaseInput.name", input.name);
        let description = input.description.as_deref();
        constraints.length("databaseInput.description", description, 0, 2048);
        let location = input.location_uri.as_deref();
        constraints.length("databaseInput.locationUri", location, 1, 1024);
        constraints.check(error::INVALID_INPUT)?;
        Ok(Self {
            name,
            description: input.description,
            location_uri: input.location_uri,
            parameters: input.parameters,
            create_time: epoch_seconds(call.now_ms),
            create_table_default_permissions: input
                .create_table_default_permissions
                .unwrap_or_else(everything_by_iam),
            target_database: input.target_database,
            catalog_id: call.scope.account.clone(),
        })
    }
}

/// What a catalog grants on new tables unless Lake Formation says otherwise.
fn everything_by_iam() -> Value {
    json!([{
        "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
        "Permissions": ["ALL"],
    }])
}

pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Database, ServiceError> {
    tx.get(&call.scope, DATABASES, name)?
        .ok_or_else(|| error::not_found(format!("Database {name} not found.")))
}
