//! `qsproxy backup`: copies the store.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use crate::atomic_file::{OWNER_ONLY, sync_parent_folder};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::storage::query::{AccessMode, Database};

/// Writes a copy of the store. The file appears under its name only once it is complete and on disk.
///
/// # Errors
/// The store cannot be read, the file already exists, or it cannot be written. No partial copy is left.
pub fn run(config: &Path, file: &Path) -> anyhow::Result<CommandOutcome> {
    let config = load_config(config)?;
    let store = &config.counts.store;
    let database =
        Database::open(store, AccessMode::Read).map_err(|error| anyhow!("[counts] store: {store}: {error}"))?;
    if file.exists() {
        bail!("{} already exists; choose another file name", file.display());
    }
    let partial = partial_path(file);
    let copied = copy(&database, &partial).and_then(|()| {
        // A hard link, unlike a rename, does not overwrite a file that was created in the meantime.
        fs::hard_link(&partial, file).with_context(|| file.display().to_string())?;
        sync_parent_folder(file).with_context(|| file.display().to_string())
    });
    fs::remove_file(&partial).ok();
    copied?;
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    print(&format!("{}: {bytes} bytes\n", file.display()))
}

fn copy(database: &Database, partial: &Path) -> anyhow::Result<()> {
    let create = || File::options().write(true).create_new(true).mode(OWNER_ONLY).open(partial);
    let copy = create().with_context(|| format!("{} cannot be created", partial.display()))?;
    database.copy_into(partial).with_context(|| format!("{} cannot be written", partial.display()))?;
    copy.sync_all().with_context(|| partial.display().to_string())
}

/// The name of the unfinished copy, in the same folder because hard links do not cross file systems.
fn partial_path(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}.part", std::process::id()))
}
