//! Process limits: core dumps, file descriptors and processors; and what is left on stacks.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

use crate::mutants::{self, Mutant};

/// Disables core dumps and debugger attachment by the same user: memory holds keywords, IDs and keys, and a crash must
/// not write them to disk.
pub fn disable_core_dumps() {
    if mutants::is_on(Mutant::AllowsCoreFiles) {
        return;
    }
    // A process may always lower its own limits. A kernel without the feature leaves everything as it was.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).ok();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
}

/// Raises the limit of open files to the hard limit, and returns it.
pub fn raise_open_file_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).ok();
    getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// How deep the stack of a thread is cleared: more than a search reaches, and far less than the two megabytes that a thread has.
/// Without optimisation a search reaches 380 KB.
const CLEARED_STACK_BYTES: usize = if cfg!(debug_assertions) { 786_432 } else { 262_144 };

/// Overwrites what earlier calls left on the stack of this thread: copies of keywords, among others.
#[inline(never)]
pub fn clear_stack() {
    let space = [0_u8; CLEARED_STACK_BYTES];
    zeroize::optimization_barrier(&space);
}

/// The number of processors available to this process, at least 1.
#[must_use]
pub fn available_processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
