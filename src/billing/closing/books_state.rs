//! The state of the books that a record signs: its files, their digests, and the archive that keeps them.

use crate::billing::closing::archive::{self, NamedText};
use crate::billing::closing::condition::Accepted;
use crate::billing::closing::details::{BooksState, FileDigest};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::export::hand_over_files;
use crate::billing::closing::files::{AGREEMENT_FILE, BOOKS_FILE, books_csv};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::signing::PublicKeyText;
use crate::billing::closing::stated::{StatedSums, stated};
use crate::billing::contract::CodeSource;
use crate::billing::digest::Sha256Digest;
use crate::billing::known_tags::KnownTags;
use crate::billing::month::ReconciledMonth;
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::agreement_text::agreement_text;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, BooksExtent, StoredArchive};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// What a record is to sign.
#[derive(Debug)]
pub struct SignedMonth<'m> {
    /// The key that signs.
    pub key: PublicKeyText,
    /// The partner.
    pub partner: &'m ConfigName,
    /// The month.
    pub month: YearMonth,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
    /// What the partner stated.
    pub stated: Vec<StatedSums>,
    /// What is agreed about money; None if it is not known, since the partner was removed from the configuration.
    pub agreement: Option<&'m Agreement>,
    /// The files of the record besides those of the books and of hand-overs.
    pub files: Vec<NamedText>,
}

/// Returns the state of the books, and the archive of the next record.
///
/// # Errors
/// Errors of the store, or of the archive's compressor.
pub fn books_state(
    store: &BillingStore,
    ledger: &ChainLedger,
    signed: SignedMonth<'_>,
) -> Result<(BooksState, StoredArchive), ClosingError> {
    let SignedMonth { key, partner, month, accepted, stated, agreement, mut files } = signed;
    let statements = store.statements(Some(partner))?;
    let extent = BooksExtent {
        partner,
        days: month.first_day()..=month.last_day(),
        last_statement: statements.iter().map(|statement| statement.number).max().unwrap_or(0),
        last_event: store.last_statement_event()?,
    };
    files.push(NamedText { name: BOOKS_FILE.to_owned(), text: books_csv(&store.books_rows(&extent)?)? });
    files.extend(ledger.links.iter().flat_map(hand_over_files));
    let digest = |file: &NamedText| FileDigest { name: file.name.clone(), sha256: Sha256Digest::of(&file.text) };
    let digests = files.iter().map(digest).collect();
    let agreement = agreement.map(agreement_text);
    files.extend(agreement.map(|text| NamedText { name: AGREEMENT_FILE.to_owned(), text }));
    let archive = archive::encode(&files)?;
    let state = BooksState {
        key,
        last_statement: extent.last_statement,
        last_event: extent.last_event,
        accepted,
        stated,
        files: digests,
        archive_sha256: Sha256Digest::of(&archive),
    };
    Ok((state, StoredArchive { number: ledger.next_number(), archive }))
}

/// Returns the rows that belong to a month: those that end in it. A row of several days cannot be divided.
#[must_use]
pub fn rows_of_month(rows: &[(i64, StatementRow)], month: YearMonth) -> Vec<StatementRow> {
    let days = month.first_day()..=month.last_day();
    rows.iter().map(|(_, row)| row).filter(|row| days.contains(&row.last)).cloned().collect()
}

/// Returns the rows of a month, and their sums by code and currency, of our codes and of others apart.
///
/// # Errors
/// A sum that does not fit into 64 bits.
pub fn stated_month(
    month: &ReconciledMonth,
    codes: CodeSource<'_>,
) -> Result<(Vec<StatementRow>, Vec<StatedSums>), ClosingError> {
    let rows = rows_of_month(&month.statement_rows, month.heading.month);
    let known = KnownTags::new(codes, &rows);
    let stated = stated(&rows, |row| known.has(row))?;
    Ok((rows, stated))
}
