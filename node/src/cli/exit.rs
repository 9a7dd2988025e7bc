//! How a command ends, for scripts.

/// The exit codes of `datamesh`. They are stable: a code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It went well.
    Ok = 0,
    /// Something that has no code of its own.
    Unexpected = 1,
    /// The command line itself is wrong.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// No valid token, or not allowed.
    Denied = 4,
    /// It exists already, is in the wrong state, or somebody else changed it.
    Conflict = 5,
    /// A field has a value that is not valid.
    Invalid = 6,
    /// The server is not there, or busy: the same command may work later.
    Unavailable = 7,
    /// With `--wait`: it was accepted, and it failed.
    EndedFailed = 8,
}

/// The table of exit codes, as the help shows it.
pub const HELP: &str = "\
Exit codes:
  0  it went well
  1  something unexpected
  2  the command line is wrong
  3  there is no such thing
  4  no valid token, or not allowed
  5  it exists already, is in the wrong state, or somebody else changed it
  6  a field has a value that is not valid
  7  the server is not there, or busy: try again later
  8  with --wait: it was accepted, and it failed";

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
