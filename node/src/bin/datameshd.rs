//! The server of datamesh.

use std::process::ExitCode;

fn main() -> ExitCode {
    datamesh_node::daemon::main()
}
