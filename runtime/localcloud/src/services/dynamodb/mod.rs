//! Amazon DynamoDB: tables, without items.
//!
//! Tables can be made, described, changed and deleted, with their time to live, their point-in-time
//! recovery and their tags. Nothing can be put into them.
//!
//! Documents: `dynamodb.tables` by name.

mod create_table;
mod error;
mod settings;
mod table;
mod tags;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

pub(crate) struct DynamoDb;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        aws_json::write(
            &$operation(aws_json::read($call)?, $call, $tx)?,
            aws_json::V1_0,
        )
    };
}

impl Service for DynamoDb {
    fn name(&self) -> &'static str {
        "dynamodb"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateTable" => answer!(create_table::create, call, tx),
            "DescribeTable" => answer!(table::describe, call, tx),
            "ListTables" => answer!(table::list, call, tx),
            "UpdateTable" => answer!(table::update, call, tx),
            "DeleteTable" => answer!(table::delete, call, tx),
            "UpdateTimeToLive" => answer!(settings::update_time_to_live, call, tx),
            "DescribeTimeToLive" => answer!(settings::describe_time_to_live, call, tx),
            "UpdateContinuousBackups" => answer!(settings::update_backups, call, tx),
            "DescribeContinuousBackups" => answer!(settings::describe_backups, call, tx),
            "TagResource" => answer!(tags::tag_resource, call, tx),
            "UntagResource" => answer!(tags::untag_resource, call, tx),
            "ListTagsOfResource" => answer!(tags::list, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }
}
