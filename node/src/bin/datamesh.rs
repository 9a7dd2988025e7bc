//! The command line of datamesh.

use std::process::ExitCode;

use datamesh_node::cli::{self, Terminal};

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the process cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut terminal = Terminal::of_process();
    let exit = runtime.block_on(cli::run(std::env::args_os(), &mut terminal));
    // Not waiting for what still runs: the answer is printed.
    runtime.shutdown_background();
    exit.into()
}
