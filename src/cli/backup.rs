//! `qsproxy backup`.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use crate::atomic_file::{OWNER_ONLY, sync_parent_folder};
use crate::cli::CommandOutcome;
use crate::storage::query::{AccessMode, Database};

/// Writes a copy of the store. It stands under its name once it is whole and on disk, and not before.
///
/// # Errors
/// A store that cannot be read, a file that is there already, a disk that is full. No part of a copy stays then.
pub fn run(config: &Path, file: &Path) -> anyhow::Result<CommandOutcome> {
    let config = crate::cli::load(config)?;
    let store = &config.counts.store;
    let key = || format!("[counts] store: {store}");
    let database = Database::open(store, AccessMode::Read).map_err(|error| anyhow!("{}: {error}", key()))?;
    if file.exists() {
        bail!("{} is there already; name a file that is not", file.display());
    }
    let part = beside(file);
    let copied = copy(&database, &part).and_then(|()| {
        // A name that came up meanwhile is not overwritten.
        fs::hard_link(&part, file).with_context(|| file.display().to_string())?;
        sync_parent_folder(file).with_context(|| file.display().to_string())
    });
    fs::remove_file(&part).ok();
    copied?;
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    crate::cli::print(&format!("{}: {bytes} bytes\n", file.display()))
}

fn copy(database: &Database, part: &Path) -> anyhow::Result<()> {
    let options = || File::options().write(true).create_new(true).mode(OWNER_ONLY).open(part);
    let copy = options().with_context(|| format!("{} cannot be made", part.display()))?;
    database.copy_into(part).with_context(|| format!("{} cannot be written", part.display()))?;
    copy.sync_all().with_context(|| part.display().to_string())
}

/// The name under which a copy grows, in the folder where it will stand.
fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}.part", std::process::id()))
}
