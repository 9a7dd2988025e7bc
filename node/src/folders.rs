//! The folders of a person's machine, after the XDG base directory specification.

use std::ffi::OsString;
use std::path::PathBuf;

/// Where the data is when nobody says otherwise: `$XDG_DATA_HOME/datamesh`, else
/// `~/.local/share/datamesh`, else `./datamesh-data` for somebody without a home.
pub fn data_dir() -> PathBuf {
    under("XDG_DATA_HOME", ".local/share").unwrap_or_else(|| PathBuf::from("datamesh-data"))
}

/// Where the command line looks for a token: `$XDG_CONFIG_HOME/datamesh/token`, else
/// `~/.config/datamesh/token`.
pub fn token_file() -> Option<PathBuf> {
    under("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("token"))
}

fn under(variable: &str, in_home: &str) -> Option<PathBuf> {
    let absolute = |value: OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    std::env::var_os(variable)
        .and_then(absolute)
        .or_else(|| {
            std::env::var_os("HOME")
                .and_then(absolute)
                .map(|home| home.join(in_home))
        })
        .map(|folder| folder.join("datamesh"))
}
