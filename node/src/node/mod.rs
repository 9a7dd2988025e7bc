//! One node: opens the journal and the way to AWS, starts the actors on them, the workers beside them and
//! the two ports before them; and ends in the reverse order.

mod cloud;
mod infrastructure;
mod start_error;
mod workflows;

use std::fs::DirBuilder;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{Runtime, SystemClock};
use datamesh_actors::Place;
use datamesh_aws::Aws;
use datamesh_gateway::server::Metrics;
use datamesh_gateway::{Gateway, GatewayParts};
use datamesh_journal::Journal;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_workers::{Topology, Workers};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::cloud::Cloud;
use self::infrastructure::Beside;
pub use self::start_error::StartError;
use crate::config::Config;
use crate::issuer;
use crate::listening::Listening;

/// The file of the journal, in the data folder. Its lock keeps a second node away from the folder.
const JOURNAL: &str = "journal.db";
const RECORDER: &str = "recorder";

/// What every floor gets to end, even if those above it used all the time.
const LEAST_GRACE: Duration = Duration::from_millis(500);

/// A running node.
pub struct Node {
    gateway: Gateway,
    workers: Option<Workers>,
    journal: Arc<SqliteJournal>,
    runtime: Runtime,
    cloud: Cloud,
    stop_work: CancellationToken,
    stop_cloud: CancellationToken,
    tasks: TaskTracker,
}

impl Node {
    /// Starts a node. Work that an earlier process left is found in the journal and goes on. Must be
    /// called on a multi-threaded tokio runtime.
    ///
    /// # Errors
    /// [`StartError`], one sentence; the process is then to end.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        make_folder(&config.data_dir)?;
        let journal = Arc::new(SqliteJournal::open(sqlite::Options {
            receipts_kept: config.runtime.receipts,
            ..sqlite::Options::new(config.data_dir.join(JOURNAL))
        })?);
        check_port(config.server.listen, "--listen-public")?;
        check_port(config.server.admin_listen, "--listen-admin")?;
        // Who finds the port open finds the key for tokens too.
        let issuer = match config.auth.embedded {
            true => Some(issuer::open(&config.data_dir, &config.auth)?),
            false => None,
        };
        let ports = Gateway::bind(&config.server).await?;
        let (stop_work, stop_cloud) = (CancellationToken::new(), CancellationToken::new());
        let tasks = TaskTracker::new();
        let cloud = Cloud::open(config, &stop_cloud, &tasks).await?;
        let aws = &cloud.aws;
        let home = Place {
            account: aws.account().to_owned(),
            region: aws.region().await,
        };
        let workflows = workflows::load(config.workflow_promotion.as_deref(), &home)?;
        if config.aws_provision {
            workflows::provision(aws).await?;
        }
        // Before any effect can run: an event for a bus that is not there is lost.
        let topology = match (config.aws_provision, config.workers_enabled) {
            (true, _) => Some(Topology::provision(aws, &config.workers).await?),
            (false, true) => Some(Topology::find(aws, &config.workers).await?),
            (false, false) => None,
        };
        let builder = Runtime::builder(
            journal.clone(),
            Arc::new(SystemClock),
            config.runtime.clone(),
        )
        .recorder(config.data_dir.join(RECORDER));
        let (builder, mesh) = datamesh_actors::register(builder, aws.clone(), config.mesh.clone());
        let runtime = builder.start().await?;
        mesh.bind(runtime.clone());
        let workers = topology.filter(|_| config.workers_enabled).map(|topology| {
            let options = config.workers.clone();
            let stop = stop_work.clone();
            Workers::start(runtime.clone(), aws.clone(), options, topology, stop)
        });
        let parts = GatewayParts {
            server: config.server.clone(),
            auth: config.auth.clone(),
            issuer,
            runtime: runtime.clone(),
            home,
            workflows,
            access: config.mesh.access.clone(),
            infrastructure: Arc::new(Beside {
                aws: aws.clone(),
                workers: workers.clone(),
            }),
            metrics: Metrics::new(),
        };
        let gateway = Gateway::start(ports, parts).await?;
        mesh.api().bind(Arc::new(gateway.api()));
        let listening = Listening {
            public: gateway.public_addr(),
            admin: gateway.admin_addr(),
        };
        if let Err(error) = listening.write(&config.data_dir) {
            tracing::warn!(%error, "where this node listens could not be written down: the command line asks for a token");
        }
        Ok(Self {
            gateway,
            workers,
            journal,
            runtime,
            cloud,
            stop_work,
            stop_cloud,
            tasks,
        })
    }

    /// Where the API is served.
    pub fn public(&self) -> SocketAddr {
        self.gateway.public_addr()
    }

    /// Where operators are served.
    pub fn admin(&self) -> SocketAddr {
        self.gateway.admin_addr()
    }

    /// Where other AWS clients reach the embedded AWS.
    pub fn localcloud(&self) -> Option<SocketAddr> {
        self.cloud.listens_on
    }

    /// Where the faults and the clock of the embedded AWS are driven.
    pub fn localcloud_control(&self) -> Option<SocketAddr> {
        self.cloud.controlled_on
    }

    /// The way to AWS.
    pub fn aws(&self) -> &Aws {
        &self.cloud.aws
    }

    /// Ends when the journal's disk has failed: nothing is written or read any more, and the process is to end.
    pub async fn failed(&self) {
        self.journal.failed().await;
    }

    /// The same, for whoever stops the node meanwhile.
    pub fn failed_later(&self) -> impl Future<Output = ()> + use<> {
        let journal = self.journal.clone();
        async move { journal.failed().await }
    }

    /// Stops: no new requests and messages; what is under way gets `grace` to end, from the gateway down;
    /// the journal is closed. What did not end goes on at the next start.
    pub async fn stop(self, grace: Duration) {
        let deadline = Instant::now() + grace;
        let left = || deadline.duration_since(Instant::now()).max(LEAST_GRACE);
        self.stop_work.cancel();
        // The floors below need time too, whoever keeps a stream open.
        self.gateway.stop(left() / 2).await;
        if let Some(workers) = &self.workers
            && timeout(left(), workers.stopped()).await.is_err()
        {
            tracing::warn!("messages were still being worked on; they come again");
        }
        self.runtime.drain(left()).await;
        self.stop_cloud.cancel();
        self.tasks.close();
        if timeout(left(), self.tasks.wait()).await.is_err() {
            tracing::warn!("other clients of the embedded AWS were cut off");
        }
    }
}

/// Whether a port can be taken. The gateway, which takes it, does not know which flag chooses it.
fn check_port(addr: SocketAddr, flag: &'static str) -> Result<(), StartError> {
    TcpListener::bind(addr)
        .map(drop)
        .map_err(|source| StartError::Port { addr, flag, source })
}

/// Makes the data folder if it is not there, for its owner only: it will hold the issuer's key.
fn make_folder(path: &Path) -> Result<(), StartError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::Folder {
            path: path.to_owned(),
            source,
        })
}
