//! What gRPC clients expect of a server besides its own services.

use datamesh_tests::{Grpc, Mesh};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

async fn reflected(grpc: &Grpc, ask: MessageRequest) -> MessageResponse {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(ask),
    };
    let mut client = ServerReflectionClient::new(grpc.channel());
    let stream = client
        .server_reflection_info(futures::stream::iter([request]))
        .await;
    let answer = stream
        .unwrap()
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap();
    answer.message_response.unwrap()
}

async fn services(grpc: &Grpc) -> Vec<String> {
    match reflected(grpc, MessageRequest::ListServices(String::new())).await {
        MessageResponse::ListServicesResponse(list) => list
            .service
            .into_iter()
            .map(|service| service.name)
            .collect(),
        other => panic!("not a list: {other:?}"),
    }
}

#[tokio::test]
async fn health_is_told_of_the_server_and_of_each_service() {
    let mesh = Mesh::start().await;
    let mut health = HealthClient::new(Grpc::new(&mesh.node.url(), None).channel());
    for service in [
        "",
        "datamesh.v1.DomainService",
        "datamesh.v1.ProjectService",
    ] {
        let service = service.to_owned();
        let answer = health
            .check(HealthCheckRequest { service })
            .await
            .unwrap()
            .into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    let service = "datamesh.v1.NoService".to_owned();
    let unknown = health
        .check(HealthCheckRequest { service })
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    for url in [mesh.node.url(), mesh.node.admin_url()] {
        let answer = datamesh_tests::Rest::new(&url, None).get("/health").await;
        assert_eq!(answer.ok()["status"], "UP", "{url}");
    }
}

#[tokio::test]
async fn reflection_shows_each_ports_services_and_their_files() {
    let mesh = Mesh::start().await;
    let public = Grpc::new(&mesh.node.url(), None);
    let found = services(&public).await;
    for service in [
        "DomainService",
        "ProjectService",
        "AssetService",
        "ApprovalService",
        "DeploymentService",
        "PromotionService",
        "WorkflowService",
        "EventService",
    ] {
        assert!(
            found.contains(&format!("datamesh.v1.{service}")),
            "{found:?}"
        );
    }
    let admin = "datamesh.v1.AdminService".to_owned();
    assert!(
        !found.contains(&admin),
        "the operator's service is not on this port: {found:?}"
    );
    let admin_port = Grpc::new(&mesh.node.admin_url(), None);
    let found = services(&admin_port).await;
    assert!(found.contains(&admin), "{found:?}");

    let symbol = MessageRequest::FileContainingSymbol("datamesh.v1.ProjectService".to_owned());
    match reflected(&public, symbol).await {
        MessageResponse::FileDescriptorResponse(files) => {
            assert!(!files.file_descriptor_proto.is_empty());
        }
        other => panic!("no file: {other:?}"),
    }
}

#[tokio::test]
async fn openapi_describes_every_path_that_is_served() {
    let mesh = Mesh::start().await;
    let document = mesh.rest.with_token(None).get("/openapi.json").await.ok();
    assert_eq!(document["openapi"], "3.1.0");
    for path in [
        "/api/v1/domains",
        "/api/v1/projects/{projectId}",
        "/api/v1/assets/{assetId}:publish",
        "/api/v1/events",
    ] {
        assert!(
            document["paths"][path].is_object(),
            "{path} is not in {:?}",
            document["paths"]
        );
    }
}
