//! Where a command writes, and what may be assumed of it.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use jiff::Timestamp;

/// The two streams of a command, and the time. Handed in, so that a test reads what a person would.
pub struct Terminal {
    /// Results: what a script reads.
    pub out: Box<dyn Write + Send>,
    /// Progress, hints and errors.
    pub err: Box<dyn Write + Send>,
    /// Columns of the terminal that shows the results; `None` if they go to a file or a pipe.
    pub width: Option<usize>,
    /// Whether results may have colours.
    pub colour: bool,
    /// Whether progress may have colours and be drawn over.
    pub live: bool,
    /// The time, for ages.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Terminal {
    /// The streams of this process. Colours and drawing need a terminal; `NO_COLOR` (no-color.org) and
    /// `TERM=dumb` turn them off.
    #[allow(clippy::disallowed_methods)] // The one place where the command line's time enters.
    pub fn of_process() -> Self {
        let out_is_terminal = std::io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self {
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
            width: comfy_table::Table::new()
                .width()
                .filter(|_| out_is_terminal)
                .map(usize::from),
            colour: out_is_terminal && !plain,
            live: std::io::stderr().is_terminal() && !plain,
            now: Arc::new(Timestamp::now),
        }
    }

    /// Nobody looks.
    pub fn silent() -> Self {
        Self {
            out: Box::new(std::io::sink()),
            err: Box::new(std::io::sink()),
            width: None,
            colour: false,
            live: false,
            now: Arc::new(|| Timestamp::UNIX_EPOCH),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }
}
