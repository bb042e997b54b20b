//! Arguments, command, exit code.

use std::process::ExitCode;

/// Serving allocates much and briefly, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    qsproxy::cli::run()
}
