//! The door over a real socket: gRPC and REST on one port, health, reflection, metrics, draining.

use std::time::Duration;

use axum::body::Body;
use datamesh_gateway::auth::{AuthOptions, Authenticator};
use datamesh_gateway::server::{HealthState, Listener, ServerOptions};
use datamesh_proto::v1;
use datamesh_proto::v1::domain_service_client::DomainServiceClient;
use datamesh_proto::v1::event_service_client::EventServiceClient;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use super::canned::{Bench, SERVICES};

struct Running {
    bench: Bench,
    url: String,
    stop: CancellationToken,
    abort: CancellationToken,
    served: JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        let bench = Bench::new();
        bench.health.set(HealthState::Up, &SERVICES).await;
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let url = format!("http://{}", listener.addr());
        let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
        let router = bench.router.clone();
        let served = tokio::spawn(listener.serve(router, 16, stop.clone(), abort.clone()));
        Self {
            bench,
            url,
            stop,
            abort,
            served,
        }
    }

    async fn channel(&self) -> Channel {
        Channel::from_shared(self.url.clone())
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    fn with_token<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        let token = format!("Bearer {}", self.bench.token(&["sales"]));
        request
            .metadata_mut()
            .insert("authorization", token.parse().unwrap());
        request
    }

    async fn get(&self, path: &str, headers: &[(&'static str, String)]) -> (u16, String) {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut request = Request::get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
        let response = client.request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn grpc_and_rest_answer_on_one_port() {
    let running = Running::start().await;
    let mut client = DomainServiceClient::new(running.channel().await);
    let request = running.with_token(v1::GetDomainRequest {
        domain_id: "dom-1".to_owned(),
    });
    let domain = client.get_domain(request).await.unwrap().into_inner();
    assert_eq!(domain.domain_id, "dom-1");

    let token = format!("Bearer {}", running.bench.token(&[]));
    let (status, body) = running
        .get("/api/v1/domains/dom-1", &[("authorization", token)])
        .await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["domainId"]), (200, &json!("dom-1")));
}

#[tokio::test]
async fn grpc_without_a_token_is_unauthenticated() {
    let running = Running::start().await;
    let mut client = DomainServiceClient::new(running.channel().await);
    let status = client
        .get_domain(v1::GetDomainRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let info = status.get_details_error_info().unwrap();
    assert_eq!(
        (&*info.reason, &*info.domain),
        ("TOKEN_MISSING", "datamesh")
    );
    assert!(running.bench.canned.callers.lock().is_empty());
}

#[tokio::test]
async fn a_grpc_panic_is_internal_and_an_unknown_service_unimplemented() {
    let running = Running::start().await;
    let mut client = DomainServiceClient::new(running.channel().await);
    let request = running.with_token(v1::GetDomainRequest {
        domain_id: "panic".to_owned(),
    });
    let status = client.get_domain(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);

    use datamesh_proto::v1::asset_service_client::AssetServiceClient;
    let mut client = AssetServiceClient::new(running.channel().await);
    let request = running.with_token(v1::GetAssetRequest::default());
    let status = client.get_asset(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn health_and_documents_are_open() {
    use tonic_health::pb::health_client::HealthClient;
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};

    let running = Running::start().await;
    let up = (200, r#"{"status":"UP"}"#.to_owned());
    assert_eq!(running.get("/health", &[]).await, up);
    let mut health = HealthClient::new(running.channel().await);
    for service in ["", "datamesh.v1.DomainService"] {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    let (status, document) = running.get("/openapi.json", &[]).await;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.0")));
    let (_, jwks) = running.get("/.well-known/jwks.json", &[]).await;
    assert_eq!(jwks, running.bench.issuer.jwks());

    running
        .bench
        .health
        .set(HealthState::Draining, &SERVICES)
        .await;
    assert_eq!(running.get("/health", &[]).await.0, 503);
}

#[tokio::test]
async fn another_process_can_fetch_the_keys() {
    let running = Running::start().await;
    let options = AuthOptions {
        embedded: false,
        jwks_url: Some(format!("{}/.well-known/jwks.json", running.url)),
        ..AuthOptions::default()
    };
    let clock = running.bench.clock.clone();
    let auth = Authenticator::new(options, None, clock).unwrap();
    let caller = auth.verify(&running.bench.token(&["sales"])).await.unwrap();
    assert_eq!(caller.groups, ["sales"]);
}

#[tokio::test]
async fn reflection_lists_the_services_of_the_port() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let running = Running::start().await;
    let mut client = ServerReflectionClient::new(running.channel().await);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = client
        .server_reflection_info(futures::stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("not a list: {answer:?}");
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    assert!(
        names.contains(&"datamesh.v1.DomainService".to_owned()),
        "{names:?}"
    );
    assert!(
        !names.contains(&"datamesh.v1.AdminService".to_owned()),
        "{names:?}"
    );
}

#[tokio::test]
async fn metrics_count_by_method_and_code() {
    let running = Running::start().await;
    let mut client = DomainServiceClient::new(running.channel().await);
    let request = running.with_token(v1::GetDomainRequest {
        domain_id: "none".to_owned(),
    });
    client.get_domain(request).await.unwrap_err();
    running.get("/api/v1/domains", &[]).await;
    let (status, text) = running.get("/metrics", &[]).await;
    assert_eq!(status, 200);
    for line in [
        r#"datamesh_requests_total{transport="grpc",method="DomainService/GetDomain",code="NOT_FOUND"} 1"#,
        r#"datamesh_requests_total{transport="rest",method="DomainService/ListDomains",code="TOKEN_MISSING"} 1"#,
        r#"datamesh_request_duration_seconds_count{transport="grpc",method="DomainService/GetDomain"} 1"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn metrics_are_for_admins_unless_this_machine_asks() {
    let bench = Bench::with(&ServerOptions {
        metrics_open_to_loopback: false,
        ..ServerOptions::default()
    });
    for (groups, status) in [
        (Some(&["admins"][..]), 200),
        (Some(&[][..]), 403),
        (None, 401),
    ] {
        let mut request = Request::get("/metrics");
        if let Some(groups) = groups {
            request = request.header("authorization", format!("Bearer {}", bench.token(groups)));
        }
        let answer = bench.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{groups:?}");
    }
}

#[tokio::test]
async fn too_many_requests_at_once_are_refused() {
    let bench = Bench::with(&ServerOptions {
        max_requests: 1,
        ..ServerOptions::default()
    });
    let slow = bench.get("/api/v1/domains/slow");
    tokio::pin!(slow);
    assert!(futures::poll!(&mut slow).is_pending());
    let answer = bench.get("/api/v1/domains/dom-1").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["code"], "TOO_BUSY");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn a_large_grpc_message_is_refused() {
    let running = Running::start().await;
    let mut client = DomainServiceClient::new(running.channel().await);
    let request = running.with_token(v1::CreateDomainRequest {
        description: "x".repeat(10 * 1024 * 1024),
        ..Default::default()
    });
    let status = client.create_domain(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    assert!(running.bench.canned.creates.lock().is_empty());
}

#[tokio::test]
async fn stopping_ends_idle_connections_and_lets_requests_end() {
    let running = Running::start().await;
    let mut idle = DomainServiceClient::new(running.channel().await);
    let request = running.with_token(v1::GetDomainRequest {
        domain_id: "dom-1".to_owned(),
    });
    idle.get_domain(request).await.unwrap();
    running.stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), running.served)
        .await
        .expect("nothing holds it")
        .unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_cut() {
    let running = Running::start().await;
    let mut client = EventServiceClient::new(running.channel().await);
    let request = running.with_token(v1::TailEventsRequest::default());
    let mut stream = client.tail_events(request).await.unwrap().into_inner();
    running.stop.cancel();
    assert!(!running.served.is_finished());
    running.abort.cancel();
    assert!(stream.message().await.is_err());
    tokio::time::timeout(Duration::from_secs(10), running.served)
        .await
        .expect("nothing holds it")
        .unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_said_in_one_sentence() {
    let running = Running::start().await;
    let addr = running.url.strip_prefix("http://").unwrap();
    let error = Listener::bind(addr.parse().unwrap()).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {addr}: Address already in use (os error 98)")
    );
}

#[tokio::test]
async fn health_watches_and_reflection_end_when_the_server_goes_down() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

    let running = Running::start().await;
    let mut health = HealthClient::new(running.channel().await);
    let watch = health.watch(HealthCheckRequest::default()).await.unwrap();
    let mut watch = watch.into_inner();
    watch.message().await.unwrap().expect("what it is now");
    let mut reflection = ServerReflectionClient::new(running.channel().await);
    let asks_nothing = futures::stream::pending::<ServerReflectionRequest>();
    let answers = reflection.server_reflection_info(asks_nothing).await;
    let mut answers = answers.unwrap().into_inner();

    running.bench.drain.cancel();
    running.stop.cancel();
    assert_eq!(watch.message().await.unwrap_err().code(), Code::Unavailable);
    // Reflection may have ended by itself when its requests did.
    if let Err(end) = answers.message().await {
        assert_eq!(end.get_details_error_info().unwrap().reason, "DRAINING");
    }
    tokio::time::timeout(Duration::from_secs(10), running.served)
        .await
        .expect("nothing holds it")
        .unwrap();
}

#[tokio::test]
async fn a_client_that_never_asks_is_sent_away() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let any = "127.0.0.1:0".parse().unwrap();
    let listener = Listener::bind(any).await.unwrap();
    let listener = listener.with_head_timeout(Duration::from_millis(50));
    let addr = listener.addr();
    let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
    tokio::spawn(listener.serve(Bench::new().router, 16, stop, abort));
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0";
    for bytes in [
        "",
        "P",
        "G",
        "GET / HTTP/1.1\r\nhost: ",
        &preface[..20],
        preface,
    ] {
        let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest);
        let closed = tokio::time::timeout(Duration::from_secs(10), closed).await;
        assert!(closed.is_ok(), "{bytes:?} holds a connection");
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_is_counted_and_no_longer_under_way() {
    let bench = Bench::new();
    let mut slow = Box::pin(bench.get("/api/v1/domains/slow"));
    assert!(futures::poll!(&mut slow).is_pending());
    drop(slow);
    let page = Request::get("/metrics").header(
        "authorization",
        format!("Bearer {}", bench.token(&["admins"])),
    );
    let page = bench.send(page.body(Body::empty()).unwrap()).await;
    for line in [
        "datamesh_requests_under_way 1\n",
        r#"datamesh_requests_total{transport="rest",method="",code="CANCELLED"} 1"#,
    ] {
        assert!(page.text.contains(line), "{line}\n{}", page.text);
    }
}
