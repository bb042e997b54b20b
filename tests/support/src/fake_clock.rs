//! A wall clock for the program under test that a test can set: libfaketime, Debian's package `faketime`. The monotonic clock
//! stays real.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

const LIBRARIES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];

/// A clock that a test sets and that advances from there.
pub struct FakeClock {
    folder: TempDir,
    /// The file from which libfaketime reads the time.
    path: PathBuf,
    library: &'static str,
}

impl FakeClock {
    /// A clock that starts at this UTC time, for example `2026-03-01 23:59:50`.
    #[track_caller]
    pub fn starting_at(time: &str) -> FakeClock {
        let folder = TempDir::with_prefix("qsproxy-clock-").unwrap();
        let clock = FakeClock { path: folder.path().join("now"), folder, library: library() };
        clock.set(time);
        clock
    }

    /// Sets the time, also of a program that is running.
    pub fn set(&self, time: &str) {
        // The file is replaced by renaming: a program may be reading it.
        let temporary = self.folder.path().join("next");
        std::fs::write(&temporary, format!("@{time}")).unwrap();
        std::fs::rename(temporary, &self.path).unwrap();
    }

    /// Environment variables for a program that reads this clock at every call.
    pub fn env_vars(&self) -> Vec<(&str, &str)> {
        [&[("FAKETIME_NO_CACHE", "1")], &self.common_env_vars()[..]].concat()
    }

    /// Environment variables for a program that reads this clock once, when it starts. For programs that ask for the time
    /// from several threads: when libfaketime reads its file at every call, it occasionally returns the real time.
    pub fn env_vars_read_once(&self) -> Vec<(&str, &str)> {
        [&[("FAKETIME_CACHE_DURATION", "1000000")], &self.common_env_vars()[..]].concat()
    }

    fn common_env_vars(&self) -> [(&str, &str); 5] {
        [
            ("LD_PRELOAD", self.library),
            ("FAKETIME_TIMESTAMP_FILE", self.path.to_str().unwrap()),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("TZ", "UTC"),
        ]
    }
}

/// The path of libfaketime on this machine.
#[track_caller]
pub fn library() -> &'static str {
    LIBRARIES.into_iter().find(|path| Path::new(path).exists()).expect("libfaketime: install Debian's package faketime")
}
