//! What the operating system is asked of this process.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// Keeps memory, and with it the keywords, IDs and keys of the moment, out of core files and away from
/// debuggers of the same user: a crash must write nothing.
pub fn keep_out_of_core_files() {
    // Lowering one's own limits is always allowed; a kernel that cannot leaves things as they were.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).ok();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
}

/// Raises the number of files that may be open to the most that is allowed, and returns it.
pub fn raise_descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).ok();
    getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

/// Processors that this process may use, at least one.
#[must_use]
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
