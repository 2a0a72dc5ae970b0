//! handset's entry point.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use handset::{cli, domain::text::SafeText};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::answer_shell();
    match cli::run(cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<cli::EndsWith>() => error
            .downcast::<cli::EndsWith>()
            .map_or(ExitCode::FAILURE, |end| end.0.into()),
        Err(error) => {
            // With nowhere to write to, the exit code has to do.
            let _ = writeln!(
                io::stderr(),
                "handset: {}",
                SafeText::clean(&cli::in_words(&error))
            );
            ExitCode::FAILURE
        }
    }
}
