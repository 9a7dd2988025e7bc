//! The Glue Data Catalog: databases and tables with their versions.
//!
//! Names are kept in lower case. A catalog is an account's own; of another's, a caller reads what Lake
//! Formation shares with it, also through resource links. Resource policies are not here. An Iceberg table gets the parameters that Glue gives it; its metadata file is not written.

mod catalog;
mod create_database;
mod create_table;
mod database;
mod delete_database;
mod delete_table;
mod error;
mod expression;
pub(crate) mod facts;
mod foreign;
mod get_database;
mod get_databases;
mod get_table;
mod get_table_versions;
mod get_tables;
mod get_unfiltered_table_metadata;
mod iceberg;
mod link;
mod table;
mod update_database;
mod update_table;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

/// Glue.
#[derive(Debug, Default, Clone, Copy)]
pub struct Glue;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        aws_json::write(
            &$operation(aws_json::read($call)?, $call, $tx)?,
            aws_json::V1_1,
        )
    };
}

impl Service for Glue {
    fn name(&self) -> &'static str {
        "glue"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateDatabase" => answer!(create_database::create_database, call, tx),
            "GetDatabase" => answer!(get_database::get_database, call, tx),
            "GetDatabases" => answer!(get_databases::get_databases, call, tx),
            "UpdateDatabase" => answer!(update_database::update_database, call, tx),
            "DeleteDatabase" => answer!(delete_database::delete_database, call, tx),
            "CreateTable" => answer!(create_table::create_table, call, tx),
            "GetTable" => answer!(get_table::get_table, call, tx),
            "GetTables" => answer!(get_tables::get_tables, call, tx),
            "GetTableVersions" => answer!(get_table_versions::get_table_versions, call, tx),
            "GetUnfilteredTableMetadata" => answer!(
                get_unfiltered_table_metadata::get_unfiltered_table_metadata,
                call,
                tx
            ),
            "UpdateTable" => answer!(update_table::update_table, call, tx),
            "DeleteTable" => answer!(delete_table::delete_table, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }
}
