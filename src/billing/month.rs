//! A month of a partner, read from the store and reconciled. The command line, the admin listener and closings all use this
//! one function, so their results cannot differ.

use std::ops::Range;

use jiff::civil::Date;

use crate::billing::closing::archived_counts::{adjustments_at_closing, with_archived_hours};
use crate::billing::closing::error::ClosingError;
use crate::billing::contract::Contract;
use crate::billing::days::hours_of_days;
use crate::billing::hourly::{PartnerCounts, StoredCounts};
use crate::billing::money::Currency;
use crate::billing::reconcile::render::Heading;
use crate::billing::reconcile::result::Reconciliation;
use crate::billing::reconcile::zone::MAX_SHIFT_HOURS;
use crate::billing::reconcile::{ReconcileInput, days_needed, paid_clicks, reconcile};
use crate::billing::statement::StatementRow;
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time::Hour;

/// A reconciled month of one partner.
#[derive(Debug)]
pub struct ReconciledMonth {
    /// What is reconciled.
    pub heading: Heading,
    /// The result.
    pub reconciliation: Reconciliation,
    /// The partner's rows, each with the number of its statement.
    pub statement_rows: Vec<(i64, StatementRow)>,
    /// The UTC hours of the month.
    pub hours: Range<Hour>,
}

/// Why a month cannot be reconciled.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The partner has no statement profile, so the time zone of its days is unknown.
    #[error("partner {0} has no statement = {{ … }}, so the time zone of its days is unknown; add one")]
    NoProfile(ConfigName),
    /// The store cannot be opened.
    #[error("the store cannot be read")]
    StoreUnavailable,
    /// The store cannot be read, or contains a row that cannot be decoded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The archive of a closed month cannot be read.
    #[error(transparent)]
    Archive(#[from] ClosingError),
}

impl ReconciledMonth {
    /// Reads and reconciles a month in the partner's time zone. Days that end after the hour `now` begins are provisional.
    ///
    /// # Errors
    /// [`ReconcileError`].
    pub fn read(
        store: &BillingStore,
        contract: &Contract,
        month: YearMonth,
        now: Hour,
    ) -> Result<Self, ReconcileError> {
        let Contract { partner, tolerance, is_direct, .. } = contract;
        let zone = contract.zone.as_ref().ok_or_else(|| ReconcileError::NoProfile(partner.clone()))?;
        let hours = month.hours(zone);
        let statement_rows = store.statement_rows(partner, month.first_day()..=month.last_day())?;
        let mut rows = overlapping_rows(store, partner, month, &statement_rows)?;
        let currency = currency(store, partner, &statement_rows)?;
        if rows.iter().any(|row| row.currency.is_some() && row.currency != currency) {
            // Amounts in several currencies have no sum.
            rows.iter_mut().for_each(|row| row.revenue = None);
        }
        let (first, last) = days_needed(month, &rows);
        let needed = hours_of_days(first, last, zone);
        let margin =
            Hour(needed.start.0.saturating_sub(MAX_SHIFT_HOURS))..Hour(needed.end.0.saturating_add(MAX_SHIFT_HOURS));
        let (mut counts, archives) = with_archived_hours(store, partner, &needed, &margin)?;
        let days = (month.first_day(), month.last_day());
        let adjustments = add_adjustments(store, contract, &mut counts, (&hours, days))?;
        let heading = Heading {
            partner: partner.to_string(),
            month,
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            is_direct: contract.is_direct,
            currency,
            adjustments,
            archives,
        };
        let (codes, is_direct, tolerance) = (contract.codes(), *is_direct, *tolerance);
        let input = ReconcileInput { month, zone, codes, is_direct, tolerance, now };
        let mut reconciliation = reconcile(&input, &counts, &rows);
        if !heading.archives.is_empty() {
            // Archives have the hours of their months only, and none of the margin.
            reconciliation.shift = None;
        }
        Ok(Self { heading, reconciliation, statement_rows, hours })
    }
}

/// Adds to `counts` what arrived in the month's hours after a month that shares an hour with it was closed: of a month that is not closed
/// everything, of a closed one what its record has. Returns the paid clicks of the month that arrived since, divided in the same way as
/// its counts, so that the corrections of two months add up to what arrived.
fn add_adjustments(
    store: &BillingStore,
    contract: &Contract,
    counts: &mut StoredCounts,
    (hours, days): (&Range<Hour>, (Date, Date)),
) -> Result<u64, ReconcileError> {
    let all = store.adjustments(&contract.partner, hours)?;
    let Some(zone) = contract.zone.as_ref().filter(|_| !all.is_empty()) else { return Ok(0) };
    let month = YearMonth::containing(days.0);
    let Some(closed) = adjustments_at_closing(store, &contract.partner, month)? else {
        counts.hourly.add(&all);
        return Ok(0);
    };
    let mut with_all = counts.clone();
    with_all.hourly.add(&all);
    counts.hourly.add(&closed);
    let paid = |counts: &StoredCounts| paid_clicks(counts, days, zone);
    // Where hours were rolled up, only what arrived is known by the hour.
    let alone = |hourly: PartnerCounts| paid(&StoredCounts { hourly, daily: PartnerCounts::default() });
    let (after, before) = match (paid(&with_all), paid(counts)) {
        (Some(after), Some(before)) => (after, before),
        (None, _) | (_, None) => (alone(all).unwrap_or(0), alone(closed).unwrap_or(0)),
    };
    Ok(after.saturating_sub(before))
}

/// Returns the rows that have a day in the month, and those that share a day with one of them: a period has all of its rows.
fn overlapping_rows(
    store: &BillingStore,
    partner: &ConfigName,
    month: YearMonth,
    of_month: &[(i64, StatementRow)],
) -> Result<Vec<StatementRow>, StoreError> {
    let plain = |rows: &[(i64, StatementRow)]| rows.iter().map(|(_, row)| row.clone()).collect::<Vec<_>>();
    let (mut rows, mut read) = (plain(of_month), (month.first_day(), month.last_day()));
    loop {
        let needed = days_needed(month, &rows);
        if needed == read {
            return Ok(rows);
        }
        rows = plain(&store.statement_rows(partner, needed.0..=needed.1)?);
        // Without rows that cover several days the days read are those needed, and the loop ends.
        read = needed;
    }
}

/// Returns the one currency of the statements that these rows come from.
fn currency(
    store: &BillingStore,
    partner: &ConfigName,
    rows: &[(i64, StatementRow)],
) -> Result<Option<Currency>, StoreError> {
    let statements = store.statements(Some(partner))?;
    let used = statements.iter().filter(|statement| rows.iter().any(|(number, _)| *number == statement.number));
    let mut currencies: Vec<Currency> = used.filter_map(|statement| statement.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    match currencies.as_slice() {
        [currency] => Ok(Some(*currency)),
        // Several currencies are stated row by row.
        [] | [_, _, ..] => Ok(None),
    }
}
