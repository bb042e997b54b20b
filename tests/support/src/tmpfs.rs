//! A small disk that a test can fill. Mounting it needs root.

use std::path::PathBuf;
use std::process::Command;

/// Mount options: large enough for a store and its write-ahead log, small enough to fill quickly.
const OPTIONS: &str = "size=4m,mode=0700";

/// A small file system, unmounted on drop.
pub struct Tmpfs(PathBuf);

impl Tmpfs {
    /// Creates a folder and mounts a file system on it.
    #[track_caller]
    pub fn mount(at: PathBuf) -> Tmpfs {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", OPTIONS, "tmpfs"]).arg(&at).status();
        assert!(mounted.unwrap().success(), "mounting a tmpfs at {} needs root", at.display());
        Tmpfs(at)
    }

    /// Writes a file until the file system is full.
    pub fn fill(&self) {
        use std::io::Write as _;
        let mut filler = std::fs::File::create(self.filler()).unwrap();
        let full = (0..100_000).find_map(|_| filler.write_all(&[7; 4096]).err());
        assert_eq!(full.expect("a full disk").kind(), std::io::ErrorKind::StorageFull);
    }

    /// Fills the file system but for this many pages of 4 KiB.
    pub fn fill_but(&self, pages: u64) {
        self.fill();
        let filler = std::fs::File::options().write(true).open(self.filler()).unwrap();
        let size = filler.metadata().unwrap().len();
        filler.set_len(size.saturating_sub(pages * 4096)).unwrap();
    }

    /// Deletes the file that [`Tmpfs::fill`] wrote.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
