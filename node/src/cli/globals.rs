//! Options that every command has.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options that every command has.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Where datameshd serves the API
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DATAMESH_SERVER",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8080"
    )]
    pub server: String,
    /// Where datameshd serves operators
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DATAMESH_ADMIN_SERVER",
        hide_env_values = true,
        default_value = "http://127.0.0.1:9090"
    )]
    pub admin_server: String,
    /// The bearer token to present [otherwise: the token file; otherwise, for a server on this machine
    /// whose data folder can be read, one made on the spot for the admin group]
    #[arg(long, global = true, env = "DATAMESH_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The file that holds the token [default: ~/.config/datamesh/token]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DATAMESH_TOKEN_FILE",
        hide_env_values = true
    )]
    pub token_file: Option<PathBuf>,
    /// The data folder of the datameshd on this machine, for its issuer's key [default:
    /// ~/.local/share/datamesh]
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "DATAMESH_DATA_DIR",
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// How to print results: `table` or `wide` (every column) for people, `json` (canonical protobuf JSON)
    /// or `yaml` for programs
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        env = "DATAMESH_OUTPUT",
        hide_env_values = true,
        hide_possible_values = true,
        default_value = "table"
    )]
    pub output: Format,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, as wide as the terminal
    Table,
    /// For people, with every column
    Wide,
    /// Canonical protobuf JSON; one document a line where there is a stream
    Json,
    /// The same as YAML
    Yaml,
}

/// Options of every command that changes something.
#[derive(Args, Clone, Debug)]
pub struct Change {
    /// Makes the command safe to repeat: the same id with the same content is done once
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Wait for the end, and show progress on standard error
    #[arg(short, long)]
    pub wait: bool,
    /// How long to wait
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = super::text::parse_duration)]
    pub wait_timeout: std::time::Duration,
}

/// What makes a command safe to repeat that has nothing to wait for.
#[derive(Args, Clone, Debug)]
pub struct Repeat {
    /// Makes the command safe to repeat: the same id with the same content is done once
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub request_id: String,
}

/// Options of every command that changes something that is there already.
#[derive(Args, Clone, Debug)]
pub struct Precondition {
    /// Refuse unless the record still has this etag
    #[arg(long, default_value = "")]
    pub etag: String,
}

/// Options of every list.
#[derive(Args, Clone, Copy, Debug)]
pub struct Paging {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
}
