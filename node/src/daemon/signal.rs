//! SIGTERM and Ctrl-C.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that mean "stop". From the moment it is made they no longer end the process by themselves.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    came: bool,
}

impl Signals {
    /// Starts to receive them.
    ///
    /// # Errors
    /// The system does not let this process.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            came: false,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        self.came = true;
    }

    /// Whether one came already.
    pub fn came(&self) -> bool {
        self.came
    }
}
