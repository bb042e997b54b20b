//! `qsproxy overview`: where each month of each partner is, and the next step.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::report::has_begun;
use crate::report::overview::{
    MAX_MONTHS, Overview, OverviewPeriod, OverviewRequest, SUMMARY, default_months, overview,
};
use crate::storage::query::{AccessMode, Database};
use crate::time;

/// Arguments of `overview`.
#[derive(Debug, Args)]
pub struct OverviewArguments {
    /// First month, YYYY-MM; without it, three months before the last, and earlier ones that need attention
    #[arg(long, value_name = "MONTH")]
    from: Option<String>,
    /// Last month, YYYY-MM; without it, the current one
    #[arg(long, value_name = "MONTH")]
    to: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

/// Prints the months. Returns [`CommandOutcome::ProblemFound`] if one needs attention.
///
/// # Errors
/// An invalid month, or a store that cannot be read.
pub fn run(path: &Path, arguments: &OverviewArguments) -> anyhow::Result<CommandOutcome> {
    let now = time::now().hour();
    let to = arguments.to.as_deref().map(|text| month(text, "--to")).transpose()?;
    let (default_from, to) = default_months(now, to);
    let from = arguments.from.as_deref().map_or(Ok(default_from), |text| month(text, "--from"))?;
    if from > to {
        bail!("--from {from} is after --to {to}; swap them");
    }
    if !has_begun(from.first_day(), now.day()) {
        bail!("--from {from}: this month has not begun");
    }
    if from < to.minus(MAX_MONTHS - 1) {
        bail!(
            "--from {from} and --to {to} span more than {MAX_MONTHS} months; name months that are nearer to one another"
        );
    }
    let config = load_config(path)?;
    let location = &config.counts.store;
    let store_key = || format!("[counts] store: {location}");
    let database = Database::open(location, AccessMode::Read).map_err(|error| anyhow!("{}: {error}", store_key()))?;
    let (contracts, click_ttl) = (config.contracts.as_slice(), config.counts.click_ttl);
    let period = OverviewPeriod { from, to, with_earlier: arguments.from.is_none() };
    let request = OverviewRequest { period, contracts, click_ttl, now };
    let found = overview(&BillingStore::new(database.into()), &request).with_context(store_key)?;
    print(&match arguments.format {
        OutputFormat::Table => table(&found),
        OutputFormat::Csv => found.table().csv()?,
        OutputFormat::Json => found.table().json(),
    })?;
    Ok(if found.attention() > 0 { CommandOutcome::ProblemFound } else { CommandOutcome::Success })
}

fn month(text: &str, option: &str) -> anyhow::Result<YearMonth> {
    YearMonth::parse(text).with_context(|| format!("{option} {text}: must be a month, YYYY-MM"))
}

fn table(found: &Overview) -> String {
    let mut text = format!("{}\n\n", render_table(&found.table().select(SUMMARY)));
    let attention: Vec<String> = found
        .months
        .iter()
        .filter(|month| month.needs_attention)
        .map(|month| format!("{} {}", month.partner, month.month))
        .collect();
    text += &match attention.len() {
        0 => "No month needs attention.\n".to_owned(),
        1 => format!("1 month needs attention: {}.\n", attention.join(", ")),
        n => format!("{n} months need attention: {}.\n", attention.join(", ")),
    };
    for note in &found.notes {
        text += &format!("{note}\n");
    }
    text
}
