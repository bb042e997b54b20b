//! A disk that a test can fill.

use std::path::PathBuf;
use std::process::Command;

/// Size and mode: room for a store and its log, and soon full.
const OPTIONS: &str = "size=4m,mode=0700";

/// A small file system of its own, gone when it is dropped.
pub struct Tmpfs(PathBuf);

impl Tmpfs {
    /// Mounts it over a folder, which is made.
    #[track_caller]
    pub fn mount(at: PathBuf) -> Tmpfs {
        std::fs::create_dir_all(&at).unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", OPTIONS, "tmpfs"]).arg(&at).status();
        assert!(done.unwrap().success(), "this test needs leave to mount a tmpfs at {}", at.display());
        Tmpfs(at)
    }

    /// Writes until nothing goes in any more.
    pub fn fill(&self) {
        use std::io::Write as _;
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        let full = (0..100_000).find_map(|_| ballast.write_all(&[7; 4096]).err());
        assert_eq!(full.expect("a full disk").kind(), std::io::ErrorKind::StorageFull);
    }

    /// Takes away what [`Tmpfs::fill`] wrote.
    pub fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
