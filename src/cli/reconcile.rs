//! `qsproxy reconcile`: compares a month's counted clicks with the partner's statements.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::billing::dispute_page;
use crate::billing::month::ReconciledMonth;
use crate::billing::reconcile::render::{self, Heading};
use crate::billing::reconcile::result::{Reconciliation, Status, Unmapped};
use crate::billing::reconcile::zone::ZoneShift;
use crate::cli::billing::{find_contract, open_store, parse_month, write_file};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print};
use crate::time;

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// The partner, by its name in the configuration
    #[arg(long)]
    partner: String,
    /// The month in the partner's time zone, YYYY-MM
    #[arg(long)]
    month: String,
    /// The output format
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
    /// Also write the files for a dispute to this folder: a page to send to the partner, and the numbers as CSV and JSON
    #[arg(long, value_name = "FOLDER")]
    pack: Option<PathBuf>,
}

/// Compares our counted clicks of a month with the partner's statements. Returns [`CommandOutcome::ProblemFound`] if a day or the month
/// is out of tolerance.
///
/// # Errors
/// An unknown partner, an invalid month, or a store that cannot be read.
pub fn run(config: &Path, arguments: &Reconcile) -> anyhow::Result<CommandOutcome> {
    let config = load_config(config)?;
    let contract = find_contract(&config, &arguments.partner)?;
    let month = parse_month(&arguments.month)?;
    let month = ReconciledMonth::read(&open_store(&config)?, contract, month, time::now().hour())?;
    let ReconciledMonth { heading, reconciliation, .. } = &month;
    let csv = || render::csv([(heading, reconciliation)]);
    let json = || render::json_text(&render::json(heading, reconciliation));
    if let Some(folder) = &arguments.pack {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let write = |name: &str, text: &str| write_file(&folder.join(name), text);
        write(
            "reconciliation.html",
            &dispute_page::page(&config.service.identity.sender(), heading, reconciliation, contract.tolerance),
        )?;
        write("reconciliation.csv", &csv()?)?;
        write("reconciliation.json", &json())?;
    }
    print(&match arguments.format {
        OutputFormat::Table => table(heading, reconciliation),
        OutputFormat::Csv => csv()?,
        OutputFormat::Json => json(),
    })?;
    Ok(if reconciliation.is_out_of_tolerance() { CommandOutcome::ProblemFound } else { CommandOutcome::Success })
}

fn table(heading: &Heading, reconciliation: &Reconciliation) -> String {
    let Heading { partner, month, zone, currency, .. } = heading;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(render::columns());
    for row in render::rows(heading, reconciliation) {
        table.add_row(row);
    }
    for column in 2..render::columns().len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    let currency = currency.map_or(String::new(), |currency| format!(", revenue in {}", currency.as_str()));
    let title = format!("{partner}, {month}, days in {zone}{currency}");
    format!("{title}\n\n{}\n\n{}", table.trim_fmt(), notes(heading, reconciliation))
}

/// Returns what the table does not show, one line each.
fn notes(heading: &Heading, reconciliation: &Reconciliation) -> String {
    let mut text: String = reconciliation.unmapped.iter().map(unmapped_line).collect();
    if let Some(shift) = reconciliation.shift {
        text += &shift_line(&heading.zone, shift);
    }
    let out_of_tolerance = reconciliation.days.iter().filter(|(_, row)| row.status.is_out_of_tolerance());
    let days: Vec<String> = out_of_tolerance.map(|(day, _)| day.to_string()).collect();
    if !days.is_empty() {
        text += &format!("Out of tolerance: {}.\n", days.join(", "));
    }
    if heading.adjustments > 0 {
        text += &format!(
            "{} clicks were counted after the month was closed (`qsproxy report adjustments`).\n",
            heading.adjustments
        );
    }
    if reconciliation.is_dispute {
        text += "The difference of the month exceeds the contract's limit for disputes.\n";
    }
    if reconciliation.month.status == Status::Uncounted {
        text += "The links of this partner are \"direct\": its clicks are not counted here, so there is nothing to compare.\n";
    }
    text
}

fn unmapped_line(row: &Unmapped) -> String {
    let clicks = row.clicks.map_or("an unreported number of".to_owned(), |clicks| clicks.to_string());
    let revenue = row.revenue.map_or(String::new(), |revenue| format!(" and {revenue}"));
    let code: String = row.code.chars().flat_map(char::escape_debug).collect();
    format!("{}: {clicks} clicks{revenue} for \"{code}\", which is not in the tags of any [[code]]\n", row.day)
}

fn shift_line(zone: &str, shift: ZoneShift) -> String {
    let (hours, direction) = (shift.hours.unsigned_abs(), if shift.hours > 0 { "later" } else { "earlier" });
    format!(
        "The partner's days seem to begin {hours} hours {direction} than days in {zone}: the differences would then add up to {} \
         instead of {}. Ask the partner for the time zone of its days.\n",
        shift.then, shift.now
    )
}
