//! Files that appear whole: written beside, flushed to disk, renamed, while no other process of ours writes in that folder.
//! What was read before under the same [`Folder`] still holds then.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The mode of a file for its owner alone.
pub const PRIVATE: u32 = 0o600;

/// The mode of a file for everybody whom the process's umask lets have it.
pub const SHARED: u32 = 0o666;

/// The folder of a file, held until this is dropped: another process that wants to hold it waits.
///
/// Where folders cannot be locked (some network file systems), files are written as if there were one process.
#[derive(Debug)]
pub struct Folder(File);

impl Folder {
    /// Holds the folder that a file stands in, or is to stand in.
    ///
    /// # Errors
    /// A folder that is not there, or cannot be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        let folder = open(path)?;
        folder.lock().ok();
        Ok(Self(folder))
    }

    /// Writes a file of this folder, in place of the one that has its name.
    ///
    /// # Errors
    /// The disk's; the file is then as it was.
    pub fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        // What a process left that was killed here: unlinked, never written to, since the same bytes may have a second name.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            fs::remove_file(&beside).ok();
        }
        // The rename itself is durable only once the folder is.
        written.and_then(|()| self.0.sync_all())
    }
}

/// Brings what was made, renamed or removed beside a file to the disk.
///
/// # Errors
/// The disk's.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    open(path)?.sync_all()
}

fn open(path: &Path) -> io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has done its work")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_a_killed_process_left_is_replaced_and_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let [path, left, moved] = ["a.key", "a.key.part", "old.key"].map(|name| folder.path().join(name));
        // Killed between two names of one file, which was moved away since.
        fs::write(&moved, "old").unwrap();
        fs::hard_link(&moved, &left).unwrap();
        Folder::of(&path).unwrap().write(&path, b"new", PRIVATE).unwrap();
        assert_eq!([&path, &moved].map(|path| fs::read_to_string(path).unwrap()), ["new", "old"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE);
        assert!(!left.exists());
    }

    #[test]
    fn what_cannot_be_written_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::create_dir(&path).unwrap();
        assert!(Folder::of(&path).unwrap().write(&path, b"new", SHARED).is_err());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(path.is_dir() && names == ["a"], "{names:?}");
    }

    #[test]
    fn a_folder_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n");
        Folder::of(&path).unwrap().write(&path, b"0", SHARED).unwrap();
        let add = || {
            let folder = Folder::of(&path).unwrap();
            let n: u32 = fs::read_to_string(&path).unwrap().parse().unwrap();
            folder.write(&path, (n + 1).to_string().as_bytes(), SHARED).unwrap();
        };
        std::thread::scope(|scope| (0..20).for_each(|_| drop(scope.spawn(add))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "20");
    }
}
