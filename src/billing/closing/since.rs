//! What came after a month was closed: counts that arrived later, and what the partner states now that it did not state then.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::books_state::rows_of_month;
use crate::billing::closing::condition::Accepted;
use crate::billing::closing::correction::{CorrectionRecord, RecordReference};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::export::archived;
use crate::billing::closing::files::{ADJUSTMENTS_FILE, STATEMENT_FILE, counts_csv, statement_csv};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::signed_agreement::signed_agreement;
use crate::billing::closing::stated::{Overflow, StatedSums, stated};
use crate::billing::closing::version_1::closed_statement_rows;
use crate::billing::contract::{CodeSource, CodeTag, Contract};
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::PartnerCounts;
use crate::billing::known_tags::KnownTags;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing};
use crate::billing::year_month::YearMonth;

/// The state of a month that was signed last: by its record, or by its last correction.
#[derive(Debug)]
pub struct EarlierState {
    /// The record.
    pub reference: RecordReference,
    /// The UTC day on which it was signed.
    pub day: Date,
    /// Whether it is a record of version 1.
    pub is_version_1: bool,
    /// The statement rows, as signed.
    pub statement_csv: String,
    /// The counts that had arrived after the closing, as signed.
    pub adjustments_csv: String,
    /// What the partner stated.
    pub stated: Vec<StatedSums>,
    /// Our counted sponsored clicks, if they are known.
    pub clicks: Option<i64>,
    /// The partner's clicks.
    pub statement_clicks: Option<i64>,
    /// What was accepted by the month's record and its corrections.
    pub accepted: Vec<Accepted>,
}

/// Returns the state of a month that was signed last. `unmapped` are the codes that are in no tags; records of version 1 do not say which
/// those were.
///
/// # Errors
/// A store that cannot be read, or a record or an archive that is not the signed one.
pub fn earlier_state(
    store: &BillingStore,
    ledger: &ChainLedger,
    closing: &Closing,
    unmapped: &HashSet<&str>,
) -> Result<EarlierState, ClosingError> {
    let closed = ClosingRecord::parse(&closing.record)?;
    let mut state = closed_state(store, ledger, (closing, &closed), unmapped)?;
    for correction in ledger.corrections_of(&closing.partner, closing.month) {
        let record = CorrectionRecord::parse(&correction.record)?;
        let mut files = archived(ledger, correction.number, record.books.archive_sha256)?;
        let mut text = |name: &str| {
            let file = files.iter_mut().find(|file| file.name == name);
            file.map(|file| std::mem::take(&mut file.text)).unwrap_or_default()
        };
        state = EarlierState {
            reference: RecordReference { number: correction.number, sha256: Sha256Digest::of(&correction.record) },
            day: record.day,
            is_version_1: false,
            statement_csv: text(STATEMENT_FILE),
            adjustments_csv: text(ADJUSTMENTS_FILE),
            stated: record.books.stated,
            clicks: record.clicks.after,
            statement_clicks: record.statement_clicks.after,
            accepted: [state.accepted, record.books.accepted].concat(),
        };
    }
    Ok(state)
}

/// Returns the state that the month's record signed.
fn closed_state(
    store: &BillingStore,
    ledger: &ChainLedger,
    (closing, closed): (&Closing, &ClosingRecord),
    unmapped: &HashSet<&str>,
) -> Result<EarlierState, ClosingError> {
    let mut adjustments_csv = counts_csv(&PartnerCounts::default())?;
    let (statement_csv, stated) = match &closed.details {
        Some(details) => {
            let files = archived(ledger, closing.number, details.books.archive_sha256)?;
            let mut statement_csv = String::new();
            for NamedText { name, text } in files {
                match name.as_str() {
                    STATEMENT_FILE => statement_csv = text,
                    ADJUSTMENTS_FILE => adjustments_csv = text,
                    _ => {}
                }
            }
            (statement_csv, details.books.stated.clone())
        }
        None => {
            let rows = closed_statement_rows(store, closing, closed)?;
            (statement_csv(&rows, true)?, stated(&rows, |row| !unmapped.contains(row.code.as_str()))?)
        }
    };
    Ok(EarlierState {
        reference: RecordReference { number: closing.number, sha256: Sha256Digest::of(&closing.record) },
        day: closed.closed,
        is_version_1: closed.details.is_none(),
        statement_csv,
        adjustments_csv,
        stated,
        clicks: closed.clicks.first().copied().flatten().and_then(|clicks| i64::try_from(clicks).ok()),
        statement_clicks: closed.statement_clicks,
        accepted: closed.details.as_ref().map(|details| details.books.accepted.clone()).unwrap_or_default(),
    })
}

/// A closed month, and what came since.
#[derive(Debug)]
pub struct SinceClosing {
    /// The month's record.
    pub record: RecordReference,
    /// The UTC day on which it was closed.
    pub closed: Date,
    /// The numbers of its corrections.
    pub corrections: Vec<i64>,
    /// Whether counts arrived that no record has.
    pub has_new_counts: bool,
    /// Whether the partner states other numbers than the last record has.
    pub has_new_statement: bool,
    /// Whether the configuration has other codes, shares or payees for the month than the last record.
    pub has_new_terms: bool,
}

impl SinceClosing {
    /// Whether there is something to sign.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.has_new_counts || self.has_new_statement || self.has_new_terms
    }
}

/// Returns the sums of a month's rows by the codes that are ours. Codes that no `[[code]]` has a tag for any more, of any day, count as
/// they were signed. So do all codes of a partner that is not configured any more; one that the month's records do not name is ours if
/// another month's last record says so.
///
/// # Errors
/// A sum that does not fit.
pub fn stated_now(
    rows: &[StatementRow],
    codes: CodeSource<'_>,
    signed: &[StatedSums],
) -> Result<Vec<StatedSums>, Overflow> {
    let known = KnownTags::new(codes, rows);
    let signed_as = |row: &StatementRow, is_mapped: bool| {
        signed.iter().any(|stated| stated.is_mapped == is_mapped && stated.code == row.code)
    };
    match codes {
        CodeSource::Configured(tags) => {
            let removed = removed_codes(Some(tags), signed);
            stated(rows, |row| known.has(row) || removed.contains(&row.code))
        }
        CodeSource::Signed(_) => stated(rows, |row| !signed_as(row, false) && (signed_as(row, true) || known.has(row))),
        // Only records of version 1 leave it open which codes are ours: those of the closed statement count as ours, later ones do not.
        CodeSource::Unknown => stated(rows, |row| !signed_as(row, false) && (signed_as(row, true) || !known.has_codes)),
    }
}

/// The partner's codes that were configured when the month was signed last, and that no `[[code]]` has a tag for any more, of any day.
/// They count as they were signed: that a code was removed takes no money back.
#[must_use]
pub fn removed_codes(tags: Option<&[CodeTag]>, signed: &[StatedSums]) -> HashSet<String> {
    let is_removed = |code: &str| !code.is_empty() && tags.unwrap_or_default().iter().all(|tag| tag.tag != code);
    let mapped = signed.iter().filter(|stated| stated.is_mapped && is_removed(&stated.code));
    mapped.map(|stated| stated.code.clone()).collect()
}

/// Returns what came since a partner's month was closed; None if it is not closed.
///
/// # Errors
/// As [`earlier_state`].
pub fn since_closing(
    store: &BillingStore,
    contract: &Contract,
    month: YearMonth,
) -> Result<Option<SinceClosing>, ClosingError> {
    let partner = &contract.partner;
    let ledger = ChainLedger::read_month(store, partner, month)?;
    let Some(closing) = ledger.closing(partner, month) else { return Ok(None) };
    let state = earlier_state(store, &ledger, closing, &HashSet::new())?;
    let rows = store.statement_rows(partner, month.first_day()..=month.last_day())?;
    let rows = rows_of_month(&rows, month);
    let adjustments = counts_csv(&store.adjustments(partner, &closing.hours)?)?;
    let last = ledger.corrections_of(partner, month).last();
    let last = last.map_or((closing.number, &closing.record), |last| (last.number, &last.record));
    let signed = signed_agreement(store, last.0, last.1)?;
    let is_divided_otherwise = signed.is_some_and(|signed| contract.divides_otherwise(&signed, month));
    // A record of version 1 does not say which codes were configured.
    let is_mapped_otherwise =
        !state.is_version_1 && stated_now(&rows, contract.codes(), &state.stated)? != state.stated;
    let has_new_statement = statement_csv(&rows, state.is_version_1)? != state.statement_csv;
    Ok(Some(SinceClosing {
        record: RecordReference { number: closing.number, sha256: Sha256Digest::of(&closing.record) },
        closed: ClosingRecord::parse(&closing.record)?.closed,
        corrections: ledger.corrections_of(partner, month).map(|correction| correction.number).collect(),
        has_new_counts: adjustments != state.adjustments_csv,
        has_new_statement,
        has_new_terms: is_divided_otherwise || !has_new_statement && is_mapped_otherwise,
    }))
}
