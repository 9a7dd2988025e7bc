//! A door whose services answer from memory, and what a test needs to knock at it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use datamesh_actor::Clock;
use datamesh_gateway::auth::{AuthOptions, Authenticator, Caller, Issuer};
use datamesh_gateway::server::{Door, DoorParts, Health, Metrics, MetricsPage, ServerOptions};
use datamesh_gateway::status;
use datamesh_proto::v1;
use datamesh_proto::v1::domain_service_server::{DomainService, DomainServiceServer};
use datamesh_proto::v1::event_service_server::{EventService, EventServiceServer};
use futures::Stream;
use http::{Request, Response};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::ServiceExt;

/// 2027-01-15T08:00:00Z.
pub const NOW_MS: i64 = 1_800_000_000_000;

pub const SERVICES: [&str; 2] = ["datamesh.v1.DomainService", "datamesh.v1.EventService"];

/// A clock that stands still until it is moved.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOW_MS)))
    }

    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Remembers what it was asked, and answers according to the id.
#[derive(Clone, Default)]
pub struct Canned {
    pub creates: Arc<Mutex<Vec<v1::CreateDomainRequest>>>,
    pub updates: Arc<Mutex<Vec<v1::UpdateDomainRequest>>>,
    pub deletes: Arc<Mutex<Vec<v1::DeleteDomainRequest>>>,
    pub lists: Arc<Mutex<Vec<v1::ListDomainsRequest>>>,
    pub callers: Arc<Mutex<Vec<Arc<Caller>>>>,
}

pub fn domain(id: &str) -> v1::Domain {
    v1::Domain {
        domain_id: id.to_owned(),
        domain_name: "sales".to_owned(),
        status: v1::domain::Status::Active.into(),
        etag: "7".to_owned(),
        ..Default::default()
    }
}

impl Canned {
    fn note<T>(&self, request: &tonic::Request<T>) {
        let caller = request.extensions().get::<Arc<Caller>>();
        let caller = caller.expect("no request comes here without a caller");
        self.callers.lock().push(caller.clone());
    }
}

#[tonic::async_trait]
impl DomainService for Canned {
    async fn create_domain(
        &self,
        request: tonic::Request<v1::CreateDomainRequest>,
    ) -> Result<tonic::Response<v1::Domain>, Status> {
        self.note(&request);
        let request = request.into_inner();
        let mut domain = domain("dom-new");
        domain.domain_name.clone_from(&request.domain_name);
        domain.status = v1::domain::Status::Creating.into();
        self.creates.lock().push(request);
        Ok(tonic::Response::new(domain))
    }

    async fn get_domain(
        &self,
        request: tonic::Request<v1::GetDomainRequest>,
    ) -> Result<tonic::Response<v1::Domain>, Status> {
        self.note(&request);
        let after = Duration::from_millis(1500);
        match request.into_inner().domain_id.as_str() {
            "panic" => panic!("on purpose"),
            "busy" => Err(status::retry_later(
                Code::ResourceExhausted,
                "BUSY",
                "busy",
                after,
            )),
            "slow" => futures::future::pending().await,
            "bare" => Err(Status::not_found("no domain bare")),
            "none" => Err(status::with_reason(
                Code::NotFound,
                "DOMAIN_NOT_FOUND",
                "there is no domain none",
            )),
            id => Ok(tonic::Response::new(domain(id))),
        }
    }

    async fn list_domains(
        &self,
        request: tonic::Request<v1::ListDomainsRequest>,
    ) -> Result<tonic::Response<v1::ListDomainsResponse>, Status> {
        self.note(&request);
        self.lists.lock().push(request.into_inner());
        Ok(tonic::Response::new(v1::ListDomainsResponse {
            domains: vec![domain("dom-1")],
            next_page_token: "next".to_owned(),
        }))
    }

    async fn update_domain(
        &self,
        request: tonic::Request<v1::UpdateDomainRequest>,
    ) -> Result<tonic::Response<v1::Domain>, Status> {
        self.note(&request);
        let request = request.into_inner();
        let stale = !request.etag.is_empty() && request.etag != "7";
        self.updates.lock().push(request);
        if stale {
            return Err(status::with_reason(
                Code::Aborted,
                status::ETAG_MISMATCH,
                "the domain was changed by somebody else; read it again",
            ));
        }
        Ok(tonic::Response::new(domain("dom-1")))
    }

    async fn delete_domain(
        &self,
        request: tonic::Request<v1::DeleteDomainRequest>,
    ) -> Result<tonic::Response<v1::Domain>, Status> {
        self.note(&request);
        self.deletes.lock().push(request.into_inner());
        Ok(tonic::Response::new(domain("dom-1")))
    }

    type WatchDomainStream = Pin<Box<dyn Stream<Item = Result<v1::Domain, Status>> + Send>>;

    async fn watch_domain(
        &self,
        request: tonic::Request<v1::WatchDomainRequest>,
    ) -> Result<tonic::Response<Self::WatchDomainStream>, Status> {
        self.note(&request);
        let id = request.into_inner().domain_id;
        if id == "none" {
            return Err(Status::not_found("there is no domain none"));
        }
        let items = vec![
            Ok(domain("dom-1")),
            Ok(domain("dom-2")),
            Err(status::with_reason(
                Code::Unavailable,
                "DRAINING",
                "try again",
            )),
        ];
        let take = if id == "broken" { 3 } else { 2 };
        let items = futures::stream::iter(items.into_iter().take(take));
        Ok(tonic::Response::new(Box::pin(items)))
    }
}

#[tonic::async_trait]
impl EventService for Canned {
    async fn list_events(
        &self,
        _: tonic::Request<v1::ListEventsRequest>,
    ) -> Result<tonic::Response<v1::ListEventsResponse>, Status> {
        Ok(tonic::Response::new(v1::ListEventsResponse::default()))
    }

    type TailEventsStream = Pin<Box<dyn Stream<Item = Result<v1::Event, Status>> + Send>>;

    async fn tail_events(
        &self,
        _: tonic::Request<v1::TailEventsRequest>,
    ) -> Result<tonic::Response<Self::TailEventsStream>, Status> {
        Ok(tonic::Response::new(Box::pin(futures::stream::pending())))
    }
}

/// A door and its issuer.
pub struct Bench {
    pub canned: Canned,
    pub clock: Arc<TestClock>,
    pub issuer: Issuer,
    pub auth: Arc<Authenticator>,
    pub health: Health,
    pub drain: CancellationToken,
    pub router: Router,
    pub busy: Router,
    _folder: TempDir,
}

impl Bench {
    /// In front of canned services.
    pub fn new() -> Self {
        Self::with(&ServerOptions::default())
    }

    /// The same, with other limits.
    pub fn with(options: &ServerOptions) -> Self {
        let canned = Canned::default();
        let domains = DomainServiceServer::new(canned.clone());
        let routes = Routes::new(domains.max_decoding_message_size(options.max_body_bytes))
            .add_service(EventServiceServer::new(canned.clone()));
        let clock = TestClock::new();
        Self {
            canned,
            ..Self::over(options, &SERVICES, routes, clock)
        }
    }

    /// In front of any services.
    pub fn over(
        options: &ServerOptions,
        services: &[&str],
        routes: Routes,
        clock: Arc<TestClock>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = Issuer::open(folder.path(), &AuthOptions::default(), fill(1)).unwrap();
        let auth = Authenticator::new(AuthOptions::default(), Some(&issuer), clock.clone());
        let auth = Arc::new(auth.unwrap());
        let health = Health::new();
        let drain = CancellationToken::new();
        let parts = DoorParts {
            title: "datamesh",
            services,
            routes,
            auth: auth.clone(),
            health: health.clone(),
            metrics: Metrics::new(),
            issuer: Some(&issuer),
            metrics_page: Some(MetricsPage::new(|| Box::pin(async {}))),
            drain: drain.clone(),
        };
        let door = Door::new(options, parts).unwrap();
        Self {
            canned: Canned::default(),
            clock,
            issuer,
            auth,
            health,
            drain,
            router: door.router,
            busy: door.busy,
            _folder: folder,
        }
    }

    pub fn token(&self, groups: &[&str]) -> String {
        self.token_of("ann@example.com", groups)
    }

    pub fn token_of(&self, user: &str, groups: &[&str]) -> String {
        let groups: Vec<String> = groups.iter().map(|&g| g.to_owned()).collect();
        let hour = Duration::from_secs(3600);
        self.issuer
            .token(user, &groups, hour, self.clock.now_ms())
            .unwrap()
    }

    /// A request with a good token.
    pub fn request(&self, verb: &str, path: &str) -> http::request::Builder {
        let token = self.token(&["sales"]);
        Request::builder()
            .method(verb)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    /// Sends JSON text.
    pub async fn json(&self, verb: &str, path: &str, body: &str) -> Answer {
        let request = self
            .request(verb, path)
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }
}

/// A response that was read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// Random bytes that are the same each time.
pub fn fill(seed: u8) -> impl FnMut(&mut [u8]) {
    move |bytes| bytes.fill(seed)
}
