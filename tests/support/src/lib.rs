//! What the tests of qsproxy share: the program as a child process, partners that record what they receive, HTTP clients
//! that send exact bytes, and the foreign servers that some tests need.
//!
//! Nothing here links against the library `qsproxy`: tests observe sockets and files.
//!
//! A test usually starts with [`test_env::TestEnv`]: one partner, and the program configured to ask it.
//!
//! Modules whose servers must be installed, or that need root: [`postgres`], [`redis`], [`reverse_proxy`], [`fake_clock`], [`tmpfs`]. Mark a test
//! that uses one of them `#[ignore = "needs …"]`; `scripts/check` runs ignored tests too.

pub mod chaos_proxy;
pub mod chunked_page;
pub mod config;
pub mod fake_clock;
pub mod hostile_content;
pub mod http_client;
pub mod mock_partner;
pub mod postgres;
pub mod proxy;
pub mod random;
pub mod redis;
pub mod reverse_proxy;
pub mod test_env;
pub mod tls_partner;
pub mod tmpfs;
pub mod visit_stamp;
pub mod workdir;

use std::time::{Duration, Instant};

/// Calls `ready` until it returns a value. Panics with `what` after ten seconds.
#[track_caller]
pub fn wait_for<T>(what: &str, ready: impl FnMut() -> Option<T>) -> T {
    wait_up_to(Duration::from_secs(10), what, ready)
}

/// Like [`wait_for`], with another time limit.
#[track_caller]
pub fn wait_up_to<T>(limit: Duration, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "timed out after {limit:?} waiting for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// True if `haystack` contains `needle`, which must not be empty.
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
}

/// A port of 127.0.0.1 on which nothing listens.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// True if the test runs as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Sends a signal by name (`TERM`, `STOP`, …) to a process and does not wait for its effect.
#[track_caller]
pub fn send_signal(name: &str, pid: u32) {
    let sent = std::process::Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(sent.unwrap().success(), "kill -{name} {pid}");
}
