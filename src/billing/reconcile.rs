//! Reconciles our counted clicks with a partner's statement: day by day in the partner's time zone, or by the weeks and months that
//! its rows cover, and code by code. Only sponsored clicks are paid for, so only they are compared; clicks with other outcomes are
//! listed beside them. Pure.

mod code_groups;
mod own_counts;
mod periods;
pub mod reason;
pub mod render;
pub mod result;
mod stated;
pub mod summary;
pub mod zone;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::contract::CodeSource;
use crate::billing::days::{SECONDS_OF_HOUR, seconds_of_days};
use crate::billing::hourly::{HourCount, StoredCounts};
use crate::billing::known_tags::KnownTags;
use crate::billing::reconcile::code_groups::CodeGroups;
use crate::billing::reconcile::own_counts::{CutCounts, Cutter};
use crate::billing::reconcile::periods::{MonthPeriods, StatedPeriod};
use crate::billing::reconcile::result::{
    ComparedDays, OwnCounts, ReconciledCode, ReconciledPeriod, ReconciledRow, Reconciliation, SharedPeriod, Status,
};
use crate::billing::reconcile::stated::{Stated, StatedSum, sum_money, unmapped};
use crate::billing::reconcile::zone::ComparedPeriod;
use crate::billing::statement::StatementRow;
use crate::billing::tolerance::{Tolerance, share};
use crate::billing::year_month::YearMonth;
use crate::time::Hour;

/// What a reconciliation depends on besides the counts and the statement rows.
#[derive(Debug, Clone)]
pub struct ReconcileInput<'i> {
    /// The month.
    pub month: YearMonth,
    /// The time zone of the partner's days.
    pub zone: &'i TimeZone,
    /// How it is known which of the partner's codes are ours.
    pub codes: CodeSource<'i>,
    /// True if the partner's links lead directly to their targets, so that we do not count its clicks.
    pub is_direct: bool,
    /// The tolerance of the contract.
    pub tolerance: Tolerance,
    /// The current hour, which is not over.
    pub now: Hour,
}

/// Returns the days that our counts must cover to [`reconcile`] these rows, which are all that have a day in the month or share a day
/// with one that has. [`zone::MAX_SHIFT_HOURS`] hours more are needed on both sides.
#[must_use]
pub fn days_needed(month: YearMonth, rows: &[StatementRow]) -> (Date, Date) {
    periods::span(month, rows)
}

/// Returns how many paid clicks lie in the days from `first` to `last`, cut out of hours and UTC days as [`reconcile`] cuts them. None if they
/// are not known.
#[must_use]
pub fn paid_clicks(counts: &StoredCounts, (first, last): (Date, Date), zone: &TimeZone) -> Option<u64> {
    let cutter = Cutter { counts, group_of: &BTreeMap::new(), groups: 0 };
    cutter.cut(&seconds_of_days(first, last, zone)).map(|cut| cut.total.paid())
}

/// Reconciles a month.
#[must_use]
pub fn reconcile(input: &ReconcileInput<'_>, counts: &StoredCounts, rows: &[StatementRow]) -> Reconciliation {
    // Rows that end in another month are of that month, which may be stated otherwise.
    let days = input.month.first_day()..=input.month.last_day();
    let known = KnownTags::new(input.codes, rows.iter().filter(|row| days.contains(&row.last)));
    let groups = match input.codes {
        CodeSource::Configured(tags) if known.has_codes => {
            let clicks = counts.hourly.clicks.iter().chain(&counts.daily.clicks);
            CodeGroups::new(tags, rows, clicks.filter(|count| count.is_paid()).map(|count| count.code.as_str()))
        }
        CodeSource::Configured(_) | CodeSource::Signed(_) | CodeSource::Unknown => CodeGroups::default(),
    };
    let cutter = Cutter { counts, group_of: &groups.of_code, groups: groups.names.len() };
    let month = MonthReconciler { input, known, groups: &groups, cutter };
    let MonthPeriods { ending, ending_later } = periods::of_month(input.month, rows);
    let mut periods: Vec<ReconciledPeriod> = ending.iter().map(|stated| month.period(stated)).collect();
    let (compared, codes) = month.compare_days(&ending, &periods);
    let mut sum = month.sum(&periods);
    let is_stated = !ending_later.is_empty() || ending.iter().any(|period| !period.rows.is_empty());
    sum.status = month.status(&sum, &periods, &codes, is_stated);
    if sum.status.is_without_statement() {
        periods.iter_mut().for_each(|period| period.row.status = sum.status);
    }
    let is_in_periods =
        |row: &&StatementRow| ending.iter().any(|period| period.first <= row.day && row.last <= period.last);
    let unknown = rows.iter().filter(is_in_periods).filter(|row| !month.known.has(row));
    Reconciliation {
        unmapped: unknown.map(unmapped).collect(),
        is_dispute: month.is_dispute(&sum),
        total_days: periods.iter().map(ReconciledPeriod::day_count).sum(),
        revenue_days: periods
            .iter()
            .filter(|period| period.row.revenue.is_some())
            .map(ReconciledPeriod::day_count)
            .sum(),
        shared: ending.iter().chain(&ending_later).filter_map(|period| month.shared_period(period)).collect(),
        shift: detect_shift(input, counts, &periods),
        month: sum,
        periods,
        compared,
        codes,
    }
}

/// A month that is being reconciled.
struct MonthReconciler<'m> {
    input: &'m ReconcileInput<'m>,
    known: KnownTags<'m>,
    groups: &'m CodeGroups,
    cutter: Cutter<'m>,
}

impl MonthReconciler<'_> {
    fn period(&self, period: &StatedPeriod<'_>) -> ReconciledPeriod {
        let seconds = seconds_of_days(period.first, period.last, self.input.zone);
        let cut = self.cutter.cut(&seconds);
        let stated = Stated::new(&self.known, &period.rows);
        let tolerance = if period.first == period.last { self.input.tolerance.day } else { self.input.tolerance.month };
        let limit = |own: &OwnCounts| self.input.tolerance.clicks.max(share(own.paid(), tolerance));
        let mut row = reconciled_row(cut.as_ref().map(|cut| cut.total), &stated.sum());
        let is_over = seconds.end <= i64::from(self.input.now.0) * SECONDS_OF_HOUR;
        let mut codes = Vec::new();
        row.status = match &cut {
            // What a statement lacks does not depend on who counts the clicks.
            _ if !is_over || stated.is_provisional() => Status::Provisional,
            _ if stated.is_missing() => Status::MissingTheirs,
            _ if !stated.has_known() => Status::Unmapped,
            _ if row.theirs.is_none() => Status::Suppressed,
            _ if self.input.is_direct => Status::Uncounted,
            None => Status::RolledUp,
            Some(cut) => {
                codes = self.codes(cut, &[stated], limit);
                codes.retain(|code| code.row.status.is_out_of_tolerance());
                with_codes(compare(&row, limit(&cut.total)), &codes)
            }
        };
        ReconciledPeriod { first: period.first, last: period.last, row, codes }
    }

    /// Compares each code, over periods of which our counts are `cut`. `limit` is the tolerance of a code in clicks.
    fn codes(&self, cut: &CutCounts, stated: &[Stated<'_>], limit: impl Fn(&OwnCounts) -> u64) -> Vec<ReconciledCode> {
        let mut by_group = vec![StatedSum::default(); self.groups.names.len()];
        for row in stated.iter().flat_map(Stated::known_rows) {
            if let Some(sum) = self.groups.of_row(row).and_then(|group| by_group.get_mut(group)) {
                sum.add(row);
            }
        }
        let code = |((name, own), stated): ((&String, &OwnCounts), &StatedSum)| {
            let mut row = reconciled_row(Some(*own), stated);
            row.status = match row.theirs {
                Some(_) => compare(&row, limit(own)),
                None if !stated.is_empty() => Status::Suppressed,
                // A code without clicks on either side needs no line.
                None if *own == OwnCounts::default() => return None,
                None if own.paid() <= limit(own).saturating_add(own.uncertain) => Status::Within,
                None => Status::MissingTheirs,
            };
            Some(ReconciledCode { name: name.clone(), row })
        };
        self.groups.names.iter().zip(&cut.groups).zip(&by_group).filter_map(code).collect()
    }

    /// Compares the sums of the days that both sides have, and each code over these days.
    fn compare_days(
        &self,
        stated: &[StatedPeriod<'_>],
        periods: &[ReconciledPeriod],
    ) -> (Option<ComparedDays>, Vec<ReconciledCode>) {
        let is_compared = |row: &ReconciledRow| row.status.is_compared();
        let pairs = || stated.iter().zip(periods).filter(|(_, period)| is_compared(&period.row));
        let rows = || pairs().map(|(_, period)| &period.row);
        let mut cut = CutCounts::default();
        for seconds in runs(pairs().map(|(stated, _)| seconds_of_days(stated.first, stated.last, self.input.zone))) {
            let Some(of_run) = self.cutter.cut(&seconds) else { return (None, Vec::new()) };
            cut.add(&of_run);
        }
        let days: u32 = pairs().map(|(_, period)| period.day_count()).sum();
        if days == 0 {
            return (None, Vec::new());
        }
        let mut row = ReconciledRow {
            own: Some(cut.total),
            theirs: sum_all(rows().map(|row| row.theirs)),
            their_searches: sum_all(rows().map(|row| row.their_searches)),
            revenue: sum_money(rows().map(|row| row.revenue)),
            status: Status::Matched,
        };
        let Tolerance { month, day, clicks, .. } = self.input.tolerance;
        // The first days of a month have no tolerance smaller than each of them.
        let tolerance = if pairs().count() == periods.len() { month } else { month.max(day) };
        row.status = compare(&row, share(cut.total.paid(), tolerance));
        let stated: Vec<Stated<'_>> = pairs().map(|(stated, _)| Stated::new(&self.known, &stated.rows)).collect();
        let codes = self.codes(&cut, &stated, |own| clicks.max(share(own.paid(), tolerance)));
        row.status = with_codes(row.status, &codes);
        (Some(ComparedDays { days, row }), codes)
    }

    /// Adds up the periods, without a status.
    fn sum(&self, periods: &[ReconciledPeriod]) -> ReconciledRow {
        let rows = || periods.iter().map(|period| &period.row);
        let mut own = Some(CutCounts::default());
        for seconds in runs(periods.iter().map(|period| seconds_of_days(period.first, period.last, self.input.zone))) {
            own = own.zip(self.cutter.cut(&seconds)).map(|(mut sum, cut)| {
                sum.add(&cut);
                sum
            });
        }
        let mut revenues = rows().filter_map(|row| row.revenue);
        ReconciledRow {
            own: own.map(|own| own.total),
            theirs: sum_all(rows().map(|row| row.theirs)),
            their_searches: sum_all(rows().map(|row| row.their_searches)),
            revenue: revenues
                .next()
                .and_then(|first| revenues.try_fold(first, |sum, revenue| sum.checked_add(revenue))),
            status: Status::Matched,
        }
    }

    /// The status of the month. The status of a day that is not a comparison becomes that of the month.
    fn status(
        &self,
        sum: &ReconciledRow,
        periods: &[ReconciledPeriod],
        codes: &[ReconciledCode],
        is_stated: bool,
    ) -> Status {
        let has = |status: Status| periods.iter().any(|period| period.row.status == status);
        if !is_stated {
            let is_empty = sum.own.is_some_and(|own| own == OwnCounts::default());
            return if is_empty { Status::NoData } else { Status::NoStatement };
        }
        let not_compared =
            [Status::RolledUp, Status::Provisional, Status::MissingTheirs, Status::Unmapped, Status::Suppressed];
        match not_compared.into_iter().find(|status| has(*status)) {
            Some(status) => status,
            None if self.input.is_direct => Status::Uncounted,
            None => with_codes(compare(sum, share(sum.ours().unwrap_or(0), self.input.tolerance.month)), codes),
        }
    }

    /// Returns whether the difference of the month exceeds the contract's share for disputes.
    fn is_dispute(&self, sum: &ReconciledRow) -> bool {
        let difference = sum.own.zip(sum.difference()).filter(|_| !self.input.is_direct);
        difference.is_some_and(|(own, difference)| {
            let limit = share(own.paid(), self.input.tolerance.dispute).saturating_add(own.uncertain);
            difference.unsigned_abs() > limit
        })
    }

    fn shared_period(&self, period: &StatedPeriod<'_>) -> Option<SharedPeriod> {
        let StatedPeriod { first, last, .. } = *period;
        let month = self.input.month;
        let clicks = |first: Date, last: Date| {
            let cut = self.cutter.cut(&seconds_of_days(first, last, self.input.zone));
            cut.map(|cut| cut.total.paid())
        };
        let (from, to) = (first.max(month.first_day()), last.min(month.last_day()));
        if (from, to) == (first, last) {
            return None;
        }
        let (all, inside) = (clicks(first, last), clicks(from, to));
        Some(SharedPeriod {
            first,
            last,
            inside,
            outside: all.zip(inside).map(|(all, inside)| all.saturating_sub(inside)),
        })
    }
}

impl OwnCounts {
    /// Sponsored clicks that we counted.
    fn paid(&self) -> u64 {
        let [counted, ..] = self.outcomes;
        counted
    }
}

/// Both sides' numbers, without a status.
fn reconciled_row(own: Option<OwnCounts>, stated: &StatedSum) -> ReconciledRow {
    let (theirs, their_searches, revenue) = (stated.clicks(), stated.searches(), stated.revenue());
    ReconciledRow { own, theirs, their_searches, revenue, status: Status::Matched }
}

/// Compares two known counts. `limit` is in clicks; what of our count is uncertain is allowed besides.
fn compare(row: &ReconciledRow, limit: u64) -> Status {
    let uncertain = row.own.map_or(0, |own| own.uncertain);
    match row.difference() {
        Some(0) => Status::Matched,
        Some(difference) if difference.unsigned_abs() <= limit.saturating_add(uncertain) => Status::Within,
        Some(difference) if difference > 0 => Status::Under,
        Some(_) | None if row.ours() == Some(0) => Status::MissingOurs,
        Some(_) | None => Status::Over,
    }
}

/// The status of a total whose codes are compared, too.
fn with_codes(status: Status, codes: &[ReconciledCode]) -> Status {
    let agrees = matches!(status, Status::Matched | Status::Within);
    let differs = codes.iter().any(|code| code.row.status.is_out_of_tolerance());
    if agrees && differs { Status::CodesDiffer } else { status }
}

/// Returns a sum of numbers that must all be known.
fn sum_all(mut numbers: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    numbers.try_fold(0_i64, |sum, number| sum.checked_add(number?))
}

/// Joins ranges that follow one another without a gap.
fn runs(ranges: impl Iterator<Item = Range<i64>>) -> Vec<Range<i64>> {
    let mut runs: Vec<Range<i64>> = Vec::new();
    for range in ranges {
        match runs.last_mut().filter(|run| run.end == range.start) {
            Some(run) => run.end = range.end,
            None => runs.push(range),
        }
    }
    runs
}

/// Looks for another time zone if a compared period is out of tolerance. Days out of daily sums would hide the shift.
fn detect_shift(
    input: &ReconcileInput<'_>,
    counts: &StoredCounts,
    periods: &[ReconciledPeriod],
) -> Option<zone::ZoneShift> {
    let compared = || periods.iter().filter(|period| period.row.status.is_compared());
    if !counts.daily.clicks.is_empty() || !compared().any(|period| period.row.status.is_out_of_tolerance()) {
        return None;
    }
    let period = |ReconciledPeriod { first, last, row, .. }: &ReconciledPeriod| {
        let theirs = row.theirs.and_then(|theirs| u64::try_from(theirs).ok())?;
        Some(ComparedPeriod { first: *first, last: *last, theirs })
    };
    let clicks: &[HourCount] = &counts.hourly.clicks;
    zone::detect_shift(input.zone, clicks, &compared().filter_map(period).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
