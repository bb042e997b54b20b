//! Keys: what there is, how old, what seals now, and what comes next.

use std::path::Path;
use std::rc::Rc;

use zeroize::Zeroizing;

use crate::billing::closing::chain_key::ChainKey;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::signing::SigningKey;
use crate::billing::store::BillingStore;
use crate::config::Config;
use crate::doctor::finding::{Findings, Section};
use crate::storage::query::{AccessMode, Database};
use crate::time::{DAY_SECONDS, HOUR_SECONDS, Time};
use crate::tokens::key_ring::KeyRing;
use crate::tokens::key_ring::description::{KeyDescription, KeyState};
use crate::tokens::key_ring::entry::KeyUse;
use crate::tokens::key_ring::error::KeyRingError;

/// Looks at the key ring and at the closing key. `is_running`: whether a service uses this store.
pub(super) fn examine(config: &Config, is_running: bool, now: Time, findings: &mut Findings) {
    let path = &config.counts.keys;
    match KeyRing::new(path, config.counts.click_ttl).describe(now) {
        Ok(keys) => examine_ring(&keys, path, is_running, now, findings),
        Err(KeyRingError::Missing) => {
            findings.note(Section::Keys, path.display(), "does not exist yet; `qsproxy serve` creates it");
        }
        Err(error) => {
            let remedy = "see the message; the service does not start without its keys";
            findings.problem(Section::Keys, path.display(), error, remedy);
        }
    }
    examine_closing_key(config, now, findings);
}

fn examine_ring(keys: &[KeyDescription], path: &Path, is_running: bool, now: Time, findings: &mut Findings) {
    let path = path.display();
    let of = |key_use: KeyUse| keys.iter().filter(move |key| key.key_use == key_use);
    let age = |key: &KeyDescription| now.day().days_since(key.since.day());
    let sealing = of(KeyUse::Click).find(|key| key.state == KeyState::Seals);
    match sealing {
        Some(key) if age(key) == 0 => {
            let opening = of(KeyUse::Click).filter(|key| key.state == KeyState::Opens).count();
            let next = of(KeyUse::Click).filter(|key| key.state == KeyState::Waits).map(|key| key.since).min();
            let next = next.map_or_else(String::new, |next| format!("; the next one seals from {next}"));
            let found = format!(
                "sealing key {:08x} seals since {}, {opening} older ones open{next}",
                key.fingerprint, key.since
            );
            findings.fine(Section::Keys, &path, found);
        }
        Some(key) if is_running => {
            let found = format!("the sealing key is {} days old, although a service is running", age(key));
            let remedy = "look for keys_failed in the service's log: it cannot write the file";
            findings.problem(Section::Keys, &path, found, remedy);
        }
        Some(key) => {
            let found = format!("the sealing key is {} days old; the next start makes today's", age(key));
            findings.note(Section::Keys, &path, found);
        }
        None => {
            let found = "no sealing key has begun: all are of later days, so the clock was set back";
            findings.problem(Section::Keys, &path, found, "set the clock; the service then goes on with its keys");
        }
    }
    // A service that has the file open deletes a key in the second in which its day ends.
    let stale = of(KeyUse::Pseudonym).filter(|key| key.until.is_some_and(|until| until.0 + HOUR_SECONDS / 60 < now.0));
    if let Some(key) = stale.clone().next() {
        let found = format!(
            "the pseudonym key of {} is still there, and whoever has it can compute that day's pseudonyms",
            key.since.day().date()
        );
        let remedy = "start the service, which deletes it at once, or delete the lines that begin with `pseudonym`";
        findings.problem(Section::Keys, &path, found, remedy);
    } else if of(KeyUse::Pseudonym).any(|key| key.since.day() == now.day()) {
        findings.fine(Section::Keys, &path, "the pseudonym key is today's, and there is no earlier one");
    } else {
        findings.note(Section::Keys, &path, "there is no pseudonym key of today; the next start makes it");
    }
    if let Some(key) = of(KeyUse::Visit).find(|key| key.state == KeyState::Seals) {
        let found = format!(
            "visit stamps: key {:08x} of {} ({} keys, {} days old)",
            key.fingerprint,
            key.since.day().date(),
            of(KeyUse::Visit).count(),
            age(key)
        );
        findings.fine(Section::Keys, &path, found);
    }
}

fn examine_closing_key(config: &Config, now: Time, findings: &mut Findings) {
    let path = &config.counts.closing_key;
    let name = path.display();
    // A store that cannot be opened is reported elsewhere.
    let database = Database::open(&config.counts.store, AccessMode::Read).ok().map(Rc::new);
    let ledger = database.and_then(|database| ChainLedger::read(&BillingStore::new(database)).ok());
    let records = ledger.as_ref().map_or(0, |ledger| ledger.links.len());
    let remedy = "restore it from a copy, or hand over to a new key with `qsproxy keys closing rotate --accept REASON`";
    match std::fs::metadata(path) {
        Ok(file) => {
            let made = file.modified().ok().and_then(|made| made.duration_since(std::time::UNIX_EPOCH).ok());
            let days = made.map_or(0, |made| now.0.saturating_sub(made.as_secs()) / DAY_SECONDS);
            if ledger.is_some_and(|ledger| is_another_key(path, &ledger)) {
                findings.problem(Section::Keys, name, "is not the key that signs the chain of closed months", remedy);
            } else {
                findings.fine(
                    Section::Keys,
                    name,
                    format!("signs closed months; written {days} days ago. Keep a copy"),
                );
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && records > 0 => {
            let found =
                format!("the key that signed {records} {} is missing", if records == 1 { "record" } else { "records" });
            findings.problem(Section::Keys, name, found, remedy);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            findings.fine(Section::Keys, name, "does not exist; the first `qsproxy close` creates it");
        }
        Err(error) => {
            findings.problem(
                Section::Keys,
                name,
                format!("cannot be looked at: {error}"),
                "run doctor as the service's user",
            );
        }
    }
}

/// Returns whether the key is known to be another one than the chain's.
fn is_another_key(path: &Path, ledger: &ChainLedger) -> bool {
    let Ok(text) = std::fs::read_to_string(path).map(Zeroizing::new) else { return false };
    match (SigningKey::parse(&text), ChainKey::of(ledger)) {
        (Ok(key), Ok(chain)) => !chain.is(ledger, &key.public_key()),
        (Err(_), Ok(chain)) => chain != ChainKey::None,
        (_, Err(_)) => false,
    }
}
