//! `qsproxy reconcile`: compares a month's counted clicks with the partner's statements.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::billing::closing::since::{SinceClosing, since_closing};
use crate::billing::dispute_page::{self, Letterhead};
use crate::billing::month::ReconciledMonth;
use crate::billing::reconcile::reason::reason;
use crate::billing::reconcile::render::{self, Heading};
use crate::billing::reconcile::result::{OwnCounts, ReconciledPeriod, Reconciliation, SharedPeriod, Status, Unmapped};
use crate::billing::reconcile::summary;
use crate::billing::reconcile::zone::ZoneShift;
use crate::billing::statement::StatementRow;
use crate::cli::billing::{find_recorded_contract, open_store, parse_month, write_file};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print};
use crate::report::has_begun;
use crate::time;

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// The partner, by its name in the configuration, or in the store if it is no longer configured
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

/// Compares our counted clicks of a month with the partner's statements. Returns [`CommandOutcome::ProblemFound`] if a day, a code or
/// the month is out of tolerance, or if there is no statement for clicks that we counted.
///
/// # Errors
/// An unknown partner, an invalid month, or a store that cannot be read.
pub fn run(config: &Path, arguments: &Reconcile) -> anyhow::Result<CommandOutcome> {
    let config = load_config(config)?;
    let month = parse_month(&arguments.month)?;
    if !has_begun(month.first_day(), time::now().day()) {
        bail!("--month {month}: this month has not begun");
    }
    let store = open_store(&config)?;
    let contract = &find_recorded_contract(&config, &store, &arguments.partner)?;
    let since = since_closing(&store, contract, month)?;
    let month = ReconciledMonth::read(&store, contract, month, time::now().hour())?;
    let ReconciledMonth { heading, reconciliation, statement_rows, .. } = &month;
    let csv = || render::csv([(heading, reconciliation)]);
    let json = || render::json_text(&render::json(heading, reconciliation));
    if let Some(folder) = &arguments.pack {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut statements = store.statements(Some(&contract.partner))?;
        statements.retain(|statement| statement_rows.iter().any(|(number, _)| *number == statement.number));
        let identity = &config.service.identity;
        let letterhead = Letterhead {
            service: &identity.name,
            operator: identity.operator.as_deref(),
            contact: identity.contact_url.as_deref(),
            date: time::now().day().date(),
            statements: &statements,
            closed: since.as_ref().map(|since| since.record.number),
        };
        let write = |name: &str, text: &str| write_file(&folder.join(name), text);
        write("reconciliation.html", &dispute_page::page(&letterhead, heading, reconciliation, contract.tolerance))?;
        write("reconciliation.csv", &csv()?)?;
        write("reconciliation.json", &json())?;
    }
    print(&match arguments.format {
        OutputFormat::Table => {
            let closed = since.map_or_else(String::new, |since| closed_lines(heading, &since));
            text(heading, reconciliation, &month.statement_rows) + &closed
        }
        OutputFormat::Csv => csv()?,
        OutputFormat::Json => json(),
    })?;
    Ok(if reconciliation.is_out_of_tolerance() { CommandOutcome::ProblemFound } else { CommandOutcome::Success })
}

/// The month in one line, its codes, its days, and what needs an explanation.
fn text(heading: &Heading, reconciliation: &Reconciliation, rows: &[(i64, StatementRow)]) -> String {
    let Heading { partner, month, zone, currency, .. } = heading;
    let currency = currency.map_or(String::new(), |currency| format!(", revenue in {}", currency.as_str()));
    let title = format!("{partner}, {month}, days in {zone}{currency}\n");
    let summary = format!("{title}{}\n", summary::month_line(heading, reconciliation));
    let reason = reason(partner, *month, reconciliation).map_or(String::new(), |reason| format!("{reason}\n"));
    let is_empty = |period: &ReconciledPeriod| period.row.own == Some(OwnCounts::default());
    let status = reconciliation.month.status;
    if status == Status::NoData {
        return summary;
    }
    if status == Status::NoStatement {
        return summary + &reason;
    }
    if status != Status::Uncounted && !heading.is_direct && reconciliation.periods.iter().all(is_empty) {
        return summary
            + "qsproxy counted nothing of this partner in this month.\n"
            + &notes(heading, reconciliation)
            + &reason;
    }
    let codes = summary::code_lines(reconciliation);
    let table = table(heading, reconciliation);
    let mixed = if heading.currency.is_none() && rows.iter().any(|(_, row)| row.revenue.is_some()) {
        "The revenue is in several currencies and is not added up.\n"
    } else {
        ""
    };
    format!("{summary}{codes}\n{table}\n\n{}{mixed}{reason}", notes(heading, reconciliation))
}

fn table(heading: &Heading, reconciliation: &Reconciliation) -> String {
    let columns = render::columns(reconciliation);
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    for row in render::rows(heading, reconciliation) {
        table.add_row(row);
    }
    for column in 2..columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    table.set_header(columns);
    table.trim_fmt()
}

/// Returns what the table does not show, one line each.
fn notes(heading: &Heading, reconciliation: &Reconciliation) -> String {
    let mut text: String = reconciliation.unmapped.iter().map(unmapped_line).collect();
    text.extend(reconciliation.shared.iter().map(shared_line));
    if let Some(shift) = reconciliation.shift {
        text += &shift_line(&heading.zone, shift);
    }
    if let [first, more @ ..] = heading.archives.as_slice() {
        let records: String = more.iter().map(|number| format!(" and {number}")).collect();
        text += &format!(
            "Hours were rolled up into UTC days since: our numbers are from the hours that record {first}{records} signed.\n"
        );
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

/// Says that the month is closed, and what came since.
fn closed_lines(heading: &Heading, since: &SinceClosing) -> String {
    let SinceClosing { record, closed, corrections, has_new_counts, has_new_statement, has_new_terms } = since;
    let mut text =
        format!("The month was closed on {closed} with record {}, sha256 {}.\n", record.number, record.sha256);
    for number in corrections {
        text += &format!("It was corrected with record {number}.\n");
    }
    let came = [
        has_new_counts.then_some("counts that arrived later"),
        has_new_statement.then_some("other numbers in the statements"),
        has_new_terms.then_some("other codes, shares or payees in the configuration"),
    ];
    let came: Vec<&str> = came.into_iter().flatten().collect();
    if came.is_empty() {
        return text;
    }
    let came = came.join(", and ");
    let Heading { partner, month, .. } = heading;
    text += &format!(
        "Since then there are {came}; `qsproxy close --correct --partner {partner} --month {month}` signs them.\n"
    );
    text
}

fn unmapped_line(row: &Unmapped) -> String {
    let clicks = row.clicks.map_or("an unreported number of".to_owned(), |clicks| clicks.to_string());
    let revenue = row.revenue.map_or(String::new(), |revenue| format!(" and {revenue}"));
    let code: String = row.code.chars().flat_map(char::escape_debug).collect();
    let days = if row.day == row.last { row.day.to_string() } else { format!("{} to {}", row.day, row.last) };
    format!("{days}: {clicks} clicks{revenue} for \"{code}\", which is not in the tags of any [[code]]\n")
}

fn shared_line(SharedPeriod { first, last, inside, outside }: &SharedPeriod) -> String {
    let number = |n: Option<u64>| n.map_or("an unknown number".to_owned(), |n| n.to_string());
    format!(
        "{first} to {last} is in two months and is reconciled with that of its last day: of our clicks, {} are of its days in this \
         month and {} of its days in the other.\n",
        number(*inside),
        number(*outside)
    )
}

fn shift_line(zone: &str, shift: ZoneShift) -> String {
    let (hours, direction) = (shift.hours.unsigned_abs(), if shift.hours > 0 { "later" } else { "earlier" });
    format!(
        "The partner's days seem to begin {hours} hours {direction} than days in {zone}: the differences would then add up to {} \
         instead of {}. Ask the partner for the time zone of its days.\n",
        shift.then, shift.now
    )
}
