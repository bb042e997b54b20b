//! The key that signs closings: read, generated for the first record, and handed over to a new one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Subcommand;
use zeroize::Zeroizing;

use crate::atomic_file::{FolderLock, OWNER_ONLY, UMASK_DEFAULT};
use crate::billing::closing::chain_key::ChainKey;
use crate::billing::closing::closing_key::{HandOverRequest, hand_over};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record_text::TextLine;
use crate::billing::closing::signing::{PublicKeyText, SigningKey, VerifyingKey, generate_key};
use crate::billing::store::BillingStore;
use crate::cli::billing::{open_store, public_key_path};
use crate::cli::output::{CommandOutcome, print};
use crate::config::Config;
use crate::server::bots;
use crate::time;

/// Subcommands of `keys closing`.
#[derive(Debug, Subcommand)]
pub enum ClosingKeys {
    /// Hand the chain of closed months over to a new key, by a record that the old key and the new one sign
    Rotate {
        /// Why the old key cannot sign, if it is lost: the new key then signs alone, and `verify` says so
        #[arg(long, value_name = "REASON")]
        accept: Option<String>,
    },
}

/// Runs a subcommand.
///
/// # Errors
/// There is nothing to hand over, the old key is missing without a reason, or a file or the store cannot be written.
pub(super) fn run(config: &Config, command: &ClosingKeys) -> anyhow::Result<CommandOutcome> {
    match command {
        ClosingKeys::Rotate { accept } => rotate(config, accept.as_deref()),
    }
}

/// Reads the key that signs the next record. Generates it if there is no record yet.
///
/// # Errors
/// The key is missing or another one than the chain's, or cannot be read or written.
pub(super) fn signing_key(path: &Path, ledger: &ChainLedger) -> anyhow::Result<SigningKey> {
    let key = || name_of(path);
    // The lock makes sure that of two processes one generates the key and the other reads it.
    let folder = FolderLock::acquire_for(path).with_context(key)?;
    let chain = ChainKey::of(ledger).map_err(|error| anyhow!(error))?;
    finish_rotation(&folder, path, ledger, &chain)?;
    if !path.exists() {
        if chain != ChainKey::None {
            bail!("{}: {}", key(), missing(ledger));
        }
        let secret = generate_key().map_err(|problem| anyhow!("{}: {problem}", key()))?;
        folder.write(path, secret.as_bytes(), OWNER_ONLY).with_context(key)?;
    }
    let signing_key = read_key(path)?;
    if !chain.is(ledger, &signing_key.public_key()) {
        bail!("{}: this is not the key that signs the chain; {}", key(), remedy());
    }
    write_public(&folder, path, &signing_key.public_key())?;
    Ok(signing_key)
}

/// Returns the public key that continues the chain: the one that the last record names, or else that beside the secret key.
///
/// # Errors
/// The last record or the file cannot be read.
pub(super) fn chain_key(config: &Config, ledger: &ChainLedger) -> anyhow::Result<PublicKeyText> {
    match ChainKey::of(ledger).map_err(|error| anyhow!(error))? {
        ChainKey::Named(key) => Ok(key),
        ChainKey::None | ChainKey::Unnamed => Ok(read_public(&public_key_path(&config.counts.closing_key))?.key_text()),
    }
}

/// Reads the file of a public key.
///
/// # Errors
/// The file cannot be read, or is not a public key.
pub(super) fn read_public(path: &Path) -> anyhow::Result<VerifyingKey> {
    let text = fs::read_to_string(path).with_context(|| format!("{}: the public key", path.display()))?;
    VerifyingKey::parse(&text).with_context(|| format!("{} is not a minisign public key", path.display()))
}

fn name_of(path: &Path) -> String {
    format!("[counts] closing_key: {}", path.display())
}

fn missing(ledger: &ChainLedger) -> String {
    let n = ledger.links.len();
    format!("the key that signed {n} {} is missing; {}", if n == 1 { "record" } else { "records" }, remedy())
}

fn remedy() -> &'static str {
    "restore it from a copy, or hand over to a new key with `qsproxy keys closing rotate --accept REASON`"
}

fn read_key(path: &Path) -> anyhow::Result<SigningKey> {
    let mode = fs::metadata(path).with_context(|| name_of(path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("{}: mode {mode:04o} lets others sign with the key; run `chmod 600` on it", name_of(path));
    }
    let text = Zeroizing::new(fs::read_to_string(path).with_context(|| name_of(path))?);
    SigningKey::parse(&text).map_err(|problem| anyhow!("{}: {problem}", name_of(path)))
}

/// Writes the public key beside the secret one, unless it is there.
fn write_public(folder: &FolderLock, path: &Path, key: &PublicKeyText) -> anyhow::Result<()> {
    let public = public_key_path(path);
    if fs::read_to_string(&public).ok().as_deref() == Some(key.file().as_str()) {
        return Ok(());
    }
    folder.write(&public, key.file().as_bytes(), UMASK_DEFAULT).with_context(|| public.display().to_string())
}

/// Returns the path of the new key until it is the key.
fn next_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

/// Puts the new key in place of the old one, if a process was killed after the hand-over was signed. Returns whether it did.
fn finish_rotation(folder: &FolderLock, path: &Path, ledger: &ChainLedger, chain: &ChainKey) -> anyhow::Result<bool> {
    let next = next_path(path);
    if *chain == ChainKey::None || !next.exists() {
        return Ok(false);
    }
    let key = read_key(&next)?.public_key();
    let is_signed = chain.is(ledger, &key);
    if is_signed {
        write_public(folder, path, &key)?;
        folder.replace(path, &next).with_context(|| name_of(path))?;
    }
    Ok(is_signed)
}

fn rotate(config: &Config, accept: Option<&str>) -> anyhow::Result<CommandOutcome> {
    let store = open_store(config)?;
    let path = &config.counts.closing_key;
    let (number, old, new) = {
        let folder = FolderLock::acquire_for(path).with_context(|| name_of(path))?;
        let ledger = ChainLedger::read(&store)?;
        let chain = ChainKey::of(&ledger).map_err(|error| anyhow!(error))?;
        if chain == ChainKey::None {
            bail!(
                "no month is closed yet, so there is no chain to hand over; the first `qsproxy close` generates a key"
            );
        }
        if finish_rotation(&folder, path, &ledger, &chain)? {
            return print(&format!(
                "record {} had handed the chain over, and its key is in place now; keep a copy of {}\n",
                ledger.next_number().saturating_sub(1),
                path.display()
            ));
        }
        let old = if path.exists() { Some(read_key(path)?) } else { None };
        let old = old.filter(|old| chain.is(&ledger, &old.public_key()));
        let lost = lost(path, old.is_some(), accept, &ledger)?;
        let old_public = match (&old, &chain) {
            (Some(old), _) => old.public_key(),
            (None, ChainKey::Named(key)) => key.clone(),
            (None, ChainKey::None | ChainKey::Unnamed) => {
                let key = read_public(&public_key_path(path))?.key_text();
                if !chain.is(&ledger, &key) {
                    bail!("{}: this is not the public key of the chain; restore it", public_key_path(path).display());
                }
                key
            }
        };
        let new = next_key(&folder, path)?;
        let number = sign(&store, old.as_ref(), old_public.clone(), &new, lost)?;
        let in_place = write_public(&folder, path, &new.public_key())
            .and_then(|()| folder.replace(path, &next_path(path)).with_context(|| name_of(path)));
        in_place.with_context(|| {
            let next = next_path(path);
            format!("record {number} hands the chain over and is stored, and its key is still in {}; run the command again when this is mended", next.display())
        })?;
        (number, old_public.id(), new.public_key().id())
    };
    print(&format!(
        "record {number} hands the chain over from key {old} to key {new}; keep a copy of {}\n",
        path.display()
    ))
}

/// Returns why the old key does not sign; None if it does.
fn lost(path: &Path, has_old: bool, accept: Option<&str>, ledger: &ChainLedger) -> anyhow::Result<Option<TextLine>> {
    match (has_old, accept) {
        (true, None) => Ok(None),
        (true, Some(_)) => bail!("--accept: the old key is there and signs the hand-over; leave the reason out"),
        (false, None) if path.exists() => {
            bail!("{}: this is not the key that signs the chain; {}", name_of(path), remedy())
        }
        (false, None) => bail!("{}: {}", name_of(path), missing(ledger)),
        (false, Some(_)) if path.exists() => {
            bail!("{}: this is not the key that signs the chain; move it away first", name_of(path))
        }
        (false, Some(reason)) => {
            let reason = TextLine::new(reason);
            Ok(Some(reason.context("--accept: the reason must be one line of text without spaces at its ends")?))
        }
    }
}

/// Generates the new key, or reads the one that a process generated before it was killed.
fn next_key(folder: &FolderLock, path: &Path) -> anyhow::Result<SigningKey> {
    let next = next_path(path);
    if !next.exists() {
        let secret = generate_key().map_err(|problem| anyhow!("{}: {problem}", next.display()))?;
        folder.write(&next, secret.as_bytes(), OWNER_ONLY).with_context(|| next.display().to_string())?;
    }
    read_key(&next)
}

fn sign(
    store: &BillingStore,
    old: Option<&SigningKey>,
    old_public: PublicKeyText,
    new: &SigningKey,
    lost: Option<TextLine>,
) -> anyhow::Result<i64> {
    let bots_version = bots::versions();
    let request = HandOverRequest { old, old_public, new, lost, now: time::now().hour(), bots_version: &bots_version };
    Ok(hand_over(store, &request)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has done its work")]

    use super::*;

    #[test]
    fn concurrent_processes_generate_one_key() {
        let ledger =
            || ChainLedger { links: Vec::new(), closings: Vec::new(), corrections: Vec::new(), archives: Vec::new() };
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("closing.key");
            let public_keys: Vec<String> = std::thread::scope(|scope| {
                let read = || signing_key(&path, &ledger()).unwrap().public_key().file();
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(read)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let public_key = fs::read_to_string(public_key_path(&path)).unwrap();
            assert!(public_keys.iter().all(|public| *public == public_key));
            let files = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(files, 2, "the secret key and the public key, and no temporary file");
        }
    }
}
