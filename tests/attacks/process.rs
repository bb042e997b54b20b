//! What the operating system says of a process, and limits and priorities of this one.

use std::fs;

use rustix::process::{Resource, getrlimit, nice, setrlimit};

/// Attackers have machines of their own. Here their threads share two processors with the program and yield to it.
const ATTACKER_NICENESS: i32 = 15;

/// Lets this process open as many files as it may: an attack needs more than ten thousand connections.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("the limit of open files");
}

/// Lowers the priority of the calling thread, and of no other one.
pub fn yield_to_the_program() {
    nice(ATTACKER_NICENESS).expect("a lower priority");
}

/// The resident memory of a process and its greatest value since [`reset_peak`], in KiB.
pub fn memory_kib(pid: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or_default()
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Sets the greatest value of resident memory to the present one (proc(5), `clear_refs`).
pub fn reset_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("clear_refs of a child");
}

/// The number of open descriptors of a process.
pub fn descriptors(pid: u32) -> u64 {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |entries| entries.count() as u64)
}

/// Processor time of the threads of a process, in seconds. The kernel counts it in nanoseconds (`/proc/PID/task/TID/schedstat`).
pub fn processor_seconds(pid: u32) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let nanoseconds = |path: std::path::PathBuf| {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    tasks.filter_map(|task| nanoseconds(task.path())).sum::<f64>() / 1e9
}
