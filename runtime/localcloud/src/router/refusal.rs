//! What is refused before a service sees it: bodies that are too large, requests that nobody signed, and
//! services that are not there. Each in the protocol of the request, as far as it can be told.

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};

use super::respond;
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::identity::Signature;
use crate::protocol::{Protocol, aws_json};

/// The largest body that S3 takes: 256 MiB. Larger objects are uploaded in parts.
const MAX_UPLOAD: usize = 256 * 1024 * 1024;
/// The largest body that any other service takes: 8 MiB.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The most bytes of this request's body.
pub(crate) fn limit(parts: &Parts) -> usize {
    Signature::of(parts).map_or(MAX_BODY, |signature| limit_of(&signature.service))
}

pub(super) fn limit_of(service: &str) -> usize {
    if service == "s3" {
        MAX_UPLOAD
    } else {
        MAX_BODY
    }
}

/// What kept a body from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is longer than [`limit`].
    TooLarge,
    /// It did not come in time.
    TooSlow,
}

/// The answer to a request whose body was not read.
pub(crate) fn refuse(cloud: &CloudInner, parts: &Parts, why: Unread) -> Response<Bytes> {
    let request_id = cloud.uuid();
    let signature = Signature::of(parts);
    let protocol = match &signature {
        None => guess_unsigned(cloud, parts, &[]),
        Some(signature) => match cloud.service(&signature.service) {
            Some(service) => service.protocol(),
            None => guess(parts, &signature.service),
        },
    };
    let error = match why {
        Unread::TooLarge => too_large(protocol),
        Unread::TooSlow => ServiceError::new(
            if protocol == Protocol::RestXml {
                400
            } else {
                408
            },
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the \
             timeout period. Idle connections will be closed.",
        ),
    };
    respond(protocol.render(&error, &request_id), protocol, &request_id)
}

pub(super) fn too_large(protocol: Protocol) -> ServiceError {
    if protocol == Protocol::RestXml {
        return ServiceError::bad_request(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
        )
        .with_field("MaxSizeAllowed", MAX_UPLOAD.to_string());
    }
    ServiceError::new(
        413,
        "RequestEntityTooLargeException",
        format!("The request's body is larger than {MAX_BODY} bytes"),
    )
}

/// S3 knows readers without a signature, and lets them read nothing here.
pub(super) fn unsigned(protocol: Protocol) -> ServiceError {
    if protocol == Protocol::RestXml {
        return ServiceError::new(403, "AccessDenied", "Access Denied");
    }
    ServiceError::new(
        403,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    )
}

pub(super) fn unknown_service(name: &str) -> ServiceError {
    ServiceError::new(
        501,
        "UnknownOperationException",
        format!("the embedded AWS does not have the service {name}"),
    )
}

pub(super) fn is_rest(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::RestXml | Protocol::RestJson)
}

/// A query service's form may stand in the URL, as presigned ones do.
pub(super) fn form_of_query(parts: &Parts) -> Option<Bytes> {
    let query = parts.uri.query()?;
    let names_action = query.split('&').any(|pair| pair.starts_with("Action="));
    (parts.method == Method::GET && names_action).then(|| Bytes::copy_from_slice(query.as_bytes()))
}

/// The protocol of a request whose service the embedded cloud does not have.
pub(super) fn guess(parts: &Parts, service: &str) -> Protocol {
    let content_type = content_type(parts);
    if content_type.starts_with(aws_json::V1_0) {
        Protocol::AwsJson10
    } else if parts.headers.contains_key("x-amz-target") {
        Protocol::AwsJson11
    } else if content_type.starts_with("application/x-www-form-urlencoded")
        || form_of_query(parts).is_some()
    {
        Protocol::Query
    } else if service.starts_with("s3") || matches!(service, "route53" | "cloudfront") {
        Protocol::RestXml
    } else {
        Protocol::RestJson
    }
}

/// The protocol of a request that does not say for which service it is: what has the form of none of
/// the others is for S3.
pub(super) fn guess_unsigned(cloud: &CloudInner, parts: &Parts, body: &[u8]) -> Protocol {
    let service = if cloud.services.iter().any(|service| {
        service.protocol() == Protocol::RestJson && service.operation(parts, body).is_some()
    }) {
        ""
    } else {
        "s3"
    };
    guess(parts, service)
}

fn content_type(parts: &Parts) -> &str {
    let value = parts.headers.get("content-type");
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
