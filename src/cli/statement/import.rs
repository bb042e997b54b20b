//! `qsproxy statement import`: reads a file, shows what it changes, and stores it.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::civil::Date;

use crate::billing::books_change::BooksChange;
use crate::billing::contract::Contract;
use crate::billing::import::{self, ImportError, Progress};
use crate::billing::profile::Profile;
use crate::billing::revision::exchanged_days;
use crate::billing::statement::Statement;
use crate::billing::statement_event::StatementEventKind;
use crate::billing::store::{BillingStore, ImportOutcome, StatementState, StoredStatement, is_same};
use crate::cli::billing::{find_contract, open_store};
use crate::cli::output::{CommandOutcome, print};
use crate::cli::statement::changes_text::{changes_text, doubt_text, refusal_text, state_text};
use crate::cli::statement::prepare::{self, NamedCodes};
use crate::cli::statement::put_in_force::{days_of, state_of};
use crate::cli::statement::summary::summary;
use crate::config::Config;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time;

/// The size in bytes from which an import shows its progress. Smaller files take less than a second.
const PROGRESS_FROM: u64 = 8 << 20;

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
    /// The file speaks for these codes only, as the partner names them: what is in force for others stays
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    codes: Vec<String>,
    /// The file speaks only for the codes that it has rows for
    #[arg(long, conflicts_with = "codes")]
    codes_of_file: bool,
    /// All numbers of the file are preliminary; they never replace others
    #[arg(long)]
    preliminary: bool,
    /// Import the file even if it lowers numbers, drops rows, or looks older than what is in force
    #[arg(long)]
    replace: bool,
}

/// Why nothing is imported.
enum NotImported {
    /// Nothing is to be done, or it was only tried: what to print.
    Print(String),
    /// It is refused: what to print, and why.
    Refused(String, String),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NotImported {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A file that was read, and what it is imported with.
struct Request<'r> {
    partner: &'r ConfigName,
    profile: &'r Profile,
    statement: &'r Statement,
    arguments: &'r Import,
    /// Today, in the partner's zone.
    today: Date,
}

/// Imports a file, unless something stands against it.
///
/// # Errors
/// A rejected file, with every issue; a partner without a profile; a change that is refused; a store that cannot be opened or written.
pub(super) fn import_file(config: &Config, arguments: &Import) -> anyhow::Result<CommandOutcome> {
    let Import { partner, file, member, codes, codes_of_file, preliminary, .. } = arguments;
    let Contract { partner, profile, .. } = find_contract(config, partner)?;
    let profile = profile.as_ref().with_context(|| {
        format!("partner {partner} has no statement = {{ … }}; add one, such as {{ preset = \"adsense-api\" }}")
    })?;
    let mut profile = profile.clone();
    profile.member = member.clone().or(profile.member);
    let mut statement = read(file, &profile)?;
    let named = match (codes.is_empty(), codes_of_file) {
        (false, _) => NamedCodes::These(codes.clone()),
        (true, true) => NamedCodes::OfFile,
        (true, false) => NamedCodes::All,
    };
    let today = today(&profile)?;
    let prepared = prepare::limit_codes(&mut statement, &named, !profile.columns.code.is_empty())
        .and_then(|()| prepare::check(&statement, today));
    prepared.map_err(|error| not_imported(file, &error))?;
    if *preliminary {
        prepare::mark_preliminary(&mut statement);
    }
    let output = summary(file, &statement);
    let request = Request { partner, profile: &profile, statement: &statement, arguments, today };
    match open_store(config)?.change(|store| in_transaction(store, &request)) {
        Ok(text) | Err(NotImported::Print(text)) => print(&(output + &text)),
        Err(NotImported::Refused(text, why)) => {
            print(&(output + &text))?;
            bail!("{}: {why}\nqsproxy: nothing was imported from {}", file.display(), file.display())
        }
        Err(NotImported::Store(error)) => Err(error.into()),
    }
}

/// Returns today in the zone of the partner's days.
fn today(profile: &Profile) -> anyhow::Result<Date> {
    let seconds = i64::try_from(time::now().0).context("the clock")?;
    Ok(profile.zone.to_datetime(jiff::Timestamp::from_second(seconds).context("the clock")?).date())
}

fn in_transaction(store: &BillingStore, request: &Request<'_>) -> Result<String, NotImported> {
    let Request { partner, statement, arguments, .. } = request;
    let statements = store.statements(Some(partner))?;
    let today = time::now().day();
    let own = statement.first..=statement.last;
    let days = days_of(own.clone(), statement.rows.iter().chain(&statement.corrections));
    let same = statements.iter().find(|before| is_same(before, statement));
    let (change, outcome) = if let Some(same) = same {
        let state = state_of(store, partner, same)?;
        if state == StatementState::InForce || !arguments.replace {
            return Err(imported_before(same, &state));
        }
        let act = || store.add_event(same.number, StatementEventKind::Used, today, "");
        let (change, ()) = BooksChange::make(store, partner, &days, act)?;
        (change, ImportOutcome::Same { number: same.number })
    } else {
        BooksChange::make(store, partner, &days, || store.add_statement(partner, statement, today))?
    };
    let closings: Vec<_> = store.closings()?.into_iter().filter(|closing| closing.partner == **partner).collect();
    let text = changes_text(&change, &closings);
    if let Some(refusal) = change.refusal(store, partner, false)? {
        return Err(NotImported::Refused(text, refusal_text(&refusal)));
    }
    let doubts = doubts(request, &change, &statements);
    if !doubts.is_empty() && !arguments.replace {
        let why = format!("{}; if the file is right, import it with --replace", doubts.join("; "));
        return Err(NotImported::Refused(text, why));
    }
    if arguments.dry_run {
        return Err(NotImported::Print(text + "nothing was imported (--dry-run)\n"));
    }
    Ok(text
        + &match outcome {
            ImportOutcome::New { number, revision: 1 } => format!("imported as statement {number} of {partner}\n"),
            ImportOutcome::New { number, revision } => {
                format!("imported as statement {number} of {partner}, revision {revision} for these days\n")
            }
            ImportOutcome::Same { number } => format!("statement {number} of {partner} is in force again\n"),
        })
}

/// Returns what to say of a file that is in the store.
fn imported_before(same: &StoredStatement, state: &StatementState) -> NotImported {
    let StoredStatement { number, first, last, .. } = same;
    let state_line = format!("statement {number}, {first} to {last}, is {}\n", state_text(state));
    if *state == StatementState::InForce {
        let text = format!("{state_line}this file was imported before, as statement {number}; nothing changes\n");
        return NotImported::Print(text);
    }
    NotImported::Refused(
        state_line,
        format!(
            "this file was imported before, as statement {number}, which is not in force for all its days and codes; `qsproxy statement use \
             {number}` puts it in force again, and so does this import with --replace"
        ),
    )
}

/// Returns what needs the operator's word.
fn doubts(request: &Request<'_>, change: &BooksChange, statements: &[StoredStatement]) -> Vec<String> {
    let Request { profile, statement, today, .. } = request;
    let own = statement.first..=statement.last;
    let mut doubts: Vec<String> = change.doubts(&own, statements).iter().map(doubt_text).collect();
    let format = &profile.date_format;
    // A date that begins with the year has one order.
    let has_two_readings = !format.starts_with("%Y") && !format.starts_with("%F");
    let replaces = change.changes().iter().any(|row| row.before.is_some() && own.contains(&row.day));
    let exchanged = exchanged_days(statement.rows.iter(), *today).filter(|_| has_two_readings && replaces);
    if let Some([first, last]) = exchanged {
        doubts.push(format!(
            "with date_format = \"{format}\" it is about {} to {}, and replaces rows of these days; with day and month exchanged it would be \
             about {first} to {last}",
            statement.first, statement.last
        ));
    }
    doubts
}

fn not_imported(file: &Path, error: &anyhow::Error) -> anyhow::Error {
    let name = file.display();
    anyhow::anyhow!("{name}: {error}\nqsproxy: nothing was imported from {name}")
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
