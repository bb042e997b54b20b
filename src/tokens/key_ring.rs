//! The key ring: the file `[counts] keys`, mode 0600, one line a key. Each UTC day has a key for click
//! tokens and one for pseudonyms. Click keys stay as long as a token may live; a pseudonym's key goes
//! with its day, so that nobody can ever again join one day's pseudonyms with another's. Visit stamps have a
//! key for four weeks each, made a week before it is used, so that every node that shares the ring has it by then,
//! and kept for as long as a stamp may live. The noise of released slices has one key for ever: with another one the same
//! count would be shown a second time, with other noise.
//!
//! A line is `use day key`: `click 20415 9f…` (hexadecimal). The file is replaced whole.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use crate::atomic_file::{Folder, PRIVATE};
use crate::random;
use crate::time::{DAY_SECONDS, Day, Time};
use crate::tokens::keys::{ClickKey, KEY_BYTES, PseudonymKey, ReleaseKey, VisitKey};
use crate::tokens::visit_stamp;

/// The keys in force on one day.
#[derive(Debug)]
pub struct Keys {
    /// The day they are for.
    pub day: Day,
    /// The key that new tokens are sealed with.
    pub sealing: ClickKey,
    /// Older keys, newest first: tokens sealed with them are still opened.
    pub older: Vec<ClickKey>,
    /// Today's key for pseudonyms.
    pub pseudonym: PseudonymKey,
    /// Every key for visit stamps, the newest first; the first ones may not be in use yet.
    pub visit: Vec<VisitKey>,
}

impl Keys {
    /// Every key that opens click tokens, newest first.
    pub fn opening(&self) -> impl Iterator<Item = &ClickKey> {
        std::iter::once(&self.sealing).chain(&self.older)
    }
}

/// Why the ring cannot be used.
#[derive(Debug)]
pub enum RingError {
    /// Reading or writing failed.
    Io(io::Error),
    /// The file is readable by others; keys must be 0600.
    Exposed(u32),
    /// The file is there and holds nothing.
    Empty,
    /// This line is not `use day key`.
    BadLine(usize),
}

impl From<io::Error> for RingError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for RingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Exposed(mode) => {
                write!(f, "its mode is {mode:04o}; keys must be readable by their owner alone (chmod 600)")
            }
            Self::Empty => f.write_str(
                "the file is empty; restore it from a backup, or remove it to begin with new keys (links made under the old ones end)",
            ),
            Self::BadLine(line) => write!(
                f,
                "line {line} is not `use day key`; restore the file from a backup, or remove it to begin with new keys (links and pseudonyms made under the old ones end)"
            ),
        }
    }
}

/// Days in which the link of an expired token still shows its target, as someone may come back to a tab.
const LATE_DAYS: u64 = 7;

/// How far ahead of the clock a key's day may begin, in seconds: keys made just after midnight stay in
/// force when the clock is set back over it, and no longer than this.
const AHEAD_SECONDS: u64 = 3_600;

/// How long stamps are made with one key, in days.
const VISIT_KEY_DAYS: u32 = 28;

/// How long before its first use a key for stamps is made, in days.
const VISIT_KEY_LEAD: u32 = 7;

/// How many keys for stamps are kept: for as long as a stamp lives, and the next. A number and not a time, so that a
/// clock which was wrong for a moment costs one key and not everybody's stamp.
const VISIT_KEYS: usize = (visit_stamp::LONGEST_LIFE.div_ceil(VISIT_KEY_DAYS) + 2) as usize;

/// The last day that is accepted at this time.
#[must_use]
pub fn latest_day(now: Time) -> Day {
    Time(now.0.saturating_add(AHEAD_SECONDS)).day()
}

/// The ring on disk.
#[derive(Debug, Clone)]
pub struct KeyRing {
    path: PathBuf,
    /// How many days a click key is kept beyond its own: until every token has expired, and a week more, in
    /// which a late click is told from a forged one.
    click_days: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyUse {
    Click,
    Pseudonym,
    Visit,
    Release,
}

struct RingLine {
    usage: KeyUse,
    day: Day,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl KeyRing {
    /// The ring at this path, for tokens that live `click_ttl`.
    #[must_use]
    pub fn new(path: &Path, click_ttl: Duration) -> Self {
        let days = click_ttl.as_secs().div_ceil(DAY_SECONDS) + LATE_DAYS;
        Self { path: path.to_owned(), click_days: u32::try_from(days).unwrap_or(u32::MAX) }
    }

    /// Reads the ring and brings it to this day: today's keys made where they are missing, keys that
    /// are past their time dropped, the file replaced where anything changed. A clock that stepped back
    /// over midnight changes nothing: the newest keys stay in force. Keys of days from further ahead were made
    /// under a wrong clock, and would stop the daily change for as long as it was wrong: they go. Those for stamps stay.
    ///
    /// # Errors
    /// [`RingError`]; the file is then as it was.
    pub fn advance(&self, now: Time) -> Result<Keys, RingError> {
        let today = now.day();
        // Processes that share the ring come here in the same second after midnight, and each would make keys of its own.
        let folder = Folder::of(&self.path)?;
        let mut lines = self.read()?;
        let before = lines.len();
        lines.retain(|line| match line.usage {
            KeyUse::Click | KeyUse::Pseudonym => line.day <= latest_day(now),
            KeyUse::Visit | KeyUse::Release => true,
        });
        let day = newest(&lines, KeyUse::Click).max(newest(&lines, KeyUse::Pseudonym)).unwrap_or(today).max(today);
        lines.retain(|line| match line.usage {
            KeyUse::Click => line.day.0.saturating_add(self.click_days) >= day.0,
            KeyUse::Pseudonym => line.day == day,
            KeyUse::Visit | KeyUse::Release => true,
        });
        let mut changed = lines.len() != before;
        for usage in [KeyUse::Click, KeyUse::Pseudonym] {
            if !lines.iter().any(|line| line.usage == usage && line.day == day) {
                lines.push(RingLine::fresh(usage, day));
                changed = true;
            }
        }
        if newest(&lines, KeyUse::Release).is_none() {
            lines.push(RingLine::fresh(KeyUse::Release, day));
            changed = true;
        }
        changed |= tend_visit_keys(&mut lines, today);
        if changed {
            self.write(&lines, &folder)?;
        }
        keys(day, lines).ok_or_else(|| io::Error::other("the ring lacks a key for its day").into())
    }

    /// The keys as they stand, without changing anything; None where there are none for this day.
    ///
    /// # Errors
    /// [`RingError`].
    pub fn peek(&self, today: Day) -> Result<Option<Keys>, RingError> {
        let lines = self.read()?;
        let day = newest(&lines, KeyUse::Click);
        Ok(day.filter(|day| *day >= today).and_then(|day| keys(day, lines)))
    }

    /// The key for the noise of released slices; None where the ring has none yet.
    ///
    /// # Errors
    /// [`RingError`].
    pub fn release_key(&self) -> Result<Option<ReleaseKey>, RingError> {
        let lines = self.read()?;
        Ok(lines.iter().find(|line| line.usage == KeyUse::Release).map(|line| ReleaseKey::new(&line.key)))
    }

    fn read(&self) -> Result<Vec<RingLine>, RingError> {
        let mode = match fs::metadata(&self.path) {
            Ok(meta) => meta.permissions().mode() & 0o777,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        if mode & 0o077 != 0 {
            return Err(RingError::Exposed(mode));
        }
        let text = Zeroizing::new(fs::read(&self.path)?);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(RingError::Empty);
        }
        let lines = text.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        lines.map(|(index, line)| RingLine::read(line).ok_or(RingError::BadLine(index + 1))).collect()
    }

    fn write(&self, lines: &[RingLine], folder: &Folder) -> io::Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(lines.len() * 96));
        for line in lines {
            line.write(&mut text);
        }
        folder.write(&self.path, text.as_bytes(), PRIVATE)
    }
}

fn newest(lines: &[RingLine], usage: KeyUse) -> Option<Day> {
    lines.iter().filter(|line| line.usage == usage).map(|line| line.day).max()
}

/// The last first day of a key for stamps that counts as made under a right clock: that of one made by a node whose clock
/// is a day ahead.
fn latest_visit_key(today: Day) -> u32 {
    today.0.saturating_add(VISIT_KEY_LEAD + 1)
}

/// Makes the next key for stamps where it is time, and drops one where there are too many; true where it did. A key from
/// further ahead than one is made stays, and delays no other: whether it was made under a wrong clock or this clock is
/// wrong now is unknown, and without it stamps could be worth nothing.
fn tend_visit_keys(lines: &mut Vec<RingLine>, today: Day) -> bool {
    let visit =
        |lines: &[RingLine]| lines.iter().filter(|line| line.usage == KeyUse::Visit).map(|line| line.day).collect();
    let is_ahead = |day: &Day| day.0 > latest_visit_key(today);
    let days: Vec<Day> = visit(lines);
    let newest = days.iter().filter(|day| !is_ahead(day)).max();
    let next = newest.map_or(today.0, |newest| newest.0.saturating_add(VISIT_KEY_DAYS).max(today.0));
    if newest.is_some() && next > today.0.saturating_add(VISIT_KEY_LEAD) {
        return false;
    }
    lines.push(RingLine::fresh(KeyUse::Visit, Day(next)));
    let days: Vec<Day> = visit(lines);
    if days.len() > VISIT_KEYS {
        // Where every other one is from ahead, it is this clock that is wrong.
        let ahead = days.iter().filter(|day| newest.is_some() && is_ahead(day)).max();
        let gone = ahead.or(days.iter().min()).copied();
        lines.retain(|line| line.usage != KeyUse::Visit || Some(line.day) != gone);
    }
    true
}

impl RingLine {
    fn fresh(usage: KeyUse, day: Day) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random::fill_random(key.as_mut());
        Self { usage, day, key }
    }

    fn read(line: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        let usage = match words.next()? {
            "click" => KeyUse::Click,
            "pseudonym" => KeyUse::Pseudonym,
            "visit" => KeyUse::Visit,
            "release" => KeyUse::Release,
            _ => return None,
        };
        let day = Day(words.next()?.parse().ok()?);
        let hex = words.next()?.as_bytes();
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if hex.len() != 2 * KEY_BYTES || words.next().is_some() {
            return None;
        }
        HEXLOWER_PERMISSIVE.decode_mut(hex, key.as_mut()).ok()?;
        Some(Self { usage, day, key })
    }

    fn write(&self, text: &mut String) {
        use std::fmt::Write as _;
        let usage = match self.usage {
            KeyUse::Click => "click",
            KeyUse::Pseudonym => "pseudonym",
            KeyUse::Visit => "visit",
            KeyUse::Release => "release",
        };
        // Writing to a String cannot fail.
        write!(text, "{usage} {} ", self.day.0).ok();
        HEXLOWER.encode_append(self.key.as_ref(), text);
        text.push('\n');
    }
}

fn keys(day: Day, mut lines: Vec<RingLine>) -> Option<Keys> {
    lines.sort_by_key(|line| std::cmp::Reverse(line.day));
    let of = |usage: KeyUse| lines.iter().filter(move |line| line.usage == usage);
    let mut clicks = of(KeyUse::Click).map(|line| ClickKey::new(low_byte(line.day), &line.key));
    let sealing = clicks.next()?;
    let older = clicks.collect();
    let pseudonym = of(KeyUse::Pseudonym).find(|line| line.day == day)?;
    let visit = of(KeyUse::Visit).map(|line| VisitKey::new(line.day, &line.key)).collect();
    Some(Keys { day, sealing, older, pseudonym: PseudonymKey::new(&pseudonym.key), visit })
}

/// Tokens name their key by one byte; keys live far shorter than the 256 days after which it recurs.
fn low_byte(day: Day) -> u8 {
    let [.., low] = day.0.to_be_bytes();
    low
}

#[cfg(test)]
mod tests;
