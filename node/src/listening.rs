//! Where the node of a data folder listens, written down for the command line: it hands a token made on the
//! spot only to that node, never to whoever else took the port.

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

const FILE: &str = "listening.json";
/// Held by the node for as long as it runs.
const LOCK: &str = "journal.db.lock";

/// The addresses of a running node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Where the API is served.
    pub public: SocketAddr,
    /// Where operators are served.
    pub admin: SocketAddr,
}

impl Listening {
    /// Writes it down; replaces what an earlier node wrote.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        let new = data_dir.join(format!("{FILE}.new"));
        std::fs::write(&new, serde_json::to_vec(self)?)?;
        std::fs::rename(new, data_dir.join(FILE))
    }

    /// What the node that runs on the folder now wrote; none if none runs or this user cannot know.
    pub fn of_running(data_dir: &Path) -> Option<Self> {
        let lock = File::open(data_dir.join(LOCK)).ok()?;
        if lock.try_lock_shared().is_ok() {
            return None;
        }
        serde_json::from_slice(&std::fs::read(data_dir.join(FILE)).ok()?).ok()
    }

    /// Whether a URL's host and port lead to it.
    pub fn is_at(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']);
        [self.public, self.admin].iter().any(|own| {
            own.port() == port
                && match host.parse::<IpAddr>() {
                    Ok(ip) => ip == own.ip() || (own.ip().is_unspecified() && ip.is_loopback()),
                    Err(_) => {
                        host == "localhost" && (own.ip().is_loopback() || own.ip().is_unspecified())
                    }
                }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn listening() -> Listening {
        Listening {
            public: "127.0.0.1:8080".parse().unwrap(),
            admin: "0.0.0.0:9090".parse().unwrap(),
        }
    }

    #[test]
    fn only_its_own_addresses_lead_to_it() {
        let own = listening();
        assert!(own.is_at("127.0.0.1", 8080));
        assert!(own.is_at("localhost", 8080));
        assert!(own.is_at("127.0.0.1", 9090));
        assert!(!own.is_at("127.0.0.1", 8081));
        assert!(!own.is_at("10.0.0.7", 8080));
        assert!(!own.is_at("example.com", 8080));
    }

    #[test]
    fn what_a_node_wrote_counts_only_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        listening().write(folder.path()).unwrap();
        let lock = File::create(folder.path().join(LOCK)).unwrap();
        assert_eq!(Listening::of_running(folder.path()), None);
        lock.lock().unwrap();
        assert_eq!(Listening::of_running(folder.path()), Some(listening()));
        lock.unlock().unwrap();
        assert_eq!(Listening::of_running(folder.path()), None);
    }
}
