//! The rules by which keys are made and deleted. Pure: they change a list of keys, at a time that is an argument.
//!
//! Nodes that share a ring must all know a sealing key before one of them seals with it. So each day's key is made a day
//! ahead, and a key that an operator asks for begins to seal after a while in which all nodes read the file.

use std::time::Duration;

use crate::time::{Day, Time};
use crate::tokens::key_ring::entry::{KeyEntry, KeyUse};
use crate::tokens::visit_stamp;

/// Days for which an expired click token still opens, so that its link shows the target to someone who returns to a tab.
pub(super) const EXPIRED_TOKEN_DAYS: u64 = 7;

/// Tolerated clock skew, in seconds: keys created just after midnight stay in use if the clock is set back across it by
/// no more than this.
const CLOCK_SKEW_SECONDS: u64 = 3_600;

/// Days for which one visit key issues stamps.
pub(super) const VISIT_KEY_DAYS: u32 = 28;

/// Days between the creation of a visit key and its first use.
pub(super) const VISIT_KEY_LEAD_DAYS: u32 = 7;

/// Number of visit keys to keep: enough for the lifetime of a stamp, and the next key. Keys are evicted by count, not by
/// age, so a brief clock error costs one key instead of invalidating all stamps.
pub(super) const MAX_VISIT_KEYS: usize = (visit_stamp::MAX_LIFETIME_DAYS.div_ceil(VISIT_KEY_DAYS) + 2) as usize;

/// The latest day whose keys are accepted at `now`.
#[must_use]
pub fn latest_valid_day(now: Time) -> Day {
    Time(now.0.saturating_add(CLOCK_SKEW_SECONDS)).day()
}

/// The most sealing keys that begin on one day. A forged token is tried with each key of its day, which must stay cheap.
pub(super) const MAX_KEYS_OF_DAY: usize = 16;

/// Makes the keys that are missing, and deletes those whose time is over. Returns the day whose keys are in force, and whether
/// anything changed. A sealing key is kept for `click_key_days` after its day.
///
/// If the clock was set back across midnight, nothing changes and the newest day stays in force. Pseudonym keys of a later day
/// than [`latest_valid_day`], and sealing keys of the day after it, were created under a wrong clock and are deleted, because
/// they would stop the daily rotation until that day. Visit keys of later days are kept.
pub(super) fn rotate_daily(entries: &mut Vec<KeyEntry>, now: Time, click_key_days: u32) -> (Day, bool) {
    let (today, latest) = (now.day(), latest_valid_day(now));
    let count_before = entries.len();
    entries.retain(|entry| match entry.key_use {
        KeyUse::Click => entry.day <= next_day(latest),
        KeyUse::Pseudonym => entry.day <= latest,
        KeyUse::Visit | KeyUse::Release => true,
    });
    let day = newest_day(entries, KeyUse::Pseudonym).unwrap_or(today).max(today);
    entries.retain(|entry| match entry.key_use {
        KeyUse::Click => entry.day.0.saturating_add(click_key_days) >= day.0,
        KeyUse::Pseudonym => entry.day == day,
        KeyUse::Visit | KeyUse::Release => true,
    });
    let mut changed = entries.len() != count_before;
    for (key_use, day) in [(KeyUse::Click, day), (KeyUse::Click, next_day(day)), (KeyUse::Pseudonym, day)] {
        if !entries.iter().any(|entry| (entry.key_use, entry.day, entry.second) == (key_use, day, 0)) {
            entries.push(KeyEntry::generate(key_use, day));
            changed = true;
        }
    }
    if newest_day(entries, KeyUse::Release).is_none() {
        entries.push(KeyEntry::generate(KeyUse::Release, day));
        changed = true;
    }
    changed |= rotate_visit_keys(entries, today);
    (day, changed)
}

/// Adds a sealing key that seals after `lead`, and deletes those that would begin later: nobody has sealed with them yet, and whoever
/// has read the ring knows them. [`rotate_daily`] then makes that of the next day anew. Returns the time from which it
/// seals; `None` if the day has too many.
pub(super) fn add_sealing_key(entries: &mut Vec<KeyEntry>, now: Time, lead: Duration) -> Option<Time> {
    let added = KeyEntry::generate_sealing(Time(now.0.saturating_add(lead.as_secs())));
    let since = added.since();
    entries.retain(|entry| entry.key_use != KeyUse::Click || entry.since() <= since);
    if entries.iter().filter(|entry| (entry.key_use, entry.day) == (KeyUse::Click, added.day)).count()
        >= MAX_KEYS_OF_DAY
    {
        return None;
    }
    entries.push(added);
    Some(since)
}

fn next_day(day: Day) -> Day {
    Day(day.0.saturating_add(1))
}

pub(super) fn newest_day(entries: &[KeyEntry], key_use: KeyUse) -> Option<Day> {
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
