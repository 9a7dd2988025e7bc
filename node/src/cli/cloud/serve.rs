//! `datamesh cloud serve`: the embedded AWS alone, for any AWS client.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use datamesh_localcloud::{LocalCloud, Options};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{At, state};
use crate::cli::credentials;
use crate::cli::cx::Cx;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::globals::Format;
use crate::cli::output;
use crate::cloud_file::{CloudFile, CloudFileError};
use crate::control_door::ControlDoor;
use crate::daemon::signal::Signals;
use crate::folders;

/// How long requests that are under way may take to end after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// How it runs. --control says where it can be driven; nobody can if it is not given.
#[derive(Args, Debug)]
pub struct Serve {
    /// Where AWS clients reach it; whoever does may use it in any name
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    /// Keep everything in memory, and nothing in the data folder
    #[arg(long)]
    memory: bool,
    /// The account of the access key `test`, 12 digits
    #[arg(long, value_name = "ACCOUNT", default_value = "000000000000")]
    account: String,
    /// Make what this file describes and is not there
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Let no time pass at first: `stopped`, or a moment to stand at, `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "stopped|TIME", value_parser = start)]
    clock: Option<Start>,
}

/// How the clock stands at first.
#[derive(Clone, Copy, Debug)]
enum Start {
    Now,
    At(Timestamp),
}

fn start(text: &str) -> Result<Start, String> {
    match text {
        "stopped" => Ok(Start::Now),
        moment => moment.parse().map(Start::At).map_err(|_| {
            format!("`{moment}` is not `stopped`, and not a moment such as `2026-01-31T12:00:00Z`")
        }),
    }
}

/// Serves until Ctrl-C.
///
/// # Errors
/// A port cannot be taken, the file cannot be opened, or the seed is refused.
pub async fn run(serve: Serve, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(|error| {
        Failure::new(
            Exit::Unexpected,
            format!("signals cannot be received: {error}"),
        )
    })?;
    let seed = serve.seed.as_deref().map(state::read).transpose()?;
    let data_dir = credentials::data_dir(&cx.globals);
    if !serve.memory || at.control.is_some() {
        make_folder(&data_dir)?;
    }
    let Opened { cloud, file } = open(&serve, &data_dir)?;
    stand(&cloud, serve.clock).await?;
    if let Some(seed) = &seed {
        let seeded = cloud.seed(seed).await;
        seeded.map_err(|error| Failure::new(Exit::Invalid, error.to_string()))?;
    }
    let (listener, endpoint) = bind(&serve.listen.to_string(), "--listen").await?;
    let control = match &at.control {
        Some(control) => Some(bind(control, "--control").await?),
        None => None,
    };
    let door = control
        .as_ref()
        .map(|(_, address)| ControlDoor::new(*address, at.control_token.clone()));
    let stop = CancellationToken::new();
    let served = tokio::spawn({
        let (cloud, stop) = (cloud.clone(), stop.clone());
        async move { cloud.serve(listener, stop.cancelled_owned()).await }
    });
    let driven = control.zip(door.clone()).map(|((listener, _), door)| {
        let (cloud, stop) = (cloud.clone(), stop.clone());
        tokio::spawn(async move {
            let stopped = stop.cancelled_owned();
            cloud.serve_control(listener, &door.token, stopped).await
        })
    });
    if let Some(door) = &door {
        door.write(&data_dir)
            .map_err(|error| in_folder(&data_dir, &error))?;
    }
    let ready = Ready {
        endpoint,
        control: door.as_ref().map(|door| door.address),
        file: file.as_ref().map(|file| file.path.clone()),
        data_dir: data_dir.clone(),
    };
    ready.say(cx)?;
    let ended = until_told(&mut signals, served, driven, &stop).await;
    if let Some(door) = &door {
        door.close(&data_dir);
    }
    drop(file);
    ended
}

/// Serves until a signal, and then until what is under way has ended or its time is over.
async fn until_told(
    signals: &mut Signals,
    mut served: JoinHandle<std::io::Result<()>>,
    driven: Option<JoinHandle<std::io::Result<()>>>,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let wrong = |what: String| Failure::new(Exit::Unexpected, what);
    tokio::select! {
        () = signals.next() => {}
        ended = &mut served => return match ended {
            Ok(Err(error)) => Err(wrong(format!("no more clients are served: {error}"))),
            _ => Err(wrong("no more clients are served".to_owned())),
        },
        ended = ended(driven) => return match ended {
            Ok(Err(error)) => Err(wrong(format!("the control API ended: {error}"))),
            _ => Err(wrong("the control API ended".to_owned())),
        },
    }
    stop.cancel();
    tokio::select! {
        _ = tokio::time::timeout(GRACE, served) => {}
        () = signals.next() => {}
    }
    Ok(())
}

/// The end of the control API; never if nobody wanted one.
async fn ended(
    driven: Option<JoinHandle<std::io::Result<()>>>,
) -> Result<std::io::Result<()>, JoinError> {
    match driven {
        Some(driven) => driven.await,
        None => std::future::pending().await,
    }
}

/// The embedded AWS, and its file if it has one, for as long as it is open.
struct Opened {
    cloud: LocalCloud,
    file: Option<CloudFile>,
}

fn open(serve: &Serve, data_dir: &Path) -> Result<Opened, Failure> {
    if serve.memory {
        let opened = LocalCloud::open(Options {
            default_account: serve.account.clone(),
            ..Options::in_memory()
        });
        let cloud = opened.map_err(|error| Failure::new(Exit::Invalid, error.to_string()))?;
        return Ok(Opened { cloud, file: None });
    }
    match CloudFile::open(data_dir, &serve.account) {
        Ok(file) => Ok(Opened {
            cloud: file.cloud.clone(),
            file: Some(file),
        }),
        Err(error @ CloudFileError::InUse(_)) => {
            Err(Failure::new(Exit::Conflict, error.to_string()).hint(
                "stop the datameshd or `datamesh cloud serve` that runs on it, choose another folder with \
                 --data-dir, or keep everything in memory with --memory",
            ))
        }
        Err(error) => Err(Failure::new(Exit::Unexpected, error.to_string())),
    }
}

/// Stops the clock, if that is wanted.
async fn stand(cloud: &LocalCloud, start: Option<Start>) -> Result<(), Failure> {
    let Some(start) = start else {
        return Ok(());
    };
    let driven = cloud
        .drive_clock(|clock| {
            clock.stop();
            match start {
                Start::Now => Ok(()),
                Start::At(moment) => clock.set(moment.as_millisecond()),
            }
        })
        .await;
    match driven {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::usage(format!("--clock: {error}"))),
        Err(error) => Err(Failure::new(Exit::Unexpected, error.to_string())),
    }
}

async fn bind(address: &str, flag: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let address = address.strip_prefix("http://").unwrap_or(address);
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            let what = format!("{address} is in use by another program");
            Failure::new(Exit::Conflict, what)
                .hint(format!("stop it, or choose another address with {flag}"))
        }
        _ => Failure::usage(format!("{flag} {address}: {error}")),
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

/// Makes the data folder if it is not there, for its owner only: it will hold a token.
fn make_folder(data_dir: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| in_folder(data_dir, &error))
}

fn in_folder(data_dir: &Path, error: &std::io::Error) -> Failure {
    let what = format!(
        "the data folder {} cannot be used: {error}",
        data_dir.display()
    );
    Failure::new(Exit::Unexpected, what).hint("choose another with --data-dir")
}

/// What a person needs to use it.
struct Ready {
    endpoint: SocketAddr,
    control: Option<SocketAddr>,
    /// None if everything is in memory.
    file: Option<PathBuf>,
    data_dir: PathBuf,
}

impl Ready {
    fn say(&self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        let endpoint = format!("http://{}", self.endpoint);
        let control = self.control.map(|address| format!("http://{address}"));
        if matches!(cx.globals.output, Format::Json | Format::Yaml) {
            let document = json!({
                "endpoint": endpoint,
                "control": control,
                "file": self.file,
            });
            return output::document(cx.terminal, cx.globals.output, &document);
        }
        let place = match &self.file {
            Some(file) => format!("data in {}", file.display()),
            None => "data in memory".to_owned(),
        };
        let mut text = format!(
            "the embedded AWS is ready: {endpoint}, {place}\n\n  \
             export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION=us-east-1\n  \
             export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n  \
             aws s3 mb s3://lake\n\n"
        );
        if let Some(control) = &control {
            let folder = match credentials::data_dir(&cx.globals) == folders::data_dir() {
                true => String::new(),
                false => format!(" --data-dir {}", self.data_dir.display()),
            };
            text.push_str(&format!(
                "driven at {control}: `datamesh cloud clock show{folder}`, `datamesh cloud fault --help`\n"
            ));
        }
        text.push_str("Ctrl-C ends it\n");
        output::write(cx.terminal, &text)
    }
}
