//! Databases, stored under their names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{catalog, error, link};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::lakeformation::lifecycle;
use crate::store::{Scope, Tx};

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
    pub(super) create_table_default_permissions: Value,
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
        tx: &Tx<'_>,
    ) -> Result<Self, ServiceError> {
        let name = catalog::name(&mut constraints, "databaseInput.name", input.name);
        let description = input.description.as_deref();
        constraints.length("databaseInput.description", description, 0, 2048);
        let location = input.location_uri.as_deref();
        constraints.length("databaseInput.locationUri", location, 1, 1024);
        constraints.check(error::INVALID_INPUT)?;
        if let Some(target) = &input.target_database {
            link::check_database(target)?;
        }
        let defaults = match input.create_table_default_permissions {
            Some(defaults) => defaults,
            None => lifecycle::table_defaults(tx, call)?,
        };
        Ok(Self {
            name,
            description: input.description,
            location_uri: input.location_uri,
            parameters: input.parameters,
            create_time: epoch_seconds(call.now_ms),
            create_table_default_permissions: defaults,
            target_database: input.target_database,
            catalog_id: call.scope.account.clone(),
        })
    }
}

impl DatabaseInput {
    /// A database of which nothing but the name is said.
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::default()
        }
    }
}

/// Makes a database, with what is permitted on it from the start.
///
/// # Errors
/// `AlreadyExistsException`.
pub(super) fn add(call: &Call<'_>, tx: &Tx<'_>, database: &Database) -> Result<(), ServiceError> {
    if !tx.insert(&call.scope, DATABASES, &database.name, database)? {
        return Err(error::exists("Database already exists."));
    }
    lifecycle::database_created(tx, call, &database.name)
}

pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Database, ServiceError> {
    require_in(tx, &call.scope, name)
}

/// As [`require`], in any catalog.
pub(super) fn require_in(tx: &Tx<'_>, scope: &Scope, name: &str) -> Result<Database, ServiceError> {
    tx.get(scope, DATABASES, name)?
        .ok_or_else(|| error::not_found(format!("Database {name} not found.")))
}
