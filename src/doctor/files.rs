//! Files: what belongs on the disk, who may read it, and that nothing else is beside it.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::Config;
use crate::doctor::config_files;
use crate::doctor::finding::{Findings, Section};
use crate::doctor::known_file::{KnownFile, Readers};
use crate::storage::query::StoreLocation;

/// A file that belongs to the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds, and why.
    pub holds: &'static str,
    /// Its mode, in octal.
    pub mode: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The files that the service writes, with those that SQLite and replacing a file leave beside them.
fn written_files(config: &Config) -> Vec<KnownFile> {
    let mut files = Vec::new();
    let mut add = |path: &Path, ending: &str, holds, readers| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        files.push(KnownFile { path: PathBuf::from(name), holds, readers });
    };
    let counts = &config.counts;
    let databases = match (&counts.store, &counts.spool) {
        (StoreLocation::Sqlite(path), _) => vec![(path.as_path(), "the store: counts (its tables are below)")],
        (StoreLocation::Postgres(_), spool) => {
            spool.iter().map(|spool| (spool.path.as_path(), "the spool: counts on their way to PostgreSQL")).collect()
        }
    };
    for (path, holds) in databases {
        add(path, "", holds, Readers::Owner);
        add(path, "-wal", "its write-ahead log: changes of the last minute, the same tables", Readers::Owner);
        add(path, "-shm", "the index of that log", Readers::Owner);
    }
    let keys = "keys for links, pseudonyms, visit stamps and noise (`qsproxy keys list`)";
    add(&counts.keys, "", keys, Readers::Owner);
    add(&counts.keys, ".part", "keys being written, or left by a process that was killed", Readers::Owner);
    add(&counts.closing_key, "", "the key that signs closed months", Readers::Owner);
    add(&counts.closing_key, ".part", "that key being written", Readers::Owner);
    add(&counts.closing_key, ".next", "the next one, while the chain of closings is handed over to it", Readers::Owner);
    add(&counts.closing_key, ".next.part", "that key being written", Readers::Owner);
    add(&counts.closing_key, ".pub", "its public half, for whoever verifies a closing", Readers::Anybody);
    add(&counts.closing_key, ".pub.part", "its public half being written", Readers::Anybody);
    files
}

/// Looks at all files. Returns those of the installation that are there.
pub(super) fn examine(config: &Config, config_path: &Path, findings: &mut Findings) -> Vec<FileEntry> {
    let written = written_files(config);
    let named = config_files::read(config_path);
    let mut entries = Vec::new();
    for file in written.iter().chain(&named) {
        match fs::symlink_metadata(&file.path) {
            Ok(found) => {
                let mode = format!("{:04o}", found.permissions().mode() & 0o777);
                let (path, bytes) = (file.path.clone(), found.len());
                entries.push(FileEntry { path, holds: file.holds, mode, bytes });
                examine_file(file, &found, findings);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => unreadable(&file.path, &error, findings),
        }
    }
    let folders: BTreeSet<PathBuf> = written.iter().map(|file| folder_of(&file.path)).collect();
    let known: BTreeSet<&Path> = written.iter().chain(&named).map(|file| file.path.as_path()).collect();
    let config_folder = folder_of(config_path);
    for folder in folders {
        let is_shared = same_folder(&folder, &config_folder);
        examine_folder(&folder, is_shared, &known, &written, findings);
    }
    entries
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn same_folder(one: &Path, other: &Path) -> bool {
    one == other
        || fs::canonicalize(one).ok().zip(fs::canonicalize(other).ok()).is_some_and(|(one, other)| one == other)
}

fn examine_file(file: &KnownFile, found: &Metadata, findings: &mut Findings) {
    let (path, mode) = (file.path.display(), found.permissions().mode() & 0o777);
    let target = if found.is_symlink() { fs::metadata(&file.path).ok() } else { Some(found.clone()) };
    let mode = target.as_ref().map_or(mode, |target| target.permissions().mode() & 0o777);
    if !target.is_some_and(|target| target.is_file()) {
        findings.problem(Section::Files, path, "is not a file", "move it away; the service needs the name for a file");
    } else if file.readers == Readers::Owner && mode & 0o077 != 0 {
        let found = format!("mode {mode:04o} lets others read or write it");
        findings.problem(Section::Files, &path, found, &format!("chmod 600 {path}"));
    } else if mode & 0o022 != 0 {
        let found = format!("mode {mode:04o} lets others write it");
        findings.problem(Section::Files, &path, found, &format!("chmod go-w {path}"));
    } else if file.path.extension().is_some_and(|ending| ending == "part") {
        findings.note(
            Section::Files,
            path,
            "left by a process that was killed while it wrote; the next write replaces it",
        );
    } else {
        let who =
            if file.readers == Readers::Owner { "readable by its owner only" } else { "writable by its owner only" };
        findings.fine(Section::Files, path, who);
    }
}

fn examine_folder(
    folder: &Path,
    is_shared: bool,
    known: &BTreeSet<&Path>,
    written: &[KnownFile],
    findings: &mut Findings,
) {
    let name = folder.display();
    let (metadata, entries) = match fs::metadata(folder).and_then(|found| Ok((found, fs::read_dir(folder)?))) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            findings.note(Section::Files, name, "does not exist yet; `qsproxy serve` creates it");
            return;
        }
        Err(error) => return unreadable(folder, &error, findings),
    };
    let (mode, owner) = (metadata.permissions().mode() & 0o777, metadata.uid());
    if mode & 0o022 != 0 && metadata.permissions().mode() & 0o1000 == 0 {
        let found = format!("mode {mode:04o} lets others replace files in it");
        findings.problem(Section::Files, &name, found, &format!("chmod go-w {name}"));
    }
    let mut is_clean = true;
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => return unreadable(folder, &error, findings),
        };
        let path = if folder == Path::new(".") { path.strip_prefix(".").unwrap_or(&path).to_owned() } else { path };
        // A file name may contain anything; `Debug` escapes control characters.
        let shown = format!("{path:?}");
        let is_known = known.contains(path.as_path()) || known.contains(Path::new(".").join(&path).as_path());
        if !is_known && !is_shared {
            is_clean = false;
            let remedy = "find out what it holds and who wrote it, and move it elsewhere: only the service's own files belong here";
            findings.problem(Section::Files, shown, "does not belong to this installation", remedy);
        } else if written.iter().any(|file| file.path == path) {
            let other = fs::symlink_metadata(&path).ok().map(|file| file.uid()).filter(|uid| *uid != owner);
            if let Some(uid) = other {
                let found = format!("belongs to user {uid}, and its folder to user {owner}");
                findings.problem(
                    Section::Files,
                    shown,
                    found,
                    "give both to the user that the service runs as, with chown",
                );
            }
        }
    }
    if is_shared {
        findings.note(Section::Files, name, "also holds the configuration, so other files in it are not looked at");
    } else if is_clean {
        findings.fine(Section::Files, name, "holds files of this installation, and nothing else");
    }
}

fn unreadable(path: &Path, error: &io::Error, findings: &mut Findings) {
    let remedy = "run doctor as the user that the service runs as, or as root";
    findings.problem(Section::Files, path.display(), format!("cannot be looked at: {error}"), remedy);
}
