//! handset's entry point.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use handset::cli::{self, args::Args};

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("cannot start the runtime: {error}")),
    };
    let outcome = runtime.block_on(cli::run(args, &mut io::stdout()));
    // What is still running after an ordered stop is not waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("{error:#}")),
    }
}

fn complain(what: &str) -> ExitCode {
    // Nothing is left to do when standard error is gone as well.
    let _ = writeln!(io::stderr(), "handset: {what}");
    ExitCode::FAILURE
}
