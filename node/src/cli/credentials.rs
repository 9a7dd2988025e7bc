//! Which token a command presents.
//!
//! In order: `--token` (or `DATAMESH_TOKEN`); the token file that was named; the usual token file, for a
//! server on this machine or behind TLS; and, for the node that runs on a data folder that this user can
//! read, a token made on the spot. Who can read the issuer's key can make any token, so the last gives nobody more
//! than they have; and it goes to that node only, not to whoever took its port. It is good for half a day, for streams
//! end with their token, and somebody may look at events for as long as that.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::transport::Uri;

use super::exit::Exit;
use super::failure::Failure;
use super::globals::Globals;
use crate::listening::Listening;
use crate::{folders, issuer};

const TTL_ON_THE_SPOT: Duration = Duration::from_secs(12 * 3_600);

/// The token for `server`, if there is one.
///
/// # Errors
/// A token file that was named and cannot be read.
pub fn token_for(server: &str, globals: &Globals) -> Result<Option<String>, Failure> {
    if let Some(token) = &globals.token {
        return Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty()));
    }
    if let Some(file) = &globals.token_file {
        return read(file).map(Some).map_err(|error| {
            Failure::usage(format!(
                "the token file {} cannot be read: {error}",
                file.display()
            ))
        });
    }
    let Ok(uri) = server.parse::<Uri>() else {
        return Ok(None);
    };
    let host = uri.host().unwrap_or_default();
    if (uri.scheme_str() == Some("https") || is_loopback(host))
        && let Some(token) = folders::token_file().and_then(|file| read(&file).ok())
    {
        return Ok(Some(token));
    }
    let data_dir = data_dir(globals);
    let own = Listening::of_running(&data_dir)
        .is_some_and(|node| node.is_at(host, uri.port_u16().unwrap_or(80)));
    if !own {
        return Ok(None);
    }
    let admins = issuer::options(&data_dir).map(|options| options.admin_group);
    Ok(admins
        .and_then(|admins| issuer::mint(&data_dir, &os_user(), &[admins], TTL_ON_THE_SPOT))
        .ok())
}

/// The data folder that the options name.
pub fn data_dir(globals: &Globals) -> PathBuf {
    globals.data_dir.clone().unwrap_or_else(folders::data_dir)
}

/// Makes a token with the key of the embedded issuer.
///
/// # Errors
/// The folder has no key (no datameshd ever ran on it), or this user may not read it.
pub fn mint(
    data_dir: &Path,
    user: &str,
    groups: &[String],
    ttl: Duration,
) -> Result<String, Failure> {
    issuer::mint(data_dir, user, groups, ttl).map_err(|error| {
        Failure::new(Exit::Denied, error.to_string()).hint(
            "run this on the server's machine as the user that runs datameshd, and name its data folder with --data-dir",
        )
    })
}

/// The name of the person, for tokens made on the spot.
pub fn os_user() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|variable| std::env::var(variable).ok())
        .filter(|user| !user.trim().is_empty())
        .unwrap_or_else(|| "operator".to_owned())
}

fn read(file: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(file).map(|text| text.trim().to_owned())
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn the_usual_token_file_is_for_this_machine_or_tls() {
        for (host, trusted) in [
            ("127.0.0.1", true),
            ("[::1]", true),
            ("localhost", true),
            ("mesh.example.com", false),
            ("10.0.0.7", false),
        ] {
            assert_eq!(is_loopback(host), trusted, "{host}");
        }
    }
}
