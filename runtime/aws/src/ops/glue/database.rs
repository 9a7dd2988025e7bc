//! Databases.

use std::collections::BTreeMap;

use aws_sdk_glue::types::DatabaseInput;

use super::Glue;
use crate::classify::{Failure, refused};
use crate::error::{AwsError, ErrorClass};
use crate::ops::millis;

/// What `CreateDatabase` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateDatabase {
    /// Lower case; unique in the catalogue.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Where its tables are by default: `s3://bucket/prefix/`.
    pub location: Option<String>,
    /// Free properties.
    pub parameters: BTreeMap<String, String>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Where its tables are by default.
    pub location: Option<String>,
    /// Free properties.
    pub parameters: BTreeMap<String, String>,
    /// The account whose catalogue it is in.
    pub catalog_id: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
}

impl Glue<'_> {
    /// `CreateDatabase`. Conflict when there is one of that name.
    pub async fn create_database(&self, input: CreateDatabase) -> Result<(), AwsError> {
        self.0
            .call("CreateDatabase", |glue| async move {
                let database = DatabaseInput::builder()
                    .name(input.name)
                    .set_description(input.description)
                    .set_location_uri(input.location)
                    .set_parameters(Some(input.parameters.into_iter().collect()))
                    .build()?;
                glue.create_database()
                    .database_input(database)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `GetDatabase`.
    pub async fn get_database(&self, name: &str) -> Result<Database, AwsError> {
        self.0
            .call("GetDatabase", |glue| async move {
                let out = glue.get_database().name(name).send().await?;
                let database = out.database.ok_or_else(absent)?;
                Ok(Database {
                    name: database.name,
                    description: database.description,
                    location: database.location_uri,
                    parameters: database
                        .parameters
                        .unwrap_or_default()
                        .into_iter()
                        .collect(),
                    catalog_id: database.catalog_id,
                    created_at_ms: millis(database.create_time),
                })
            })
            .await
    }

    /// `DeleteDatabase`, with the tables that are in it.
    pub async fn delete_database(&self, name: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteDatabase", |glue| async move {
                glue.delete_database().name(name).send().await?;
                Ok(())
            })
            .await
    }
}

/// The model allows a successful answer without its content.
pub(super) fn absent() -> Failure {
    Failure::new(
        "EntityNotFoundException",
        "the answer was empty",
        refused(ErrorClass::NotFound),
    )
}
