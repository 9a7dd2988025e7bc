//! The processes that a measurement starts, and what they cost: they end with the bench, and their processor time
//! is read where the system tells it (Linux).

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(30);
/// How long to wait, at most, until processes rest.
const REST: Duration = Duration::from_secs(20);
/// Processes rest when they use less than this part of one core, over [`LOOK`].
const RESTING: f64 = 0.15;
const LOOK: Duration = Duration::from_millis(300);
/// The unit of `/proc/<pid>/stat`: Linux tells hundredths of a second on all platforms.
const TICK: Duration = Duration::from_millis(10);

/// Starts a program that is killed when the answer is dropped. What it prints goes to the file `log`.
pub(crate) fn start(command: &mut Command, log: &Path) -> anyhow::Result<Child> {
    let out = std::fs::File::create(log)?;
    let program = command.as_std().get_program().to_owned();
    command
        .stdin(Stdio::null())
        .stderr(out.try_clone()?)
        .stdout(out)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {}", program.display()))
}

/// A port of this machine that nobody listens on.
pub(crate) async fn free_address() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok(listener.local_addr()?.to_string())
}

/// Waits until `address` can be connected to.
pub(crate) async fn listening(child: &mut Child, address: &str, log: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}: see {}", log.display());
        }
        if began.elapsed() > START {
            bail!(
                "it did not listen on {address} within {START:?}: see {}",
                log.display()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The processor time of a process and its children so far; zero where the system does not tell.
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let own = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| ticks(&stat))
        .map_or(Duration::ZERO, |ticks| TICK * ticks);
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    let children = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    own + children.map(cpu_time).sum::<Duration>()
}

/// User and system time of a line of `/proc/<pid>/stat`: columns 14 and 15, counted behind the name, which may
/// itself hold blanks and parentheses.
fn ticks(stat: &str) -> Option<u32> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut columns = behind.split_whitespace().skip(11);
    let user: u32 = columns.next()?.parse().ok()?;
    let system: u32 = columns.next()?.parse().ok()?;
    Some(user + system)
}

/// Waits until the processes rest, so that what one does behind its answers is not paid by the next. Gives up
/// after 20 seconds.
pub(crate) async fn resting(pids: &[u32]) {
    let used = || pids.iter().map(|pid| cpu_time(*pid)).sum::<Duration>();
    let began = Instant::now();
    loop {
        let before = used();
        tokio::time::sleep(LOOK).await;
        let part = (used() - before).as_secs_f64() / LOOK.as_secs_f64();
        if part < RESTING || began.elapsed() > REST {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_does_not_shift_the_columns() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 30 0 0 20 0 9 0 100 1000 10";
        assert_eq!(ticks(stat), Some(280));
        assert_eq!(ticks("7 (short) S 1"), None);
    }
}
