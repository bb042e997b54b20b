//! What every integration test stands on: the program as a child process, a partner that records, a client that
//! sends exact bytes. Nothing here links against the library: the socket and the store are the only witnesses.
//! `tests/leak.rs` takes this folder in through `#[path]`.

pub mod client;
pub mod clock;
pub mod config;
pub mod page;
pub mod partner;
pub mod poison;
pub mod postgres;
pub mod proxy;
pub mod redis;
pub mod stage;
pub mod stamp;
pub mod tmpfs;

use std::time::{Duration, Instant};

/// Asks again and again until `ready` gives something, and fails with `what` when ten seconds have passed.
#[track_caller]
pub fn wait_for<T>(what: &str, ready: impl FnMut() -> Option<T>) -> T {
    wait_at_most(Duration::from_secs(10), what, ready)
}

/// As [`wait_for`], with a deadline of one's own.
#[track_caller]
pub fn wait_at_most<T>(limit: Duration, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether `needle` stands anywhere in `hay`.
pub fn contains(hay: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && hay.windows(needle.len()).any(|window| window == needle)
}
