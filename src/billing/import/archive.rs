//! A ZIP file (APPNOTE 6.3.10), in memory: its directory is at its end. Nothing is unpacked before its sizes are checked, and while it is
//! unpacked they are checked again, since a directory may lie.

use std::cell::Cell;
use std::io::{Cursor, Read};
use std::rc::Rc;

use memchr::memmem;
use zip::ZipArchive;
use zip::read::ZipReadOptions;

use crate::billing::import::inflate::{BoundedReader, InflateLimits};
use crate::billing::import::issue::{ImportError, ImportIssue, quoted};
use crate::billing::text_pattern::matches_pattern;

/// The largest file, in bytes: it is held in memory. A spreadsheet with a million rows of ten columns has about 40 MB.
const MAX_ARCHIVE_BYTES: u64 = 256 << 20;
/// The most files in it. A spreadsheet has about ten, and two for each picture.
const MAX_ENTRIES: usize = 2_000;
/// The first bytes of an entry in the directory.
const DIRECTORY_MAGIC: &[u8] = b"PK\x01\x02";
/// The most names that a message lists.
const MAX_LISTED_NAMES: usize = 5;

const DAMAGED: &str = "the ZIP file is damaged or ends early; download it again";

/// The files in a ZIP file.
pub(super) struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
}

impl Archive {
    /// Reads a ZIP file and its directory, and unpacks nothing.
    ///
    /// # Errors
    /// The file is too large, damaged or built to mislead; or it cannot be read.
    pub(super) fn read(file: impl Read) -> Result<Self, ImportError> {
        let mut bytes = Vec::new();
        file.take(MAX_ARCHIVE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_ARCHIVE_BYTES {
            let limit = MAX_ARCHIVE_BYTES >> 20;
            return Err(ImportIssue::new(format!("the ZIP file is larger than {limit} MB; split it by month")).into());
        }
        // Entries take memory as soon as the directory is parsed, and its count of entries may lie.
        if memmem::find_iter(&bytes, DIRECTORY_MAGIC).nth(MAX_ENTRIES).is_some() {
            let message = format!("the ZIP file contains more than {MAX_ENTRIES} files; pack the statement alone");
            return Err(ImportIssue::new(message).into());
        }
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ImportIssue::new(DAMAGED))?;
        let overlaps = zip.has_overlapping_entries().map_err(|_| ImportIssue::new(DAMAGED))?;
        if overlaps || zip.has_duplicate_names() {
            let message = "the ZIP file contains the same bytes or the same name twice; this is not a statement";
            return Err(ImportIssue::new(message).into());
        }
        Ok(Self { zip })
    }

    /// Whether the file has an entry of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The names of the files that may be a statement, in the order of the directory: neither folders nor what operating systems add.
    pub(super) fn files(&self) -> Vec<String> {
        let names = self.zip.file_names_raw().map(|name| String::from_utf8_lossy(name).replace('\\', "/"));
        let is_file = |name: &String| {
            let base = base_name(name);
            !name.ends_with('/')
                && !name.starts_with("__MACOSX/")
                && !base.starts_with("._")
                && ![".DS_Store", "Thumbs.db", "desktop.ini"].contains(&base)
        };
        names.filter(is_file).collect()
    }

    /// Opens an entry, which decompresses while it is read to at most `max_bytes`.
    ///
    /// # Errors
    /// There is none of this name, it is encrypted, compressed with another method than deflate, or too large.
    pub(super) fn open(&mut self, name: &str, max_bytes: u64) -> Result<impl Read, ImportIssue> {
        let shown = quoted(name);
        let index = self.zip.file_names_raw().position(|raw| String::from_utf8_lossy(raw).replace('\\', "/") == name);
        let index = index.ok_or_else(|| ImportIssue::new(format!("the ZIP file has no \"{shown}\"; {DAMAGED}")))?;
        let entry = self.zip.by_index_data(index).map_err(|_| ImportIssue::new(DAMAGED))?;
        let (is_encrypted, size, compressed) = (entry.encrypted(), entry.size(), entry.compressed_size());
        if is_encrypted {
            let message =
                format!("\"{shown}\" in the ZIP file is encrypted; ask for it without a password, or decrypt it first");
            return Err(ImportIssue::new(message));
        }
        if size > max_bytes {
            let limit = max_bytes >> 20;
            let message = format!("\"{shown}\" in the ZIP file is larger than {limit} MB; split it by month");
            return Err(ImportIssue::new(message));
        }
        let data =
            self.zip.by_index_with_options(index, ZipReadOptions::new()).map_err(|_| ImportIssue::new(DAMAGED))?;
        let limits = InflateLimits {
            name: format!("the data of \"{shown}\" in the ZIP file"),
            max_bytes,
            declared_bytes: Some(size),
        };
        Ok(BoundedReader::new(data, limits, Rc::new(Cell::new(compressed))))
    }

    /// Returns the name of the only file, or of the only one that matches a pattern.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub(super) fn select(&self, pattern: Option<&str>) -> Result<String, ImportIssue> {
        let files = self.files();
        let matching: Vec<&String> = match pattern {
            None => files.iter().collect(),
            Some(pattern) => {
                let is_match =
                    |name: &&String| matches_pattern(name, pattern) || matches_pattern(base_name(name), pattern);
                files.iter().filter(is_match).collect()
            }
        };
        match (matching.as_slice(), pattern) {
            ([name], _) => Ok(String::clone(name)),
            ([], None) => {
                Err(ImportIssue::new("the ZIP file contains no file; an empty statement is not a statement of zero"))
            }
            ([], Some(pattern)) => Err(ImportIssue::new(format!(
                "the ZIP file contains no file that matches member = \"{}\", but {}; correct member",
                quoted(pattern),
                list(&files.iter().collect::<Vec<_>>())
            ))),
            (several, _) => Err(ImportIssue::new(format!(
                "the ZIP file contains {} files: {}; set member, or --member, to the name of the statement (* stands for any text)",
                several.len(),
                list(several)
            ))),
        }
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn list(names: &[&String]) -> String {
    let shown = names.iter().take(MAX_LISTED_NAMES).map(|name| format!("\"{}\"", quoted(name)));
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MAX_LISTED_NAMES {
        list += ", …";
    }
    list
}
