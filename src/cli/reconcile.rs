//! `qsproxy reconcile`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use crate::billing::dispute_page;
use crate::billing::month::Month;
use crate::billing::reconcile::render::{self, Heading};
use crate::billing::reconcile::{Reconciliation, Status};
use crate::cli::close::write;
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print};
use crate::cli::statement::{books, terms};
use crate::time;

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// Whose statement, as the configuration names the partner
    #[arg(long)]
    partner: String,
    /// The month in the partner's zone, YYYY-MM
    #[arg(long)]
    month: String,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
    /// Write what a dispute needs to this folder: a page to send, and the numbers as CSV and JSON
    #[arg(long, value_name = "FOLDER")]
    pack: Option<PathBuf>,
}

/// Holds our counted clicks of a month against the partner's statements. Found something: a day or the month is out of
/// tolerance.
///
/// # Errors
/// A partner or month that is none, or a store that cannot be read.
pub fn run(config: &Path, arguments: &Reconcile) -> anyhow::Result<CommandOutcome> {
    let config = load_config(config)?;
    let (terms, month) = (terms(&config, &arguments.partner)?, month(&arguments.month)?);
    let Month { heading, found, .. } = Month::read(&books(&config)?, terms, month, time::now().hour())?;
    let text = match arguments.format {
        OutputFormat::Table => table(&heading, &found),
        OutputFormat::Csv => render::csv([(&heading, &found)])?,
        OutputFormat::Json => render::printed(&render::json(&heading, &found)),
    };
    if let Some(folder) = &arguments.pack {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let file = |name: &str, text: &str| write(&folder.join(name), text);
        file("reconciliation.html", &dispute_page::page(&heading, &found, terms.tolerance))?;
        file("reconciliation.csv", &render::csv([(&heading, &found)])?)?;
        file("reconciliation.json", &render::printed(&render::json(&heading, &found)))?;
    }
    print(&text)?;
    Ok(if found.is_out() { CommandOutcome::ProblemFound } else { CommandOutcome::Success })
}

/// A month as an argument, as its first day.
pub(super) fn month(text: &str) -> anyhow::Result<Date> {
    let first = format!("{text}-01").parse::<Date>().ok().filter(|day| day.strftime("%Y-%m").to_string() == text);
    first.with_context(|| format!("--month {text}: this must be a month, YYYY-MM"))
}

fn table(heading: &Heading, found: &Reconciliation) -> String {
    let Heading { partner, month, zone, currency, adjustments } = heading;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(render::columns());
    for row in render::rows(heading, found) {
        table.add_row(row);
    }
    for column in 2..render::columns().len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    let money = currency.map_or(String::new(), |currency| format!(", money in {}", currency.as_str()));
    let mut text = format!("{partner}, {month}, days of {zone}{money}\n\n{}\n\n", table.trim_fmt());
    for row in &found.unmapped {
        let clicks = row.clicks.map_or("an untold number of".to_owned(), |clicks| clicks.to_string());
        let money = row.revenue.map_or(String::new(), |money| format!(" and {money}"));
        let code: String = row.code.chars().flat_map(char::escape_debug).collect();
        text += &format!("{}: {clicks} clicks{money} for \"{code}\", which no [[code]] calls so (tags)\n", row.day);
    }
    if let Some(shift) = found.shift {
        let (n, when) = (shift.hours.unsigned_abs(), if shift.hours > 0 { "later" } else { "earlier" });
        text += &format!(
            "The partner's days seem to begin {n} hours {when} than those of {zone}: the differences would sum up to {} \
             instead of {}. Ask which zone its days are of.\n",
            shift.then, shift.now
        );
    }
    let out: Vec<String> =
        found.days.iter().filter(|(_, line)| line.status.is_out()).map(|(day, _)| day.to_string()).collect();
    if !out.is_empty() {
        text += &format!("Out of tolerance: {}.\n", out.join(", "));
    }
    if *adjustments > 0 {
        text += &format!("{adjustments} counted clicks came after the month had been closed (report adjustments).\n");
    }
    if found.is_dispute {
        text += "The month is past the share that the contract calls a dispute.\n";
    }
    if found.month.status == Status::Uncounted {
        text +=
            "Links of this partner are \"direct\": its clicks are not counted here, so there is nothing to compare.\n";
    }
    text
}
