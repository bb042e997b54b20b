//! Corrections of older days: rows before a statement's own days that change what was reported before. They are added to what is in force
//! for those days, and the days between them and the statement's own are not covered by it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::billing::import::issue::ImportIssue;
use crate::billing::row_rules::RowRules;

/// Older rows are corrections only if the statement's own days are at least this many times as many. More are a part of the statement, after
/// which days are missing.
const MIN_OWN_SHARE: i32 = 4;

/// The longest time without traffic, in days, that a file may have between a month and the next one if the partner leaves out such days.
const MAX_QUIET_DAYS: i32 = 14;

/// The first and the last day of a row, and whether it has a negative number and no positive one.
pub(super) type JudgedPeriod = (Date, Date, bool);

/// Which days a statement covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OwnDays {
    /// The first of them: rows of days before it are corrections.
    pub first: Date,
    /// The first and the last day of older rows that may be corrections or not. The profile does not say which.
    pub asked: Option<[Date; 2]>,
}

/// Days in a row, of one month.
struct DayRun {
    first: Date,
    last: Date,
    is_negative: bool,
}

/// Returns the statement's own days; `None` if there are no rows.
///
/// The first runs of days are corrections as long as all their rows are negative, and another run follows. Older runs with other rows are
/// corrections if they are of an earlier month, few, and days are missing after them, and the profile says so.
pub(super) fn own_days(rows: impl Iterator<Item = JudgedPeriod>, rules: &RowRules) -> Option<OwnDays> {
    let mut periods: BTreeMap<(Date, Date), bool> = BTreeMap::new();
    for (first, last, is_negative) in rows {
        *periods.entry((first, last)).or_insert(true) &= is_negative;
    }
    let mut runs: Vec<DayRun> = Vec::new();
    for ((first, last), is_negative) in periods {
        match runs.last_mut() {
            Some(run) if run.last.tomorrow().ok() == Some(first) && is_same_month(run.first, first) => {
                run.last = last;
                run.is_negative &= is_negative;
            }
            Some(_) | None => runs.push(DayRun { first, last, is_negative }),
        }
    }
    let own = runs.iter().position(|run| !run.is_negative).or(runs.len().checked_sub(1))?;
    let first = runs.get(own)?.first;
    let min_gap = if rules.missing_days_are_zero { MAX_QUIET_DAYS } else { 0 };
    let older = (own + 1..runs.len()).rev().find(|index| are_older(&runs, *index, min_gap));
    let split = older.and_then(|index| Some((runs.get(index)?.first, runs.get(index.checked_sub(1)?)?.last)));
    Some(match split {
        None => OwnDays { first, asked: None },
        Some((later, _)) if rules.older_rows_are_added => OwnDays { first: later, asked: None },
        Some((_, last)) => OwnDays { first, asked: Some([first, last]) },
    })
}

/// The issue of older rows that may be corrections.
pub(super) fn older_rows([first, last]: [Date; 2]) -> ImportIssue {
    let days = if first == last { first.to_string() } else { format!("{first} to {last}") };
    ImportIssue::new(format!(
        "the rows of {days} are of an earlier month than the rest of the file, and days after them are missing. If the partner adds such \
         rows to what it reported before, set older_rows = \"add\" in the profile; if not, ask it for a file of that month"
    ))
}

/// Whether the runs before this one are few, and end in an earlier month more than `min_gap` days before it.
fn are_older(runs: &[DayRun], index: usize, min_gap: i32) -> bool {
    let Some((before, from)) = runs.split_at_checked(index) else { return false };
    let (Some(last), Some(next)) = (before.last(), from.first()) else { return false };
    let gap = days(last.last, next.first) - 2;
    let count = |runs: &[DayRun]| runs.iter().map(|run| days(run.first, run.last)).fold(0_i32, i32::saturating_add);
    gap > min_gap && !is_same_month(last.last, next.first) && count(before).saturating_mul(MIN_OWN_SHARE) <= count(from)
}

fn is_same_month(one: Date, other: Date) -> bool {
    one.first_of_month() == other.first_of_month()
}

/// The number of days from one to another, both included.
fn days(first: Date, last: Date) -> i32 {
    (last - first).get_days() + 1
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn found(rows: &[(i8, i8, bool)], rules: &RowRules) -> Option<OwnDays> {
        let day = |(month, day, is_negative): &(i8, i8, bool)| {
            (date(2026, *month, *day), date(2026, *month, *day), *is_negative)
        };
        own_days(rows.iter().map(day), rules)
    }

    fn first(rows: &[(i8, i8, bool)]) -> Option<(i8, i8)> {
        let own = found(rows, &RowRules::default())?;
        assert_eq!(own.asked, None, "{rows:?}");
        Some((own.first.month(), own.first.day()))
    }

    #[test]
    fn negative_rows_of_older_days_are_corrections() {
        assert_eq!(first(&[]), None);
        assert_eq!(first(&[(10, 1, false), (10, 2, false)]), Some((10, 1)));
        assert_eq!(first(&[(8, 15, true), (10, 1, false), (10, 2, false)]), Some((10, 1)));
        assert_eq!(first(&[(9, 30, true), (10, 1, false)]), Some((10, 1)), "the day before, of another month");
        assert_eq!(first(&[(8, 15, true), (9, 3, true), (10, 1, false), (10, 2, true)]), Some((10, 1)));
        assert_eq!(first(&[(10, 1, true), (10, 5, false)]), Some((10, 5)), "of the same month, days apart");
        assert_eq!(first(&[(10, 1, true), (10, 2, false)]), Some((10, 1)), "a negative day among others");
        assert_eq!(first(&[(8, 15, false), (10, 1, false)]), Some((8, 15)), "days are missing, as many as there are");
        assert_eq!(first(&[(8, 15, true), (8, 15, false), (10, 1, false)]), Some((8, 15)));
        assert_eq!(first(&[(8, 15, true), (8, 16, true)]), Some((8, 15)), "a file of negative rows only");
        assert_eq!(first(&[(8, 15, true), (10, 1, true)]), Some((10, 1)));
    }

    /// These older rows, and a month from its first to its last day.
    fn with_months(older: &[(i8, i8, bool)], months: &[i8]) -> Vec<(i8, i8, bool)> {
        let month = |month: &i8| {
            let days = date(2026, *month, 1).days_in_month();
            (1..=days).map(|day| (*month, day, false)).collect::<Vec<_>>()
        };
        older.iter().copied().chain(months.iter().flat_map(month)).collect()
    }

    #[test]
    fn other_rows_of_older_days_are_asked_about_or_added() {
        let ask = RowRules::default();
        let add = RowRules { older_rows_are_added: true, ..RowRules::default() };
        let zero = RowRules { missing_days_are_zero: true, ..RowRules::default() };
        let own = |first: Date, asked: Option<[Date; 2]>| Some(OwnDays { first, asked });
        let august = date(2026, 8, 15);
        for (older, months, asked, own_first) in [
            (vec![(8, 15, false)], vec![10], Some([august, august]), date(2026, 10, 1)),
            (vec![(8, 15, false)], vec![10, 11], Some([august, august]), date(2026, 10, 1)),
            (vec![(8, 15, false), (9, 2, true)], vec![10], Some([august, date(2026, 9, 2)]), date(2026, 10, 1)),
            (vec![(8, 15, true), (8, 16, false)], vec![10], Some([august, date(2026, 8, 16)]), date(2026, 10, 1)),
            (vec![], vec![9, 10], None, date(2026, 9, 1)),
            // A month of which days are missing is no correction.
            (vec![], vec![8, 10], None, date(2026, 8, 1)),
        ] {
            let rows = with_months(&older, &months);
            let first = rows.first().map(|(month, day, _)| date(2026, *month, *day)).unwrap();
            assert_eq!(found(&rows, &ask), own(first, asked), "{older:?} {months:?}");
            assert_eq!(found(&rows, &add), own(own_first, None), "{older:?} {months:?}");
        }
        let quiet = with_months(&[(9, 20, false)], &[10]);
        assert_eq!(found(&quiet, &zero), own(date(2026, 9, 20), None), "ten days without traffic");
        let august = with_months(&[(8, 15, false)], &[10]);
        assert!(found(&august, &zero).is_some_and(|own| own.asked.is_some()), "six weeks are no quiet days");
    }
}
