//! The program `qsproxy`: runs the command line and returns its exit code.

use std::process::ExitCode;

/// Serving makes many short-lived allocations, for which mimalloc is faster than the system allocator. Its feature `no_thp`
/// keeps it from asking for transparent huge pages: each thread allocates from another region, so that the first 64 KiB that it writes to
/// would become 2 MiB of resident memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    qsproxy::cli::run()
}
