//! `[access]`: how access to data is given, looked at and taken.

use super::{COUNT, setting};
use crate::config::setting::{Kind, Setting};

pub(super) const ACCESS: &[Setting] = &[
    setting(
        "access.athena_output",
        Kind::Text,
        "",
        "Where Athena writes the results of the queries that verify, `s3://bucket/prefix/`; `{account}` is the \
         consumer's account. The work group says it if unset.",
    ),
    setting(
        "access.athena_workgroup",
        Kind::Text,
        "\"primary\"",
        "The work group of these queries.",
    ),
    setting(
        "access.consumer_role",
        Kind::Text,
        "\"arn:aws:iam::{account}:role/datamesh-consumer\"",
        "The ARN of the role that reads where none is named; `{account}` is the consumer's account.",
    ),
    setting(
        "access.link_database",
        Kind::Text,
        "\"shared_{database}\"",
        "The database of resource links in a consumer's account; `{database}` is the shared one.",
    ),
    setting(
        "access.register_locations",
        Kind::Switch,
        "true",
        "Whether the locations of shared tables are registered with Lake Formation, in hybrid mode.",
    ),
    setting(
        "access.verify_every",
        Kind::Duration,
        "\"6h\"",
        "How long after a look at what is given the next one is due.",
    ),
    setting(
        "access.drift",
        Kind::Choice(&["report", "repair"]),
        "\"report\"",
        "What is done about drift that a scheduled look finds.",
    ),
    setting(
        "access.request_days",
        COUNT,
        "14",
        "How many days owners have to decide a request.",
    ),
    setting(
        "access.topic",
        Kind::Text,
        "",
        "The ARN of the SNS topic that is told of what is given and taken.",
    ),
];
