use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::Runtime;
use datamesh_actors::Place;
use datamesh_actors::access::AccessOptions;
use datamesh_actors::workflow::Workflows;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::auth::{AuthError, AuthOptions, Authenticator, Issuer};
use crate::rest::RestApi;
use crate::server::{
    BindError, Door, DoorError, DoorParts, Health, HealthState, Listener, Metrics, MetricsPage,
    ServerOptions,
};
use crate::services::{ADMIN, Gauges, Infrastructure, PUBLIC, Services};

/// Streams (watches, tails) that may be open at once.
const MAX_STREAMS: usize = 1024;

/// What a gateway is made of.
pub struct GatewayParts {
    /// Where it listens, and its limits.
    pub server: ServerOptions,
    /// Whose tokens are taken.
    pub auth: AuthOptions,
    /// The embedded issuer, if it is on.
    pub issuer: Option<Issuer>,
    /// The actors.
    pub runtime: Runtime,
    /// The account and region of domains that name none.
    pub home: Place,
    /// The workflows.
    pub workflows: Arc<Workflows>,
    /// How access is asked for.
    pub access: AccessOptions,
    /// The pools and queues, for the operator.
    pub infrastructure: Arc<dyn Infrastructure>,
    /// Where things are counted. More can be registered before and after.
    pub metrics: Metrics,
}

/// Both ports, taken and not yet served: who connects waits.
pub struct Ports {
    public: Listener,
    admin: Listener,
}

/// A running gateway: both ports.
pub struct Gateway {
    public: SocketAddr,
    admin: SocketAddr,
    api: RestApi,
    health: Health,
    drain: CancellationToken,
    stop: CancellationToken,
    abort: CancellationToken,
    listeners: JoinSet<()>,
}

/// Why a gateway did not start. Each message is meant for the person who starts the process.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A port cannot be taken.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Tokens cannot be checked as configured.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The protos are wrong.
    #[error(transparent)]
    Door(#[from] DoorError),
}

impl Gateway {
    /// Takes both ports. To be called before anything runs: a port in use is found then and not after the
    /// first effects.
    ///
    /// # Errors
    /// When a port is in use, or must not be used. None is taken then.
    pub async fn bind(options: &ServerOptions) -> Result<Ports, GatewayError> {
        Ok(Ports {
            public: Listener::bind(options.listen).await?,
            admin: Listener::bind(options.admin_listen).await?,
        })
    }

    /// Serves on ports that were taken before.
    ///
    /// # Errors
    /// When the options contradict each other. Nothing is served then.
    pub async fn start(ports: Ports, parts: GatewayParts) -> Result<Self, GatewayError> {
        let Ports { public, admin } = ports;
        let clock = parts.runtime.clock().clone();
        let issuer = parts.issuer.as_ref();
        let auth = Arc::new(Authenticator::new(parts.auth, issuer, clock)?);
        let health = Health::new();
        let drain = CancellationToken::new();
        let services = Services::new(
            parts.runtime.clone(),
            parts.home,
            parts.infrastructure.clone(),
            drain.clone(),
            MAX_STREAMS,
        )
        .with_workflows(parts.workflows)
        .with_access(parts.access);
        let gauges = Gauges::new(&parts.metrics, parts.runtime, parts.infrastructure);
        let max_bytes = parts.server.max_body_bytes;
        let public_door = Door::new(
            &parts.server,
            DoorParts {
                title: "datamesh",
                services: &PUBLIC,
                routes: services.public_routes(max_bytes),
                auth: auth.clone(),
                health: health.clone(),
                metrics: parts.metrics.clone(),
                issuer,
                metrics_page: None,
                drain: drain.clone(),
            },
        )?;
        let admin_door = Door::new(
            &parts.server,
            DoorParts {
                title: "datamesh, for operators",
                services: &ADMIN,
                routes: services.admin_routes(max_bytes),
                auth,
                health: health.clone(),
                metrics: parts.metrics,
                issuer: None,
                metrics_page: Some(MetricsPage::new(move || {
                    let gauges = gauges.clone();
                    Box::pin(async move { gauges.refresh().await })
                })),
                drain: drain.clone(),
            },
        )?;
        let api = public_door.rest.clone();
        let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
        let idle = Duration::from_secs(parts.server.idle_timeout_seconds);
        let mut listeners = JoinSet::new();
        let (public_addr, admin_addr) = (public.addr(), admin.addr());
        let public = (public, public_door, parts.server.max_connections);
        let admin = (admin, admin_door, parts.server.admin_max_connections);
        for (listener, door, most) in [public, admin] {
            let listener = listener.with_idle_timeout(idle).with_busy(door.busy);
            listeners.spawn(listener.serve(door.router, most, stop.clone(), abort.clone()));
        }
        let gateway = Self {
            public: public_addr,
            admin: admin_addr,
            api,
            health,
            drain,
            stop,
            abort,
            listeners,
        };
        gateway.set_health(HealthState::Up).await;
        Ok(gateway)
    }

    /// Where the public port is.
    pub fn public_addr(&self) -> SocketAddr {
        self.public
    }

    /// Where the admin port is.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin
    }

    /// The API of the public port, for who is in this process.
    pub fn api(&self) -> RestApi {
        self.api.clone()
    }

    /// Says how we are, in `/health` and `grpc.health.v1`.
    pub async fn set_health(&self, state: HealthState) {
        let services: Vec<&str> = PUBLIC.into_iter().chain(ADMIN).collect();
        self.health.set(state, &services).await;
    }

    /// Stops in order: health says DRAINING, waits and streams end, no connection is accepted any more,
    /// requests under way get `grace` to end; what is still open then is cut.
    pub async fn stop(mut self, grace: Duration) {
        self.set_health(HealthState::Draining).await;
        self.drain.cancel();
        self.stop.cancel();
        let closed = async { while self.listeners.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, closed).await.is_err() {
            tracing::warn!("connections were still open after {grace:?} and are cut");
            self.abort.cancel();
            while self.listeners.join_next().await.is_some() {}
        }
    }
}
