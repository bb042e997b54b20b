//! `qsproxy verify`: checks closed months, in the store or in an exported folder.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::folder::{VerifiedFolder, verify_folder};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::verify::{VerifiedRecord, VerifyError, verify_ledger};
use crate::billing::digest::Sha256Digest;
use crate::cli::billing::{open_store, public_key_path};
use crate::cli::closing_folder::read_folder;
use crate::cli::closing_key::read_public;
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
    /// The sha256 of a record that must be in the chain, such as the one that an earlier `verify` printed for the last record: it is not
    /// there if records were removed at the end, or the store is an older copy
    #[arg(long, value_name = "SHA256", conflicts_with = "export")]
    contains: Option<String>,
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
    let ledger = ChainLedger::read(&store)?;
    if let Some(lost) = arguments.contains.as_deref().map(|text| lost_record(&ledger, text)).transpose()?.flatten() {
        return found(&lost);
    }
    let Some(last) = ledger.links.last() else {
        return match ledger.archives.first() {
            None => print("no month is closed\n"),
            Some(archive) => found(&orphan_line(archive.number)),
        };
    };
    let path = arguments.key.clone().unwrap_or_else(|| public_key_path(&config.counts.closing_key));
    let key = read_public(&path).context("the records need a public key; name another file with --key")?;
    let (verified, orphans) = match verify_ledger(&store, &ledger, &key) {
        Ok(verified) => verified,
        Err(VerifyError::Chain(error)) => return found(&format!("{error}\n")),
        Err(error @ VerifyError::Closing(_)) => return Err(error.into()),
    };
    let lines: String = verified.iter().map(line).chain(orphans.iter().map(|number| orphan_line(*number))).collect();
    let digest = Sha256Digest::of(&last.record);
    let text = format!("{lines}{} records, the last one's sha256 is {digest}\n", verified.len());
    let is_valid = orphans.is_empty() && verified.iter().all(|record| record.mismatches.is_empty());
    if is_valid { print(&text) } else { found(&text) }
}

/// Returns what is wrong if the chain has no record with this digest.
fn lost_record(ledger: &ChainLedger, text: &str) -> anyhow::Result<Option<String>> {
    let sha256 = Sha256Digest::parse(text).with_context(|| {
        format!("--contains {text}: this must be a sha256, 64 digits from 0 to f, as `qsproxy verify` prints it")
    })?;
    let is_there = ledger.links.iter().any(|link| Sha256Digest::of(&link.record) == sha256);
    let lost = format!(
        "none of the {} records has the sha256 {sha256}: records were removed, or the store is an older copy of what it was\n",
        ledger.links.len()
    );
    Ok((!is_there).then_some(lost))
}

fn orphan_line(number: i64) -> String {
    format!("closing_archives: row {number} has no record: the record was removed, or the row was inserted\n")
}

fn line(verified: &VerifiedRecord) -> String {
    let VerifiedRecord { record, notes, mismatches } = verified;
    let mut parts: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
    if parts.is_empty() {
        parts.push("valid".to_owned());
    }
    parts.extend(notes.iter().map(ToString::to_string));
    format!("record {}: {}: {}\n", record.number(), record.subject(), parts.join("; "))
}

fn found(text: &str) -> anyhow::Result<CommandOutcome> {
    print(text)?;
    Ok(CommandOutcome::ProblemFound)
}

/// Checks an exported folder.
fn check_export(folder: &Path, key: Option<&Path>) -> anyhow::Result<CommandOutcome> {
    let trusted = key.map(read_public).transpose()?;
    match verify_folder(&read_folder(folder)?, trusted.as_ref()) {
        Ok(VerifiedFolder { record, sha256, key: own, uncovered, lone }) => {
            let mut text = format!("record {}: {}: valid, sha256 {sha256}\n", record.number(), record.subject());
            text += &match key {
                Some(path) => format!("verified with the key in {}\n", path.display()),
                None => format!(
                    "verified with the folder's own key, {own}, which whoever made the folder could replace; name a key that you know with --key\n"
                ),
            };
            if !uncovered.is_empty() {
                text += &format!("not covered by the hashes of a record of version 1: {}\n", uncovered.join(", "));
            }
            for reason in lone {
                text += &format!("a hand-over of the key was signed by the new key alone: \"{reason}\"\n");
            }
            if let ChainRecord::Correction(correction) = &record {
                text += &format!("corrects record {}\n", correction.corrects);
            }
            print(&text)
        }
        Err(problem) => found(&format!("{problem}\n")),
    }
}
