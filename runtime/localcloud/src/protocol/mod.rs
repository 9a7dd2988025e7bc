//! AWS's wire protocols: one reader, one writer and one rendering of errors each.
//!
//! An operation is a function from a serde struct to a serde struct. Nothing in here knows a
//! service.

pub mod aws_chunked;
pub mod aws_json;
pub mod checksum;
pub mod query;
pub mod rest_json;
pub mod rest_xml;
pub mod timestamp;
pub(crate) mod xml;

use crate::error::ServiceError;
use crate::services::Reply;

/// Which protocol a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `X-Amz-Target` and JSON bodies, `application/x-amz-json-1.0`: SQS, DynamoDB.
    AwsJson10,
    /// The same with `application/x-amz-json-1.1`: Glue, EventBridge, KMS.
    AwsJson11,
    /// Paths and JSON bodies: DataZone.
    RestJson,
    /// Paths and XML bodies: S3.
    RestXml,
    /// `Action=` forms and XML answers: STS, IAM, SNS, CloudFormation.
    Query,
}

impl Protocol {
    /// As the services' documentation calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AwsJson10 => "JSON 1.0",
            Self::AwsJson11 => "JSON 1.1",
            Self::RestJson => "REST-JSON",
            Self::RestXml => "REST-XML",
            Self::Query => "query",
        }
    }

    /// Renders an error answer.
    pub fn render(self, error: &ServiceError, request_id: &str) -> Reply {
        match self {
            Self::AwsJson10 => aws_json::render(error, aws_json::V1_0),
            Self::AwsJson11 => aws_json::render(error, aws_json::V1_1),
            Self::RestJson => rest_json::render(error),
            Self::RestXml => rest_xml::render(error, request_id),
            Self::Query => query::render(error, request_id),
        }
    }

    /// The header that carries the request id.
    pub fn request_id_header(self) -> &'static str {
        match self {
            Self::RestXml => "x-amz-request-id",
            _ => "x-amzn-requestid",
        }
    }
}
