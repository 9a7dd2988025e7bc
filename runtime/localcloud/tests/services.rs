//! IAM, KMS, SNS and DynamoDB by raw requests over a socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "services/dynamodb.rs"]
mod dynamodb;
#[path = "services/iam.rs"]
mod iam;
#[path = "services/kms.rs"]
mod kms;
#[allow(dead_code, reason = "shared with the tests of RAM")]
#[path = "services/raw.rs"]
mod raw;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "wire/setup.rs"]
mod setup;
#[path = "services/sns.rs"]
mod sns;
