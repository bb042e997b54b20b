//! Another clock for the program under test (libfaketime, Debian's package faketime). The monotonic clock is left alone.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

const LIBRARIES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];

/// A clock that a test sets, and that goes on from there.
pub struct Clock {
    folder: TempDir,
    /// The file that says what time it is.
    path: PathBuf,
    library: &'static str,
}

impl Clock {
    /// A clock that begins at this UTC time: `2026-03-01 23:59:50`.
    #[track_caller]
    pub fn at(time: &str) -> Clock {
        let library = LIBRARIES.into_iter().find(|path| Path::new(path).exists()).expect("faketime is installed");
        let folder = TempDir::with_prefix("qsproxy-clock-").unwrap();
        let clock = Clock { path: folder.path().join("now"), folder, library };
        clock.set(time);
        clock
    }

    /// Sets it, also for a program that runs.
    pub fn set(&self, time: &str) {
        // Replaced whole, since a program may be reading it.
        let beside = self.folder.path().join("next");
        std::fs::write(&beside, format!("@{time}")).unwrap();
        std::fs::rename(beside, &self.path).unwrap();
    }

    /// What a program that shall go by it is started with.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        [&[("FAKETIME_NO_CACHE", "1")], &self.always()[..]].concat()
    }

    /// Likewise, for one that asks for the time from many threads at once: it is told when it starts, and goes on from there. A
    /// library that reads its file at every call has given one request in many runs the machine's own time.
    pub fn environment_at_start(&self) -> Vec<(&str, &str)> {
        [&[("FAKETIME_CACHE_DURATION", "1000000")], &self.always()[..]].concat()
    }

    fn always(&self) -> [(&str, &str); 5] {
        [
            ("LD_PRELOAD", self.library),
            ("FAKETIME_TIMESTAMP_FILE", self.path.to_str().unwrap()),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("TZ", "UTC"),
        ]
    }
}
