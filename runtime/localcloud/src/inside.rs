//! How a service of the embedded cloud uses another, as AWS's services use each other: by requests
//! that go the way of all requests, faults included, within the transaction of the one who asks.

use http::{HeaderMap, Method, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::error::ServiceError;
use crate::faults::{Before, FaultEffect};
use crate::protocol::xml;
use crate::request::Call;
use crate::router::decode_form;
use crate::services::Reply;
use crate::store::Tx;

/// Why a request inside the cloud brought nothing. What it wrote is undone.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum InsideError {
    /// The other service's error answer.
    #[error("{0}")]
    Refused(ServiceError),
    /// A throttle or a lost request: worth another try.
    #[error("{0}")]
    Later(ServiceError),
}

impl InsideError {
    pub(crate) fn error(&self) -> &ServiceError {
        match self {
            Self::Refused(error) | Self::Later(error) => error,
        }
    }
}

impl From<ServiceError> for InsideError {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

/// One who asks: in the account, region and name of `call`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inside<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) tx: &'a Tx<'a>,
}

impl Inside<'_> {
    /// An operation of an AWS JSON service; the answer's body.
    pub(crate) fn json(
        &self,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, InsideError> {
        let request = Request::post("/").header("x-amz-target", format!("Inside.{operation}"));
        let reply = self.send(service, request, input.to_string().into_bytes())?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| ServiceError::internal(error.to_string()).into())
    }

    /// An operation of a query service; what stands in the answer's result element. Arrays of the
    /// input become lists of `member`, those called `entry` entries of a map.
    pub(crate) fn query(
        &self,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Value, InsideError> {
        let mut form = format!("Action={operation}");
        flatten("", input, &mut form);
        let reply = self.send(service, Request::post("/"), form.into_bytes())?;
        let mut tree = xml::parse(&reply.body).unwrap_or_default();
        Ok(tree[format!("{operation}Response")][format!("{operation}Result")].take())
    }

    /// A request to S3 about a bucket, whose path is `/bucket` or `/bucket?sub`; the answer's root
    /// element, if there is one.
    pub(crate) fn s3(
        &self,
        method: &Method,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Value, InsideError> {
        let host = format!("s3.{}.amazonaws.com", self.call.scope.region);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", host);
        let mut text = String::new();
        if let Some((root, value)) = body {
            xml::write(&mut text, root, "", value, xml::Lists::Repeated);
        }
        let reply = self.send("s3", request, text.into_bytes())?;
        let tree = xml::parse(&reply.body).unwrap_or_default();
        Ok(match tree {
            Value::Object(root) => root.into_iter().next().map(|(_, value)| value),
            _ => None,
        }
        .unwrap_or_default())
    }

    /// The same with a body that is not XML, such as a bucket policy.
    pub(crate) fn s3_text(
        &self,
        method: &Method,
        path: &str,
        body: &str,
    ) -> Result<Vec<u8>, InsideError> {
        let host = format!("s3.{}.amazonaws.com", self.call.scope.region);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", host);
        Ok(self.send("s3", request, body.as_bytes().to_vec())?.body)
    }

    fn send(
        &self,
        name: &str,
        request: http::request::Builder,
        body: Vec<u8>,
    ) -> Result<Reply, InsideError> {
        let cloud = self.call.cloud;
        let unknown = || ServiceError::internal(format!("the service {name} is not there"));
        let service = cloud.service(name).ok_or_else(unknown)?;
        let (parts, ()) = request
            .body(())
            .map_err(|error| ServiceError::internal(error.to_string()))?
            .into_parts();
        let operation = service.operation(&parts, &body).ok_or_else(unknown)?;
        let account = &self.call.scope.account;
        let struck = cloud.faults.strike(name, &operation, account, &cloud.ids);
        // Who asks inside the cloud repeats its requests with their tokens: a lost answer is asked
        // for again, and comes. It reads what is, and no connection is slow or silent.
        let before = struck.effect.as_ref().map(|effect| effect.before(service));
        match before.unwrap_or(Before::GoOn) {
            Before::GoOn => {}
            Before::Lose | Before::Reset | Before::Silence(_) => {
                return Err(InsideError::Later(ServiceError::internal(
                    "the request was lost",
                )));
            }
            Before::Refuse(error) if struck.effect == Some(FaultEffect::Throttle) => {
                return Err(InsideError::Later(error));
            }
            Before::Refuse(error) => return Err(error.into()),
        }
        let call = Call {
            service: service.name(),
            operation,
            scope: self.call.scope.clone(),
            principal: self.call.principal.clone(),
            method: &parts.method,
            path: parts.uri.path(),
            query: decode_form(parts.uri.query().unwrap_or_default()),
            headers: &parts.headers,
            body: &body,
            now_ms: self.call.now_ms,
            request_id: cloud.uuid(),
            waited: std::time::Duration::ZERO,
            cloud,
        };
        self.tx
            .attempt(|| service.handle(&call, self.tx))
            .map_err(InsideError::Refused)
    }
}

/// No headers, for a call that nobody sent.
pub(crate) fn no_headers() -> &'static HeaderMap {
    static NONE: std::sync::LazyLock<HeaderMap> = std::sync::LazyLock::new(HeaderMap::new);
    &NONE
}

fn flatten(prefix: &str, value: &Value, form: &mut String) {
    let join = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, value) in members {
                flatten(&join(name), value, form);
            }
        }
        Value::Array(items) => {
            let list = if prefix.ends_with("entry") {
                prefix.to_owned()
            } else {
                join("member")
            };
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{list}.{}", index + 1), item, form);
            }
        }
        Value::String(text) => {
            let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
            form.push_str(&format!("&{prefix}={text}"));
        }
        other => form.push_str(&format!("&{prefix}={other}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_flat() {
        let mut form = String::new();
        let input = json!({
            "Name": "a b", "N": 1, "Tags": [{"Key": "k"}], "Attributes": {"entry": [{"key": "x"}]},
        });
        flatten("", &input, &mut form);
        assert_eq!(
            form,
            "&Name=a%20b&N=1&Tags.member.1.Key=k&Attributes.entry.1.key=x"
        );
    }
}
