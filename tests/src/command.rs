use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs a command to its end. Fails the test if it takes longer than `within`.
pub async fn run(command: &mut Command, within: Duration) -> Ended {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let said = format!("{command:?}");
    let output = tokio::time::timeout(within, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("after {within:?} this still runs: {said}"));
    let output = output.unwrap_or_else(|error| panic!("{said}: {error}"));
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program that is to be run with nothing in its environment that would change a server or a client
/// under test.
pub fn program(path: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DATAMESH_") || text.starts_with("AWS_") || text.starts_with("XDG_") {
            command.env_remove(&name);
        }
    }
    // No question to a metadata service that is not there.
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
}
