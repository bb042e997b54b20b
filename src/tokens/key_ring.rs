//! The key ring: the file `[counts] keys` (mode 0600), which nodes may share.
//!
//! One line per key: `use day key`, for example `click 20415 9f…`, where `day` counts from 1970-01-01 and `key` is
//! hexadecimal. The file is always replaced as a whole.
//!
//! | use | for | one key per | kept |
//! |---|---|---|---|
//! | `click` | click and image tokens | UTC day | until its tokens have expired, and 7 days |
//! | `pseudonym` | pseudonyms of anonymous IDs | UTC day | for its day |
//! | `visit` | visit stamps | 4 weeks | for the lifetime of a stamp |
//! | `release` | noise of released slices | ring | always |
//!
//! The pseudonym key is deleted with its day, so that one day's pseudonyms can never be linked to another's. A visit key
//! is created a week before its first use, so that all nodes that share the ring have it in time. With another release
//! key, the same count would be released a second time with different noise.

mod entry;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::atomic_file::{FolderLock, OWNER_ONLY};
use crate::time::{DAY_SECONDS, Day, Time};
use crate::tokens::key_ring::entry::{KeyEntry, KeyUse};
use crate::tokens::keys::{PseudonymKey, ReleaseKey, TokenKey, VisitKey, low_byte};
use crate::tokens::visit_stamp;

/// The keys in use on one day.
#[derive(Debug)]
pub struct KeySet {
    /// The day.
    pub day: Day,
    /// The key that seals new click and image tokens.
    pub primary: TokenKey,
    /// Older token keys, newest first. They only open tokens.
    pub older: Vec<TokenKey>,
    /// The day's key for pseudonyms.
    pub pseudonym: PseudonymKey,
    /// All keys for visit stamps, newest first. The newest may not be in use yet.
    pub visit: Vec<VisitKey>,
}

impl KeySet {
    /// The keys that open click and image tokens, newest first.
    pub fn token_keys(&self) -> impl Iterator<Item = &TokenKey> {
        std::iter::once(&self.primary).chain(&self.older)
    }
}

/// Why a key ring cannot be used.
#[derive(Debug)]
pub enum KeyRingError {
    /// The file could not be read or written.
    Io(io::Error),
    /// Group or others have access to the file, which has this mode.
    InsecureMode(u32),
    /// The file exists and is empty.
    Empty,
    /// The line with this number (from 1) is not `use day key`.
    MalformedLine(usize),
}

impl From<io::Error> for KeyRingError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::InsecureMode(mode) => {
                write!(f, "mode {mode:04o} lets others read the keys; run `chmod 600` on the file")
            }
            Self::Empty => f.write_str(
                "the file is empty; restore it from a backup, or delete it to start with new keys (existing links and visit stamps become invalid)",
            ),
            Self::MalformedLine(line) => write!(
                f,
                "line {line} is not `use day key`; restore the file from a backup, or delete it to start with new keys (existing links and visit stamps become invalid)"
            ),
        }
    }
}

/// Days for which an expired click token still opens, so that its link shows the target to someone who returns to a tab.
const EXPIRED_TOKEN_DAYS: u64 = 7;

/// Tolerated clock skew, in seconds: keys created just after midnight stay in use if the clock is set back across it by
/// no more than this.
const CLOCK_SKEW_SECONDS: u64 = 3_600;

/// Days for which one visit key issues stamps.
const VISIT_KEY_DAYS: u32 = 28;

/// Days between the creation of a visit key and its first use.
const VISIT_KEY_LEAD_DAYS: u32 = 7;

/// Number of visit keys to keep: enough for the lifetime of a stamp, and the next key. Keys are evicted by count, not by
/// age, so a brief clock error costs one key instead of invalidating all stamps.
const MAX_VISIT_KEYS: usize = (visit_stamp::MAX_LIFETIME_DAYS.div_ceil(VISIT_KEY_DAYS) + 2) as usize;

/// The latest day whose keys are accepted at `now`.
#[must_use]
pub fn latest_valid_day(now: Time) -> Day {
    Time(now.0.saturating_add(CLOCK_SKEW_SECONDS)).day()
}

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

    /// Rotates the keys and returns those of today: creates missing keys, deletes keys whose time is over, and replaces
    /// the file if anything changed.
    ///
    /// If the clock was set back across midnight, nothing changes and the newest keys stay in use. Click and pseudonym
    /// keys of a later day than [`latest_valid_day`] were created under a wrong clock and are deleted, because they would
    /// stop the daily rotation until that day. Visit keys of later days are kept.
    ///
    /// # Errors
    /// [`KeyRingError`]; the file is then unchanged.
    pub fn rotate(&self, now: Time) -> Result<KeySet, KeyRingError> {
        let today = now.day();
        // Processes that share the ring rotate in the same second after midnight; without the lock each would create
        // its own keys.
        let folder = FolderLock::acquire_for(&self.path)?;
        let mut entries = self.read()?;
        let count_before = entries.len();
        entries.retain(|entry| match entry.key_use {
            KeyUse::Click | KeyUse::Pseudonym => entry.day <= latest_valid_day(now),
            KeyUse::Visit | KeyUse::Release => true,
        });
        let newest = newest_day(&entries, KeyUse::Click).max(newest_day(&entries, KeyUse::Pseudonym));
        let day = newest.unwrap_or(today).max(today);
        entries.retain(|entry| match entry.key_use {
            KeyUse::Click => entry.day.0.saturating_add(self.click_key_days) >= day.0,
            KeyUse::Pseudonym => entry.day == day,
            KeyUse::Visit | KeyUse::Release => true,
        });
        let mut changed = entries.len() != count_before;
        for key_use in [KeyUse::Click, KeyUse::Pseudonym] {
            if !entries.iter().any(|entry| entry.key_use == key_use && entry.day == day) {
                entries.push(KeyEntry::generate(key_use, day));
                changed = true;
            }
        }
        if newest_day(&entries, KeyUse::Release).is_none() {
            entries.push(KeyEntry::generate(KeyUse::Release, day));
            changed = true;
        }
        changed |= rotate_visit_keys(&mut entries, today);
        if changed {
            self.write(&entries, &folder)?;
        }
        key_set(day, entries).ok_or_else(|| io::Error::other("the ring has no key for its day").into())
    }

    /// Reads the keys without rotating them. None if the ring has none for today.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn load(&self, today: Day) -> Result<Option<KeySet>, KeyRingError> {
        let entries = self.read()?;
        let day = newest_day(&entries, KeyUse::Click);
        Ok(day.filter(|day| *day >= today).and_then(|day| key_set(day, entries)))
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

fn newest_day(entries: &[KeyEntry], key_use: KeyUse) -> Option<Day> {
    entries.iter().filter(|entry| entry.key_use == key_use).map(|entry| entry.day).max()
}

/// The latest first day of a visit key that a correct clock can have produced. It allows for a node whose clock is a day
/// ahead.
fn latest_visit_key_day(today: Day) -> u32 {
    today.0.saturating_add(VISIT_KEY_LEAD_DAYS + 1)
}

/// Creates the next visit key if it is due, and then evicts one key if there are too many. Returns whether anything
/// changed.
///
/// A key from too far in the future is kept and delays no other: either it was created under a wrong clock, or this clock
/// is wrong now and stamps depend on it.
fn rotate_visit_keys(entries: &mut Vec<KeyEntry>, today: Day) -> bool {
    let visit_days = |entries: &[KeyEntry]| {
        entries.iter().filter(|entry| entry.key_use == KeyUse::Visit).map(|entry| entry.day).collect()
    };
    let is_future = |day: &Day| day.0 > latest_visit_key_day(today);
    let days: Vec<Day> = visit_days(entries);
    let newest = days.iter().filter(|day| !is_future(day)).max();
    let next = newest.map_or(today.0, |newest| newest.0.saturating_add(VISIT_KEY_DAYS).max(today.0));
    if newest.is_some() && next > today.0.saturating_add(VISIT_KEY_LEAD_DAYS) {
        return false;
    }
    entries.push(KeyEntry::generate(KeyUse::Visit, Day(next)));
    let days: Vec<Day> = visit_days(entries);
    if days.len() > MAX_VISIT_KEYS {
        // If all other keys are from the future, it is this clock that is wrong: evict the oldest instead.
        let future = days.iter().filter(|day| newest.is_some() && is_future(day)).max();
        let evicted = future.or(days.iter().min()).copied();
        entries.retain(|entry| entry.key_use != KeyUse::Visit || Some(entry.day) != evicted);
    }
    true
}

/// The keys for `day`. None if there is no click or pseudonym key.
fn key_set(day: Day, mut entries: Vec<KeyEntry>) -> Option<KeySet> {
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.day));
    let of = |key_use: KeyUse| entries.iter().filter(move |entry| entry.key_use == key_use);
    let mut token_keys = of(KeyUse::Click).map(|entry| TokenKey::new(low_byte(entry.day), &entry.key));
    let primary = token_keys.next()?;
    let older = token_keys.collect();
    let pseudonym = of(KeyUse::Pseudonym).find(|entry| entry.day == day)?;
    let visit = of(KeyUse::Visit).map(|entry| VisitKey::new(entry.day, &entry.key)).collect();
    Some(KeySet { day, primary, older, pseudonym: PseudonymKey::new(&pseudonym.key), visit })
}

#[cfg(test)]
mod tests;
