//! `qsproxy report`.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use crate::cli::{Format, Grain, Report, Subject, Verdict};
use crate::config::Config;
use crate::counts::cells::ClickOutcome;
use crate::report::noise::Epsilon;
use crate::report::run::Asked;
use crate::report::slices::Release;
use crate::report::table::{Sheet, Value};
use crate::report::{self, Counts, Question, usage};
use crate::time;
use crate::tokens::key_ring::Ring;
use crate::tokens::keys::ReleaseKey;

/// Prints the counts of some days.
///
/// # Errors
/// A wrong date, or a store that cannot be read.
pub fn run(path: &Path, arguments: &Report) -> anyhow::Result<Verdict> {
    let Report { subject, from, to, partner, code, by, format } = arguments;
    let (first, last) = (day(from, "--from")?, day(to, "--to")?);
    if first > last {
        bail!("--from {from} is after --to {to}; swap them");
    }
    let config = crate::cli::load(path)?;
    let store = &config.counts.store;
    let key = || format!("[counts] store: {store}");
    let counts = Counts::open(store).map_err(|error| anyhow!("{}: {error}", key()))?;
    let question = Question { from: first, to: last, partner: partner.clone(), code: code.clone() };
    let (k, today) = (config.counts.k, time::now().day());
    let asked = match (subject, by) {
        (Subject::Clicks, _) => Asked::Outcomes(report::Subject::Clicks),
        (Subject::Searches, _) => Asked::Outcomes(report::Subject::Searches),
        (Subject::Adjustments, _) => Asked::Outcomes(report::Subject::Adjustments),
        (Subject::Active, _) => Asked::Active,
        (Subject::Retention, Grain::Day) => Asked::Retention(usage::Grain::Day),
        (Subject::Retention, Grain::Week) => Asked::Retention(usage::Grain::Week),
        (Subject::Slices, _) => Asked::Slices,
    };
    if let Some((option, what)) = asked.refusal(&question) {
        bail!("--{option}: {what}");
    }
    let epsilon = config.release.filter(|_| asked == Asked::Slices);
    let release_key = epsilon.map(|epsilon| release_key(&config, epsilon)).transpose()?;
    let noise = release_key.as_ref().map(|(epsilon, key)| (*epsilon, key));
    let sheet = counts.answer(asked, &question, Release { k, noise, today });
    let sheet = sheet.with_context(key)?;
    let text = match format {
        Format::Table => format!("{}\n{}", table(&sheet), foot(*subject, &sheet)),
        Format::Csv => sheet.csv()?,
        Format::Json => sheet.json(),
    };
    crate::cli::print(&text)
}

fn release_key(config: &Config, epsilon: Epsilon) -> anyhow::Result<(Epsilon, ReleaseKey)> {
    let file = &config.counts.keys;
    let key = || format!("[counts] keys: {}", file.display());
    let found =
        Ring::new(file, config.counts.click_ttl).release_key().map_err(|error| anyhow!("{}: {error}", key()))?;
    let found = found.with_context(|| format!("{} holds no key for noise yet; `qsproxy serve` makes it", key()))?;
    Ok((epsilon, found))
}

fn day(text: &str, option: &str) -> anyhow::Result<jiff::civil::Date> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
    date.with_context(|| format!("{option} {text}: this must be a day of the calendar, YYYY-MM-DD"))
}

/// A sheet as a table for people.
pub(super) fn table(sheet: &Sheet) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(sheet.columns);
    for row in &sheet.rows {
        table.add_row(row.iter().map(Value::text));
    }
    let texts = |column: usize| sheet.rows.iter().all(|row| matches!(row.get(column), Some(Value::Text(_))));
    for column in (0..sheet.columns.len()).filter(|column| !texts(*column)) {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// What stands under a table.
fn foot(subject: Subject, sheet: &Sheet) -> String {
    let count = |row: &Vec<Value>| if let Some(Value::Count(n)) = row.last() { *n } else { 0 };
    let total = || sheet.rows.iter().map(count).sum::<u64>();
    match subject {
        Subject::Clicks => {
            let outcome = |row: &&Vec<Value>| row.iter().rev().nth(1).map(Value::text);
            let is_counted = |row: &&Vec<Value>| outcome(row).as_deref() == Some(ClickOutcome::Counted.as_str());
            let counted: u64 = sheet.rows.iter().filter(is_counted).map(count).sum();
            format!(" all outcomes {}, counted {counted}\n", total())
        }
        Subject::Searches | Subject::Adjustments => format!(" all outcomes {}\n", total()),
        Subject::Active | Subject::Retention | Subject::Slices => String::new(),
    }
}
