//! `qsproxy report`.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use crate::cli::{CommandOutcome, GrainArgument, OutputFormat, Report, ReportArgument};
use crate::config::Config;
use crate::counts::cells::ClickOutcome;
use crate::report::noise::Epsilon;
use crate::report::run::ReportKind;
use crate::report::slices::SliceRelease;
use crate::report::table::{Table, TableValue};
use crate::report::{self, CountsReader, ReportFilter, usage};
use crate::time;
use crate::tokens::key_ring::KeyRing;
use crate::tokens::keys::ReleaseKey;

/// Prints the counts of some days.
///
/// # Errors
/// A wrong date, or a store that cannot be read.
pub fn run(path: &Path, arguments: &Report) -> anyhow::Result<CommandOutcome> {
    let Report { subject, from, to, partner, code, by, format } = arguments;
    let (first, last) = (day(from, "--from")?, day(to, "--to")?);
    if first > last {
        bail!("--from {from} is after --to {to}; swap them");
    }
    let config = crate::cli::load(path)?;
    let store = &config.counts.store;
    let key = || format!("[counts] store: {store}");
    let counts = CountsReader::open(store).map_err(|error| anyhow!("{}: {error}", key()))?;
    let question = ReportFilter { from: first, to: last, partner: partner.clone(), code: code.clone() };
    let (k, today) = (config.counts.k, time::now().day());
    let asked = match (subject, by) {
        (ReportArgument::Clicks, _) => ReportKind::Outcomes(report::CountTable::Clicks),
        (ReportArgument::Searches, _) => ReportKind::Outcomes(report::CountTable::Searches),
        (ReportArgument::Adjustments, _) => ReportKind::Outcomes(report::CountTable::Adjustments),
        (ReportArgument::Active, _) => ReportKind::Active,
        (ReportArgument::Retention, GrainArgument::Day) => ReportKind::Retention(usage::CohortGrain::Day),
        (ReportArgument::Retention, GrainArgument::Week) => ReportKind::Retention(usage::CohortGrain::Week),
        (ReportArgument::Slices, _) => ReportKind::Slices,
    };
    if let Some((option, what)) = asked.refusal(&question) {
        bail!("--{option}: {what}");
    }
    let epsilon = config.release.filter(|_| asked == ReportKind::Slices);
    let release_key = epsilon.map(|epsilon| release_key(&config, epsilon)).transpose()?;
    let noise = release_key.as_ref().map(|(epsilon, key)| (*epsilon, key));
    let sheet = counts.answer(asked, &question, SliceRelease { k, noise, today });
    let sheet = sheet.with_context(key)?;
    let text = match format {
        OutputFormat::Table => format!("{}\n{}", table(&sheet), foot(*subject, &sheet)),
        OutputFormat::Csv => sheet.csv()?,
        OutputFormat::Json => sheet.json(),
    };
    crate::cli::print(&text)
}

fn release_key(config: &Config, epsilon: Epsilon) -> anyhow::Result<(Epsilon, ReleaseKey)> {
    let file = &config.counts.keys;
    let key = || format!("[counts] keys: {}", file.display());
    let found =
        KeyRing::new(file, config.counts.click_ttl).release_key().map_err(|error| anyhow!("{}: {error}", key()))?;
    let found = found.with_context(|| format!("{} holds no key for noise yet; `qsproxy serve` makes it", key()))?;
    Ok((epsilon, found))
}

fn day(text: &str, option: &str) -> anyhow::Result<jiff::civil::Date> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
    date.with_context(|| format!("{option} {text}: this must be a day of the calendar, YYYY-MM-DD"))
}

/// A sheet as a table for people.
pub(super) fn table(sheet: &Table) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(sheet.columns);
    for row in &sheet.rows {
        table.add_row(row.iter().map(TableValue::text));
    }
    let texts = |column: usize| sheet.rows.iter().all(|row| matches!(row.get(column), Some(TableValue::Text(_))));
    for column in (0..sheet.columns.len()).filter(|column| !texts(*column)) {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// What stands under a table.
fn foot(subject: ReportArgument, sheet: &Table) -> String {
    let count = |row: &Vec<TableValue>| if let Some(TableValue::Count(n)) = row.last() { *n } else { 0 };
    let total = || sheet.rows.iter().map(count).sum::<u64>();
    match subject {
        ReportArgument::Clicks => {
            let outcome = |row: &&Vec<TableValue>| row.iter().rev().nth(1).map(TableValue::text);
            let is_counted = |row: &&Vec<TableValue>| outcome(row).as_deref() == Some(ClickOutcome::Counted.as_str());
            let counted: u64 = sheet.rows.iter().filter(is_counted).map(count).sum();
            format!(" all outcomes {}, counted {counted}\n", total())
        }
        ReportArgument::Searches | ReportArgument::Adjustments => format!(" all outcomes {}\n", total()),
        ReportArgument::Active | ReportArgument::Retention | ReportArgument::Slices => String::new(),
    }
}
