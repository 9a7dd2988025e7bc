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
use crate::cloud_file::CloudFile;
use crate::config::{AwsMode, Config};
use crate::control_door::ControlDoor;

/// The way out, and the embedded AWS if that is where it leads.
pub struct Cloud {
    /// The pools.
    pub aws: Aws,
    /// Where other AWS clients reach the embedded AWS.
    pub listens_on: Option<SocketAddr>,
    /// Where its faults and its clock are driven.
    pub controlled_on: Option<SocketAddr>,
    /// Keeps the embedded AWS's file for this process.
    _file: Option<CloudFile>,
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
                controlled_on: None,
                _file: None,
            });
        }
        let file = CloudFile::open(&config.data_dir, &config.aws.account)?;
        let cloud = file.cloud.clone();
        let controlled_on = match config.localcloud_control {
            Some(addr) => Some(control(&cloud, addr, &config.data_dir, stop, tasks).await?),
            None => None,
        };
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
            controlled_on,
            _file: Some(file),
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

async fn listen(
    cloud: &LocalCloud,
    addr: SocketAddr,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<SocketAddr, StartError> {
    let (listener, bound) = bind(addr, "--localcloud-listen").await?;
    let (cloud, stop) = (cloud.clone(), stop.clone());
    tasks.spawn(async move {
        if let Err(error) = cloud.serve(listener, stop.cancelled_owned()).await {
            tracing::error!(%error, "the embedded AWS takes no more clients");
        }
    });
    Ok(bound)
}

/// Serves the control API until `stop`; the command line finds it and its token in the data folder.
async fn control(
    cloud: &LocalCloud,
    addr: SocketAddr,
    data_dir: &Path,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<SocketAddr, StartError> {
    let (listener, bound) = bind(addr, "--localcloud-control").await?;
    let door = ControlDoor::new(bound, None);
    door.write(data_dir).map_err(|source| StartError::Folder {
        path: data_dir.to_owned(),
        source,
    })?;
    let (cloud, stop, data_dir) = (cloud.clone(), stop.clone(), data_dir.to_owned());
    tasks.spawn(async move {
        let served = cloud
            .serve_control(listener, &door.token, stop.cancelled_owned())
            .await;
        door.close(&data_dir);
        if let Err(error) = served {
            tracing::error!(%error, "the embedded AWS is driven no more");
        }
    });
    Ok(bound)
}

async fn bind(
    addr: SocketAddr,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let port_error = |source| StartError::Port { addr, flag, source };
    let listener = TcpListener::bind(addr).await.map_err(port_error)?;
    let bound = listener.local_addr().map_err(port_error)?;
    Ok((listener, bound))
}
