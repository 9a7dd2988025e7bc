use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::answer::Answer;
use crate::sse::EventStream;

/// A REST client of one port, with one token.
#[derive(Clone, Debug)]
pub struct Rest {
    base: String,
    token: Option<String>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Rest {
    /// A client that presents this token, if there is one. `base` is `http://host:port`.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        Self {
            base: base.to_owned(),
            token: token.map(str::to_owned),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The same with another token, or none.
    #[must_use]
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self {
            token: token.map(str::to_owned),
            ..self.clone()
        }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, &[], body).await
    }

    /// Changes.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PATCH, path, &[], body).await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Sends JSON with headers.
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut headers = headers.to_vec();
        headers.push((CONTENT_TYPE.as_str(), "application/json"));
        self.send(method, path, &headers, Some(body.to_string()))
            .await
    }

    /// Sends anything. Fails the test if there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let sent = self.try_send(method.clone(), path, headers, body).await;
        sent.unwrap_or_else(|error| panic!("{method} {path} has no answer: {error}"))
    }

    /// Sends anything; the error says why there is no answer.
    ///
    /// # Errors
    /// The server is not there, or went away before it had answered in full.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, String> {
        let asked = format!("{method} {path}");
        let response = self.response(method, path, headers, body).await?;
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        Ok(Answer {
            asked,
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Opens a stream of server-sent events, which must begin.
    pub async fn stream(&self, path: &str) -> EventStream {
        let response = self.response(Method::GET, path, &[], None).await;
        let response = response.unwrap_or_else(|error| panic!("GET {path} has no answer: {error}"));
        assert_eq!(response.status(), 200, "GET {path}");
        assert_eq!(
            response.headers()[CONTENT_TYPE],
            "text/event-stream",
            "GET {path}"
        );
        EventStream::new(response.into_body())
    }

    /// Every item of a list, over all of its pages.
    pub async fn all(&self, path: &str, items: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut token = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(&format!("{path}{joint}pageSize=200&pageToken={token}"))
                .await
                .ok();
            found.extend(page[items].as_array().cloned().unwrap_or_default());
            match page["nextPageToken"].as_str() {
                None | Some("") => return found,
                Some(next) => next.clone_into(&mut token),
            }
        }
    }

    async fn response(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<http::Response<Incoming>, String> {
        let mut request = Request::new(Full::new(Bytes::from(body.unwrap_or_default())));
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{path}", self.base).parse().expect("a URL");
        if let Some(token) = &self.token {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a token");
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            request
                .headers_mut()
                .insert(name, value.parse().expect("a header's value"));
        }
        self.client
            .request(request)
            .await
            .map_err(|error| format!("{error:?}"))
    }
}
