//! `qsproxy close`: closes a month, and writes closed months to files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use zeroize::Zeroizing;

use crate::atomic_file::{FolderLock, OWNER_ONLY, UMASK_DEFAULT};
use crate::billing::closing::close_month::{CloseError, CloseOutcome, CloseRequest, close_month, find_closing};
use crate::billing::closing::export::export;
use crate::billing::closing::record::TextLine;
use crate::billing::closing::signing::{SigningKey, generate_key};
use crate::billing::digest::Sha256Digest;
use crate::billing::store::{BillingStore, Closing};
use crate::cli::billing::{find_contract, open_store, parse_month, public_key_path, write_file};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::config::Config;
use crate::server::bots;
use crate::time;

/// Arguments of `close`.
#[derive(Debug, Args)]
pub struct Close {
    /// The partner, by its name in the configuration
    #[arg(long)]
    partner: String,
    /// The month in the partner's time zone, YYYY-MM
    #[arg(long)]
    month: String,
    /// Write the closed month to this folder, which is created if it does not exist
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Close even if a day or the month is out of tolerance or has no statement; the record contains the reason
    #[arg(long, value_name = "REASON")]
    accept: Option<String>,
}

/// Closes a month, and writes it to a folder if one is given. Returns [`CommandOutcome::ProblemFound`] if the month is out of tolerance
/// and was not closed.
///
/// # Errors
/// A month that is not over, or a store or folder that cannot be written. The month is closed completely or not at all.
pub fn run(path: &Path, arguments: &Close) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    let store = open_store(&config)?;
    let contract = find_contract(&config, &arguments.partner)?;
    let (partner, month) = (&contract.partner, parse_month(&arguments.month)?);
    // A closed month needs no key to be written out again.
    let outcome = if let Some(closing) = find_closing(&store, partner, month)? {
        CloseOutcome::AlreadyClosed(closing)
    } else {
        let configuration = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let bots_version = bots::versions();
        let request = CloseRequest {
            contract,
            month,
            reason: arguments.accept.as_deref().map(parse_reason).transpose()?,
            click_ttl: config.counts.click_ttl,
            now: time::now().hour(),
            configuration_sha256: Sha256Digest::of(&configuration),
            bots_version: &bots_version,
        };
        let key = read_or_generate_key(&config.counts.closing_key)?;
        match close_month(&store, &request, &key) {
            Ok(outcome) => outcome,
            Err(error) => return refuse(arguments, error),
        }
    };
    let (closing, verb) = match &outcome {
        CloseOutcome::Closed(closing) => (closing, "is closed"),
        CloseOutcome::AlreadyClosed(closing) => (closing, "was closed before"),
    };
    let digest = Sha256Digest::of(&closing.record);
    let mut text = format!("{partner} {month} {verb}: record {}, sha256 {digest}\n", closing.number);
    if let Some(folder) = &arguments.out {
        write_export(&config, &store, closing, folder)?;
        text += &format!("written to {}\n", folder.display());
    }
    print(&text)
}

fn parse_reason(text: &str) -> anyhow::Result<TextLine> {
    TextLine::new(text).context("--accept: the reason must be one line of text without spaces at its ends")
}

/// Reports why a month was not closed.
fn refuse(arguments: &Close, error: CloseError) -> anyhow::Result<CommandOutcome> {
    let Close { partner, month, .. } = arguments;
    match error {
        CloseError::OutOfTolerance(_) => {
            print(&format!(
                "{partner} {month} is not closed: {error}; see `qsproxy reconcile`, or give a reason with --accept REASON\n"
            ))?;
            Ok(CommandOutcome::ProblemFound)
        }
        CloseError::NoStatement(_) => {
            bail!("--month {month}: {error}; import one, or give a reason with --accept REASON")
        }
        CloseError::NotOver | CloseError::RolledUp => bail!("--month {month}: {error}"),
        CloseError::Reconcile(_)
        | CloseError::Store(_)
        | CloseError::Csv(_)
        | CloseError::NotOneLine(_)
        | CloseError::Signing(_) => Err(anyhow!(error).context(format!("{partner} {month} is not closed"))),
    }
}

/// Reads the key that signs closings. Generates it if it does not exist.
fn read_or_generate_key(path: &Path) -> anyhow::Result<SigningKey> {
    let key = || format!("[counts] closing_key: {}", path.display());
    // The lock makes sure that of two processes one generates the key and the other reads it.
    let folder = FolderLock::acquire_for(path).with_context(key)?;
    if !path.exists() {
        let secret = generate_key().map_err(|problem| anyhow!("{}: {problem}", key()))?;
        folder.write(path, secret.as_bytes(), OWNER_ONLY).with_context(key)?;
    }
    let text = Zeroizing::new(fs::read_to_string(path).with_context(key)?);
    let signing_key = SigningKey::parse(&text).map_err(|problem| anyhow!("{}: {problem}", key()))?;
    let public = public_key_path(path);
    if !public.exists() {
        let text = signing_key.public_key_text().map_err(|problem| anyhow!("{}: {problem}", key()))?;
        folder.write(&public, text.as_bytes(), UMASK_DEFAULT).with_context(|| public.display().to_string())?;
    }
    Ok(signing_key)
}

/// Writes a closed month to a folder, the same bytes each time.
fn write_export(config: &Config, store: &BillingStore, closing: &Closing, folder: &Path) -> anyhow::Result<()> {
    let public = public_key_path(&config.counts.closing_key);
    let public_key = fs::read_to_string(&public).with_context(|| format!("{}: the public key", public.display()))?;
    let export = export(store, closing, public_key).with_context(|| format!("record {}", closing.number))?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for file in &export.files {
        write_file(&folder.join(file.name), &file.text)?;
    }
    if !export.has_counts {
        bail!(
            "{}: the hours of this month were rolled up into days (hours are stored for 25 months), so counts.csv was not written",
            folder.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has done its work")]

    use super::*;

    #[test]
    fn concurrent_processes_generate_one_key() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("closing.key");
            let public_keys: Vec<String> = std::thread::scope(|scope| {
                let read = || read_or_generate_key(&path).unwrap().public_key_text().unwrap();
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
