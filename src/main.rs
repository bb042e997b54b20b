//! The program `qsproxy`: runs the command line and returns its exit code.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use zeroizing_alloc::ZeroAlloc;

/// Serving makes many short-lived allocations, for which mimalloc is faster than the system allocator. Its feature `no_thp`
/// keeps it from asking for transparent huge pages: each thread allocates from another region, so that the first 64 KiB that it writes to
/// would become 2 MiB of resident memory.
///
/// Around it, each block is zeroed before it is freed, and before a larger one replaces it: what was read from a request does not
/// outlive the request in memory that nobody uses.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

fn main() -> ExitCode {
    qsproxy::cli::run()
}
