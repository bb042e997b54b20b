//! `qsproxy verify`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::billing::closing::signing::Public;
use crate::billing::closing::{Link, Record, check_chain, export, sha256};
use crate::billing::store::{BillingStore, Closing};
use crate::cli::close::{counts_sha256, public_key, rows_of};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::cli::statement::books;
use crate::name::ConfigName;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Check this folder, as `close --out` wrote it, and no store
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
    /// The public key; without it the store's own (with --export: the folder's, which whoever made the folder could exchange)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// Checks what is closed. Found something: what is wrong is printed.
///
/// # Errors
/// Files or a store that cannot be read.
pub fn run(config: &Path, arguments: &Verify) -> anyhow::Result<CommandOutcome> {
    if let Some(folder) = &arguments.export {
        return export_alone(folder, arguments.key.as_deref());
    }
    let config = load_config(config)?;
    let books = books(&config)?;
    let closings = books.closings()?;
    if closings.is_empty() {
        return print("nothing is closed yet\n");
    }
    let path = arguments.key.clone().unwrap_or_else(|| public_key(&config.counts.closing_key));
    let key = public(&path)?;
    let link = |closing: &'_ Closing| (closing.number, closing.record.clone(), closing.signature.clone());
    let kept: Vec<(i64, String, String)> = closings.iter().map(link).collect();
    let links: Vec<Link<'_>> =
        kept.iter().map(|(number, record, signature)| Link { number: *number, record, signature }).collect();
    let records = match check_chain(&links, &key) {
        Ok(records) => records,
        Err((number, what)) => return found(&format!("record {number}: {what}\n")),
    };
    let mut text = String::new();
    let mut is_sound = true;
    for (closing, record) in closings.iter().zip(&records) {
        let (sound, told) = against_store(&books, closing, record)?;
        is_sound &= sound;
        text += &format!("record {}: {} {}: {told}\n", closing.number, closing.partner, closing.month);
    }
    let last = closings.last().map_or(String::new(), |closing| sha256(&closing.record));
    text += &format!("{} records, the last one's sha256 is {last}\n", records.len());
    if is_sound { print(&text) } else { found(&text) }
}

fn found(text: &str) -> anyhow::Result<CommandOutcome> {
    print(text)?;
    Ok(CommandOutcome::ProblemFound)
}

fn public(path: &Path) -> anyhow::Result<Public> {
    let text = fs::read_to_string(path).with_context(|| format!("{}: the public key", path.display()))?;
    Public::read(&text).with_context(|| format!("{} is no minisign public key", path.display()))
}

/// Whether the store still holds what a record says.
fn against_store(books: &BillingStore, closing: &Closing, record: &Record) -> anyhow::Result<(bool, String)> {
    let Closing { partner, month, from, to, .. } = closing;
    let same = [("partner", partner), ("month", month), ("from_hour", &from.to_string()), ("to_hour", &to.to_string())];
    if let Some((key, _)) = same.iter().find(|(key, value)| record.value(key) != value.as_str()) {
        return Ok((false, format!("the store names another {key} than the record")));
    }
    let Ok(partner) = ConfigName::new(partner) else { return Ok((false, "the store names no partner".to_owned())) };
    if sha256(&export::statement_csv(&rows_of(books, &partner, record)?)?) != record.value("statement_sha256") {
        return Ok((false, "the statement in the store is not the one that was closed".to_owned()));
    }
    let mut told = "sound".to_owned();
    if books.folded(&partner, *from, *to)? {
        told += "; its hours have become days since, so that the counts' hash cannot be taken again";
    } else if counts_sha256(&books.counted(&partner, *from, *to)?)? != record.value("counts_sha256") {
        return Ok((false, "the counts in the store are not those that were closed".to_owned()));
    }
    let late = books.adjustments(&partner, *from, *to)?;
    let late: u64 = late.clicks.iter().map(|count| count.n).chain(late.searches.iter().map(|count| count.n)).sum();
    if late > 0 {
        told += &format!("; {late} counts came after it (report adjustments)");
    }
    let known: i64 = record.value("statements").split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let first = format!("{month}-01");
    let tells =
        |first_day: &str, last_day: &str| first_day <= format!("{month}-31").as_str() && last_day >= first.as_str();
    let later = books.statements(Some(&partner))?;
    let later = later.iter().filter(|entry| entry.number > known && tells(&entry.first, &entry.last)).count();
    if later > 0 {
        told += &format!("; {later} statements came after it (`qsproxy reconcile` shows what they change)");
    }
    Ok((true, told))
}

/// A folder against itself and a key.
fn export_alone(folder: &Path, key: Option<&Path>) -> anyhow::Result<CommandOutcome> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let (record, signature) = (read("record.txt")?, read("record.txt.minisig")?);
    let key = public(&key.map_or_else(|| folder.join("closing.pub"), Path::to_owned))?;
    if !key.verifies(&record, &signature) {
        return found("record.txt: the signature is not of this record by this key\n");
    }
    let Some(parsed) = Record::read(&record) else { return found("record.txt: this record cannot be read\n") };
    for (name, wanted) in [("counts.csv", "counts_sha256"), ("statement.csv", "statement_sha256")] {
        if sha256(&read(name)?) != parsed.value(wanted) {
            return found(&format!("{name} is not what the record says\n"));
        }
    }
    let [number, partner, month] = ["number", "partner", "month"].map(|key| parsed.value(key));
    print(&format!("record {number}: {partner} {month}: sound, sha256 {}\n", sha256(&record)))
}
