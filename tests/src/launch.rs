use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::binary::datameshd;
use crate::command::program;
use crate::node::{Node, StartFailure};

/// The account and the region that a node under test is at home in.
pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const REGION: &str = "eu-central-1";

/// Any port that is free.
const ANY: &str = "127.0.0.1:0";

/// What a `datameshd` is started with. Everything is embedded, on free ports of this machine, unless said
/// otherwise.
#[derive(Clone, Debug)]
pub struct Launch {
    data: PathBuf,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    largest_file: Option<u32>,
}

impl Launch {
    /// On a data folder, which need not be there yet.
    pub fn on(data: impl Into<PathBuf>) -> Self {
        let launch = Self {
            data: data.into(),
            environment: Vec::new(),
            arguments: Vec::new(),
            largest_file: None,
        };
        launch
            .env("DATAMESH_AWS_REGION", REGION)
            .env("DATAMESH_AWS_ACCOUNT", ACCOUNT)
            .env("DATAMESH_LISTEN_PUBLIC", ANY)
            .env("DATAMESH_LISTEN_ADMIN", ANY)
            .env("DATAMESH_LOCALCLOUD_LISTEN", ANY)
    }

    /// With an environment variable; settings are `DATAMESH_<SECTION>_<NAME>`.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without an environment variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// With further arguments of `datameshd run`.
    #[must_use]
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// Without an embedded AWS: every call goes to `endpoint`, in the name of `access_key`.
    #[must_use]
    pub fn in_aws(self, endpoint: &str, access_key: &str) -> Self {
        self.without("DATAMESH_LOCALCLOUD_LISTEN")
            .env("DATAMESH_AWS_MODE", "aws")
            .env("DATAMESH_AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", access_key)
            .env("AWS_SECRET_ACCESS_KEY", "nobody-checks-it")
    }

    /// On a disk that seems full as soon as a file has this many blocks of 512 bytes.
    #[must_use]
    pub fn largest_file(mut self, blocks: Option<u32>) -> Self {
        self.largest_file = blocks;
        self
    }

    /// The folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Whether it has an embedded AWS that listens on a port.
    pub(crate) fn has_cloud_port(&self) -> bool {
        self.environment
            .iter()
            .any(|(name, _)| name == "DATAMESH_LOCALCLOUD_LISTEN")
    }

    /// Starts it and waits until it is up. Fails the test when that does not come.
    pub async fn start(&self) -> Node {
        match self.try_start().await {
            Ok(node) => node,
            Err(failure) => panic!("datameshd does not come up: {failure}"),
        }
    }

    /// Starts it and waits until it is up or has given up.
    ///
    /// # Errors
    /// How it ended, and what it said.
    pub async fn try_start(&self) -> Result<Node, StartFailure> {
        Node::spawn(self.clone()).await
    }

    /// The command line.
    pub fn command(&self) -> Command {
        let mut command = match self.largest_file {
            None => program(datameshd()),
            Some(blocks) => {
                let mut shell = program("sh");
                // The signal of a file that grew too large ends a process unless it is ignored.
                let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
                shell.arg("-c").arg(limited).arg(datameshd());
                shell
            }
        };
        command
            .arg("run")
            .arg("--data-dir")
            .arg(&self.data)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
