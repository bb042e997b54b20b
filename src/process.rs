//! Process limits: core dumps, file descriptors and processors.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// Disables core dumps and debugger attachment by the same user: memory holds keywords, IDs and keys, and a crash must
/// not write them to disk.
pub fn disable_core_dumps() {
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

/// The number of processors available to this process, at least 1.
#[must_use]
pub fn available_processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
