//! What the operating system says of a process, and limits and priorities of this one.

use std::fs;

use rustix::process::{Resource, getrlimit, nice, setrlimit};

/// Attackers have machines of their own. Here their threads share two processors with the program and yield to it.
const ATTACKER_NICENESS: i32 = 15;

/// Clock ticks a second of `/proc/PID/stat`, the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

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

/// Processor time of a process, in seconds.
pub fn processor_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}
