//! How calls leave the process, and the SDK configuration that all pools share.

use std::fmt;
use std::sync::Arc;

use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;

use crate::clock::{Clock, SdkTime};
use crate::options::Options;

/// Gives the access key and the secret key of an account, named by its twelve digits.
pub type AccountCredentials = Arc<dyn Fn(&str) -> (String, String) + Send + Sync>;

/// Where calls go.
#[derive(Clone)]
pub enum Connector {
    /// AWS, or what `endpoint_url` names, over the network.
    ///
    /// Credentials and region come from the SDK's default chain: environment,
    /// web identity (IRSA), profile, container, instance. A service's own
    /// `AWS_ENDPOINT_URL_<SERVICE>` is honoured too.
    Real,
    /// An AWS inside this process.
    Embedded {
        /// Answers the SDK's requests.
        http_client: SharedHttpClient,
        /// The credentials of the home account and of every account for which
        /// no role is configured.
        credentials: AccountCredentials,
    },
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Real => "Real",
            Self::Embedded { .. } => "Embedded",
        })
    }
}

/// What every pool's client is made from: the home account's configuration.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) config: SdkConfig,
    pub(crate) region: String,
    /// Whether S3 buckets go into the path, which a single endpoint needs.
    pub(crate) path_style: bool,
}

const FALLBACK_REGION: &str = "us-east-1";

impl Base {
    /// Loads the configuration. For [`Connector::Real`] this reads environment and profile
    /// files; credentials are only fetched by the first call.
    pub(crate) async fn load(
        options: &Options,
        connector: &Connector,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let time = SdkTime(Arc::clone(clock));
        match connector {
            Connector::Embedded {
                http_client,
                credentials,
            } => {
                let region = options
                    .region
                    .as_deref()
                    .unwrap_or(FALLBACK_REGION)
                    .to_owned();
                let mut config = SdkConfig::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(Region::new(region.clone()))
                    .http_client(http_client.clone())
                    .credentials_provider(static_credentials(credentials, &options.account))
                    .time_source(SharedTimeSource::new(time.clone()))
                    .sleep_impl(SharedAsyncSleep::new(time))
                    .retry_config(RetryConfig::disabled())
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
                config.set_endpoint_url(options.endpoint_url.clone());
                config.set_app_name(app_name());
                Self {
                    config: config.build(),
                    region,
                    path_style: true,
                }
            }
            Connector::Real => {
                let mut loader = aws_config::defaults(BehaviorVersion::latest())
                    .http_client(network_client(options))
                    .time_source(SharedTimeSource::new(time.clone()))
                    .sleep_impl(SharedAsyncSleep::new(time))
                    .retry_config(RetryConfig::disabled())
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
                if let Some(region) = &options.region {
                    loader = loader.region(Region::new(region.clone()));
                }
                if let Some(url) = &options.endpoint_url {
                    loader = loader.endpoint_url(url);
                }
                let mut config = loader.load().await.into_builder();
                config.set_app_name(app_name());
                let config = config.build();
                let region = config
                    .region()
                    .map_or(FALLBACK_REGION, Region::as_ref)
                    .to_owned();
                Self {
                    path_style: config.endpoint_url().is_some(),
                    config,
                    region,
                }
            }
        }
    }
}

/// Fixed credentials of one account of an embedded AWS.
pub(crate) fn static_credentials(
    credentials: &AccountCredentials,
    account: &str,
) -> SharedCredentialsProvider {
    let (key, secret) = credentials(account);
    SharedCredentialsProvider::new(Credentials::new(key, secret, None, None, "embedded"))
}

/// One connection pool for the whole process. An `http://` endpoint gets a
/// client without TLS: it needs no root certificates, which a bare machine may
/// not have.
fn network_client(options: &Options) -> SharedHttpClient {
    let endpoint = options
        .endpoint_url
        .clone()
        .or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        Builder::new().build_http()
    } else {
        Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https()
    }
}

fn app_name() -> Option<AppName> {
    AppName::new("datamesh").ok()
}
