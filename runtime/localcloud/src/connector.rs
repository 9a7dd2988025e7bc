//! The SDK's HTTP client, in process: real clients sign, serialize, retry and parse, and no byte
//! reaches a socket.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::cloud::CloudInner;
use crate::router::{Answer, Unread, dispatch, limit, refuse};

#[derive(Debug, Clone)]
pub(crate) struct InProcess {
    cloud: Arc<CloudInner>,
}

impl InProcess {
    pub(crate) fn new(cloud: Arc<CloudInner>) -> Self {
        Self { cloud }
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            cloud: Arc::clone(&self.cloud),
            read_timeout: settings.read_timeout(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    cloud: Arc<CloudInner>,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let cloud = Arc::clone(&self.cloud);
        let read_timeout = self.read_timeout;
        HttpConnectorFuture::new(async move {
            let exchange = exchange(&cloud, request);
            match read_timeout {
                None => exchange.await,
                Some(limit) => tokio::time::timeout(limit, exchange)
                    .await
                    .unwrap_or_else(|_| Err(lost("the read timed out"))),
            }
        })
    }
}

async fn exchange(
    cloud: &Arc<CloudInner>,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let (mut parts, body) = request.into_parts();
    let answer = |response: Response<Bytes>| {
        HttpResponse::try_from(response.map(SdkBody::from))
            .map_err(|error| ConnectorError::other(error.into(), None))
    };
    let body = match Limited::new(body, limit(&parts)).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return answer(refuse(cloud, &parts, Unread::TooLarge));
        }
        Err(error) => return Err(ConnectorError::user(error)),
    };
    if !parts.headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
    match dispatch(cloud, parts, body).await {
        Answer::Response(response) => answer(response),
        Answer::Lost => Err(lost("the answer was lost")),
        Answer::Reset => Err(ConnectorError::io(
            std::io::Error::from(std::io::ErrorKind::ConnectionReset).into(),
        )),
    }
}

fn lost(reason: &'static str) -> ConnectorError {
    ConnectorError::timeout(reason.into())
}
