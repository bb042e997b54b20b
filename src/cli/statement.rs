//! `qsproxy statement`.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};

use crate::billing::contract::Contract;
use crate::billing::import::{self, ImportError, Progress};
use crate::billing::money::Micros;
use crate::billing::sniff;
use crate::billing::statement::{LeftOut, Row, Statement};
use crate::billing::store::{BillingStore, ImportOutcome, StoredStatement};
use crate::cli::{CommandOutcome, OutputFormat};
use crate::config::Config;
use crate::name::ConfigName;
use crate::report::table::{Table, TableValue};
use crate::time;

/// Files from this many bytes on show how far they are read: smaller ones are read at once.
const LARGE: u64 = 8 << 20;

/// What is done with statements.
#[derive(Debug, Subcommand)]
pub enum Statements {
    /// Read a partner's statement into the store
    Import(Import),
    /// Propose a profile for a file that no profile reads yet, with what to ask the partner
    Profile {
        /// The file, as it came
        file: PathBuf,
    },
    /// Show which statements are in the store
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: OutputFormat,
    },
}

/// Arguments of `statement import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Whose statement it is, as the configuration names the partner
    #[arg(long)]
    partner: String,
    /// The file, as it came: CSV, TSV or JSON, packed with gzip or not
    file: PathBuf,
    /// Read it, say what would change, and enter nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs a command about statements.
///
/// # Errors
/// A file that is refused, with every place; a partner without a profile; a store that cannot be written.
pub fn run(config: &Path, command: &Statements) -> anyhow::Result<CommandOutcome> {
    if let Statements::Profile { file } = command {
        let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
        return crate::cli::print(&sniff::propose(&bytes).map_err(|what| anyhow!("{}: {what}", file.display()))?);
    }
    let config = crate::cli::load(config)?;
    match command {
        Statements::Import(arguments) => enter(&config, arguments),
        Statements::List { format } => list(&config, *format),
        Statements::Profile { .. } => Ok(CommandOutcome::Fine),
    }
}

/// What is agreed with the partner of this name.
///
/// # Errors
/// There is no such partner.
pub(super) fn terms<'c>(config: &'c Config, partner: &str) -> anyhow::Result<&'c Contract> {
    let found = config.terms.iter().find(|terms| terms.partner.as_str() == partner);
    let known = || config.terms.iter().map(|terms| terms.partner.as_str()).collect::<Vec<_>>().join(", ");
    found.with_context(|| format!("--partner {partner}: the configuration has no such partner; there are {}", known()))
}

/// The books of the configuration's store.
///
/// # Errors
/// What the store is instead.
pub(super) fn books(config: &Config) -> anyhow::Result<BillingStore> {
    let store = &config.counts.store;
    BillingStore::open(store).map_err(|error| anyhow!("[counts] store: {store}: {error}"))
}

fn enter(config: &Config, arguments: &Import) -> anyhow::Result<CommandOutcome> {
    let Import { partner, file, dry_run } = arguments;
    let Contract { partner, profile, .. } = terms(config, partner)?;
    let profile = profile.as_ref().with_context(|| {
        format!("partner {partner} has no statement = {{ … }}; add one, such as {{ preset = \"adsense-api\" }}")
    })?;
    let statement = read(file, profile)?;
    let books = books(config)?;
    let before = books.rows(partner, statement.first, statement.last)?;
    let before: Vec<Row> = before.into_iter().map(|(_, row)| row).collect();
    let known = books.statements(Some(partner))?;
    let mut told = summary(file, &statement);
    if let Some(same) = known.iter().find(|entry| entry.sha256 == statement.sha256) {
        told += &format!("this file is statement {} already; nothing changes\n", same.number);
        return crate::cli::print(&told);
    }
    told += &changes(&before, &statement.rows);
    if *dry_run {
        return crate::cli::print(&(told + "nothing was entered (--dry-run)\n"));
    }
    told += &entered(&books, partner, &statement)?;
    crate::cli::print(&told)
}

fn entered(books: &BillingStore, partner: &ConfigName, statement: &Statement) -> anyhow::Result<String> {
    Ok(match books.add_statement(partner, statement, time::now().day())? {
        ImportOutcome::New { number, revision: 1 } => format!("entered as statement {number} of {partner}\n"),
        ImportOutcome::New { number, revision } => {
            format!("entered as statement {number} of {partner}, revision {revision} of its days\n")
        }
        ImportOutcome::Same { number } => format!("this file is statement {number} already; nothing changes\n"),
    })
}

fn read(file: &Path, profile: &crate::billing::profile::Profile) -> anyhow::Result<Statement> {
    let shown = file.display();
    let open = File::open(file).with_context(|| shown.to_string())?;
    let size = open.metadata().map_or(0, |metadata| metadata.len());
    let progress = Rc::new(Progress::default());
    let watch = size >= LARGE && std::io::stderr().is_terminal();
    let mut told = 0;
    let mut step = || {
        let share = progress.taken.get().saturating_mul(100) / size.max(1);
        if watch && share > told {
            told = share;
            // A terminal that is gone is no reason to stop.
            let _ = write!(std::io::stderr(), "\r{shown}: {share} %");
        }
    };
    let found = import::read(open, profile, &progress, &mut step);
    if told > 0 {
        let _ = writeln!(std::io::stderr());
    }
    match found {
        Ok(statement) => Ok(statement),
        Err(ImportError::File(error)) => Err(error).with_context(|| shown.to_string()),
        Err(ImportError::Rejected(rejections)) => {
            let lines: Vec<String> = rejections.iter().map(|rejection| format!("{shown}: {rejection}")).collect();
            bail!("{}\nqsproxy: nothing of {shown} was entered", lines.join("\nqsproxy: "))
        }
    }
}

/// Sums of what is told.
fn sums(rows: &[Row]) -> [String; 3] {
    let sum = |of: &dyn Fn(&Row) -> Option<i64>| {
        rows.iter().try_fold(0_i64, |sum, row| sum.checked_add(of(row)?)).map(|sum| sum.to_string())
    };
    let money = rows.iter().try_fold(Micros(0), |sum, row| sum.plus(row.revenue?));
    let unknown = || "not told".to_owned();
    [
        sum(&|row| row.searches).unwrap_or_else(unknown),
        sum(&|row| row.clicks).unwrap_or_else(unknown),
        money.map_or_else(unknown, |money| money.to_string()),
    ]
}

fn summary(file: &Path, statement: &Statement) -> String {
    let Statement { first, last, currency, rows, left_out, .. } = statement;
    let [searches, clicks, money] = sums(rows);
    let currency = currency.map_or(String::new(), |currency| format!(" {}", currency.as_str()));
    let LeftOut { totals, repeated, footers, headers, rounded } = *left_out;
    let mut told = format!(
        "{}: {first} to {last}, {} rows by day and code: searches {searches}, clicks {clicks}, money {money}{currency}\n",
        file.display(),
        rows.len()
    );
    for (n, what) in [
        (totals, "rows of totals, which agree with the sum"),
        (repeated, "rows that stood there before to the letter"),
        (footers, "lines that are no rows"),
        (headers, "headers that stood there again"),
    ] {
        if n > 0 {
            told += &format!("left out: {n} {what}\n");
        }
    }
    if rounded > 0 {
        told += &format!("{rounded} amounts had decimals beyond the millionth and were rounded\n");
    }
    told
}

/// What a statement changes of what held before, day by day.
fn changes(before: &[Row], after: &[Row]) -> String {
    if before.is_empty() {
        return String::new();
    }
    let key = |row: &Row| (row.day, row.code.clone());
    let mut keys: Vec<_> = before.iter().chain(after).map(key).collect();
    keys.sort();
    keys.dedup();
    let cell =
        |rows: &[Row], wanted: &(jiff::civil::Date, String)| rows.iter().find(|row| key(row) == *wanted).cloned();
    let columns = &["day", "code", "clicks_before", "clicks", "revenue_before", "revenue"];
    let number = |n: Option<i64>| n.map_or(TableValue::Nothing, |n| TableValue::Text(n.to_string()));
    let amount =
        |amount: Option<Micros>| amount.map_or(TableValue::Nothing, |amount| TableValue::Text(amount.to_string()));
    let mut rows = Vec::new();
    for wanted in keys {
        let (old, new) = (cell(before, &wanted), cell(after, &wanted));
        if old == new {
            continue;
        }
        let of = |row: &Option<Row>| row.as_ref().map_or((None, None), |row| (row.clicks, row.revenue));
        let ((old_clicks, old_money), (clicks, money)) = (of(&old), of(&new));
        let (day, code) = wanted;
        rows.push(vec![
            TableValue::Text(day.to_string()),
            TableValue::Text(code),
            number(old_clicks),
            number(clicks),
            amount(old_money),
            amount(money),
        ]);
    }
    if rows.is_empty() {
        return "it says what held before of the same days\n".to_owned();
    }
    format!("it changes what held before:\n{}\n", crate::cli::report::table(&Table { columns, rows }))
}

fn list(config: &Config, format: OutputFormat) -> anyhow::Result<CommandOutcome> {
    let columns = &["number", "partner", "imported", "first", "last", "revision", "currency", "sha256"];
    let row = |entry: StoredStatement| {
        let texts = [entry.imported, entry.first, entry.last].map(TableValue::Text);
        let number = |n: i64| TableValue::Count(n.unsigned_abs());
        let ends = [number(entry.revision), TableValue::Text(entry.currency), TableValue::Text(entry.sha256)];
        [number(entry.number), TableValue::Text(entry.partner)].into_iter().chain(texts).chain(ends).collect()
    };
    let rows = books(config)?.statements(None)?.into_iter().map(row).collect();
    let sheet = Table { columns, rows };
    crate::cli::print(&match format {
        OutputFormat::Table => format!("{}\n", crate::cli::report::table(&sheet)),
        OutputFormat::Csv => sheet.csv()?,
        OutputFormat::Json => sheet.json(),
    })
}
