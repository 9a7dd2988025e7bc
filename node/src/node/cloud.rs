//! The way out to AWS: the embedded one, or the real one.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use datamesh_aws::{Aws, CallCx, Connector};
use datamesh_localcloud::LocalCloud;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::start_error::StartError;
use crate::config::{AwsMode, Config};

/// The file of the embedded AWS, in the data folder.
const FILE: &str = "localcloud.db";

/// The way out, and the embedded AWS if that is where it leads.
pub struct Cloud {
    /// The pools.
    pub aws: Aws,
    /// Where other AWS clients reach the embedded AWS.
    pub listens_on: Option<SocketAddr>,
}

impl Cloud {
    /// Opens it. Until `stop`, what is due in the embedded AWS happens unasked, and other clients are
    /// served if they may come.
    ///
    /// # Errors
    /// The embedded AWS cannot be opened, or its port cannot be taken.
    pub async fn open(
        config: &Config,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<Self, StartError> {
        let clock = Arc::new(datamesh_aws::SystemClock::new());
        if config.aws_mode == AwsMode::Aws {
            let mut options = config.aws.clone();
            if !config.aws_account_is_set {
                let anybody = Aws::new(options.clone(), Connector::Real, clock.clone());
                options.account = account_of(&anybody).await?;
            }
            return Ok(Self {
                aws: Aws::new(options, Connector::Real, clock),
                listens_on: None,
            });
        }
        let cloud = embedded(&config.data_dir, &config.aws.account)?;
        let listens_on = match config.localcloud_listen {
            Some(addr) => Some(listen(&cloud, addr, stop, tasks).await?),
            None => {
                let (cloud, stop) = (cloud.clone(), stop.clone());
                tasks.spawn(async move { cloud.keep_time(stop.cancelled_owned()).await });
                None
            }
        };
        let connector = Connector::Embedded {
            http_client: cloud.http_client(),
            credentials: Arc::new(move |account| cloud.credentials(account)),
        };
        Ok(Self {
            aws: Aws::new(config.aws.clone(), connector, clock),
            listens_on,
        })
    }
}

/// The account whose credentials the process holds.
async fn account_of(aws: &Aws) -> Result<String, StartError> {
    let home = CallCx::default();
    let identity = aws.sts(&home).get_caller_identity().await;
    identity
        .map(|identity| identity.account)
        .map_err(|error| StartError::Account(Box::new(error)))
}

fn embedded(data_dir: &Path, account: &str) -> Result<LocalCloud, StartError> {
    Ok(LocalCloud::open(datamesh_localcloud::Options {
        path: Some(data_dir.join(FILE)),
        clock: Arc::new(datamesh_localcloud::SystemClock),
        seed: None,
        default_account: account.to_owned(),
    })?)
}

async fn listen(
    cloud: &LocalCloud,
    addr: SocketAddr,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<SocketAddr, StartError> {
    let port_error = |source| StartError::Port {
        addr,
        flag: "--localcloud-listen",
        source,
    };
    let listener = TcpListener::bind(addr).await.map_err(port_error)?;
    let bound = listener.local_addr().map_err(port_error)?;
    let (cloud, stop) = (cloud.clone(), stop.clone());
    tasks.spawn(async move {
        if let Err(error) = cloud.serve(listener, stop.cancelled_owned()).await {
            tracing::error!(%error, "the embedded AWS takes no more clients");
        }
    });
    Ok(bound)
}
