//! Atomic file replacement under a folder lock.
//!
//! A file is written beside its destination, flushed to disk and renamed. A [`FolderLock`] keeps other processes of this
//! program from writing to the folder meanwhile, so a read followed by a write under one lock is a transaction.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// File mode: readable and writable by the owner only.
pub const OWNER_ONLY: u32 = 0o600;

/// File mode: readable and writable by everyone whom the process's umask allows.
pub const UMASK_DEFAULT: u32 = 0o666;

/// An exclusive advisory lock on a folder (`flock`), released on drop.
///
/// Where folders cannot be locked (some network file systems), no lock is taken and writes go ahead.
#[derive(Debug)]
pub struct FolderLock(File);

impl FolderLock {
    /// Locks the parent folder of `path`, waiting until other processes release it. `path` itself need not exist.
    ///
    /// # Errors
    /// The folder does not exist or cannot be read.
    pub fn acquire_for(path: &Path) -> io::Result<Self> {
        let folder = open_parent(path)?;
        folder.lock().ok();
        Ok(Self(folder))
    }

    /// Atomically creates or replaces a file in this folder. A file that is replaced keeps its owner, so that the service can read
    /// it after root has run a command; creating a file as root leaves it to root.
    ///
    /// # Errors
    /// An I/O error; the file is then unchanged.
    pub fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".part");
        let temporary = PathBuf::from(temporary);
        // A leftover of a killed process is unlinked, not overwritten: it may be a hard link to another file.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        let written = keep_owner(&file, path)
            .and_then(|()| file.write_all(bytes))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            fs::remove_file(&temporary).ok();
        }
        // The rename is durable only after the folder is synced.
        written.and_then(|()| self.0.sync_all())
    }

    /// Atomically replaces a file of this folder with another one of it, which no longer has its own name then.
    ///
    /// # Errors
    /// An I/O error; both files are then unchanged.
    pub fn replace(&self, path: &Path, with: &Path) -> io::Result<()> {
        fs::rename(with, path).and_then(|()| self.0.sync_all())
    }
}

/// Gives a new file the owner of the file that it is to replace, if there is one.
fn keep_owner(file: &File, replaced: &Path) -> io::Result<()> {
    let (Ok(before), own) = (fs::metadata(replaced), file.metadata()?) else { return Ok(()) };
    // A group does not matter to a file of its owner alone, and whoever is not root cannot give a file to a group of others.
    if before.uid() == own.uid() {
        return Ok(());
    }
    let given = fchown(file, Some(before.uid()), Some(before.gid()));
    given.map_err(|error| {
        let text =
            format!("the file belongs to user {}, and this one cannot give a new file to it: {error}", before.uid());
        io::Error::new(error.kind(), text)
    })
}

/// Flushes the parent folder of `path` to disk, which makes a creation, rename or removal in it durable.
///
/// # Errors
/// An I/O error.
pub fn sync_parent_folder(path: &Path) -> io::Result<()> {
    open_parent(path)?.sync_all()
}

fn open_parent(path: &Path) -> io::Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has done its work")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn replaces_the_leftover_of_a_killed_process_without_writing_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let [path, leftover, other_link] = ["a.key", "a.key.part", "old.key"].map(|name| folder.path().join(name));
        // The process was killed while the file had two names; one of them was moved away since.
        fs::write(&other_link, "old").unwrap();
        fs::hard_link(&other_link, &leftover).unwrap();
        FolderLock::acquire_for(&path).unwrap().write(&path, b"new", OWNER_ONLY).unwrap();
        assert_eq!([&path, &other_link].map(|path| fs::read_to_string(path).unwrap()), ["new", "old"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, OWNER_ONLY);
        assert!(!leftover.exists());
    }

    #[test]
    fn a_failed_write_leaves_everything_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::create_dir(&path).unwrap();
        assert!(FolderLock::acquire_for(&path).unwrap().write(&path, b"new", UMASK_DEFAULT).is_err());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(path.is_dir() && names == ["a"], "{names:?}");
    }

    #[test]
    fn concurrent_read_and_write_cycles_are_serialized() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n");
        FolderLock::acquire_for(&path).unwrap().write(&path, b"0", UMASK_DEFAULT).unwrap();
        let increment = || {
            let folder = FolderLock::acquire_for(&path).unwrap();
            let n: u32 = fs::read_to_string(&path).unwrap().parse().unwrap();
            folder.write(&path, (n + 1).to_string().as_bytes(), UMASK_DEFAULT).unwrap();
        };
        std::thread::scope(|scope| (0..20).for_each(|_| drop(scope.spawn(increment))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "20");
    }
}
