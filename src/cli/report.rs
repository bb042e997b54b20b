//! `qsproxy report`.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Map, Value};

use super::{Format, Report, Subject, Verdict};
use crate::report::{self, Counts, Question, Row};

/// Prints the counts of some days.
///
/// # Errors
/// A wrong date, or a store that cannot be read.
pub fn run(path: &Path, arguments: &Report) -> anyhow::Result<Verdict> {
    let Report { subject, from, to, partner, code, format } = arguments;
    let (first, last) = (day(from, "--from")?, day(to, "--to")?);
    if first > last {
        bail!("--from {from} is after --to {to}; swap them");
    }
    let config = super::load(path)?;
    let store = &config.counts.store;
    let key = || format!("[counts] store: {}", store.display());
    if !store.exists() {
        bail!("{} does not exist yet; `qsproxy serve` makes it", key());
    }
    let counts = Counts::open(store).map_err(|error| anyhow!("{}: {error}", key()))?;
    let subject = match subject {
        Subject::Clicks => report::Subject::Clicks,
        Subject::Searches => report::Subject::Searches,
    };
    let question =
        Question { from: first.to_string(), to: last.to_string(), partner: partner.clone(), code: code.clone() };
    let rows = counts.by_day(subject, &question).with_context(key)?;
    let text = match format {
        Format::Table => table(subject, &rows),
        Format::Csv => csv(subject, &rows)?,
        Format::Json => json(subject, &rows)?,
    };
    super::print(&text)
}

fn day(text: &str, option: &str) -> anyhow::Result<jiff::civil::Date> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
    date.with_context(|| format!("{option} {text}: this must be a day of the calendar, YYYY-MM-DD"))
}

fn table(subject: report::Subject, rows: &[Row]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(subject.columns());
    for row in rows {
        table.add_row(row.keys.iter().cloned().chain([row.n.to_string()]));
    }
    if let Some(column) = table.column_mut(subject.columns().len() - 1) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    let total: u64 = rows.iter().map(|row| row.n).sum();
    let counted = rows.iter().filter(|row| row.keys.last().is_some_and(|outcome| outcome == "counted"));
    let counted = match subject {
        report::Subject::Clicks => format!(", counted {}", counted.map(|row| row.n).sum::<u64>()),
        report::Subject::Searches => String::new(),
    };
    format!("{}\n all outcomes {total}{counted}\n", table.trim_fmt())
}

fn csv(subject: report::Subject, rows: &[Row]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(subject.columns())?;
    for row in rows {
        writer.write_record(row.keys.iter().cloned().chain([row.n.to_string()]))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn json(subject: report::Subject, rows: &[Row]) -> anyhow::Result<String> {
    let object = |row: &Row| {
        let keys =
            subject.columns().iter().map(|name| (*name).to_owned()).zip(row.keys.iter().cloned().map(Value::from));
        let mut object: Map<String, Value> = keys.collect();
        object.insert("n".to_owned(), row.n.into());
        Value::Object(object)
    };
    let rows: Vec<Value> = rows.iter().map(object).collect();
    Ok(serde_json::to_string_pretty(&rows)? + "\n")
}
