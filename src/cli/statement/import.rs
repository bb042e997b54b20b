//! `qsproxy statement import`: reads files, shows what they change, and stores all or none.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::billing::books_change::{BooksChange, is_about};
use crate::billing::contract::Contract;
use crate::billing::profile::Profile;
use crate::billing::revision::exchanged_days;
use crate::billing::statement::{Statement, StatementRow};
use crate::billing::statement_event::StatementEventKind;
use crate::billing::store::{BillingStore, ImportOutcome, StatementState, StatementsInForce, StoredStatement, is_same};
use crate::billing::text_pattern::matches_pattern;
use crate::billing::year_month::YearMonth;
use crate::cli::billing::{find_contract, open_store};
use crate::cli::output::{CommandOutcome, print};
use crate::cli::statement::changes_text::{changes_text, doubt_text, refusal_text, state_text};
use crate::cli::statement::prepare::{self, NamedCodes};
use crate::cli::statement::put_in_force::state_of;
use crate::cli::statement::read_file;
use crate::cli::statement::summary::{counted, summary};
use crate::config::Config;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time;

/// Arguments of `statement import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The partner's name in the configuration
    #[arg(long)]
    partner: String,
    /// The files, exactly as the partner delivered them: CSV, TSV, JSON, XML, XLSX or ODS, also compressed with gzip or in a ZIP file. All
    /// are imported, or none
    #[arg(required = true)]
    files: Vec<PathBuf>,
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
    /// The file covers this month, or these days, where the partner leaves out days without traffic (missing_days = "zero"): those before its
    /// first row and after its last one count as zero, too
    #[arg(long, value_name = "YYYY-MM|FIRST..LAST", value_parser = parse_days)]
    covers: Option<(Date, Date)>,
    /// All numbers of the file are preliminary; they never replace others
    #[arg(long)]
    preliminary: bool,
    /// Leave files alone that were imported before, also those that are not in force any more, such as an estimate after the final file
    #[arg(long, conflicts_with = "replace")]
    skip_known: bool,
    /// Import the file even if it lowers numbers, drops rows, or looks older than what is in force
    #[arg(long)]
    replace: bool,
    /// Whether the file contains what other statements have corrected of its days
    #[arg(long, value_enum)]
    corrections: Option<KnownCorrections>,
}

/// Where the corrections of a file's days are that other statements have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KnownCorrections {
    /// In the file: they are not added to it
    Contained,
    /// Not in the file: they are added to it
    Added,
}

/// A file that was read.
struct ReadFile<'r> {
    path: &'r Path,
    statement: Statement,
    /// How many of its rows are of days that are not over.
    unfinished: usize,
}

/// What the files are imported with.
struct Request<'r> {
    partner: &'r ConfigName,
    profile: &'r Profile,
    arguments: &'r Import,
    /// Today, in the partner's zone.
    today: Date,
}

/// What an import does with a file.
struct FileResult {
    /// What to print.
    text: String,
    /// Why it is refused.
    refusal: Option<String>,
    /// What to print if it is stored.
    stored: String,
}

/// Why nothing is stored.
enum NotStored {
    /// A file is refused, or it was only tried.
    Results(Vec<FileResult>),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NotStored {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Imports files, all or none: if one is rejected or refused, nothing is imported from any.
///
/// # Errors
/// A rejected file, with every issue; a partner without a profile; a change that is refused; a store that cannot be opened or written.
pub(super) fn import_files(config: &Config, arguments: &Import) -> anyhow::Result<CommandOutcome> {
    let Import { partner, files, member, .. } = arguments;
    let Contract { partner, profile, .. } = find_contract(config, partner)?;
    let profile = profile.as_ref().with_context(|| {
        format!("partner {partner} has no statement = {{ … }}; add one, such as {{ preset = \"adsense-api\" }}")
    })?;
    let mut profile = profile.clone();
    profile.member = member.clone().or(profile.member);
    profile.rules.covers = arguments.covers;
    let request = Request { partner, profile: &profile, arguments, today: today(&profile)? };
    let mut read = Vec::new();
    let mut errors = Vec::new();
    for path in files {
        match read_statement(path, &request) {
            Ok((statement, unfinished)) => read.push(ReadFile { path, statement, unfinished }),
            Err(error) => errors.push(format!("{error:#}")),
        }
    }
    if !errors.is_empty() {
        bail!("{}\nqsproxy: {}", errors.join("\nqsproxy: "), nothing_imported(files));
    }
    let stored = open_store(config)?.change(|store| {
        let results: Vec<FileResult> =
            read.iter().map(|file| in_transaction(store, &request, file)).collect::<Result<_, StoreError>>()?;
        let is_stored = !arguments.dry_run && results.iter().all(|result| result.refusal.is_none());
        if is_stored { Ok(results) } else { Err(NotStored::Results(results)) }
    });
    let results = match stored {
        Ok(results) | Err(NotStored::Results(results)) => results,
        Err(NotStored::Store(error)) => return Err(error.into()),
    };
    let is_refused = results.iter().any(|result| result.refusal.is_some());
    let is_stored = !is_refused && !arguments.dry_run;
    let texts =
        results.iter().flat_map(|FileResult { text, stored, .. }| [text.as_str(), if is_stored { stored } else { "" }]);
    let printed = print(&texts.collect::<String>())?;
    let refusals = results.iter().zip(&read).filter_map(|(result, file)| Some((file, result.refusal.as_ref()?)));
    let refusals: Vec<String> = refusals.map(|(file, why)| format!("{}: {why}", file.path.display())).collect();
    if !is_refused {
        return if arguments.dry_run { print("nothing was imported (--dry-run)\n") } else { Ok(printed) };
    }
    bail!("{}\nqsproxy: {}", refusals.join("\nqsproxy: "), nothing_imported(files))
}

/// Parses a month, or the first and the last of some days.
fn parse_days(text: &str) -> Result<(Date, Date), String> {
    if let Some(month) = YearMonth::parse(text) {
        return Ok((month.first_day(), month.last_day()));
    }
    let days = text.split_once("..").and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    let days = days.filter(|(first, last): &(Date, Date)| first <= last);
    days.ok_or_else(|| "expected a month, 2026-10, or its first and last day, 2026-10-01..2026-10-31".to_owned())
}

/// Says that nothing was imported.
fn nothing_imported(files: &[PathBuf]) -> String {
    match files {
        [file] => format!("nothing was imported from {}", file.display()),
        several => format!("nothing was imported from any of the {} files", several.len()),
    }
}

/// Reads a file and applies what the operator says about it.
///
/// # Errors
/// A line for each issue, with the file's name.
fn read_statement(path: &Path, request: &Request<'_>) -> anyhow::Result<(Statement, usize)> {
    let Request { profile, arguments, today, .. } = request;
    let Import { codes, codes_of_file, preliminary, .. } = arguments;
    let mut statement = read_file::read(path, profile)?;
    let named = match (codes.is_empty(), codes_of_file) {
        (false, _) => NamedCodes::These(codes.clone()),
        (true, true) => NamedCodes::OfFile,
        (true, false) => NamedCodes::All,
    };
    prepare::limit_codes(&mut statement, &named, !profile.columns.code.is_empty())
        .and_then(|()| prepare::check(&statement, *today))
        .with_context(|| path.display().to_string())?;
    let unfinished = prepare::mark_unfinished(&mut statement, *today);
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_preliminary = |pattern: &String| matches_pattern(&name, &pattern.to_lowercase());
    if *preliminary || profile.rules.preliminary_files.iter().any(is_preliminary) {
        prepare::mark_preliminary(&mut statement);
    }
    Ok((statement, unfinished))
}

/// Returns today in the zone of the partner's days.
fn today(profile: &Profile) -> anyhow::Result<Date> {
    let seconds = i64::try_from(time::now().0).context("the clock")?;
    Ok(profile.zone.to_datetime(jiff::Timestamp::from_second(seconds).context("the clock")?).date())
}

fn in_transaction(store: &BillingStore, request: &Request<'_>, file: &ReadFile<'_>) -> Result<FileResult, StoreError> {
    let Request { partner, arguments, .. } = request;
    let ReadFile { path, statement, unfinished } = file;
    let mut output = summary(path, statement);
    if *unfinished > 0 {
        let rows = counted(*unfinished as u64, "row is", "rows are");
        output += &format!("{rows} of days that are not over, and preliminary: import a later file for them\n");
    }
    let statements = store.statements(Some(partner))?;
    let own = statement.first..=statement.last;
    let days = (&own, statement.corrections.as_slice());
    let same = statements.iter().find(|before| is_same(before, statement));
    if let Some(same) = same {
        let state = state_of(store, partner, same)?;
        let is_in_force = state == StatementState::InForce;
        let is_changed = !is_in_force || corrections_event(store, request, statement, same.number)?.is_some();
        if !(arguments.replace && is_changed) {
            return Ok(imported_before(output, same, &state, arguments.skip_known));
        }
    }
    let act = || enter(store, request, statement, same.map(|same| same.number));
    let (change, outcome) = BooksChange::make(store, partner, days, act)?;
    let closings: Vec<_> = store.closings()?.into_iter().filter(|closing| closing.partner == **partner).collect();
    let text = output + &changes_text(&change, &closings);
    if let Some(refusal) = change.refusal(store, partner, &own, false)? {
        return Ok(FileResult { text, refusal: Some(refusal_text(&refusal)), stored: String::new() });
    }
    let mut questions: Vec<String> = corrections_question(request, statement, &change, &outcome).into_iter().collect();
    let mut doubts = doubts(request, statement, &change, &statements);
    let others = store.statements(None)?;
    let is_of_other =
        |other: &&StoredStatement| other.sha256.to_string() == statement.sha256 && other.partner != partner.as_str();
    doubts.extend(others.iter().find(is_of_other).map(|other| {
        format!("the same file was imported for another partner, {}, as statement {}", other.partner, other.number)
    }));
    if !doubts.is_empty() && !arguments.replace {
        questions.push(format!("{}; if the file is right, import it with --replace", doubts.join("; ")));
    }
    if !questions.is_empty() {
        return Ok(FileResult { text, refusal: Some(questions.join("; ")), stored: String::new() });
    }
    let stored = match outcome {
        ImportOutcome::New { number, revision: 1 } => format!("imported as statement {number} of {partner}\n"),
        ImportOutcome::New { number, revision } => {
            format!("imported as statement {number} of {partner}, revision {revision} for these days\n")
        }
        ImportOutcome::Same { number } => format!("statement {number} of {partner} is in force again\n"),
    };
    // Whether it is stored depends on the other files.
    Ok(FileResult { text, refusal: None, stored })
}

/// Enters a statement into the books, or puts the one of this number in force again, with what the operator says of its corrections.
fn enter(
    store: &BillingStore,
    request: &Request<'_>,
    statement: &Statement,
    same: Option<i64>,
) -> Result<ImportOutcome, StoreError> {
    let (Request { partner, .. }, today) = (request, time::now().day());
    let outcome = match same {
        Some(number) => ImportOutcome::Same { number },
        None => store.add_statement(partner, statement, today)?,
    };
    let (ImportOutcome::Same { number } | ImportOutcome::New { number, .. }) = outcome;
    // Corrections of statements that this one replaces are not added to it anyway.
    let event = corrections_event(store, request, statement, number)?;
    if same.is_some() {
        store.add_event(number, StatementEventKind::Used, today, "")?;
    }
    if let Some(event) = event {
        store.add_event(number, event, today, "")?;
    }
    Ok(outcome)
}

/// Returns what the operator says of the corrections of a statement's days by others, if it is news.
fn corrections_event(
    store: &BillingStore,
    request: &Request<'_>,
    statement: &Statement,
    number: i64,
) -> Result<Option<StatementEventKind>, StoreError> {
    let Request { partner, arguments, .. } = request;
    let own = statement.first..=statement.last;
    Ok(match arguments.corrections {
        Some(KnownCorrections::Contained) => {
            let mut others = store.older_rows(partner)?.into_iter().filter(|older| older.statement != number);
            let is_corrected = others.any(|older| older.is_in_force && is_about(&older.row, &own, &statement.codes));
            is_corrected.then_some(StatementEventKind::WithCorrections)
        }
        Some(KnownCorrections::Added) => {
            let (statements, events) = (store.statements(Some(partner))?, store.statement_events(Some(partner))?);
            let in_force = StatementsInForce::new(&statements, &events, i64::MAX);
            in_force.contains_corrections(number).then_some(StatementEventKind::WithoutCorrections)
        }
        None => None,
    })
}

/// Returns what to ask about corrections of the file's days by other statements, unless the operator has said where they are.
fn corrections_question(
    request: &Request<'_>,
    statement: &Statement,
    change: &BooksChange,
    outcome: &ImportOutcome,
) -> Option<String> {
    let (ImportOutcome::Same { number } | ImportOutcome::New { number, .. }) = outcome;
    let own = statement.first..=statement.last;
    let added = change.added_corrections(*number, (&own, &statement.codes));
    let first = added.iter().min_by_key(|older| older.row.day).filter(|_| request.arguments.corrections.is_none())?;
    let corrections = counted(added.len() as u64, "correction of its days is", "corrections of its days are");
    Some(format!(
        "{corrections} in other statements, such as that of {} in statement {}, and would be added to it; if the file contains them, \
         import it with --corrections contained, and if not, with --corrections added",
        first.row.day, first.statement
    ))
}

/// Returns what to say of a file that is in the store.
fn imported_before(output: String, same: &StoredStatement, state: &StatementState, skip_known: bool) -> FileResult {
    let StoredStatement { number, first, last, .. } = same;
    let text = format!("{output}statement {number}, {first} to {last}, is {}\n", state_text(state));
    if *state == StatementState::InForce {
        let before = format!("this file was imported before, as statement {number}; nothing changes\n");
        return FileResult { text: text + &before, refusal: None, stored: String::new() };
    }
    if skip_known {
        let before = format!("this file was imported before, as statement {number}; nothing changes (--skip-known)\n");
        return FileResult { text: text + &before, refusal: None, stored: String::new() };
    }
    let why = format!(
        "this file was imported before, as statement {number}, which is not in force for all its days and codes; `qsproxy statement use \
         {number}` puts it in force again, and so does this import with --replace"
    );
    FileResult { text, refusal: Some(why), stored: String::new() }
}

/// Returns what needs the operator's word.
fn doubts(
    request: &Request<'_>,
    statement: &Statement,
    change: &BooksChange,
    statements: &[StoredStatement],
) -> Vec<String> {
    let Request { profile, today, .. } = request;
    let own = statement.first..=statement.last;
    let is_contained = |correction: &StatementRow| {
        request.arguments.corrections == Some(KnownCorrections::Contained)
            && is_about(correction, &own, &statement.codes)
    };
    let mut doubts: Vec<String> = change.doubts(&own, statements, is_contained).iter().map(doubt_text).collect();
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
