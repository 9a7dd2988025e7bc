//! What a command has at hand: its options, the terminal, the connections.

use super::credentials;
use super::failure::Failure;
use super::globals::Globals;
use super::session::Session;
use super::terminal::Terminal;

/// What a command has at hand.
pub struct Cx<'a> {
    /// The options of every command.
    pub globals: Globals,
    /// Where it writes.
    pub terminal: &'a mut Terminal,
}

impl Cx<'_> {
    /// Connects to the API.
    ///
    /// # Errors
    /// Nobody there.
    pub async fn api(&self) -> Result<Session, Failure> {
        open(&self.globals, &self.globals.server, "--server").await
    }

    /// Connects to the operator's door.
    ///
    /// # Errors
    /// Nobody there.
    pub async fn admin(&self) -> Result<Session, Failure> {
        open(&self.globals, &self.globals.admin_server, "--admin-server").await
    }
}

async fn open(globals: &Globals, url: &str, flag: &str) -> Result<Session, Failure> {
    let token = credentials::token_for(url, globals)?;
    Session::open(url, flag, token.as_deref()).await
}
