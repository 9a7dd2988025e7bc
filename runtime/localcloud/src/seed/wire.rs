//! The requests of a seed, as they look at the wire, in the name of an account.

use bytes::Bytes;
use http::{Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Place, SeedError, Seeded};
use crate::LocalCloud;
use crate::identity;
use crate::protocol::xml;

/// What stays as it is in the path of a file.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// One who makes things, and keeps account of them.
pub(super) struct Maker<'a> {
    pub(super) cloud: &'a LocalCloud,
    /// Where things are that say nothing else.
    pub(super) default: Place,
    pub(super) seeded: Seeded,
}

/// Who asks, and for which thing.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) thing: String,
    pub(super) account: String,
    pub(super) region: String,
}

/// An error answer.
#[derive(Debug)]
pub(super) struct Refusal {
    operation: String,
    pub(super) code: String,
    message: String,
}

impl Maker<'_> {
    /// Who asks for a thing at its place.
    ///
    /// # Errors
    /// [`SeedError::Wrong`] for what is no account.
    pub(super) fn asker(&self, thing: String, place: &Place) -> Result<Asker, SeedError> {
        let or = |own: &Option<String>, default: &Option<String>, last: &str| {
            let named = own.as_ref().or(default.as_ref());
            named.map_or_else(|| last.to_owned(), String::clone)
        };
        let default = &self.cloud.inner.default_account;
        let account = or(&place.account, &self.default.account, default);
        if !identity::is_account(&account) {
            return Err(SeedError::Wrong {
                thing,
                reason: format!("the account {account:?} is not 12 digits"),
            });
        }
        Ok(Asker {
            thing,
            account,
            region: or(&place.region, &self.default.region, "us-east-1"),
        })
    }

    pub(super) fn made(&mut self, asker: &Asker) {
        self.seeded.made.push(asker.thing.clone());
    }

    pub(super) fn found(&mut self, asker: &Asker) {
        self.seeded.found.push(asker.thing.clone());
    }

    /// An operation of an AWS JSON service: `AWSGlue.GetTable`.
    pub(super) async fn json(
        &self,
        asker: &Asker,
        service: &str,
        target: &str,
        input: Value,
    ) -> Result<Result<Value, Refusal>, SeedError> {
        let request = asker
            .request(service, Method::POST, "/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        let operation = target.rsplit('.').next().unwrap_or(target);
        let response = self
            .send(asker, operation, request, input.to_string().into_bytes())
            .await?;
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if response.status().is_success() {
            return Ok(Ok(body));
        }
        let text = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| body[name].as_str());
            found.unwrap_or_default().to_owned()
        };
        let code = text(["__type", "code"]);
        Ok(Err(Refusal {
            operation: operation.to_owned(),
            code: code.rsplit('#').next().unwrap_or(&code).to_owned(),
            message: text(["message", "Message"]),
        }))
    }

    /// An operation of a query service.
    pub(super) async fn query(
        &self,
        asker: &Asker,
        service: &str,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Result<Value, Refusal>, SeedError> {
        let mut form = format!("Action={operation}");
        for (name, value) in parameters {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            form.push_str(&format!("&{name}={value}"));
        }
        let request = asker.request(service, Method::POST, "/").header(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        );
        let response = self
            .send(asker, operation, request, form.into_bytes())
            .await?;
        Ok(from_xml(operation, &response))
    }

    /// A request to S3 about a bucket, or a key of one.
    pub(super) async fn s3(
        &self,
        asker: &Asker,
        (operation, method): (&str, Method),
        path: &str,
        body: Vec<u8>,
    ) -> Result<Result<Response<Bytes>, Refusal>, SeedError> {
        let path = utf8_percent_encode(path, PATH).to_string();
        let request = asker.request("s3", method, &path);
        let response = self.send(asker, operation, request, body).await?;
        Ok(match from_xml(operation, &response) {
            Ok(_) => Ok(response),
            Err(refusal) => Err(refusal),
        })
    }

    async fn send(
        &self,
        asker: &Asker,
        operation: &str,
        request: http::request::Builder,
        body: Vec<u8>,
    ) -> Result<Response<Bytes>, SeedError> {
        let request = request
            .body(Bytes::from(body))
            .map_err(|error| asker.wrong(error.to_string()))?;
        let answer = self.cloud.answer(request).await;
        answer.ok_or_else(|| SeedError::Lost {
            thing: asker.thing.clone(),
            operation: operation.to_owned(),
        })
    }
}

impl Asker {
    fn request(&self, service: &str, method: Method, path: &str) -> http::request::Builder {
        let (key, _) = identity::credentials(&self.account);
        let region = &self.region;
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("{service}.{region}.amazonaws.com"))
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, \
                     SignedHeaders=host, Signature=00"
                ),
            )
    }

    pub(super) fn wrong(&self, reason: impl Into<String>) -> SeedError {
        SeedError::Wrong {
            thing: self.thing.clone(),
            reason: reason.into(),
        }
    }

    /// Ends the seed.
    pub(super) fn refused(&self, refusal: Refusal) -> SeedError {
        SeedError::Refused {
            thing: self.thing.clone(),
            operation: refusal.operation,
            code: refusal.code,
            message: refusal.message,
        }
    }
}

fn from_xml(operation: &str, response: &Response<Bytes>) -> Result<Value, Refusal> {
    let tree = xml::parse(response.body()).unwrap_or_default();
    if response.status().is_success() {
        return Ok(tree);
    }
    let error = match &tree["ErrorResponse"]["Error"] {
        Value::Null => &tree["Error"],
        error => error,
    };
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    Err(Refusal {
        operation: operation.to_owned(),
        // The answer to a HEAD has no body.
        code: Some(text("Code"))
            .filter(|code| !code.is_empty())
            .unwrap_or_else(|| response.status().as_u16().to_string()),
        message: text("Message"),
    })
}
