use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use datamesh_gateway::GatewayError;

/// Why a node did not start: one sentence for the person who starts it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {} cannot be made ({source}): choose another with --data-dir", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] datamesh_journal::OpenError),
    /// The embedded AWS cannot be opened.
    #[error(transparent)]
    Cloud(#[from] crate::cloud_file::CloudFileError),
    /// The embedded issuer cannot be opened.
    #[error(transparent)]
    Issuer(#[from] datamesh_gateway::auth::IssuerError),
    /// AWS does not say whose credentials these are.
    #[error(
        "the AWS account is not known ({0}): give this process credentials, or set aws.account"
    )]
    Account(Box<datamesh_aws::AwsError>),
    /// The queues and the bus cannot be made.
    #[error(transparent)]
    Workers(Box<datamesh_workers::TopologyError>),
    /// The file of a workflow cannot be read.
    #[error("the workflow's file {} cannot be read ({source}): name another with --workflows-promotion", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The document of a workflow has errors; all of them, a line each.
    #[error(transparent)]
    Workflow(#[from] datamesh_actors::workflow::WorkflowError),
    /// The topic of the workflows' messages cannot be made.
    #[error("the topic for messages of workflows cannot be made: {0}")]
    Topic(Box<datamesh_aws::AwsError>),
    /// The gateway cannot serve as configured.
    #[error(transparent)]
    Gateway(GatewayError),
    /// A port cannot be taken.
    #[error("{}", port_sentence(addr, flag, source))]
    Port {
        /// Where.
        addr: SocketAddr,
        /// The flag that chooses it.
        flag: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The runtime did not start.
    #[error(transparent)]
    Runtime(#[from] datamesh_actor::StartError),
}

impl From<GatewayError> for StartError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Bind(error) => Self::Port {
                addr: error.addr,
                flag: "--listen-public or --listen-admin",
                source: error.source,
            },
            error => Self::Gateway(error),
        }
    }
}

impl From<datamesh_workers::TopologyError> for StartError {
    fn from(error: datamesh_workers::TopologyError) -> Self {
        Self::Workers(Box::new(error))
    }
}

fn port_sentence(addr: &SocketAddr, flag: &str, source: &io::Error) -> String {
    let other = format!("choose another address with {flag}");
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{addr} is in use by another program: stop it, or {other}")
        }
        io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on {addr}: {other}")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{addr} is not an address of this machine: {other}")
        }
        _ => format!("{addr} cannot be listened on ({source}): {other}"),
    }
}
