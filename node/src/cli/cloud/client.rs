//! Requests to the control API of an embedded AWS.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::At;
use crate::cli::credentials;
use crate::cli::cx::Cx;
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, root_of};
use crate::control_door::ControlDoor;

/// A snapshot of a large file takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

/// The way to one control API.
pub struct Client {
    /// `127.0.0.1:4567`.
    address: String,
    token: String,
}

impl Client {
    /// Finds it: where the options say, or else where the data folder says. The folder's token goes to the
    /// folder's address only.
    ///
    /// # Errors
    /// Nobody says where it is, or with which token.
    pub fn find(at: &At, cx: &Cx<'_>) -> Result<Self, Failure> {
        let data_dir = credentials::data_dir(&cx.globals);
        let door = ControlDoor::read(&data_dir);
        let named = at.control.as_deref().map(|control| {
            let control = control.strip_prefix("http://").unwrap_or(control);
            control.trim_end_matches('/').to_owned()
        });
        let own = door.as_ref().map(|door| door.address.to_string());
        let address = named.or_else(|| own.clone()).ok_or_else(|| {
            let what = format!("no embedded AWS is driven from {}", data_dir.display());
            Failure::new(Exit::Unavailable, what).hint(
                "start one with `datamesh cloud serve --control 127.0.0.1:4567`, name its data folder with \
                 --data-dir, or its address with --control",
            )
        })?;
        let token = match (&at.control_token, door) {
            (Some(token), _) => token.clone(),
            (None, Some(door)) if own.as_ref() == Some(&address) => door.token,
            (None, _) => {
                let what = format!("the token of {address} is not known");
                return Err(Failure::new(Exit::Denied, what).hint(
                    "pass it with --control-token or DATAMESH_CLOUD_TOKEN, or name its data folder with \
                     --data-dir",
                ));
            }
        };
        Ok(Self { address, token })
    }

    /// What is at a path.
    ///
    /// # Errors
    /// Nobody is there, or what the answer says.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, &Value::Null).await
    }

    /// Does something.
    ///
    /// # Errors
    /// Nobody is there, or what the answer says.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Method::POST, path, body).await
    }

    /// Removes something.
    ///
    /// # Errors
    /// Nobody is there, or what the answer says.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::DELETE, path, &Value::Null).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let exchange = self.exchange(method, path, body);
        let answer = tokio::time::timeout(PATIENCE, exchange).await;
        let (status, document) =
            answer.unwrap_or_else(|_| Err(self.unreachable("it took too long")))?;
        if status.is_success() {
            return Ok(document);
        }
        let sentence = document["error"].as_str().unwrap_or_default();
        let failure = |exit| Failure::new(exit, format!("{sentence} (status {})", status.as_u16()));
        Err(match status {
            StatusCode::UNAUTHORIZED => {
                Failure::new(Exit::Denied, format!("{} does not take this token", self.address)).hint(
                    "each start makes a new one: name the data folder with --data-dir, or pass the token with \
                     --control-token",
                )
            }
            StatusCode::NOT_FOUND => Failure::new(Exit::NotFound, sentence),
            StatusCode::CONFLICT => Failure::new(Exit::Conflict, sentence),
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => Failure::new(Exit::Invalid, sentence),
            _ => failure(Exit::Unexpected),
        })
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value), Failure> {
        let lost = |error: &dyn std::error::Error| self.unreachable(&root_of(error));
        let stream = TcpStream::connect(&self.address)
            .await
            .map_err(|error| lost(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| lost(&error))?;
        let connection = tokio::spawn(connection);
        let body = match body {
            Value::Null => Bytes::new(),
            body => Bytes::from(body.to_string()),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(|error| Failure::usage(format!("the request cannot be sent: {error}")))?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| lost(&error))?;
        let status = response.status();
        let bytes = response
            .into_body()
            .collect()
            .await
            .map_err(|error| lost(&error))?
            .to_bytes();
        connection.abort();
        let document = serde_json::from_slice(&bytes).map_err(|_| {
            let what = format!(
                "what listens on {} is no embedded AWS's control",
                self.address
            );
            Failure::new(Exit::Unexpected, what)
        })?;
        Ok((status, document))
    }

    fn unreachable(&self, cause: &str) -> Failure {
        let what = format!("no answer from {} ({cause})", self.address);
        Failure::new(Exit::Unavailable, what).hint(
            "is `datamesh cloud serve --control …` or datameshd with localcloud.control running?",
        )
    }
}
