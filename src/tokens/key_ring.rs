//! The key ring: the file `[counts] keys` (mode 0600), which nodes may share.
//!
//! One line per key: `use day key`, for example `click 20415 9f…`, where `day` counts from 1970-01-01 and `key` is
//! hexadecimal. A click key that does not begin with its day names the second as well: `click 20415@43200 9f…`. The file is
//! always replaced as a whole, and running processes notice that.
//!
//! | use | for | one key per | kept |
//! |---|---|---|---|
//! | `click` | click and image tokens | UTC day, and one for each `qsproxy keys rotate` | until its tokens have expired, and 7 days |
//! | `pseudonym` | pseudonyms of anonymous IDs | UTC day | for its day |
//! | `visit` | visit stamps | 4 weeks | for the lifetime of a stamp |
//! | `release` | noise of released slices | ring | always |
//!
//! The pseudonym key is deleted with its day, so that one day's pseudonyms can never be linked to another's. A click key
//! is created a day before its first use and a visit key a week, so that all nodes that share the ring have them in time. With
//! another release key, the same count would be released a second time with different noise.

pub mod description;
pub mod entry;
pub mod error;
pub mod file_stamp;
pub mod key_set;
pub mod rotation;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::atomic_file::{FolderLock, OWNER_ONLY};
use crate::time::{DAY_SECONDS, Time};
use crate::tokens::key_ring::description::{KeyDescription, describe};
use crate::tokens::key_ring::entry::{KeyEntry, KeyUse};
use crate::tokens::key_ring::error::KeyRingError;
use crate::tokens::key_ring::file_stamp::FileStamp;
use crate::tokens::key_ring::key_set::KeySet;
use crate::tokens::key_ring::rotation::{EXPIRED_TOKEN_DAYS, add_sealing_key, newest_day, rotate_daily};
use crate::tokens::keys::ReleaseKey;

/// A key ring file.
#[derive(Debug, Clone)]
pub struct KeyRing {
    path: PathBuf,
    /// Days for which a click key is kept after its own day: until its tokens have expired, and
    /// [`EXPIRED_TOKEN_DAYS`] in which an expired token can be distinguished from a forged one.
    click_key_days: u32,
}

impl KeyRing {
    /// A ring in this file, for tokens with the lifetime `click_ttl`. The file need not exist.
    #[must_use]
    pub fn new(path: &Path, click_ttl: Duration) -> Self {
        let days = click_ttl.as_secs().div_ceil(DAY_SECONDS) + EXPIRED_TOKEN_DAYS;
        Self { path: path.to_owned(), click_key_days: u32::try_from(days).unwrap_or(u32::MAX) }
    }

    /// The stamp of the file, which changes when its keys do.
    #[must_use]
    pub fn stamp(&self) -> Option<FileStamp> {
        FileStamp::of(&self.path)
    }

    /// Rotates the keys by the day and returns those of today. Replaces the file if anything changed.
    ///
    /// # Errors
    /// [`KeyRingError`]; the file is then unchanged.
    pub fn rotate(&self, now: Time) -> Result<KeySet, KeyRingError> {
        // Processes that share the ring rotate in the same second after midnight; without the lock each would create
        // its own keys.
        let folder = FolderLock::acquire_for(&self.path)?;
        let read_from = self.stamp();
        let mut entries = self.read()?;
        let (day, changed) = rotate_daily(&mut entries, now, self.click_key_days);
        if changed {
            self.write(&entries, &folder)?;
        }
        let file = if changed { self.stamp() } else { read_from };
        KeySet::of(day, now, entries, file).ok_or_else(|| io::Error::other("the ring has no key for its day").into())
    }

    /// The keys of today where the file cannot be written: a pseudonym key that is in memory only, so that no two days share pseudonyms,
    /// and the other keys of the file, so that links work after a restart.
    ///
    /// # Errors
    /// [`KeyRingError`]: the file cannot be read either.
    pub fn keys_in_memory(&self, now: Time) -> Result<KeySet, KeyRingError> {
        let file = self.stamp();
        let mut entries = self.read()?;
        let stored: Vec<u32> = entries.iter().map(KeyEntry::fingerprint).collect();
        let (day, _) = rotate_daily(&mut entries, now, self.click_key_days);
        entries.retain(|entry| entry.key_use == KeyUse::Pseudonym || stored.contains(&entry.fingerprint()));
        KeySet::of(day, now, entries, file).ok_or_else(|| io::Error::other("the ring has no key for links").into())
    }

    /// Adds a key that seals after `lead`. Returns its description.
    ///
    /// # Errors
    /// [`KeyRingError`]; the file is then unchanged.
    pub fn add_sealing_key(
        &self,
        clock: impl FnOnce() -> Time,
        lead: Duration,
    ) -> Result<KeyDescription, KeyRingError> {
        let folder = FolderLock::acquire_for(&self.path)?;
        // Whoever waited for the lock comes later than who had it: a key that begins earlier would replace the other's.
        let now = clock();
        let mut entries = self.read()?;
        if entries.is_empty() {
            return Err(KeyRingError::Missing);
        }
        let since = add_sealing_key(&mut entries, now, lead).ok_or(KeyRingError::TooManyKeys)?;
        let added = entries.last().map(KeyEntry::fingerprint);
        rotate_daily(&mut entries, now, self.click_key_days);
        if !entries.iter().any(|entry| Some(entry.fingerprint()) == added) {
            return Err(io::Error::other("the clock is days behind the ring's keys; set it first").into());
        }
        self.write(&entries, &folder)?;
        let described = describe(entries, now, self.click_key_days);
        let mut found = described.into_iter().filter(|key| key.since == since && Some(key.fingerprint) == added);
        found.next().ok_or(KeyRingError::Missing)
    }

    /// Describes the keys, without the keys: by use, newest first.
    ///
    /// # Errors
    /// [`KeyRingError`]; [`KeyRingError::Missing`] without a file.
    pub fn describe(&self, now: Time) -> Result<Vec<KeyDescription>, KeyRingError> {
        let entries = self.read()?;
        if entries.is_empty() {
            return Err(KeyRingError::Missing);
        }
        Ok(describe(entries, now, self.click_key_days))
    }

    /// Reads the keys without rotating them. None if the ring has none for today.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn load(&self, now: Time) -> Result<Option<KeySet>, KeyRingError> {
        let file = self.stamp();
        let entries = self.read()?;
        let day = newest_day(&entries, KeyUse::Pseudonym);
        Ok(day.filter(|day| *day >= now.day()).and_then(|day| KeySet::of(day, now, entries, file)))
    }

    /// The key for the noise of released slices. None if the ring does not have one yet.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn release_key(&self) -> Result<Option<ReleaseKey>, KeyRingError> {
        let entries = self.read()?;
        Ok(entries.iter().find(|entry| entry.key_use == KeyUse::Release).map(|entry| ReleaseKey::new(&entry.key)))
    }

    fn read(&self) -> Result<Vec<KeyEntry>, KeyRingError> {
        let mode = match fs::metadata(&self.path) {
            Ok(meta) => meta.permissions().mode() & 0o777,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        if mode & 0o077 != 0 {
            return Err(KeyRingError::InsecureMode(mode));
        }
        let text = Zeroizing::new(fs::read(&self.path)?);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(KeyRingError::Empty);
        }
        let lines = text.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        lines.map(|(index, line)| KeyEntry::parse(line).ok_or(KeyRingError::MalformedLine(index + 1))).collect()
    }

    fn write(&self, entries: &[KeyEntry], folder: &FolderLock) -> io::Result<()> {
        // The capacity is more than a line needs: growing would leave an unwiped copy of the keys on the heap.
        let mut text = Zeroizing::new(String::with_capacity(entries.len() * 96));
        for entry in entries {
            entry.write(&mut text);
        }
        folder.write(&self.path, text.as_bytes(), OWNER_ONLY)
    }
}

#[cfg(test)]
mod tests;
