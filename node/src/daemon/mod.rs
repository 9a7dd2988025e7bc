//! The process `datameshd`: reads the configuration, starts a node, stops it when it is told to.

mod arguments;
mod log;
pub(crate) mod signal;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;

use self::arguments::{Arguments, Task};
use crate::cli::{Failure, Terminal};
use crate::config::{self, AwsMode, Config, Resolution, Sources};
use crate::node::Node;
use crate::sample::{self, Next, Stage};
use crate::{folders, issuer};

/// The configuration file that is read if nobody names one.
const DEFAULT_FILE: &str = "datamesh.toml";

/// How long a token of the sample's players is valid.
const SAMPLE_TOKEN: Duration = Duration::from_secs(3600);

/// Runs the process. A failure is one sentence on standard error and exit code 1; a wrong command line is
/// exit code 2.
pub fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "datameshd: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.task == Task::ShowExample {
        return print(&config::example());
    }
    let resolution = resolve(arguments)?;
    let config = Config::new(&resolution)?;
    match &arguments.task {
        Task::ShowExample | Task::ShowConfig => print(&config::current(&resolution)),
        Task::Run {
            sample,
            exit_after_sample,
        } => {
            log::start(&config.log, sample.is_some()).map_err(|error| {
                anyhow!("log.level `{}` is not a level: {error}", config.log.level)
            })?;
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|error| anyhow!("the process cannot start its threads: {error}"))?
                .block_on(serve(&config, sample.as_deref(), *exit_after_sample))
        }
    }
}

fn resolve(arguments: &Arguments) -> anyhow::Result<Resolution> {
    let file = match &arguments.config {
        Some(path) => Some(read(path.clone())?),
        None if Path::new(DEFAULT_FILE).exists() => Some(read(DEFAULT_FILE.into())?),
        None => None,
    };
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Ok(config::resolve(&Sources {
        flags: arguments.flags.clone(),
        variables,
        file,
    })?)
}

fn read(path: PathBuf) -> anyhow::Result<(PathBuf, String)> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(config::ConfigError::File {
            path,
            reason: error.to_string(),
        }
        .into()),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Serves until a signal, or until the sample is played if that is wanted.
async fn serve(
    config: &Config,
    sample: Option<&Path>,
    exit_after_sample: bool,
) -> anyhow::Result<()> {
    let mut signals =
        signal::Signals::new().map_err(|error| anyhow!("signals cannot be received: {error}"))?;
    let node = tokio::select! {
        node = Node::start(config) => node?,
        () = signals.next() => return Ok(()),
    };
    print(&ready(&node, config))?;
    let played = match sample {
        None => Ok(()),
        Some(folder) => tokio::select! {
            played = play(&node, config, folder) => played,
            () = signals.next() => Ok(()),
            () = node.failed() => return Err(disk_failed()),
        },
    };
    if !exit_after_sample && !signals.came() {
        if let Err(failure) = &played {
            eprint_failure(failure);
        } else if sample.is_some() {
            print("\nServing until Ctrl-C.\n")?;
        }
        tokio::select! {
            () = signals.next() => {}
            () = node.failed() => return Err(disk_failed()),
        }
    }
    tracing::info!("stopping: what is under way may end");
    let failed = node.failed_later();
    let stopped = node.stop(config.drain_timeout);
    tokio::select! {
        biased;
        () = failed => return Err(disk_failed()),
        () = stopped => {}
        () = signals.next() => {
            tracing::warn!("told twice: stopping at once");
            std::process::exit(130);
        }
    }
    match played {
        Err(failure) if exit_after_sample => {
            eprint_failure(&failure);
            Err(anyhow!("the sample was not played to its end"))
        }
        _ => Ok(()),
    }
}

fn disk_failed() -> anyhow::Error {
    anyhow!(
        "the disk did not take what was written to the journal: free it or mend it, and start again; what was acknowledged is safe"
    )
}

fn eprint_failure(failure: &Failure) {
    let _ = std::io::stderr().write_all(failure.render(false).as_bytes());
}

async fn play(node: &Node, config: &Config, folder: &Path) -> Result<(), Failure> {
    if !config.auth.embedded {
        return Err(Failure::usage(
            "the sample needs auth.mode = \"embedded\": its players need tokens",
        ));
    }
    let data_dir = config.data_dir.clone();
    let token = move |user: &str, groups: &[String]| {
        issuer::mint(&data_dir, user, groups, SAMPLE_TOKEN)
            .map_err(|error| Failure::usage(error.to_string()))
    };
    let stage = Stage {
        aws: node.aws(),
        token: &token,
        next: next(node, config),
    };
    sample::play(folder, &stage, &mut Terminal::of_process()).await
}

fn ready(node: &Node, config: &Config) -> String {
    let aws = match config.aws_mode {
        AwsMode::Embedded => "embedded AWS".to_owned(),
        AwsMode::Aws => format!("AWS account {}", node.aws().account()),
    };
    let mut line = format!(
        "datameshd {} is ready: API http://{}, operators http://{}, {aws}, data in {}\n",
        env!("CARGO_PKG_VERSION"),
        node.public(),
        node.admin(),
        config.data_dir.display()
    );
    if let Some(addr) = node.localcloud() {
        line.push_str(&format!(
            "other AWS clients: AWS_ENDPOINT_URL=http://{addr}\n"
        ));
    }
    if let Some(addr) = node.localcloud_control() {
        line.push_str(&format!(
            "the embedded AWS is driven at http://{addr}: `datamesh cloud --help`\n"
        ));
    }
    line
}

/// What a person must type to reach this node.
fn next(node: &Node, config: &Config) -> Next {
    let public = format!("http://{}", node.public());
    let admin = format!("http://{}", node.admin());
    let data_dir =
        std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    let environment = [
        (data_dir != folders::data_dir())
            .then(|| format!("DATAMESH_DATA_DIR={}", data_dir.display())),
        (node.public().port() != 8080).then(|| format!("DATAMESH_SERVER={public}")),
        (node.admin().port() != 9090).then(|| format!("DATAMESH_ADMIN_SERVER={admin}")),
    ];
    Next {
        command: command_line(),
        environment: environment.into_iter().flatten().collect(),
        public,
        admin,
        admin_group: config.auth.admin_group.clone(),
    }
}

/// How the command line is run: the program beside this one, seen from the working folder.
fn command_line() -> String {
    let beside = std::env::current_exe()
        .ok()
        .map(|program| program.with_file_name("datamesh"))
        .filter(|program| program.exists());
    let here = std::env::current_dir().unwrap_or_default();
    match beside {
        Some(program) => program.strip_prefix(&here).map_or_else(
            |_| program.display().to_string(),
            |near| near.display().to_string(),
        ),
        None => "datamesh".to_owned(),
    }
}
