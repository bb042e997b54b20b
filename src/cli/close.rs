//! `qsproxy close`: closes a month, corrects a closed one, and writes closed months to files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::close_month::{CloseError, CloseOutcome, CloseRequest, close_month};
use crate::billing::closing::condition::Acceptances;
use crate::billing::closing::correct_month::{CorrectionOutcome, correct_month};
use crate::billing::closing::correction::CorrectionRecord;
use crate::billing::closing::export::export;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::signing::PublicKeyText;
use crate::billing::closing::since::since_closing;
use crate::billing::digest::Sha256Digest;
use crate::billing::store::{BillingStore, Closing};
use crate::cli::billing::{find_recorded_contract, open_store, parse_month};
use crate::cli::closing_folder::{check_empty, write_folder};
use crate::cli::closing_key::{chain_key, signing_key};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::config::Config;
use crate::server::bots;
use crate::time;

/// Arguments of `close`.
#[derive(Debug, Args)]
pub struct Close {
    /// The partner, by its name in the configuration, or in the store if it is no longer configured
    #[arg(long)]
    partner: String,
    /// The month in the partner's time zone, YYYY-MM
    #[arg(long)]
    month: String,
    /// Sign what came after the month was closed, as a record of its own: later counts and later statements
    #[arg(long)]
    correct: bool,
    /// Write the closed month, or its correction, to this folder, which is created if it does not exist and must be empty otherwise
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Close even if the month has a condition that stops a closing, which the message names: NAME=REASON, once for each. A reason
    /// without a name is for a month that is out of tolerance or has no statement. The record contains both
    #[arg(long, value_name = "NAME=REASON")]
    accept: Vec<String>,
    /// Close only if nothing must be accepted; otherwise print what stops it and exit with 1, also if the month is not over or has no
    /// statement yet
    #[arg(long, conflicts_with_all = ["accept", "correct"])]
    if_matched: bool,
}

/// Closes or corrects a month, and writes it to a folder if one is given. Returns [`CommandOutcome::ProblemFound`] if the month has a
/// condition that was not accepted.
///
/// # Errors
/// A month that is not over, or a store or folder that cannot be written. The month is closed completely or not at all.
pub fn run(path: &Path, arguments: &Close) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    let store = open_store(&config)?;
    let contract = find_recorded_contract(&config, &store, &arguments.partner)?;
    let month = parse_month(&arguments.month)?;
    let acceptances = Acceptances::parse(&arguments.accept).map_err(|error| anyhow!(error))?;
    let ledger = ChainLedger::read(&store)?;
    if let Some(folder) = &arguments.out {
        // What was signed before is written to its folder again, also where that was not finished.
        let signs = match since_closing(&store, &contract, month)? {
            Some(since) => arguments.correct && since.has_news(),
            None => true,
        };
        if signs {
            check_empty(folder)?;
        }
    }
    let configuration = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let bots_version = bots::versions();
    let request = CloseRequest {
        contract: &contract,
        month,
        acceptances,
        accounts: &config.accounts,
        click_ttl: config.counts.click_ttl,
        now: time::now().hour(),
        configuration_sha256: Sha256Digest::of(&configuration),
        bots_version: &bots_version,
    };
    let command = CloseRun { config: &config, store: &store, arguments, ledger: &ledger };
    if arguments.correct { command.correct(&request) } else { command.close(&request) }
}

/// One run of the command.
struct CloseRun<'c> {
    config: &'c Config,
    store: &'c BillingStore,
    arguments: &'c Close,
    ledger: &'c ChainLedger,
}

impl CloseRun<'_> {
    fn close(&self, request: &CloseRequest<'_>) -> anyhow::Result<CommandOutcome> {
        // A closed month needs no key to be written out again.
        let outcome = match self.ledger.closing(&request.contract.partner, request.month) {
            Some(closing) => CloseOutcome::AlreadyClosed(closing.clone()),
            None => match close_month(self.store, request, &signing_key(&self.config.counts.closing_key, self.ledger)?)
            {
                Ok(outcome) => outcome,
                Err(error) => return self.refuse(error),
            },
        };
        let (Closing { number, record, .. }, verb, unneeded) = match &outcome {
            CloseOutcome::Closed(closing, unneeded) => (closing, "is closed", unneeded.as_slice()),
            CloseOutcome::AlreadyClosed(closing) => (closing, "was closed before", &[][..]),
        };
        let digest = Sha256Digest::of(record);
        let (partner, month) = (&request.contract.partner, request.month);
        let text = format!("{partner} {month} {verb}: record {number}, sha256 {digest}\n{}", unneeded_line(unneeded));
        self.write_and_print(text, *number)
    }

    fn correct(&self, request: &CloseRequest<'_>) -> anyhow::Result<CommandOutcome> {
        let (partner, month) = (&request.contract.partner, request.month);
        if self.ledger.closing(partner, month).is_none() {
            return self.refuse(CloseError::NotClosed);
        }
        let key = signing_key(&self.config.counts.closing_key, self.ledger)?;
        match correct_month(self.store, request, &key) {
            Ok(CorrectionOutcome::NothingNew(number)) => {
                let text =
                    format!("{partner} {month}: nothing came since record {number}, so there is nothing to correct\n");
                // Another process may have signed it after this one read the chain.
                let ledger = ChainLedger::read(self.store)?;
                let is_correction = ledger.corrections.iter().any(|correction| correction.number == number);
                if is_correction { self.write_and_print(text, number) } else { print(&text) }
            }
            Ok(CorrectionOutcome::Signed(correction, unneeded)) => {
                let digest = Sha256Digest::of(&correction.record);
                let number = correction.number;
                let record = CorrectionRecord::parse(&correction.record)?;
                let mut text = format!("{partner} {month} is corrected: record {number}, sha256 {digest}\n");
                text += &format!("our clicks: {}\ntheir clicks: {}\n", record.clicks, record.statement_clicks);
                text.extend(record.credit.iter().map(|credit| format!("their money changes by {credit}\n")));
                text += &unneeded_line(&unneeded);
                self.write_and_print(text, number)
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Writes a record to the folder, if one is given, and prints the text.
    fn write_and_print(&self, mut text: String, number: i64) -> anyhow::Result<CommandOutcome> {
        let Some(folder) = &self.arguments.out else { return print(&text) };
        let ledger = ChainLedger::read(self.store)?;
        let link = ledger.links.iter().find(|link| link.number == number);
        let record = link.map(|link| ChainRecord::parse(&link.record)).transpose()?;
        let key = match record.as_ref().and_then(ChainRecord::key) {
            Some(key) => key.clone(),
            None => self.key_of_version_1(&ledger, number)?,
        };
        let export = export(self.store, &ledger, number, &key).with_context(|| format!("record {number}"))?;
        write_folder(folder, &export.files).with_context(|| {
            format!("record {number} is signed and stored, and its folder is not complete; run the command again when this is mended")
        })?;
        if !export.has_counts {
            bail!(
                "{}: the hours of this month were rolled up into days (hours are stored for 25 months), so counts.csv was not written",
                folder.display()
            );
        }
        text += &format!("written to {}\n", folder.display());
        print(&text)
    }

    /// Returns the key of a record of version 1: the old key of the first hand-over, or the chain's key.
    fn key_of_version_1(&self, ledger: &ChainLedger, number: i64) -> anyhow::Result<PublicKeyText> {
        let hand_over =
            ledger.links.iter().filter(|link| link.number > number).find_map(|link| {
                match ChainRecord::parse(&link.record) {
                    Ok(ChainRecord::HandOver(record)) => Some(record.old_key),
                    Ok(ChainRecord::Closing(_) | ChainRecord::Correction(_)) | Err(_) => None,
                }
            });
        hand_over.map_or_else(|| chain_key(self.config, ledger), Ok)
    }

    /// Reports why a month was not closed or corrected.
    fn refuse(&self, error: CloseError) -> anyhow::Result<CommandOutcome> {
        let Close { partner, month, correct, .. } = self.arguments;
        let verb = if *correct { "corrected" } else { "closed" };
        match error {
            CloseError::NotAccepted(status, found) => {
                let mut text =
                    format!("{partner} {month} is not {verb}: the month is {status}, and these are not accepted:\n");
                for found in &found {
                    let name = found.condition.as_str();
                    text += &format!("{name}: {}; accept it with --accept {name}=REASON\n", found.extent);
                }
                print(&(text + "see `qsproxy reconcile`\n"))?;
                Ok(CommandOutcome::ProblemFound)
            }
            CloseError::NotOver if self.arguments.if_matched => {
                print(&format!("{partner} {month} is not closed: {error}\n"))?;
                Ok(CommandOutcome::ProblemFound)
            }
            CloseError::NotOver | CloseError::NotClosed | CloseError::OtherKey => bail!("--month {month}: {error}"),
            CloseError::Reconcile(_) | CloseError::Closing(_) | CloseError::NotOneLine(_) | CloseError::Signing(_) => {
                Err(anyhow!(error).context(format!("{partner} {month} is not {verb}")))
            }
        }
    }
}

fn unneeded_line(unneeded: &[&'static str]) -> String {
    if unneeded.is_empty() {
        return String::new();
    }
    format!("accepted and not needed: {}\n", unneeded.join(", "))
}
