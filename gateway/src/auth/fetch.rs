//! Fetches a JWKS over HTTPS.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;

use super::source::Fetch;

/// The issuer must answer in this time.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A JWKS is a few kilobytes.
const MAX_BYTES: usize = 1024 * 1024;

/// Why a JWKS could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it broke.
    #[error("no answer: {0}")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer is too long or broke off.
    #[error("the answer could not be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// Not 200.
    #[error("the answer is {0}")]
    Status(http::StatusCode),
    /// Too slow.
    #[error("no answer in {} seconds", TIMEOUT.as_secs())]
    Timeout,
    /// Not text.
    #[error("the answer is not UTF-8")]
    NotText,
    /// Not a JWKS.
    #[error("not a JWKS: {0}")]
    NotJwks(#[from] serde_json::Error),
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
}

/// Why an URL cannot be fetched from.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// Not an URL.
    #[error("jwks_url is not an URL: {0}")]
    Invalid(#[from] http::uri::InvalidUri),
    /// Keys that anybody on the way can swap are no keys.
    #[error("jwks_url must start with https:// (http:// is taken on this machine only)")]
    NotHttps,
    /// The machine's root certificates could not be read.
    #[error("the root certificates of this machine cannot be read: {0}")]
    Roots(#[source] std::io::Error),
}

/// A fetcher for an URL. Follows no redirects.
///
/// # Errors
/// When the URL is not `https://`, nor `http://` on this machine.
pub fn from_url(url: &str) -> Result<Fetch, UrlError> {
    let uri: Uri = url.parse()?;
    let here = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match uri.scheme_str() {
        Some("https") => {
            let connector = HttpsConnectorBuilder::new()
                .with_native_roots()
                .map_err(UrlError::Roots)?
                .https_only()
                .enable_http1()
                .build();
            Ok(fetch(connector, uri))
        }
        Some("http") if here => Ok(fetch(HttpConnector::new(), uri)),
        _ => Err(UrlError::NotHttps),
    }
}

fn fetch<C>(connector: C, uri: Uri) -> Fetch
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let client = Client::builder(TokioExecutor::new()).build::<_, Empty<Bytes>>(connector);
    Box::new(move || {
        let (client, uri) = (client.clone(), uri.clone());
        Box::pin(async move {
            let fetch = async {
                let mut request = Request::new(Empty::new());
                *request.uri_mut() = uri;
                let response = client.request(request).await?;
                if response.status() != http::StatusCode::OK {
                    return Err(FetchError::Status(response.status()));
                }
                let body = Limited::new(response.into_body(), MAX_BYTES)
                    .collect()
                    .await
                    .map_err(FetchError::Body)?;
                String::from_utf8(body.to_bytes().into()).map_err(|_| FetchError::NotText)
            };
            tokio::time::timeout(TIMEOUT, fetch)
                .await
                .unwrap_or(Err(FetchError::Timeout))
        })
    })
}
