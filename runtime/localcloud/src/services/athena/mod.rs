//! Amazon Athena: queries over the tables of the Glue catalog and their files in S3.
//!
//! A query runs within the request that starts it, and is over after
//! [`LocalCloud::set_query_delay`](crate::LocalCloud::set_query_delay) of the cloud's clock. Who asks
//! sees of each table what Lake Formation shows them, and nothing else ever reaches the engine: see
//! `engine`. Results are kept, and written as CSV to the output location, too.
//!
//! Documents: `athena.queries` by id and their ids by work group and time, `athena.tokens` by client
//! token, `athena.workgroups` by name, `athena.named-queries` by id and their ids by work group; blobs:
//! `athena.results` by id.

mod engine;
mod error;
mod metadata;
mod named_query;
mod queries;
mod query;
mod results;
mod start;
mod workgroup;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

pub(crate) struct Athena;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        aws_json::write(
            &$operation(aws_json::read($call)?, $call, $tx)?,
            aws_json::V1_1,
        )
    };
}

impl Service for Athena {
    fn name(&self) -> &'static str {
        "athena"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "StartQueryExecution" => answer!(start::start, call, tx),
            "GetQueryExecution" => answer!(queries::get, call, tx),
            "BatchGetQueryExecution" => answer!(queries::batch_get, call, tx),
            "ListQueryExecutions" => answer!(queries::list, call, tx),
            "StopQueryExecution" => answer!(queries::stop, call, tx),
            "GetQueryResults" => answer!(results::get, call, tx),
            "ListDataCatalogs" => answer!(metadata::list_catalogs, call, tx),
            "GetDataCatalog" => answer!(metadata::get_catalog, call, tx),
            "ListDatabases" => answer!(metadata::list_databases, call, tx),
            "GetDatabase" => answer!(metadata::get_database, call, tx),
            "ListTableMetadata" => answer!(metadata::list_tables, call, tx),
            "GetTableMetadata" => answer!(metadata::get_table, call, tx),
            "CreateNamedQuery" => answer!(named_query::create, call, tx),
            "GetNamedQuery" => answer!(named_query::get, call, tx),
            "BatchGetNamedQuery" => answer!(named_query::batch_get, call, tx),
            "ListNamedQueries" => answer!(named_query::list, call, tx),
            "UpdateNamedQuery" => answer!(named_query::update, call, tx),
            "DeleteNamedQuery" => answer!(named_query::delete, call, tx),
            "CreateWorkGroup" => answer!(workgroup::create, call, tx),
            "GetWorkGroup" => answer!(workgroup::get, call, tx),
            "ListWorkGroups" => answer!(workgroup::list, call, tx),
            "DeleteWorkGroup" => answer!(workgroup::delete, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::bad_request(
            "TooManyRequestsException",
            "You have exceeded the limit for the number of requests",
        )
    }
}
