//! Follows a resource through its watch stream: to its end with progress (`--wait`), or for as long as
//! the person looks (`watch`).

use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tonic::{Code, Response, Status, Streaming};

use super::exit::Exit;
use super::failure::Failure;
use super::globals::{Change, Format};
use super::grid::{self, Tone};
use super::json;
use super::output;
use super::resource::{Goal, Phase, Resource};
use super::terminal::Terminal;
use super::text;

/// The call that opens a watch stream.
pub type Opening<R> = Pin<Box<dyn Future<Output = Result<Response<Streaming<R>>, Status>> + Send>>;

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME: Duration = Duration::from_millis(100);
const REOPEN: Duration = Duration::from_millis(500);

/// Finishes a command that changed `first`: waits for the end if that was asked for, prints the record,
/// and says where to look if the end is still to come.
///
/// # Errors
/// Exit code 8 if it ended in a failure, 7 if the end did not come in time.
pub async fn finish<R: Resource>(
    terminal: &mut Terminal,
    format: Format,
    change: &Change,
    goal: Goal,
    first: R,
    open: impl Fn(String) -> Opening<R>,
) -> Result<(), Failure> {
    let last = match change.wait {
        true => wait(terminal, change.wait_timeout, goal, first, open).await?,
        false => first,
    };
    output::resource(terminal, format, &last)?;
    match last.phase(goal) {
        Phase::Done => Ok(()),
        Phase::Running if !change.wait => {
            writeln!(
                terminal.err,
                "{} goes on: follow it with `datamesh {} watch {}`",
                last.state(),
                R::NOUN,
                last.id()
            )?;
            Ok(())
        }
        Phase::Running => Err(Failure::new(
            Exit::Unavailable,
            format!(
                "{} {} is still {} after {}",
                R::NOUN,
                last.name(),
                last.state(),
                text::duration(change.wait_timeout)
            ),
        )
        .hint(format!(
            "it goes on: follow it with `datamesh {} watch {}`, or see what holds it with `datamesh actor show {}`",
            R::NOUN,
            last.id(),
            last.actor()
        ))),
        Phase::Failed if !change.wait => Ok(()),
        Phase::Failed => {
            let why = match last.reason() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            let ended = format!("{} {} ended {}{why}", R::NOUN, last.name(), last.state());
            Err(Failure::new(Exit::EndedFailed, ended)
                .hint(format!("see what happened with `datamesh actor history {}`", last.actor())))
        }
    }
}

/// Follows until the goal is reached, another end is reached, or the time is over; the last state seen.
///
/// # Errors
/// What the server answers, but for a connection that is lost: that is opened again.
pub async fn wait<R: Resource>(
    terminal: &mut Terminal,
    timeout: Duration,
    goal: Goal,
    first: R,
    open: impl Fn(String) -> Opening<R>,
) -> Result<R, Failure> {
    let mut progress = Progress::new();
    let deadline = Instant::now() + timeout;
    let mut last = first;
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    'streams: while last.phase(goal) == Phase::Running && Instant::now() < deadline {
        progress.changed(terminal, &last)?;
        let mut stream = match open(last.id().to_owned()).await {
            Ok(response) => response.into_inner(),
            Err(status) if status.code() == Code::NotFound && goal == Goal::Deleted => {
                last.set_deleted();
                break;
            }
            Err(status) if status.code() == Code::Unavailable => {
                sleep_until((Instant::now() + REOPEN).min(deadline)).await;
                continue;
            }
            Err(status) => {
                progress.clear(terminal)?;
                return Err(status.into());
            }
        };
        loop {
            tokio::select! {
                message = stream.message() => match message {
                    Ok(Some(next)) => {
                        last = next;
                        if last.phase(goal) != Phase::Running {
                            break 'streams;
                        }
                        progress.changed(terminal, &last)?;
                    }
                    Ok(None) | Err(_) => {
                        sleep_until((Instant::now() + REOPEN).min(deadline)).await;
                        break;
                    }
                },
                _ = frames.tick(), if terminal.live => progress.draw(terminal, &last)?,
                () = sleep_until(deadline) => break 'streams,
            }
        }
    }
    progress.end(terminal, &last, goal)?;
    Ok(last)
}

/// Prints every state of a resource until it is gone.
///
/// # Errors
/// There is no such thing, or the connection is lost.
pub async fn watch<R: Resource>(
    terminal: &mut Terminal,
    format: Format,
    opening: Opening<R>,
) -> Result<(), Failure> {
    let mut stream = opening.await?.into_inner();
    while let Some(next) = stream.message().await? {
        let now = terminal.now();
        let reason = match next.reason() {
            "" => String::new(),
            reason => format!(": {}", text::plain(reason)),
        };
        let line = format!("{now:.0}  {}  {}{reason}", next.id(), next.state());
        output::streamed(terminal, format, &line, || json::of(&next, R::MESSAGE))?;
    }
    Ok(())
}

/// Progress on standard error: one line that is drawn over on a terminal, one line a state otherwise.
struct Progress {
    started: Instant,
    frame: usize,
    said: String,
}

impl Progress {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            frame: 0,
            said: String::new(),
        }
    }

    fn changed<R: Resource>(&mut self, terminal: &mut Terminal, now: &R) -> Result<(), Failure> {
        if terminal.live {
            return self.draw(terminal, now);
        }
        let line = line_of(now);
        if line != self.said {
            writeln!(terminal.err, "{line}")?;
            self.said = line;
        }
        Ok(())
    }

    fn draw<R: Resource>(&mut self, terminal: &mut Terminal, now: &R) -> Result<(), Failure> {
        let frame = FRAMES[self.frame % FRAMES.len()];
        self.frame += 1;
        let seconds = self.started.elapsed().as_secs();
        write!(
            terminal.err,
            "\r\u{1b}[K{frame} {} ({seconds}s)",
            line_of(now)
        )?;
        terminal.err.flush()?;
        Ok(())
    }

    fn clear(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if terminal.live {
            write!(terminal.err, "\r\u{1b}[K")?;
            terminal.err.flush()?;
        }
        Ok(())
    }

    fn end<R: Resource>(
        &self,
        terminal: &mut Terminal,
        last: &R,
        goal: Goal,
    ) -> Result<(), Failure> {
        self.clear(terminal)?;
        let (mark, tone) = match last.phase(goal) {
            Phase::Done => ("✓", Tone::Good),
            Phase::Running => ("…", Tone::Busy),
            Phase::Failed => ("✗", Tone::Bad),
        };
        if terminal.live {
            let took = text::duration(self.started.elapsed());
            let mark = grid::painted(mark, tone, true);
            writeln!(terminal.err, "{mark} {} in {took}", line_of(last))?;
        } else if line_of(last) != self.said {
            writeln!(terminal.err, "{}", line_of(last))?;
        }
        Ok(())
    }
}

fn line_of<R: Resource>(now: &R) -> String {
    format!("{} {} {}", R::NOUN, text::plain(now.name()), now.state())
}
