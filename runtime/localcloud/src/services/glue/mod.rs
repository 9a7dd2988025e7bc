//! The Glue Data Catalog: databases, tables with their versions, partitions, column statistics and
//! tags; and the crawlers that fill it (see `crawler`).
//!
//! Names are kept in lower case. A catalog is an account's own; of another's, a caller reads what Lake
//! Formation shares with it, also through resource links. Resource policies, jobs, connections and the
//! schema registry are not here.
//!
//! Documents: `glue.databases` by name, `glue.tables` by database and name, `glue.table-versions` the
//! latest first, `glue.partitions` by the table's key and the values, `glue.partition-indexes`,
//! `glue.table-statistics`, `glue.partition-statistics`, `glue.tags` by ARN.

mod catalog;
mod crawler;
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
mod get_tables;
mod get_unfiltered_table_metadata;
mod iceberg;
mod link;
mod partition;
mod s3;
mod search_tables;
mod statistics;
mod table;
mod table_versions;
mod tags;
#[cfg(test)]
mod tests;
mod update_database;
mod update_table;

use http::request::Parts;

pub(crate) use crawler::{CRAWL, CRAWL_ENDS, SCHEDULE as CRAWLER_SCHEDULE, perform};

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
            "GetUnfilteredTableMetadata" => answer!(
                get_unfiltered_table_metadata::get_unfiltered_table_metadata,
                call,
                tx
            ),
            "UpdateTable" => answer!(update_table::update_table, call, tx),
            "DeleteTable" => answer!(delete_table::delete_table, call, tx),
            "BatchDeleteTable" => answer!(delete_table::batch_delete_table, call, tx),
            "SearchTables" => answer!(search_tables::search_tables, call, tx),
            "GetTableVersion" => answer!(table_versions::get, call, tx),
            "GetTableVersions" => answer!(table_versions::list, call, tx),
            "DeleteTableVersion" => answer!(table_versions::delete, call, tx),
            "BatchDeleteTableVersion" => answer!(table_versions::batch_delete, call, tx),
            "TagResource" => answer!(tags::tag_resource, call, tx),
            "UntagResource" => answer!(tags::untag_resource, call, tx),
            "GetTags" => answer!(tags::get_tags, call, tx),
            _ => parts(call, tx),
        }
    }
}

/// The operations on what tables consist of, and on crawlers.
fn parts(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    match call.operation.as_str() {
        "CreatePartition" => answer!(partition::create::create, call, tx),
        "BatchCreatePartition" => answer!(partition::create::batch_create, call, tx),
        "GetPartition" => answer!(partition::get::get, call, tx),
        "BatchGetPartition" => answer!(partition::get::batch_get, call, tx),
        "GetPartitions" => answer!(partition::list::list, call, tx),
        "UpdatePartition" => answer!(partition::update::update, call, tx),
        "BatchUpdatePartition" => answer!(partition::update::batch_update, call, tx),
        "DeletePartition" => answer!(partition::delete::delete, call, tx),
        "BatchDeletePartition" => answer!(partition::delete::batch_delete, call, tx),
        "CreatePartitionIndex" => answer!(partition::index::create, call, tx),
        "GetPartitionIndexes" => answer!(partition::index::list, call, tx),
        "DeletePartitionIndex" => answer!(partition::index::delete, call, tx),
        "UpdateColumnStatisticsForTable" | "UpdateColumnStatisticsForPartition" => {
            answer!(statistics::update, call, tx)
        }
        "GetColumnStatisticsForTable" | "GetColumnStatisticsForPartition" => {
            answer!(statistics::get, call, tx)
        }
        "DeleteColumnStatisticsForTable" | "DeleteColumnStatisticsForPartition" => {
            answer!(statistics::delete, call, tx)
        }
        "CreateCrawler" => answer!(crawler::define::create, call, tx),
        "UpdateCrawler" => answer!(crawler::define::update, call, tx),
        "DeleteCrawler" => answer!(crawler::define::delete, call, tx),
        "GetCrawler" => answer!(crawler::read::get, call, tx),
        "GetCrawlers" => answer!(crawler::read::get_all, call, tx),
        "BatchGetCrawlers" => answer!(crawler::read::batch_get, call, tx),
        "ListCrawlers" => answer!(crawler::read::list, call, tx),
        "GetCrawlerMetrics" => answer!(crawler::read::metrics, call, tx),
        "StartCrawler" => answer!(crawler::run::start, call, tx),
        "StopCrawler" => answer!(crawler::run::stop, call, tx),
        "ListCrawls" => answer!(crawler::history::list, call, tx),
        "StartCrawlerSchedule" => answer!(crawler::schedule::start, call, tx),
        "StopCrawlerSchedule" => answer!(crawler::schedule::stop, call, tx),
        "UpdateCrawlerSchedule" => answer!(crawler::schedule::update, call, tx),
        _ => Err(call.unknown_operation()),
    }
}
