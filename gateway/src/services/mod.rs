//! The services of the protos, over the actors.
//!
//! A service checks who asks and whether they may ([`crate::authz`]), looks up what a request names,
//! turns it into a command, and shows the record that comes back. What a name or a text may be is the
//! actors' business: their commands check themselves. A mutation with a request id carries a command id
//! derived from caller, method and request id, so that its repeat is answered as before and changes
//! nothing; of a creation the new id is derived from the same.

mod access;
mod actor_view;
mod admin;
mod approval;
mod asset;
mod backend;
mod bulk;
mod deployment;
mod domain;
mod event;
mod event_tail;
mod failure;
mod follow;
mod gauges;
mod inbox;
mod infrastructure;
mod json;
mod lakeformation;
mod ledger;
mod mask;
mod page;
mod permission;
mod project;
mod promotion;
mod record;
mod request_id;
mod secret;
mod share;
mod span;
mod stream_pass;
mod stuck;
mod subscription;
mod timeline;
mod workflow;

use std::sync::Arc;

use datamesh_actor::Runtime;
use datamesh_actors::Place;
use datamesh_actors::access::AccessOptions;
use datamesh_actors::workflow::Workflows;
use datamesh_proto::v1::admin_service_server::AdminServiceServer;
use datamesh_proto::v1::approval_service_server::ApprovalServiceServer;
use datamesh_proto::v1::asset_service_server::AssetServiceServer;
use datamesh_proto::v1::deployment_service_server::DeploymentServiceServer;
use datamesh_proto::v1::domain_service_server::DomainServiceServer;
use datamesh_proto::v1::event_service_server::EventServiceServer;
use datamesh_proto::v1::lake_formation_service_server::LakeFormationServiceServer;
use datamesh_proto::v1::permission_service_server::PermissionServiceServer;
use datamesh_proto::v1::project_service_server::ProjectServiceServer;
use datamesh_proto::v1::promotion_service_server::PromotionServiceServer;
use datamesh_proto::v1::share_service_server::ShareServiceServer;
use datamesh_proto::v1::subscription_service_server::SubscriptionServiceServer;
use datamesh_proto::v1::workflow_service_server::WorkflowServiceServer;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use admin::Admin;
use approval::Approvals;
use asset::Assets;
use backend::Backend;
use deployment::Deployments;
use domain::Domains;
use event::Events;
use lakeformation::LakeResources;
use permission::Permissions;
use project::Projects;
use promotion::Promotions;
use share::Shares;
use subscription::Subscriptions;
use workflow::WorkflowRuns;

pub use gauges::Gauges;
pub use infrastructure::Infrastructure;

/// The full names of the services of the public port.
pub const PUBLIC: [&str; 12] = [
    "datamesh.v1.DomainService",
    "datamesh.v1.ProjectService",
    "datamesh.v1.AssetService",
    "datamesh.v1.ApprovalService",
    "datamesh.v1.DeploymentService",
    "datamesh.v1.EventService",
    "datamesh.v1.LakeFormationService",
    "datamesh.v1.PermissionService",
    "datamesh.v1.PromotionService",
    "datamesh.v1.ShareService",
    "datamesh.v1.SubscriptionService",
    "datamesh.v1.WorkflowService",
];

/// The full names of the services of the admin port.
pub const ADMIN: [&str; 1] = ["datamesh.v1.AdminService"];

/// All services, over one runtime. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    backend: Backend,
    infrastructure: Arc<dyn Infrastructure>,
    workflows: Arc<Workflows>,
    access: Arc<AccessOptions>,
}

impl Services {
    /// Services over a runtime. `home` is the account and region of domains that name none. When `drain`
    /// is cancelled, waits and streams end.
    pub fn new(
        runtime: Runtime,
        home: Place,
        infrastructure: Arc<dyn Infrastructure>,
        drain: CancellationToken,
        max_streams: usize,
    ) -> Self {
        Self {
            backend: Backend::new(runtime, home, drain, max_streams),
            infrastructure,
            workflows: Arc::default(),
            access: Arc::default(),
        }
    }

    /// The same with these workflows.
    #[must_use]
    pub fn with_workflows(self, workflows: Arc<Workflows>) -> Self {
        Self { workflows, ..self }
    }

    /// The same with these settings of access.
    #[must_use]
    pub fn with_access(self, access: AccessOptions) -> Self {
        let access = Arc::new(access);
        Self { access, ..self }
    }

    /// The services of the public port. A larger message than `max_bytes` is refused.
    pub fn public_routes(&self, max_bytes: usize) -> Routes {
        let backend = || self.backend.clone();
        let domains = DomainServiceServer::new(Domains(backend()));
        let projects = ProjectServiceServer::new(Projects(backend()));
        let assets = AssetServiceServer::new(Assets(backend()));
        let approvals = ApprovalServiceServer::new(Approvals(backend()));
        let deployments = DeploymentServiceServer::new(Deployments(backend()));
        let events = EventServiceServer::new(Events(backend()));
        let lake = LakeFormationServiceServer::new(LakeResources(backend()));
        let permissions = PermissionServiceServer::new(Permissions(backend()));
        let promotions = PromotionServiceServer::new(Promotions {
            backend: backend(),
            workflows: self.workflows.clone(),
        });
        let shares = ShareServiceServer::new(Shares(backend()));
        let subscriptions = SubscriptionServiceServer::new(Subscriptions {
            backend: backend(),
            access: self.access.clone(),
        });
        let workflows = WorkflowServiceServer::new(WorkflowRuns {
            backend: backend(),
            workflows: self.workflows.clone(),
        });
        Routes::new(domains.max_decoding_message_size(max_bytes))
            .add_service(projects.max_decoding_message_size(max_bytes))
            .add_service(assets.max_decoding_message_size(max_bytes))
            .add_service(approvals.max_decoding_message_size(max_bytes))
            .add_service(deployments.max_decoding_message_size(max_bytes))
            .add_service(events.max_decoding_message_size(max_bytes))
            .add_service(lake.max_decoding_message_size(max_bytes))
            .add_service(permissions.max_decoding_message_size(max_bytes))
            .add_service(promotions.max_decoding_message_size(max_bytes))
            .add_service(shares.max_decoding_message_size(max_bytes))
            .add_service(subscriptions.max_decoding_message_size(max_bytes))
            .add_service(workflows.max_decoding_message_size(max_bytes))
    }

    /// The services of the admin port.
    pub fn admin_routes(&self, max_bytes: usize) -> Routes {
        let admin = Admin {
            backend: self.backend.clone(),
            infrastructure: self.infrastructure.clone(),
        };
        Routes::new(AdminServiceServer::new(admin).max_decoding_message_size(max_bytes))
    }
}
