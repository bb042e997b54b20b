//! Reconciles our counted clicks with a partner's statement, day by day in the partner's time zone. Only sponsored clicks are
//! paid for, so only they are compared; clicks with other outcomes are listed beside them. Pure.

pub mod render;
pub mod result;
pub mod zone;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use strum::VariantArray as _;

use crate::billing::days::hours_of_day;
use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount};
use crate::billing::money::Micros;
use crate::billing::reconcile::result::{HUNDRED_PER_CENT, ReconciledRow, Reconciliation, Status, Unmapped};
use crate::billing::reconcile::zone::ComparedDay;
use crate::billing::statement::StatementRow;
use crate::billing::tolerance::Tolerance;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;
use crate::result_kind::ResultKind;
use crate::time::Hour;

/// What a reconciliation depends on besides the counts and the statement rows.
#[derive(Debug, Clone)]
pub struct ReconcileInput<'i> {
    /// The month.
    pub month: YearMonth,
    /// The time zone of the partner's days.
    pub zone: &'i TimeZone,
    /// The partner's tags for our codes.
    pub tags: &'i [String],
    /// True if the partner's links lead directly to their targets, so that we do not count its clicks.
    pub is_direct: bool,
    /// The tolerance of the contract.
    pub tolerance: Tolerance,
    /// The current hour, which is not over.
    pub now: Hour,
}

/// Reconciles a month. `counts` must include [`zone::MAX_SHIFT_HOURS`] hours before and after the month.
#[must_use]
pub fn reconcile(input: &ReconcileInput<'_>, counts: &PartnerCounts, rows: &[StatementRow]) -> Reconciliation {
    // A statement without codes reports the partner as a whole. If any row has a code, rows without one are unknown codes.
    let has_codes = rows.iter().any(|row| !row.code.is_empty());
    let is_known = |row: &&StatementRow| !has_codes || input.tags.contains(&row.code);
    let reconcile_day = |day: Date| {
        let (known, unknown) = rows.iter().filter(|row| row.day == day).partition(is_known);
        (day, reconcile_day(input, day, counts, &StatedDay { known, unknown }))
    };
    let days: Vec<(Date, ReconciledRow)> = input.month.days().map(reconcile_day).collect();
    let month = sum_days(input, &days);
    let unmapped = rows.iter().filter(|row| !is_known(row)).map(|row| Unmapped {
        day: row.day,
        code: row.code.clone(),
        clicks: row.clicks,
        revenue: row.revenue,
    });
    let is_dispute = month.difference().is_some_and(|difference| {
        !input.is_direct && difference.unsigned_abs() > share(month.ours(), input.tolerance.dispute)
    });
    let shift = detect_shift(input, &counts.clicks, &days);
    Reconciliation { unmapped: unmapped.collect(), days, month, is_dispute, shift }
}

/// The statement rows of one day.
struct StatedDay<'r> {
    /// Rows for configured codes.
    known: Vec<&'r StatementRow>,
    /// Rows for other codes.
    unknown: Vec<&'r StatementRow>,
}

impl StatedDay<'_> {
    fn rows(&self) -> impl Iterator<Item = &StatementRow> {
        self.known.iter().chain(&self.unknown).copied()
    }

    fn is_missing(&self) -> bool {
        self.known.is_empty() && self.unknown.is_empty()
    }

    /// The sum over the configured codes; None if a row does not give the number.
    fn sum_known(&self, number: fn(&StatementRow) -> Option<i64>) -> Option<i64> {
        let sum = self.known.iter().try_fold(0_i64, |sum, row| sum.checked_add(number(row)?));
        sum.filter(|_| !self.known.is_empty())
    }

    fn revenue(&self) -> Option<Micros> {
        let sum = self.rows().try_fold(Micros(0), |sum, row| sum.checked_add(row.revenue?));
        sum.filter(|_| !self.is_missing())
    }
}

fn reconcile_day(
    input: &ReconcileInput<'_>,
    day: Date,
    counts: &PartnerCounts,
    stated: &StatedDay<'_>,
) -> ReconciledRow {
    let hours = hours_of_day(day, input.zone);
    let mut outcomes = [0_u64; ClickOutcome::VARIANTS.len()];
    let mut organic = 0_u64;
    for count in counts.clicks.iter().filter(|count| hours.contains(&count.hour)) {
        if count.kind == Some(ResultKind::Sponsored) {
            for (sum, outcome) in outcomes.iter_mut().zip(ClickOutcome::VARIANTS) {
                *sum += if *outcome == count.outcome { count.n } else { 0 };
            }
        } else if count.outcome == ClickOutcome::Counted {
            organic += count.n;
        }
    }
    let is_answered = |count: &&SearchCount| hours.contains(&count.hour) && count.outcome.is_answer();
    let mut row = ReconciledRow {
        outcomes,
        organic,
        searches: counts.searches.iter().filter(is_answered).map(|count| count.n).sum(),
        theirs: stated.sum_known(|row| row.clicks),
        their_searches: stated.sum_known(|row| row.searches),
        revenue: stated.revenue(),
        status: Status::Matched,
    };
    let is_provisional = hours.end > input.now || stated.rows().any(|row| row.is_final == Some(false));
    row.status = match row.theirs {
        _ if input.is_direct => Status::Uncounted,
        _ if is_provisional => Status::Provisional,
        _ if stated.is_missing() => Status::MissingTheirs,
        _ if stated.known.is_empty() => Status::Unmapped,
        None => Status::Suppressed,
        Some(_) => {
            let tolerance = share(row.ours(), input.tolerance.day).max(input.tolerance.clicks);
            compare(&row, tolerance)
        }
    };
    row
}

/// Compares two known counts. `tolerance` is in clicks.
fn compare(row: &ReconciledRow, tolerance: u64) -> Status {
    match row.difference() {
        Some(0) => Status::Matched,
        Some(difference) if difference.unsigned_abs() <= tolerance => Status::Within,
        Some(difference) if difference > 0 => Status::Under,
        Some(_) | None if row.ours() == 0 => Status::MissingOurs,
        Some(_) | None => Status::Over,
    }
}

/// Adds up the days. A status of one day that is not a comparison becomes the status of the month.
fn sum_days(input: &ReconcileInput<'_>, days: &[(Date, ReconciledRow)]) -> ReconciledRow {
    let rows = || days.iter().map(|(_, row)| row);
    let mut outcomes = [0_u64; ClickOutcome::VARIANTS.len()];
    for row in rows() {
        outcomes.iter_mut().zip(row.outcomes).for_each(|(sum, n)| *sum += n);
    }
    let sum =
        |number: fn(&ReconciledRow) -> Option<i64>| rows().try_fold(0_i64, |sum, row| sum.checked_add(number(row)?));
    let mut revenues = rows().filter_map(|row| row.revenue);
    let revenue = revenues.next().and_then(|first| revenues.try_fold(first, Micros::checked_add));
    let mut month = ReconciledRow {
        outcomes,
        organic: rows().map(|row| row.organic).sum(),
        searches: rows().map(|row| row.searches).sum(),
        theirs: sum(|row| row.theirs),
        their_searches: sum(|row| row.their_searches),
        revenue,
        status: Status::Matched,
    };
    let not_compared =
        [Status::Uncounted, Status::Provisional, Status::MissingTheirs, Status::Unmapped, Status::Suppressed];
    month.status = match not_compared.into_iter().find(|status| rows().any(|row| row.status == *status)) {
        Some(status) => status,
        None => compare(&month, share(month.ours(), input.tolerance.month)),
    };
    month
}

/// Looks for another time zone if a compared day is out of tolerance.
fn detect_shift(
    input: &ReconcileInput<'_>,
    clicks: &[HourCount],
    days: &[(Date, ReconciledRow)],
) -> Option<zone::ZoneShift> {
    let compared = || days.iter().filter(|(_, row)| row.status.is_compared());
    if !compared().any(|(_, row)| row.status.is_out_of_tolerance()) {
        return None;
    }
    let day = |(day, row): &(Date, ReconciledRow)| {
        let theirs = row.theirs.and_then(|theirs| u64::try_from(theirs).ok())?;
        Some(ComparedDay { day: *day, theirs })
    };
    zone::detect_shift(input.zone, clicks, &compared().filter_map(day).collect::<Vec<_>>())
}

/// Returns a share of a number, in hundredths of a per cent, rounded down.
fn share(n: u64, hundredths: u32) -> u64 {
    let share = u128::from(n) * u128::from(hundredths) / u128::from(HUNDRED_PER_CENT);
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
