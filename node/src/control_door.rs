//! The control API of the embedded AWS of a data folder: where it listens, and its token, in a file that
//! only its owner can read. The command line hands the token to that address only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

const FILE: &str = "localcloud-control.json";

/// An address and the token that is taken there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlDoor {
    /// Where the control API is served.
    pub address: SocketAddr,
    /// What a request there must carry.
    pub token: String,
}

impl ControlDoor {
    /// A door at this address, with the token if one is given, and else with one that nobody can guess.
    pub fn new(address: SocketAddr, token: Option<String>) -> Self {
        let token = token.unwrap_or_else(unguessable);
        Self { address, token }
    }

    /// Writes it down with mode 0600; replaces what an earlier process wrote.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let new = data_dir.join(format!("{FILE}.new"));
        // An older file may have been made with another mode.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file: File = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        std::fs::rename(new, data_dir.join(FILE))
    }

    /// What was written last; none if nothing was, or this user cannot read it.
    pub fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(data_dir.join(FILE)).ok()?).ok()
    }

    /// Nobody listens there any more. A file that another process wrote since stays.
    pub fn close(&self, data_dir: &Path) {
        if Self::read(data_dir).as_ref() == Some(self)
            && let Err(error) = std::fs::remove_file(data_dir.join(FILE))
        {
            tracing::debug!(%error, "the file of the control API stays");
        }
    }
}

#[allow(clippy::disallowed_methods)] // A token must not be repeatable.
fn unguessable() -> String {
    use rand::Rng;
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_reads_it_and_the_last_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let address = "127.0.0.1:4567".parse().unwrap();
        let first = ControlDoor::new(address, None);
        let second = ControlDoor::new(address, None);
        assert_ne!(first.token, second.token);
        assert_eq!(first.token.len(), 64);
        first.write(folder.path()).unwrap();
        second.write(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        first.close(folder.path());
        assert!(ControlDoor::read(folder.path()) == Some(second.clone()));
        second.close(folder.path());
        assert!(ControlDoor::read(folder.path()).is_none());
    }
}
