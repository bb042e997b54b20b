//! Corrections of older days: rows before a statement's own days that only take something back. They are added to what is in force for
//! those days, and the days between them and the statement's own are not covered by it.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// The first and the last day of a row, and whether it has a negative number and no positive one.
pub(super) type JudgedPeriod = (Date, Date, bool);

/// Returns the first of the statement's own days: rows of days before it are corrections. None if there are no rows.
///
/// Rows are taken in runs: days in a row, of one month. The first runs are corrections as long as all their rows are negative, and
/// another run follows.
pub(super) fn first_own_day(rows: impl Iterator<Item = JudgedPeriod>) -> Option<Date> {
    let mut periods: BTreeMap<(Date, Date), bool> = BTreeMap::new();
    for (first, last, is_negative) in rows {
        *periods.entry((first, last)).or_insert(true) &= is_negative;
    }
    // The first day of each run, its last day so far, and whether all its rows are negative.
    let mut runs: Vec<JudgedPeriod> = Vec::new();
    for ((first, last), is_negative) in periods {
        match runs.last_mut() {
            Some(run) if run.1.tomorrow().ok() == Some(first) && run.0.first_of_month() == first.first_of_month() => {
                run.1 = last;
                run.2 &= is_negative;
            }
            Some(_) | None => runs.push((first, last, is_negative)),
        }
    }
    let own = runs.iter().find(|(_, _, is_negative)| !is_negative).or(runs.last());
    own.map(|(first, _, _)| *first)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn first(rows: &[(i8, i8, bool)]) -> Option<(i8, i8)> {
        let day = |(month, day, is_negative): &(i8, i8, bool)| {
            (date(2026, *month, *day), date(2026, *month, *day), *is_negative)
        };
        first_own_day(rows.iter().map(day)).map(|day| (day.month(), day.day()))
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
        assert_eq!(first(&[(8, 15, false), (10, 1, false)]), Some((8, 15)), "a positive row is not a correction");
        assert_eq!(first(&[(8, 15, true), (8, 15, false), (10, 1, false)]), Some((8, 15)));
        assert_eq!(first(&[(8, 15, true), (8, 16, true)]), Some((8, 15)), "a file of negative rows only");
        assert_eq!(first(&[(8, 15, true), (10, 1, true)]), Some((10, 1)));
    }
}
