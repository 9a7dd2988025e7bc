//! Connections to datameshd.

use std::time::Duration;

use datamesh_proto::v1::admin_service_client::AdminServiceClient;
use datamesh_proto::v1::approval_service_client::ApprovalServiceClient;
use datamesh_proto::v1::asset_service_client::AssetServiceClient;
use datamesh_proto::v1::deployment_service_client::DeploymentServiceClient;
use datamesh_proto::v1::domain_service_client::DomainServiceClient;
use datamesh_proto::v1::event_service_client::EventServiceClient;
use datamesh_proto::v1::lake_formation_service_client::LakeFormationServiceClient;
use datamesh_proto::v1::permission_service_client::PermissionServiceClient;
use datamesh_proto::v1::project_service_client::ProjectServiceClient;
use datamesh_proto::v1::promotion_service_client::PromotionServiceClient;
use datamesh_proto::v1::share_service_client::ShareServiceClient;
use datamesh_proto::v1::subscription_service_client::SubscriptionServiceClient;
use datamesh_proto::v1::workflow_service_client::WorkflowServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::exit::Exit;
use super::failure::{Failure, root_of};

/// A connection that presents a token.
pub type Wire = InterceptedService<Channel, Bearer>;

/// Puts the token into every call.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    /// Presents this token; nothing if there is none.
    ///
    /// # Errors
    /// A token with characters that cannot be sent.
    pub fn new(token: Option<&str>) -> Result<Self, Failure> {
        let Some(token) = token else {
            return Ok(Self(None));
        };
        let mut value: MetadataValue<Ascii> = format!("Bearer {token}").parse().map_err(|_| {
            Failure::new(Exit::Denied, "the token has characters that no token has")
        })?;
        value.set_sensitive(true);
        Ok(Self(Some(value)))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", value.clone());
        }
        Ok(request)
    }
}

/// A connection to one server.
#[derive(Clone)]
pub struct Session {
    wire: Wire,
}

/// The largest answer that is taken, in bytes.
const MAX_ANSWER: usize = 64 << 20;

impl Session {
    /// Connects; `flag` is the option that chose `url`, for the message if nobody answers.
    ///
    /// # Errors
    /// A URL that is none, a token that cannot be sent, nobody there.
    pub async fn open(url: &str, flag: &str, token: Option<&str>) -> Result<Self, Failure> {
        let bearer = Bearer::new(token)?;
        let endpoint = endpoint(url).ok_or_else(|| {
            Failure::usage(format!(
                "{flag} `{url}` is not a URL like http://127.0.0.1:8080"
            ))
        })?;
        let channel = endpoint
            .connect()
            .await
            .map_err(|error| Failure::unreachable(url, flag, &root_of(&error)))?;
        Ok(Self {
            wire: InterceptedService::new(channel, bearer),
        })
    }

    /// Domains.
    pub fn domains(&self) -> DomainServiceClient<Wire> {
        DomainServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Projects.
    pub fn projects(&self) -> ProjectServiceClient<Wire> {
        ProjectServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Assets.
    pub fn assets(&self) -> AssetServiceClient<Wire> {
        AssetServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Approvals.
    pub fn approvals(&self) -> ApprovalServiceClient<Wire> {
        ApprovalServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Promotions.
    pub fn promotions(&self) -> PromotionServiceClient<Wire> {
        PromotionServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Shares, their certificates, and audit chains.
    pub fn shares(&self) -> ShareServiceClient<Wire> {
        ShareServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Subscriptions.
    pub fn subscriptions(&self) -> SubscriptionServiceClient<Wire> {
        SubscriptionServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Permissions, and the explanation of access.
    pub fn permissions(&self) -> PermissionServiceClient<Wire> {
        PermissionServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// What permissions stand on.
    pub fn lake_formation(&self) -> LakeFormationServiceClient<Wire> {
        LakeFormationServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Workflows and their executions.
    pub fn workflows(&self) -> WorkflowServiceClient<Wire> {
        WorkflowServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Deployments, environments and blueprints.
    pub fn deployments(&self) -> DeploymentServiceClient<Wire> {
        DeploymentServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Events.
    pub fn events(&self) -> EventServiceClient<Wire> {
        EventServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }

    /// The operator's door; only of the admin server.
    pub fn admin(&self) -> AdminServiceClient<Wire> {
        AdminServiceClient::new(self.wire.clone()).max_decoding_message_size(MAX_ANSWER)
    }
}

fn endpoint(url: &str) -> Option<Endpoint> {
    let endpoint = Endpoint::from_shared(url.to_owned()).ok()?;
    matches!(endpoint.uri().scheme_str(), Some("http" | "https")).then_some(())?;
    endpoint
        .user_agent(concat!("datamesh/", env!("CARGO_PKG_VERSION")))
        .ok()
        .map(|endpoint| {
            endpoint
                .connect_timeout(Duration::from_secs(5))
                .http2_keep_alive_interval(Duration::from_secs(30))
                .tcp_nodelay(true)
        })
        .and_then(with_tls)
}

fn with_tls(endpoint: Endpoint) -> Option<Endpoint> {
    if endpoint.uri().scheme_str() != Some("https") {
        return Some(endpoint);
    }
    endpoint
        .tls_config(tonic::transport::ClientTlsConfig::new().with_native_roots())
        .ok()
}
