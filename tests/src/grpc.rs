use datamesh_proto::v1::admin_service_client::AdminServiceClient;
use datamesh_proto::v1::asset_service_client::AssetServiceClient;
use datamesh_proto::v1::domain_service_client::DomainServiceClient;
use datamesh_proto::v1::event_service_client::EventServiceClient;
use datamesh_proto::v1::project_service_client::ProjectServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Puts the token on every call.
#[derive(Clone, Debug)]
pub struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// A channel on which every call carries the token.
pub type Door = InterceptedService<Channel, Bearer>;

/// gRPC clients of one port, with one token.
#[derive(Clone, Debug)]
pub struct Grpc {
    channel: Channel,
    bearer: Bearer,
}

impl Grpc {
    /// Connects at the first call. `base` is `http://host:port`.
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let endpoint = Endpoint::from_shared(base.to_owned()).expect("a URL");
        let bearer = token.map(|token| format!("Bearer {token}").parse().expect("a token"));
        Self {
            channel: endpoint.connect_lazy(),
            bearer: Bearer(bearer),
        }
    }

    /// The bare channel, without a token.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Domains.
    pub fn domains(&self) -> DomainServiceClient<Door> {
        DomainServiceClient::new(self.door())
    }

    /// Projects.
    pub fn projects(&self) -> ProjectServiceClient<Door> {
        ProjectServiceClient::new(self.door())
    }

    /// Assets.
    pub fn assets(&self) -> AssetServiceClient<Door> {
        AssetServiceClient::new(self.door())
    }

    /// Events.
    pub fn events(&self) -> EventServiceClient<Door> {
        EventServiceClient::new(self.door())
    }

    /// The operator's service, on the admin port.
    pub fn admin(&self) -> AdminServiceClient<Door> {
        AdminServiceClient::new(self.door())
    }

    fn door(&self) -> Door {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }
}
