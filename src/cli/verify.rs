//! `qsproxy verify`: checks closed months, in the store or in an exported folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::billing::closing::export::KEY_FILE;
use crate::billing::closing::signing::VerifyingKey;
use crate::billing::closing::verify::{VerifiedClosing, VerifyError, verify_closings, verify_export};
use crate::billing::digest::Sha256Digest;
use crate::cli::billing::{open_store, public_key_path};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Check this folder, as written by `close --out`, without a store
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
    /// The public key (default: the one beside the store's closing key; with --export: the one in the folder, which could have
    /// been replaced together with the other files)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// Checks closed months. Prints what is wrong and returns [`CommandOutcome::ProblemFound`] if a record is not valid or the store differs
/// from it.
///
/// # Errors
/// Files or a store that cannot be read.
pub fn run(config: &Path, arguments: &Verify) -> anyhow::Result<CommandOutcome> {
    if let Some(folder) = &arguments.export {
        return check_export(folder, arguments.key.as_deref());
    }
    let config = load_config(config)?;
    let store = open_store(&config)?;
    let closings = store.closings()?;
    let Some(last) = closings.last() else { return print("no month is closed\n") };
    let path = arguments.key.clone().unwrap_or_else(|| public_key_path(&config.counts.closing_key));
    let verified = match verify_closings(&store, &closings, &read_key(&path)?) {
        Ok(verified) => verified,
        Err(VerifyError::Chain(error)) => return found(&format!("{error}\n")),
        Err(error @ VerifyError::Closing(_)) => return Err(error.into()),
    };
    let lines: String = verified.iter().map(line).collect();
    let digest = Sha256Digest::of(&last.record);
    let text = format!("{lines}{} records, the last one's sha256 is {digest}\n", verified.len());
    if verified.iter().all(|closing| closing.result.is_ok()) { print(&text) } else { found(&text) }
}

fn line(closing: &VerifiedClosing) -> String {
    let record = &closing.record;
    let result = match &closing.result {
        Ok(notes) => {
            ["valid".to_owned()].into_iter().chain(notes.iter().map(ToString::to_string)).collect::<Vec<_>>().join("; ")
        }
        Err(mismatch) => mismatch.to_string(),
    };
    format!("record {}: {} {}: {result}\n", record.number, record.partner, record.month)
}

fn found(text: &str) -> anyhow::Result<CommandOutcome> {
    print(text)?;
    Ok(CommandOutcome::ProblemFound)
}

fn read_key(path: &Path) -> anyhow::Result<VerifyingKey> {
    let text = fs::read_to_string(path).with_context(|| format!("{}: the public key", path.display()))?;
    VerifyingKey::parse(&text).with_context(|| format!("{} is not a minisign public key", path.display()))
}

/// Checks an exported folder.
fn check_export(folder: &Path, key: Option<&Path>) -> anyhow::Result<CommandOutcome> {
    let key = read_key(&key.map_or_else(|| folder.join(KEY_FILE), Path::to_owned))?;
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    match verify_export(read, &key)? {
        Ok(record) => {
            let (number, partner, month) = (record.number, &record.partner, record.month);
            let digest = Sha256Digest::of(&record.text());
            print(&format!("record {number}: {partner} {month}: valid, sha256 {digest}\n"))
        }
        Err(mismatch) => found(&format!("{mismatch}\n")),
    }
}
