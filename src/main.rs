//! The program `qsproxy`: runs the command line and returns its exit code.

use std::process::ExitCode;

/// Serving makes many short-lived allocations, for which mimalloc is faster than the system allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    qsproxy::cli::run()
}
