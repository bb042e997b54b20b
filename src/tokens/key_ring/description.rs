//! What may be said about keys: all but the keys.

use crate::time::{DAY_SECONDS, Day, Time};
use crate::tokens::key_ring::entry::{KeyEntry, KeyUse};
use crate::tokens::key_ring::rotation::VISIT_KEY_DAYS;
use crate::tokens::visit_stamp;

/// A key of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDescription {
    /// Identifies the key without revealing it, the same on all nodes.
    pub fingerprint: u32,
    /// What it is for.
    pub key_use: KeyUse,
    /// The time from which it is in use.
    pub since: Time,
    /// What it does now.
    pub state: KeyState,
    /// When its last token or stamp has ended; the next rotation deletes it then. None for a key that is kept.
    pub until: Option<Time>,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It seals new tokens or stamps, and opens those that it has sealed.
    Seals,
    /// It opens what it has sealed, and seals nothing more.
    Opens,
    /// All nodes know it already, and it seals later.
    Waits,
}

impl KeyState {
    /// Its name in `qsproxy keys list`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seals => "seals",
            Self::Opens => "opens",
            Self::Waits => "waits",
        }
    }
}

/// Describes the keys: by use, newest first.
pub(super) fn describe(mut entries: Vec<KeyEntry>, now: Time, click_key_days: u32) -> Vec<KeyDescription> {
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.since()));
    // The sort is stable, so of keys with the same beginning the same one seals everywhere.
    let sealing = |key_use: KeyUse| {
        let begun = entries.iter().find(|entry| entry.key_use == key_use && entry.since() <= now);
        begun.map(KeyEntry::fingerprint)
    };
    let end_of = |day: Day, days: u32| Time((u64::from(day.0) + u64::from(days) + 1) * DAY_SECONDS);
    let describe = |entry: &KeyEntry| {
        let fingerprint = entry.fingerprint();
        let state = if entry.since() > now {
            KeyState::Waits
        } else if sealing(entry.key_use) == Some(fingerprint) {
            KeyState::Seals
        } else {
            KeyState::Opens
        };
        let until = match entry.key_use {
            KeyUse::Click => Some(end_of(entry.day, click_key_days)),
            KeyUse::Pseudonym => Some(end_of(entry.day, 0)),
            KeyUse::Visit => Some(end_of(entry.day, VISIT_KEY_DAYS + visit_stamp::MAX_LIFETIME_DAYS)),
            KeyUse::Release => None,
        };
        KeyDescription { fingerprint, key_use: entry.key_use, since: entry.since(), state, until }
    };
    let uses = [KeyUse::Click, KeyUse::Pseudonym, KeyUse::Visit, KeyUse::Release];
    uses.into_iter().flat_map(|of| entries.iter().filter(move |entry| entry.key_use == of)).map(describe).collect()
}
