//! The folder of a closed month: written by `close --out`, read by `verify --export`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::folder::{Folder, FolderEntry};
use crate::cli::billing::write_file;

/// What a file is named while it is written; a process that is killed may leave one.
const UNFINISHED: &str = ".part";

/// Reads all entries of a folder.
///
/// # Errors
/// The folder or a file cannot be read.
pub(super) fn read_folder(folder: &Path) -> anyhow::Result<Folder> {
    let mut entries = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry.with_context(|| folder.display().to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let kind = entry.file_type().with_context(|| path.display().to_string())?;
        let content = if kind.is_file() {
            match String::from_utf8(fs::read(&path).with_context(|| path.display().to_string())?) {
                Ok(text) => FolderEntry::Text(text),
                Err(_) => FolderEntry::Binary,
            }
        } else {
            FolderEntry::NotAFile
        };
        entries.insert(name, content);
    }
    Ok(entries)
}

/// Checks that a folder does not exist or is empty, before a month is closed into it.
///
/// # Errors
/// The folder has an entry.
pub(super) fn check_empty(folder: &Path) -> anyhow::Result<()> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| folder.display().to_string()),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(entry) => {
                let name = entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
                let name = name.with_context(|| folder.display().to_string())?;
                bail!("--out {}: the folder has {name}, which is not of this closing; {REMEDY}", folder.display());
            }
        },
    }
}

const REMEDY: &str = "name an empty folder or a new one, so that everything in it is under the record's hashes";

/// Writes files to a folder, which may have the same files from an earlier run and no others.
///
/// # Errors
/// The folder has another file, or one with other content; then nothing is written. Or a file cannot be written.
pub(super) fn write_folder(folder: &Path, files: &[NamedText]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, entry) in read_folder(folder)? {
        let finished = name.strip_suffix(UNFINISHED).unwrap_or(&name);
        let file = files.iter().find(|file| file.name == finished);
        let is_ours = file.is_some_and(|file| finished != name || entry == FolderEntry::Text(file.text.clone()));
        if !is_ours {
            bail!("{}: this is not of this closing, or has another content; {REMEDY}", folder.join(name).display());
        }
    }
    for file in files {
        write_file(&folder.join(&file.name), &file.text)?;
    }
    Ok(())
}
