//! Where a process may leave something: files below its folder, files that it holds open, memory that it maps from
//! files, its name and arguments.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Beginnings of `/proc/PID/fd` targets that are no files.
const NOT_FILES: &[&str] = &["socket:[", "pipe:[", "anon_inode:", "/dev/null", "/dev/urandom", "/dev/random"];

/// Something to search: what it is called, and what is in it.
pub struct Found {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Every file below a folder, with its path in front of its contents: a name can tell as much. A file that goes while
/// it is looked for is not there.
pub fn files(folder: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    walk(folder, &mut found);
    found
}

fn walk(folder: &Path, found: &mut Vec<Found>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            walk(&path, found);
        }
        let mut bytes = path.as_os_str().as_bytes().to_vec();
        if kind.is_file() {
            bytes.extend(std::fs::read(&path).unwrap_or_default());
        } else if kind.is_symlink() {
            bytes.extend(
                std::fs::read_link(&path).map(|to| to.into_os_string().into_encoded_bytes()).unwrap_or_default(),
            );
        }
        found.push(Found { name: path.display().to_string(), bytes });
    }
}

/// The open files of a process, deleted ones too, with their contents; sockets and the like left out.
pub fn open_files(pid: u32) -> Vec<(PathBuf, Found)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let Ok(target) = std::fs::read_link(entry.path()) else { continue };
        let text = target.display().to_string();
        if NOT_FILES.iter().any(|start| text.starts_with(start)) {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        found.push((target, Found { name: format!("open file {text}"), bytes }));
    }
    found
}

/// Files that a process maps so that what it writes there lands in them.
pub fn mapped_files(pid: u32) -> Vec<PathBuf> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let shared = maps.lines().filter(|line| line.split(' ').nth(1) == Some("rw-s"));
    shared.filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..]))).collect()
}

/// Name and arguments of a process and its threads.
pub fn names(pid: u32) -> Found {
    let mut bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        bytes.extend(std::fs::read(task.path().join("comm")).unwrap_or_default());
    }
    Found { name: "process and thread names".to_owned(), bytes }
}
