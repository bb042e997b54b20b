//! `qsproxy settlement`: what partners owe, have paid, and what is open and overdue.

use std::path::Path;

use anyhow::Context as _;
use clap::Args;

use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::report::{COLUMNS, SettlementReport, ShownMonths};
use crate::billing::year_month::YearMonth;
use crate::cli::billing::{open_store, recorded_contracts};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::report::table::{Table, TableValue};
use crate::time;

/// Arguments of `settlement`.
#[derive(Debug, Args)]
pub struct SettlementArguments {
    /// Only this partner
    #[arg(long)]
    partner: Option<String>,
    /// First month, YYYY-MM; the totals are those of all months
    #[arg(long, value_name = "MONTH")]
    from: Option<String>,
    /// Last month, inclusive
    #[arg(long, value_name = "MONTH")]
    to: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

/// Prints the settlement by partner, currency and month. Returns [`CommandOutcome::ProblemFound`] if a shown month is overdue.
///
/// # Errors
/// An invalid argument, or a store that cannot be read.
pub fn run(path: &Path, arguments: &SettlementArguments) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    let shown = shown_months(arguments)?;
    let store = open_store(&config)?;
    let contracts = recorded_contracts(&config, &store, arguments.partner.as_deref())?;
    let today = time::now().day().date();
    let mut report = SettlementReport::default();
    let mut divided_otherwise = Vec::new();
    for contract in contracts {
        let settlement = PartnerSettlement::read(&store, &contract, today)?;
        divided_otherwise.extend(settlement.divided_otherwise());
        let added = report.add(&settlement, shown);
        added.with_context(|| format!("the amounts of {} are too large to be added up", contract.partner))?;
    }
    let is_overdue = report.is_overdue;
    let rows = report.rows.into_iter().map(|row| row.map(TableValue::Text).into());
    let table = Table { columns: &COLUMNS, rows: rows.collect() };
    let otherwise: String = divided_otherwise.iter().map(|sentence| format!("{sentence}\n")).collect();
    print(&match arguments.format {
        OutputFormat::Table => format!("{}\n{otherwise}", render_table(&table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    })?;
    Ok(if is_overdue { CommandOutcome::ProblemFound } else { CommandOutcome::Success })
}

fn shown_months(arguments: &SettlementArguments) -> anyhow::Result<ShownMonths> {
    let month = |text: &Option<String>, option: &str| {
        let parsed = text.as_deref().map(|text| {
            YearMonth::parse(text).with_context(|| format!("{option} {text}: this must be a month, YYYY-MM"))
        });
        parsed.transpose()
    };
    let (from, to) = (month(&arguments.from, "--from")?, month(&arguments.to, "--to")?);
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        anyhow::bail!("--from {from} is after --to {to}; swap them");
    }
    Ok(ShownMonths { from, to })
}
