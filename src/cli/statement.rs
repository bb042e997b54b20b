//! `qsproxy statement`: imports, lists and profiles partners' statements.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};

use crate::billing::contract::Contract;
use crate::billing::import::{self, ImportError, Progress};
use crate::billing::money::Micros;
use crate::billing::profile::Profile;
use crate::billing::profile_proposal;
use crate::billing::revision::{RowChange, changes};
use crate::billing::statement::{LeftOut, Statement, StatementRow};
use crate::billing::store::{ImportOutcome, StoredStatement};
use crate::cli::billing::{find_contract, open_store};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::config::Config;
use crate::report::table::{Table, TableValue};
use crate::time;

/// The size in bytes from which an import shows its progress. Smaller files take less than a second.
const PROGRESS_FROM: u64 = 8 << 20;

/// Subcommands of `statement`.
#[derive(Debug, Subcommand)]
pub enum Statements {
    /// Import a partner's statement into the store
    Import(Import),
    /// Propose a profile for a statement's file, with questions where the file leaves a choice
    Profile {
        /// The file, exactly as the partner delivered it
        file: PathBuf,
    },
    /// List the statements in the store
    List {
        /// Output format
        #[arg(long, value_enum, default_value = "table")]
        format: OutputFormat,
    },
}

/// Arguments of `statement import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The partner's name in the configuration
    #[arg(long)]
    partner: String,
    /// The file, exactly as the partner delivered it: CSV, TSV, JSON, XML, XLSX or ODS, also compressed with gzip or in a ZIP file
    file: PathBuf,
    /// The file in a ZIP file that is the statement; * stands for any text
    #[arg(long, value_name = "NAME")]
    member: Option<String>,
    /// Read the file and show what it would change, without importing it
    #[arg(long)]
    dry_run: bool,
}

/// Runs a subcommand of `statement`.
///
/// # Errors
/// A rejected file, with every issue; a partner without a profile; a store that cannot be opened or written.
pub fn run(config: &Path, command: &Statements) -> anyhow::Result<CommandOutcome> {
    match command {
        Statements::Import(arguments) => import_file(&load_config(config)?, arguments),
        Statements::List { format } => list(&load_config(config)?, *format),
        Statements::Profile { file } => {
            let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
            let proposal = profile_proposal::propose(&bytes);
            print(&proposal.map_err(|message| anyhow!("{}: {message}", file.display()))?)
        }
    }
}

fn import_file(config: &Config, arguments: &Import) -> anyhow::Result<CommandOutcome> {
    let Import { partner, file, member, dry_run } = arguments;
    let Contract { partner, profile, .. } = find_contract(config, partner)?;
    let profile = profile.as_ref().with_context(|| {
        format!("partner {partner} has no statement = {{ … }}; add one, such as {{ preset = \"adsense-api\" }}")
    })?;
    let mut profile = profile.clone();
    profile.member = member.clone().or(profile.member);
    let statement = read(file, &profile)?;
    let store = open_store(config)?;
    let mut output = summary(file, &statement);
    let imported = store.statements(Some(partner))?;
    if let Some(same) = imported.iter().find(|entry| entry.sha256.to_string() == statement.sha256) {
        output += &already_imported(same.number);
        return print(&output);
    }
    let in_force = store.statement_rows(partner, statement.first..=statement.last)?;
    let in_force: Vec<StatementRow> = in_force.into_iter().map(|(_, row)| row).collect();
    output += &revision(&in_force, &statement.rows);
    if *dry_run {
        return print(&(output + "nothing was imported (--dry-run)\n"));
    }
    output += &match store.add_statement(partner, &statement, time::now().day())? {
        ImportOutcome::New { number, revision: 1 } => format!("imported as statement {number} of {partner}\n"),
        ImportOutcome::New { number, revision } => {
            format!("imported as statement {number} of {partner}, revision {revision} for these days\n")
        }
        ImportOutcome::Same { number } => already_imported(number),
    };
    print(&output)
}

fn already_imported(number: i64) -> String {
    format!("this file was imported before, as statement {number}; nothing changes\n")
}

fn read(file: &Path, profile: &Profile) -> anyhow::Result<Statement> {
    let name = file.display();
    let open = File::open(file).with_context(|| name.to_string())?;
    let size = open.metadata().with_context(|| name.to_string())?.len();
    let progress = Rc::new(Progress::default());
    let shows_progress = size >= PROGRESS_FROM && std::io::stderr().is_terminal();
    let mut shown_percent = 0;
    let mut on_row = || {
        let percent = progress.bytes_read.get().saturating_mul(100) / size.max(1);
        if shows_progress && percent > shown_percent {
            shown_percent = percent;
            // The import goes on if the terminal is gone.
            let _ = write!(std::io::stderr(), "\r{name}: {percent} %");
        }
    };
    let result = import::read(open, profile, &progress, &mut on_row);
    if shown_percent > 0 {
        let _ = writeln!(std::io::stderr());
    }
    match result {
        Ok(statement) => Ok(statement),
        Err(ImportError::File(error)) => Err(error).with_context(|| name.to_string()),
        Err(ImportError::Rejected(issues)) => {
            let lines: Vec<String> = issues.iter().map(|issue| format!("{name}: {issue}")).collect();
            bail!("{}\nqsproxy: nothing was imported from {name}", lines.join("\nqsproxy: "))
        }
    }
}

/// StatementSums of a statement's rows, as text; "not reported" if a row lacks the value.
struct StatementSums {
    searches: String,
    clicks: String,
    revenue: String,
}

impl StatementSums {
    fn new(rows: &[StatementRow]) -> Self {
        let not_reported = || "not reported".to_owned();
        let sum = |column: fn(&StatementRow) -> Option<i64>| {
            let sum = rows.iter().try_fold(0_i64, |sum, row| sum.checked_add(column(row)?));
            sum.map_or_else(not_reported, |sum| sum.to_string())
        };
        let revenue = rows.iter().try_fold(Micros(0), |sum, row| sum.checked_add(row.revenue?));
        Self {
            searches: sum(|row| row.searches),
            clicks: sum(|row| row.clicks),
            revenue: revenue.map_or_else(not_reported, |sum| sum.to_string()),
        }
    }
}

fn summary(file: &Path, statement: &Statement) -> String {
    let Statement { first, last, currency, rows, left_out, .. } = statement;
    let StatementSums { searches, clicks, revenue } = StatementSums::new(rows);
    let currency = currency.map_or(String::new(), |currency| format!(" {}", currency.as_str()));
    let LeftOut { totals, repeated, footers, headers, rounded, zero_days, hidden } = *left_out;
    let mut output = format!(
        "{}: {first} to {last}, {} by day and code: searches {searches}, clicks {clicks}, revenue {revenue}{currency}\n",
        file.display(),
        counted(rows.len() as u64, "row", "rows")
    );
    for (n, one, several) in [
        (totals, "row of totals, which agrees with the sum", "rows of totals, which agree with the sum"),
        (repeated, "row that repeats another one", "rows that repeat others"),
        (footers, "line that the profile ignores", "lines that the profile ignores"),
        (headers, "repeated header", "repeated headers"),
    ] {
        if n > 0 {
            output += &format!("left out: {}\n", counted(n, one, several));
        }
    }
    if zero_days > 0 {
        output += &format!("{} left out by the partner, taken as zero\n", counted(zero_days, "day", "days"));
    }
    if hidden > 0 {
        output +=
            &format!("{} read, too\n", counted(hidden, "hidden row of the sheet was", "hidden rows of the sheet were"));
    }
    if rounded > 0 {
        let amounts = counted(rounded, "amount was", "amounts were");
        output += &format!("{amounts} rounded to a millionth of the currency unit\n");
    }
    output
}

fn counted(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}

/// Describes what a statement changes of the rows in force.
fn revision(in_force: &[StatementRow], rows: &[StatementRow]) -> String {
    if in_force.is_empty() {
        return String::new();
    }
    let count = |n: Option<i64>| n.map_or(TableValue::Empty, |n| TableValue::Text(n.to_string()));
    let amount =
        |amount: Option<Micros>| amount.map_or(TableValue::Empty, |amount| TableValue::Text(amount.to_string()));
    let line = |RowChange { before, after, day, code }: RowChange<'_>| {
        vec![
            TableValue::Text(day.to_string()),
            TableValue::Text(code.to_owned()),
            count(before.and_then(|row| row.clicks)),
            count(after.and_then(|row| row.clicks)),
            amount(before.and_then(|row| row.revenue)),
            amount(after.and_then(|row| row.revenue)),
        ]
    };
    let rows: Vec<_> = changes(in_force, rows).into_iter().map(line).collect();
    if rows.is_empty() {
        return "it reports the same values for these days as before\n".to_owned();
    }
    let columns = &["day", "code", "clicks_before", "clicks", "revenue_before", "revenue"];
    format!("it changes these values:\n{}\n", render_table(&Table { columns, rows }))
}

fn list(config: &Config, format: OutputFormat) -> anyhow::Result<CommandOutcome> {
    let columns = &["number", "partner", "imported", "first", "last", "revision", "currency", "sha256"];
    let row = |entry: StoredStatement| {
        let texts = [entry.imported, entry.first, entry.last].map(|day| TableValue::Text(day.to_string()));
        let number = |n: i64| TableValue::Count(n.unsigned_abs());
        let currency = entry.currency.map_or(String::new(), |currency| currency.as_str().to_owned());
        let sha256 = TableValue::Text(entry.sha256.to_string());
        let ends = [number(entry.revision), TableValue::Text(currency), sha256];
        [number(entry.number), TableValue::Text(entry.partner)].into_iter().chain(texts).chain(ends).collect()
    };
    let rows = open_store(config)?.statements(None)?.into_iter().map(row).collect();
    let table = Table { columns, rows };
    print(&match format {
        OutputFormat::Table => format!("{}\n", render_table(&table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    })
}
