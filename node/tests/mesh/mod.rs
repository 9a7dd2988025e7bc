//! A mesh that always says the same: canned answers behind real gRPC on a loopback port.

mod admin;
mod approvals;
mod assets;
mod deployments;
mod domains;
mod events;
mod permissions;
mod projects;
mod promotions;
mod shares;
mod subscriptions;
mod workflows;

use std::net::SocketAddr;

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
use futures::stream::{self, BoxStream, StreamExt};
use prost_types::{Struct, Timestamp, Value, value::Kind};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The moment at which every transcript is written.
pub const NOW: i64 = 1_770_000_000;

pub const TOKEN: &str = "the-right-token";

/// Serves until the test ends; the address it listens on.
pub async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(DomainServiceServer::with_interceptor(
                domains::Domains,
                guard,
            ))
            .add_service(ProjectServiceServer::with_interceptor(
                projects::Projects,
                guard,
            ))
            .add_service(AssetServiceServer::with_interceptor(assets::Assets, guard))
            .add_service(ApprovalServiceServer::with_interceptor(
                approvals::Approvals,
                guard,
            ))
            .add_service(DeploymentServiceServer::with_interceptor(
                deployments::Deployments,
                guard,
            ))
            .add_service(PromotionServiceServer::with_interceptor(
                promotions::Promotions,
                guard,
            ))
            .add_service(PermissionServiceServer::with_interceptor(
                permissions::Permissions,
                guard,
            ))
            .add_service(LakeFormationServiceServer::with_interceptor(
                permissions::Permissions,
                guard,
            ))
            .add_service(WorkflowServiceServer::with_interceptor(
                workflows::Workflows,
                guard,
            ))
            .add_service(SubscriptionServiceServer::with_interceptor(
                subscriptions::Subscriptions,
                guard,
            ))
            .add_service(ShareServiceServer::with_interceptor(shares::Shares, guard))
            .add_service(EventServiceServer::with_interceptor(events::Events, guard))
            .add_service(AdminServiceServer::with_interceptor(admin::Admin, guard))
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    address
}

#[allow(clippy::result_large_err)] // tonic's signature.
fn guard(request: Request<()>) -> Result<Request<()>, Status> {
    let expected = format!("Bearer {TOKEN}");
    match request.metadata().get("authorization") {
        Some(token) if token.as_bytes() == expected.as_bytes() => Ok(request),
        _ => Err(Status::unauthenticated("a bearer token is needed")),
    }
}

pub type Answer<T> = Result<Response<T>, Status>;
pub type States<T> = BoxStream<'static, Result<T, Status>>;

pub fn answer<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

pub fn states<T: Send + 'static>(states: Vec<T>) -> Answer<States<T>> {
    Ok(Response::new(
        stream::iter(states.into_iter().map(Ok)).boxed(),
    ))
}

pub fn not_found<T>(what: &str) -> Answer<T> {
    Err(Status::not_found(format!("there is no {what}")))
}

pub fn refused<T>(code: Code, message: &str) -> Answer<T> {
    Err(Status::new(code, message))
}

pub fn wrong_fields<T>(violations: &[(&str, &str)]) -> Answer<T> {
    let mut details = ErrorDetails::new();
    for (field, description) in violations {
        details.add_bad_request_violation(*field, *description);
    }
    let message: Vec<String> = violations
        .iter()
        .map(|(f, d)| format!("{f}: {d}"))
        .collect();
    Err(Status::with_error_details(
        Code::InvalidArgument,
        message.join("; "),
        details,
    ))
}

pub fn ago(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: NOW - seconds,
        nanos: 0,
    })
}

pub fn fields(entries: &[(&str, &str)]) -> Option<Struct> {
    Some(Struct {
        fields: entries
            .iter()
            .map(|(key, value)| {
                let kind = Some(Kind::StringValue((*value).to_owned()));
                ((*key).to_owned(), Value { kind })
            })
            .collect(),
    })
}
