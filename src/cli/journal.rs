//! `qsproxy journal`: prints the journal entries of closed months and payments.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::settlement::journal::Journal;
use crate::billing::settlement::journal_text::{JournalFormat, journal_text};
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::request_cost::{RequestCost, by_month};
use crate::billing::year_month::YearMonth;
use crate::cli::billing::open_store;
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::config::Config;
use crate::report::{CountsReader, ReportFilter};
use crate::time;

/// Arguments of `journal`.
#[derive(Debug, Args)]
pub struct JournalArguments {
    /// First day, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last day, inclusive
    #[arg(long, value_name = "DAY")]
    to: String,
    /// The program that reads the journal
    #[arg(long, value_enum, default_value = "hledger")]
    format: JournalArgument,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum JournalArgument {
    /// hledger, and programs that read its journals
    Hledger,
    /// beancount
    Beancount,
}

/// Prints the transactions of all partners on these days.
///
/// # Errors
/// An invalid argument, or a store that cannot be read.
pub fn run(path: &Path, arguments: &JournalArguments) -> anyhow::Result<CommandOutcome> {
    let JournalArguments { from, to, format } = arguments;
    let (first, last) = (day(from, "--from")?, day(to, "--to")?);
    if first > last {
        bail!("--from {from} is after --to {to}; swap them");
    }
    let config = load_config(path)?;
    let store = open_store(&config)?;
    let today = time::now().day().date();
    let mut journal = Journal::default();
    for contract in Contract::all(&config.contracts, &store)? {
        let settlement = PartnerSettlement::read(&store, &contract, today)?;
        let added = journal.add(&contract, &settlement, &config.accounts);
        added.with_context(|| format!("the amounts of {} are too large to be added up", contract.partner))?;
    }
    let costs = request_costs(&config, first, last)?;
    journal.add_costs(&costs, today, &config.accounts).context("the costs are too large to be added up")?;
    journal.keep_days(first, last);
    let format = match format {
        JournalArgument::Hledger => JournalFormat::Hledger,
        JournalArgument::Beancount => JournalFormat::Beancount,
    };
    print(&journal_text(&journal, format))
}

/// What partners that are paid by request cost in the UTC months that end on these days.
fn request_costs(config: &Config, first: Date, last: Date) -> anyhow::Result<Vec<RequestCost>> {
    let store = &config.counts.store;
    let store_key = || format!("[counts] store: {store}");
    let counts = CountsReader::open(store).map_err(|error| anyhow!("{}: {error}", store_key()))?;
    let filter = ReportFilter { from: first.first_of_month(), to: last, ..ReportFilter::default() };
    let stored = counts.stored_costs(&filter).with_context(store_key)?;
    let priced = stored.into_iter().filter_map(|cost| {
        let month = YearMonth::containing(cost.day);
        (month.last_day() <= last).then_some((month, cost.partner, cost.currency?, cost.micros))
    });
    by_month(priced).context("the costs are too large to be added up")
}

fn day(text: &str, option: &str) -> anyhow::Result<Date> {
    let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
    day.with_context(|| format!("{option} {text}: this must be a day, YYYY-MM-DD"))
}
