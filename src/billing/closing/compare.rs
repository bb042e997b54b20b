//! Compares a signed record with the store.

use std::fmt;
use std::ops::Range;

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::correction::{CorrectionRecord, RecordReference};
use crate::billing::closing::count_lines::{CountLines, StoredMonth, compare_counts};
use crate::billing::closing::details::BooksState;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::export::archived;
use crate::billing::closing::files::{
    ADJUSTMENTS_FILE, BOOKS_FILE, COUNTS_DAILY_FILE, COUNTS_FILE, books_csv, books_difference, counts_csv,
    counts_daily_csv,
};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::note::Note;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::version_1::{closed_statement_rows, compare_counts_1, imported_by, statement_csv_1};
use crate::billing::digest::Sha256Digest;
use crate::billing::store::{BillingStore, BooksExtent, Closing};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::time::Hour;

/// How the store differs from a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// A column of the table of closings or corrections differs from the line with this key.
    Column(&'static str),
    /// The statement is another one; where, if it is known.
    Statement(String),
    /// The counts are others; where.
    Counts(String),
    /// Counts that had arrived after the closing were changed or removed; where.
    Adjustments(String),
    /// The archive is missing or another one.
    Archive(String),
    /// A file of the archive is not the one that was signed.
    File(String),
    /// A correction refers to a record that is not the month's.
    Reference(RecordReference),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(key) => write!(f, "the store has another {key} than the record"),
            Self::Statement(place) => {
                write!(f, "the statement in the store is not the one that was closed: {place}")
            }
            Self::Counts(place) => write!(f, "the counts in the store are not those that were closed: {place}"),
            Self::Adjustments(place) => write!(f, "adjustments in the store are not those that were signed: {place}"),
            Self::Archive(why) => f.write_str(why),
            Self::File(name) => write!(f, "closing_archives: {name} does not have the sha256 that is in the record"),
            Self::Reference(reference) => write!(f, "it refers to record {reference}, which is not the month's record"),
        }
    }
}

/// What a comparison finds.
type Compared = (Vec<Note>, Vec<Mismatch>);

/// Compares a closing with the store.
///
/// # Errors
/// A store that cannot be read.
pub(super) fn compare_closing(
    store: &BillingStore,
    ledger: &ChainLedger,
    record: &ClosingRecord,
) -> Result<Compared, ClosingError> {
    let Some(closing) = ledger.closings.iter().find(|closing| closing.number == record.number) else {
        return Ok((Vec::new(), vec![Mismatch::Column("number")]));
    };
    let (mut notes, mut mismatches) = (Vec::new(), column_mismatches(closing, record));
    // What follows is read by the columns.
    if !mismatches.is_empty() {
        return Ok((notes, mismatches));
    }
    match &record.details {
        Some(details) => {
            let month = MonthOfRecord { partner: &record.partner, month: record.month, number: record.number };
            let (found, files) = compare_books(store, ledger, &month, &details.books)?;
            mismatches.extend(found);
            mismatches.extend(compare_adjustments(store, (&closing.partner, &closing.hours), &files)?);
            match compare_archived_counts(store, ledger, closing, &files)? {
                Ok(true) => notes.push(Note::RolledUpAndArchived),
                Ok(false) => {}
                Err(place) if files.is_empty() && place.is_empty() => {}
                Err(place) => mismatches.push(Mismatch::Counts(place)),
            }
            notes.extend(later_notes(store, &month, details.books.last_statement, details.books.last_event)?);
        }
        None => {
            let rows = closed_statement_rows(store, closing, record)?;
            if Sha256Digest::of(&statement_csv_1(&rows)?) != record.statement_sha256 {
                mismatches.push(Mismatch::Statement("its hash differs".to_owned()));
            }
            match compare_counts_1(store, closing, record)? {
                Ok(true) => notes.push(Note::RolledUp),
                Ok(false) => {}
                Err(place) => mismatches.push(Mismatch::Counts(place)),
            }
            let last = record.latest_statement.map_or(0, |statement| statement.number);
            let month = MonthOfRecord { partner: &record.partner, month: record.month, number: record.number };
            let last_event = closing.statement_event.map_or_else(|| imported_by(store, record), Ok)?;
            notes.extend(later_notes(store, &month, last, last_event)?);
        }
    }
    notes.extend(adjustment_note(store, ledger, closing)?);
    Ok((notes, mismatches))
}

fn column_mismatches(closing: &Closing, record: &ClosingRecord) -> Vec<Mismatch> {
    let Closing { partner, month, hours, statement_event, .. } = closing;
    let has_event = match &record.details {
        Some(details) => *statement_event == Some(details.books.last_event),
        None => true,
    };
    let columns = [
        ("partner", *partner == record.partner),
        ("month", *month == record.month),
        ("from_hour", hours.start == record.hours.start),
        ("to_hour", hours.end == record.hours.end),
        ("statement_event", has_event),
    ];
    columns.into_iter().filter(|(_, is_same)| !is_same).map(|(key, _)| Mismatch::Column(key)).collect()
}

/// Compares a correction with the store.
///
/// # Errors
/// A store that cannot be read.
pub(super) fn compare_correction(
    store: &BillingStore,
    ledger: &ChainLedger,
    record: &CorrectionRecord,
) -> Result<Compared, ClosingError> {
    let mut mismatches = Vec::new();
    let stored = ledger.corrections.iter().find(|correction| correction.number == record.number);
    let columns = [
        ("number", stored.is_some()),
        ("partner", stored.is_none_or(|correction| correction.partner == record.partner)),
        ("month", stored.is_none_or(|correction| correction.month == record.month)),
    ];
    mismatches.extend(columns.into_iter().filter(|(_, is_same)| !is_same).map(|(key, _)| Mismatch::Column(key)));
    let is_record = |reference: &RecordReference| {
        let link = ledger.links.iter().find(|link| link.number == reference.number);
        link.is_some_and(|link| Sha256Digest::of(&link.record) == reference.sha256)
    };
    let references = std::iter::once(&record.corrects).chain(&record.after);
    mismatches
        .extend(references.filter(|reference| !is_record(reference)).map(|reference| Mismatch::Reference(*reference)));
    let month = MonthOfRecord { partner: &record.partner, month: record.month, number: record.number };
    let (found, files) = compare_books(store, ledger, &month, &record.books)?;
    mismatches.extend(found);
    mismatches.extend(compare_adjustments(store, (&record.partner, &record.hours), &files)?);
    Ok((Vec::new(), mismatches))
}

/// Finds an adjustment that a record signed and that was changed or removed since.
fn compare_adjustments(
    store: &BillingStore,
    (partner, hours): (&ConfigName, &Range<Hour>),
    files: &[NamedText],
) -> Result<Option<Mismatch>, ClosingError> {
    let Some(signed) = adjustments_in(files) else { return Ok(None) };
    let current = CountLines::parse(&counts_csv(&store.adjustments(partner, hours)?)?);
    Ok(current.and_then(|current| signed.first_decrease(&current)).map(Mismatch::Adjustments))
}

/// The counts that had arrived by the time of a record.
fn adjustments_in(files: &[NamedText]) -> Option<CountLines> {
    files.iter().find(|file| file.name == ADJUSTMENTS_FILE).and_then(|file| CountLines::parse(&file.text))
}

/// The month that a record is about.
struct MonthOfRecord<'m> {
    partner: &'m ConfigName,
    month: YearMonth,
    number: i64,
}

/// Compares the archive with the record, and the tables of statements with the archive. Returns the files of the archive; none if it is
/// not the signed one.
fn compare_books(
    store: &BillingStore,
    ledger: &ChainLedger,
    month: &MonthOfRecord<'_>,
    books: &BooksState,
) -> Result<(Vec<Mismatch>, Vec<NamedText>), ClosingError> {
    let files = match archived(ledger, month.number, books.archive_sha256) {
        Ok(files) => files,
        Err(error @ (ClosingError::NoArchive(_) | ClosingError::OtherArchive(_) | ClosingError::Archive(_))) => {
            return Ok((vec![Mismatch::Archive(error.to_string())], Vec::new()));
        }
        Err(error) => return Err(error),
    };
    let mut mismatches = Vec::new();
    for signed in &books.files {
        let file = files.iter().find(|file| file.name == signed.name);
        if file.is_none_or(|file| Sha256Digest::of(&file.text) != signed.sha256) {
            mismatches.push(Mismatch::File(signed.name.clone()));
        }
    }
    let extent = BooksExtent {
        partner: month.partner,
        days: month.month.first_day()..=month.month.last_day(),
        last_statement: books.last_statement,
        last_event: books.last_event,
    };
    let stored = books_csv(&store.books_rows(&extent)?)?;
    let closed = files.iter().find(|file| file.name == BOOKS_FILE).map_or("", |file| file.text.as_str());
    mismatches.extend(books_difference(closed, &stored).map(Mismatch::Statement));
    Ok((mismatches, files))
}

/// Compares the archived counts with the store. Returns whether hours were rolled up, or the place of the difference; an empty one if
/// there is no archive to compare with, which was reported already.
fn compare_archived_counts(
    store: &BillingStore,
    ledger: &ChainLedger,
    closing: &Closing,
    files: &[NamedText],
) -> Result<Result<bool, String>, ClosingError> {
    let Some(closed) = CountLines::of_files(files) else { return Ok(Err(String::new())) };
    let hours = &closing.hours;
    let counts = store.stored_counts(&closing.partner, hours)?;
    let file = |name: &str, text: String| NamedText { name: name.to_owned(), text };
    let texts =
        [file(COUNTS_FILE, counts_csv(&counts.hourly)?), file(COUNTS_DAILY_FILE, counts_daily_csv(&counts.daily)?)];
    let Some(counts) = CountLines::of_files(&texts) else { return Ok(Err("they cannot be read".to_owned())) };
    Ok(compare_counts(&closed, hours, &StoredMonth { counts, neighbours: neighbours(ledger, closing) }))
}

/// Returns the counts of the partner's other closed months that have an archive.
fn neighbours(ledger: &ChainLedger, closing: &Closing) -> Vec<(Range<Hour>, CountLines)> {
    let others = ledger.closings.iter().filter(|other| {
        let is_adjacent = other.hours.start == closing.hours.end || other.hours.end == closing.hours.start;
        other.partner == closing.partner && is_adjacent
    });
    let counts = |other: &Closing| {
        let details = ClosingRecord::parse(&other.record).ok()?.details?;
        let files = archived(ledger, other.number, details.books.archive_sha256).ok()?;
        Some((other.hours.clone(), CountLines::of_files(&files)?))
    };
    others.filter_map(counts).collect()
}

/// Returns what happened to the statements of a month after the closing.
fn later_notes(
    store: &BillingStore,
    month: &MonthOfRecord<'_>,
    last_statement: i64,
    last_event: i64,
) -> Result<Vec<Note>, ClosingError> {
    let days = month.month.first_day()..=month.month.last_day();
    let statements = store.statements(Some(month.partner))?;
    let of_month = || statements.iter().filter(|statement| statement.covers_any(&days));
    let mut notes = Vec::new();
    let later = of_month().filter(|later| later.number > last_statement).count();
    if later > 0 {
        notes.push(Note::LaterStatements(later));
    }
    let known = |number: i64| of_month().any(|known| known.number == number && number <= last_statement);
    let events = store.statement_events(Some(month.partner))?;
    let events = events.iter().filter(|event| event.number > last_event && known(event.statement)).count();
    if events > 0 {
        notes.push(Note::LaterEvents(events));
    }
    Ok(notes)
}

/// Returns how many clicks and searches were counted after the closing that no correction has.
fn adjustment_note(
    store: &BillingStore,
    ledger: &ChainLedger,
    closing: &Closing,
) -> Result<Option<Note>, ClosingError> {
    let total = store.adjustments(&closing.partner, &closing.hours)?.total();
    let last = match ledger.corrections_of(&closing.partner, closing.month).last() {
        Some(last) => Some((last.number, CorrectionRecord::parse(&last.record)?.books)),
        None => ClosingRecord::parse(&closing.record)?.details.map(|details| (closing.number, details.books)),
    };
    let files = last.map(|(number, books)| archived(ledger, number, books.archive_sha256).unwrap_or_default());
    let signed = adjustments_in(&files.unwrap_or_default()).map_or(0, |lines| lines.total());
    let later = total.saturating_sub(signed);
    Ok((later > 0).then_some(Note::Adjustments(later)))
}
