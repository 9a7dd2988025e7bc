use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::binary::datamesh;
use crate::cloud::Cloud;
use crate::command::{program, run};
use crate::grpc::Grpc;
use crate::launch::{ACCOUNT, Launch, REGION};
use crate::rest::Rest;

/// How long a start may take, on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(60);

/// A `datameshd` that runs. It is killed when this is dropped; what it said is shown if the test fails.
#[derive(Debug)]
pub struct Node {
    launch: Launch,
    child: Child,
    output: Output,
    ports: Ports,
}

/// Where a process listens, as it says when it is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    public: SocketAddr,
    admin: SocketAddr,
    cloud: Option<SocketAddr>,
}

impl Ports {
    /// `datameshd 0.1.0 is ready: API http://…, operators http://…, …`, and the line of the embedded AWS.
    fn read(out: &str, with_cloud: bool) -> Option<Self> {
        let behind = |label: &str| -> Option<SocketAddr> {
            let (_, rest) = out.split_once(label)?;
            let (address, _) = rest.split_once([',', '\n', ' '])?;
            address.parse().ok()
        };
        let (_, line) = out.split_once(" is ready: ")?;
        line.contains('\n').then_some(())?;
        let cloud = behind("AWS_ENDPOINT_URL=http://");
        if with_cloud && cloud.is_none() {
            return None;
        }
        Some(Self {
            public: behind("API http://")?,
            admin: behind("operators http://")?,
            cloud,
        })
    }
}

async fn is_up(ports: &Ports) -> bool {
    let rest = Rest::new(&format!("http://{}", ports.public), None);
    let health = rest.try_send(http::Method::GET, "/health", &[], None).await;
    health.is_ok_and(|answer| answer.status == 200)
}

/// What a process said, while it runs and after.
#[derive(Clone, Debug, Default)]
struct Output {
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
}

/// A `datameshd` that ended before it was up.
#[derive(Debug)]
pub struct StartFailure {
    /// How it ended; `None` if it was neither up nor ended when the time was over.
    pub status: Option<ExitStatus>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} after {:?}\n{}{}",
            self.status, self.took, self.out, self.err
        )
    }
}

impl Node {
    pub(crate) async fn spawn(launch: Launch) -> Result<Self, StartFailure> {
        let started = Instant::now();
        let mut command = launch.command();
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = Output::default();
        let readers = [
            output.out.follow(child.stdout.take().expect("a pipe")),
            output.err.follow(child.stderr.take().expect("a pipe")),
        ];
        loop {
            let ended = child.try_wait().expect("the process can be asked");
            let took = started.elapsed();
            if ended.is_some() || took > START {
                if ended.is_some() {
                    for reader in readers {
                        reader.await.expect("the output is read");
                    }
                }
                return Err(StartFailure {
                    status: ended,
                    out: output.out.text(),
                    err: output.err.text(),
                    took,
                });
            }
            let ports = Ports::read(&output.out.text(), launch.has_cloud_port());
            if let Some(ports) = ports
                && is_up(&ports).await
            {
                return Ok(Self {
                    launch,
                    child,
                    output,
                    ports,
                });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The folder it runs on.
    pub fn data(&self) -> &Path {
        self.launch.data()
    }

    /// What it was started with.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// `http://host:port` of gRPC and REST.
    pub fn url(&self) -> String {
        format!("http://{}", self.ports.public)
    }

    /// `http://host:port` of the operator's door.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.ports.admin)
    }

    /// Where gRPC and REST are served.
    pub fn public(&self) -> SocketAddr {
        self.ports.public
    }

    /// `http://host:port` of the embedded AWS.
    #[track_caller]
    pub fn cloud_url(&self) -> String {
        format!(
            "http://{}",
            self.ports.cloud.expect("this node has no embedded AWS")
        )
    }

    /// The embedded AWS, in the name of the home account.
    #[track_caller]
    pub fn cloud(&self) -> Cloud {
        Cloud::new(&self.cloud_url(), &format!("LKIA{ACCOUNT}"), REGION)
    }

    /// A token of the embedded issuer, made by `datamesh token`.
    pub async fn token(&self, user: &str, groups: &[&str]) -> String {
        let mut command = program(datamesh());
        command
            .arg("--data-dir")
            .arg(self.data())
            .args(["token", "--user", user]);
        command.args(["--groups", &groups.join(",")]);
        let ended = run(&mut command, Duration::from_secs(30)).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.out.trim().to_owned()
    }

    /// REST in the name of a member of these groups.
    pub async fn rest(&self, user: &str, groups: &[&str]) -> Rest {
        Rest::new(&self.url(), Some(&self.token(user, groups).await))
    }

    /// REST of the operator's door, as an admin.
    pub async fn operator(&self) -> Rest {
        Rest::new(
            &self.admin_url(),
            Some(&self.token("operator", &["admins"]).await),
        )
    }

    /// gRPC in the name of a member of these groups.
    pub async fn grpc(&self, user: &str, groups: &[&str]) -> Grpc {
        Grpc::new(&self.url(), Some(&self.token(user, groups).await))
    }

    /// What it wrote to standard error until now: its log.
    pub fn log(&self) -> String {
        self.output.err.text()
    }

    /// What it wrote to standard output until now.
    pub fn out(&self) -> String {
        self.output.out.text()
    }

    /// Asks it to end (SIGTERM), and goes on at once.
    pub async fn terminate(&self) {
        self.signal("TERM").await;
    }

    /// Sends it a signal: `STOP`, `CONT`.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let mut command = program("kill");
        let signal = format!("-{name}");
        let ended = run(command.args([&signal, &id]), Duration::from_secs(10)).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }

    /// Waits for its end. Fails the test if that takes longer than `within`.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let ended = tokio::time::timeout(within, self.child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("after {within:?} it still runs"));
        ended.expect("the process can be asked")
    }

    /// Asks it to end, and waits for an end without fault. Its launch can be started again.
    pub async fn stop(mut self) -> Launch {
        self.terminate().await;
        let status = self.ended(Duration::from_secs(40)).await;
        assert_eq!(status.code(), Some(0), "a stop is no fault");
        self.launch.clone()
    }

    /// Kills it (SIGKILL). Its launch can be started again.
    pub async fn kill(mut self) -> Launch {
        self.child.start_kill().expect("it runs");
        let _: ExitStatus = self.ended(Duration::from_secs(10)).await;
        self.launch.clone()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let told: Vec<&str> = log
                .lines()
                .filter(|line| !line.contains("status=200"))
                .collect();
            let last = told[told.len().saturating_sub(100)..].join("\n");
            eprintln!(
                "--- {} said, besides the requests that went well:\n{last}\n---",
                self.ports.public
            );
        }
    }
}

trait Follow {
    /// What was said until now.
    fn text(&self) -> String;

    /// Reads a pipe to its end.
    fn follow(&self, pipe: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()>;
}

impl Follow for Arc<Mutex<String>> {
    fn text(&self) -> String {
        self.lock().expect("no reader panics").clone()
    }

    fn follow(&self, pipe: impl AsyncRead + Unpin + Send + 'static) -> JoinHandle<()> {
        let said = Arc::clone(self);
        tokio::spawn(async move {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe
                .read_until(b'\n', &mut line)
                .await
                .is_ok_and(|read| read > 0)
            {
                said.lock()
                    .expect("no reader panics")
                    .push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_are_those_of_the_line_that_says_that_it_is_ready() {
        let line = "datameshd 0.1.0 is ready: API http://127.0.0.1:1, operators http://127.0.0.1:2, embedded AWS, data in /d\n";
        let with = format!("{line}other AWS clients: AWS_ENDPOINT_URL=http://127.0.0.1:3\n");
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let ports = |cloud| {
            Some(Ports {
                public: address(1),
                admin: address(2),
                cloud,
            })
        };
        assert_eq!(Ports::read(line, false), ports(None));
        assert_eq!(Ports::read(line, true), None, "it is not said in full yet");
        assert_eq!(Ports::read(&with, true), ports(Some(address(3))));
        assert_eq!(Ports::read(line.trim_end(), false), None);
    }
}
