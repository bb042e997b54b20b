//! Rules of the repository that the compiler cannot check, a file each below `tests/tidy`.
//!
//! - [`layout`]: which module may import which, how long a file is, and that each file has a module comment.
//! - [`confinement`]: what may be used in some files only.
//! - [`emissions`]: `docs/emissions.md` lists exactly what is emitted and stored.
//! - [`imports`]: no circle between files, and no type name twice.
//! - [`references`]: documents and comments name only files, headings, keys, commands and names that exist.
//! - [`mutants`]: each mutant is a feature that release builds refuse.
//! - [`machine_paths`]: no file names a path of the machine it was made on.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may fail loudly"
)]

mod tidy {
    pub mod confinement;
    pub mod emissions;
    pub mod imports;
    pub mod layout;
    pub mod machine_paths;
    pub mod mutants;
    pub mod references;
}

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder, as path from that folder and text, sorted.
fn files(folder: &str) -> Vec<(String, String)> {
    fn walk(at: &Path, base: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let base = root().join(folder);
    let mut found = Vec::new();
    walk(&base, &base, &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

/// The code of a file, without comments and unit tests, to which these rules do not apply.
fn code(file: &str, text: &str) -> String {
    if file.ends_with("tests.rs") || file.ends_with("_test.rs") {
        return String::new();
    }
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The module that a file belongs to.
fn module(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}
