//! The keys of one day, as serving uses them.

use std::cmp::Reverse;

use crate::time::{Day, Time};
use crate::tokens::key_ring::entry::{KeyEntry, KeyUse};
use crate::tokens::key_ring::file_stamp::FileStamp;
use crate::tokens::keys::{PseudonymKey, TokenKey, VisitKey, low_byte};

/// The keys in use on one day.
#[derive(Debug)]
pub struct KeySet {
    /// The day.
    pub day: Day,
    /// The key that seals new click and image tokens.
    pub primary: TokenKey,
    /// The other token keys: older ones, newest first, and those that are to seal later. They only open tokens.
    pub others: Vec<TokenKey>,
    /// The day's key for pseudonyms.
    pub pseudonym: PseudonymKey,
    /// All keys for visit stamps, newest first. The newest may not be in use yet.
    pub visit: Vec<VisitKey>,
    /// When another key begins to seal, if one waits.
    pub next_primary_at: Option<Time>,
    /// The file that the keys were read from or written to; `None` if there was none.
    pub file: Option<FileStamp>,
}

impl KeySet {
    /// The keys that open click and image tokens.
    pub fn token_keys(&self) -> impl Iterator<Item = &TokenKey> {
        std::iter::once(&self.primary).chain(&self.others)
    }

    /// Whether both have the same day and the same token keys, and seal with the same one.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let fingerprints = |keys: &Self| keys.token_keys().map(|key| key.fingerprint).collect::<Vec<_>>();
        self.day == other.day && fingerprints(self) == fingerprints(other)
    }

    /// The keys for `day` at `now`. None if there is no click or pseudonym key.
    pub(super) fn of(day: Day, now: Time, mut entries: Vec<KeyEntry>, file: Option<FileStamp>) -> Option<Self> {
        entries.sort_by_key(|entry| Reverse(entry.since()));
        let of = |key_use: KeyUse| entries.iter().filter(move |entry| entry.key_use == key_use);
        let pseudonym = of(KeyUse::Pseudonym).find(|entry| entry.day == day)?;
        let mut clicks: Vec<&KeyEntry> = of(KeyUse::Click).collect();
        let next_primary_at = clicks.iter().map(|entry| entry.since()).filter(|since| *since > now).min();
        // If all are to seal later, the clock was set back, and the first of them is the nearest.
        let place = clicks.iter().position(|entry| entry.since() <= now).or(clicks.len().checked_sub(1))?;
        let primary = clicks.remove(place);
        let token_key = |entry: &KeyEntry| TokenKey::new(low_byte(entry.day), &entry.key);
        let visit = of(KeyUse::Visit).map(|entry| VisitKey::new(entry.day, &entry.key)).collect();
        Some(Self {
            day,
            primary: token_key(primary),
            others: clicks.into_iter().map(token_key).collect(),
            pseudonym: PseudonymKey::new(&pseudonym.key),
            visit,
            next_primary_at,
            file,
        })
    }
}
