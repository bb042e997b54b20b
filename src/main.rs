//! Arguments, command, exit code.

use std::process::ExitCode;

/// Serving allocates much and briefly; mimalloc measured some tenths less time than glibc's for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    qsproxy::cli::run()
}
