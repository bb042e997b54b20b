//! Where a process may leave data: files in its folder, open files, files that it maps into memory, its name and arguments.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Prefixes of `/proc/PID/fd` targets that are not files.
const NOT_FILES: &[&str] = &["socket:[", "pipe:[", "anon_inode:", "/dev/null", "/dev/urandom", "/dev/random"];

/// Bytes to search, and what they are.
pub struct Finding {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Every file in a folder and its subfolders: its path, which may leak as well, followed by its contents. Files that are deleted
/// meanwhile are omitted.
pub fn files(folder: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    walk(folder, &mut found);
    found
}

fn walk(folder: &Path, found: &mut Vec<Finding>) {
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
        found.push(Finding { name: path.display().to_string(), bytes });
    }
}

/// The open files of a process with their contents, including deleted files, without sockets and pipes. Needs root if the process
/// is not dumpable.
pub fn open_files(pid: u32) -> Vec<(PathBuf, Finding)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let Ok(target) = std::fs::read_link(entry.path()) else { continue };
        let text = target.display().to_string();
        if NOT_FILES.iter().any(|start| text.starts_with(start)) {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        found.push((target, Finding { name: format!("open file {text}"), bytes }));
    }
    found
}

/// Files that a process maps shared and writable.
pub fn mapped_files(pid: u32) -> Vec<PathBuf> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let shared = maps.lines().filter(|line| line.split(' ').nth(1) == Some("rw-s"));
    shared.filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..]))).collect()
}

/// The arguments of a process and the names of its threads.
pub fn names(pid: u32) -> Finding {
    let mut bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        bytes.extend(std::fs::read(task.path().join("comm")).unwrap_or_default());
    }
    Finding { name: "process and thread names".to_owned(), bytes }
}

const PAGE: u64 = 4_096;
/// In an entry of `pagemap`: the page is in memory, or in swap.
const PRESENT_OR_SWAPPED: u64 = 3 << 62;

/// All writable memory of a process that it has used. Needs root.
pub fn memory(pid: u32) -> Vec<u8> {
    let [pages, memory] = ["pagemap", "mem"].map(|name| File::open(format!("/proc/{pid}/{name}")).unwrap());
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut bytes = Vec::new();
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut entries = vec![0; ((end - start) / PAGE * 8) as usize];
        let _ = pages.read_exact_at(&mut entries, start / PAGE * 8);
        for (number, entry) in entries.as_chunks::<8>().0.iter().enumerate() {
            let mut page = [0; PAGE as usize];
            let is_used = u64::from_ne_bytes(*entry) & PRESENT_OR_SWAPPED != 0;
            if is_used && memory.read_exact_at(&mut page, start + number as u64 * PAGE).is_ok() {
                bytes.extend_from_slice(&page);
            }
        }
    }
    bytes
}
