//! Restricts the process before it reads anything from a network: it can write below the folders of its own files only (Landlock),
//! cannot make the system calls with which an intruder goes on (seccomp), gains no privileges by executing a program, writes no
//! core file, and cannot be read by other processes of its user.
//!
//! A restriction cannot be lifted, and a program that the process executes inherits it. So a restart in place can write where the
//! process before it could, and nowhere else (`Sandbox::first_outside`).

mod system_calls;

use std::path::{Path, PathBuf};

use landlock::{
    AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, make_bitflags,
};

use crate::app::folders;
use crate::config::Config;
use crate::events::{self, Event};
use crate::process;
use crate::storage::query::StoreLocation;

/// Every kind of writing that Landlock knows, up to version 5 of its interface (Linux 6.10). An older kernel leaves kinds out.
const LANDLOCK_VERSION: landlock::ABI = landlock::ABI::V5;

/// Where the output of a `check` before a restart goes.
const NULL_DEVICE: &str = "/dev/null";

/// What the process may write.
#[derive(Debug)]
pub struct Sandbox {
    folders: Vec<PathBuf>,
}

impl Sandbox {
    /// Restricts this process, before it has other threads: these are restricted only if they are started later. Creates the folders
    /// that the configuration names. An event reports each part that the kernel lacks.
    #[must_use]
    pub fn enter(config: &Config) -> Self {
        process::disable_core_dumps();
        let mut writable = Vec::new();
        for (_, file) in written_files(config) {
            // Whoever opens the file reports the error, with the key.
            folders::create_parent(file).ok();
            writable.extend(real_folders(file));
        }
        match restrict_files(&writable) {
            Ok(status) => {
                report(&status);
                if status.ruleset == RulesetStatus::NotEnforced {
                    writable = vec![PathBuf::from("/")];
                }
            }
            Err(_) => events::emit(&Event::SandboxIncomplete("landlock")),
        }
        if system_calls::refuse().is_err() {
            events::emit(&Event::SandboxIncomplete("seccomp"));
        }
        Self { folders: writable }
    }

    /// The first key of a configuration that names a file which this process, and whatever it executes, cannot write.
    pub(super) fn first_outside(&self, config: &Config) -> Option<&'static str> {
        let is_inside = |folder: &PathBuf| self.folders.iter().any(|writable| folder.starts_with(writable));
        let is_writable = |file: &Path| {
            let folders = real_folders(file);
            !folders.is_empty() && folders.iter().all(is_inside)
        };
        written_files(config).into_iter().find(|(_, file)| !is_writable(file)).map(|(key, _)| key)
    }
}

/// The files that the process writes, with their keys. SQLite creates others beside them.
fn written_files(config: &Config) -> Vec<(&'static str, &Path)> {
    let counts = &config.counts;
    let store = match &counts.store {
        StoreLocation::Sqlite(path) => Some(("counts.store", path.as_path())),
        StoreLocation::Postgres(_) => None,
    };
    let spool = counts.spool.as_ref().map(|spool| ("counts.spool", spool.path.as_path()));
    [Some(("counts.keys", counts.keys.as_path())), store, spool].into_iter().flatten().collect()
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The real folders in which a file is written: its own, and where it leads if it is a link. None if its folder does not exist: the
/// process may not create it.
fn real_folders(file: &Path) -> Vec<PathBuf> {
    let Ok(own) = folder_of(file).canonicalize() else { return Vec::new() };
    let target = file.canonicalize().ok().or_else(|| Some(own.join(file.read_link().ok()?)));
    let linked = target.as_deref().and_then(Path::parent).and_then(|folder| folder.canonicalize().ok());
    [Some(own), linked].into_iter().flatten().collect()
}

/// Forbids writing outside of these folders, and signals to other processes.
fn restrict_files(folders: &[PathBuf]) -> Result<RestrictionStatus, RulesetError> {
    let files: BitFlags<AccessFs> = make_bitflags!(AccessFs::{WriteFile | Truncate | MakeReg | RemoveFile});
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_write(LANDLOCK_VERSION))?
        .scope(Scope::Signal)?;
    let mut ruleset = ruleset.create()?;
    for folder in folders {
        // A folder that is missing cannot be written, and whoever needs it reports that.
        if let Ok(folder) = PathFd::new(folder) {
            ruleset = ruleset.add_rule(PathBeneath::new(folder, files))?;
        }
    }
    if let Ok(null) = PathFd::new(NULL_DEVICE) {
        ruleset = ruleset.add_rule(PathBeneath::new(null, make_bitflags!(AccessFs::{WriteFile | Truncate})))?;
    }
    ruleset.restrict_self()
}

fn report(status: &RestrictionStatus) {
    match status.ruleset {
        RulesetStatus::FullyEnforced => {}
        RulesetStatus::PartiallyEnforced => events::emit(&Event::SandboxIncomplete("landlock_partly")),
        RulesetStatus::NotEnforced => events::emit(&Event::SandboxIncomplete("landlock")),
    }
    if !status.no_new_privs {
        events::emit(&Event::SandboxIncomplete("no_new_privs"));
    }
}
