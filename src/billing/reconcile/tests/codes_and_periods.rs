//! Codes that are compared one by one, periods of several days, daily sums, and hours that are divided between days.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

/// Two codes of 1000 clicks a day, with these differences on the first day.
fn two_codes(first: i64, second: i64) -> Reconciliation {
    let (utc, tags) = (TimeZone::UTC, [tag("main", "QX1"), tag("news", "QX2")]);
    let (mut clicks, mut rows) = (Vec::new(), Vec::new());
    for day in YearMonth::containing(OCTOBER).days() {
        for (code, tag, difference) in [("main", "QX1", first), ("news", "QX2", second)] {
            let (hour, code, kind) =
                (hours_of_days(day, day, &utc).start, code.to_owned(), Some(ResultKind::Sponsored));
            clicks.push(HourCount { hour, code, kind, outcome: ClickOutcome::Counted, n: 1_000 });
            let n = 1_000 - if day == OCTOBER { difference } else { 0 };
            let (searches, currency, is_final) = (None, None, None);
            let (clicks, revenue) = (Some(n), Some(Micros(n)));
            rows.push(StatementRow {
                day,
                last: day,
                code: tag.to_owned(),
                searches,
                clicks,
                revenue,
                currency,
                is_final,
            });
        }
    }
    reconcile(&input(OCTOBER, &utc, &tags), &counts(&clicks), &rows)
}

#[test]
fn codes_that_compensate_for_one_another_are_not_matched() {
    let found = two_codes(50, -50);
    let day = &found.periods[0];
    assert_eq!((day.row.status, day.row.difference()), (Status::CodesDiffer, Some(0)));
    let differing: Vec<_> =
        day.codes.iter().map(|code| (code.name.as_str(), code.row.status, code.row.difference())).collect();
    assert_eq!(differing, [("main", Status::Under, Some(50)), ("news", Status::Over, Some(-50))]);
    assert_eq!((found.month.status, found.is_out_of_tolerance()), (Status::Matched, true), "50 of 31000 is within 1 %");
    let found = two_codes(400, -400);
    assert_eq!((found.month.status, found.month.difference()), (Status::CodesDiffer, Some(0)));
    let codes: Vec<_> =
        found.codes.iter().map(|code| (code.name.as_str(), code.row.status, code.row.per_cent())).collect();
    assert_eq!(codes, [("main", Status::Under, Some(129)), ("news", Status::Over, Some(-129))]);
    let sum: i64 = found.codes.iter().map(|code| code.row.theirs.unwrap()).sum();
    assert_eq!(Some(sum), found.month.theirs, "codes add up to the month");
    let found = two_codes(5, -5);
    assert_eq!((found.periods[0].row.status, found.is_out_of_tolerance()), (Status::Matched, false));
}

/// Moves the counts of hours before this one into daily sums, as a roll-up does.
fn rolled_up(clicks: &[HourCount], before: Hour) -> StoredCounts {
    let (old, kept): (Vec<_>, Vec<_>) = clicks.iter().cloned().partition(|count| count.hour < before);
    let mut daily: Vec<HourCount> = Vec::new();
    for count in old {
        let hour = count.hour.day().first_hour();
        match daily.last_mut().filter(|last| last.hour == hour) {
            Some(last) => last.n += count.n,
            None => daily.push(HourCount { hour, ..count }),
        }
    }
    let part = |clicks| PartnerCounts { clicks, searches: Vec::new() };
    StoredCounts { hourly: part(kept), daily: part(daily) }
}

#[test]
fn rolled_up_days_are_right_or_not_known_and_never_zero() {
    let clicks = clicks(OCTOBER, 3, 20);
    // The whole month, its first two weeks, and nothing of it.
    for before in [date(2026, 11, 3), date(2026, 10, 15), date(2026, 9, 1)] {
        for (name, is_utc) in
            [("UTC", true), ("Africa/Abidjan", true), ("Europe/Berlin", false), ("Asia/Kolkata", false)]
        {
            let zone = zone(name);
            let first_kept = hours_of_days(before, before, &TimeZone::UTC).start;
            let stored = rolled_up(&clicks, first_kept);
            let rows = matching_rows(OCTOBER, &TimeZone::UTC, &clicks);
            let tags = [tag("toolbar", "QX1")];
            let found = reconcile(&input(OCTOBER, &zone, &tags), &stored, &rows);
            let whole = reconcile(&input(OCTOBER, &zone, &tags), &counts(&clicks), &rows);
            for (found, whole) in found.periods.iter().zip(&whole.periods) {
                let is_hourly =
                    seconds_of_days(found.first, found.last, &zone).start >= i64::from(first_kept.0) * 3_600;
                if is_utc || is_hourly {
                    assert_eq!(found, whole, "{name}, {before}");
                } else {
                    assert_eq!((found.row.own, found.row.status), (None, Status::RolledUp), "{name}, {before}");
                }
            }
            let is_known = is_utc || found.periods.iter().all(|period| period.row.own.is_some());
            assert_eq!(found.month.ours(), whole.month.ours().filter(|_| is_known), "{name}, {before}");
            assert_eq!(found.is_out_of_tolerance(), !is_known || whole.is_out_of_tolerance());
        }
    }
}

#[test]
fn weeks_and_months_are_compared_at_their_grain() {
    let (berlin, clicks) = (zone("Europe/Berlin"), clicks(OCTOBER, 7, 20));
    let sum = |first: Date, last: Date| -> i64 {
        let hours = hours_of_days(first, last, &berlin);
        clicks.iter().filter(|count| hours.contains(&count.hour)).map(|count| i64::try_from(count.n).unwrap()).sum()
    };
    let row = |first: Date, last: Date, difference: i64| StatementRow {
        day: first,
        last,
        clicks: Some(sum(first, last) - difference),
        ..matching_rows(OCTOBER, &berlin, &clicks)[0].clone()
    };
    let whole = row(OCTOBER, date(2026, 10, 31), 0);
    let found = reconciled(OCTOBER, &berlin, &clicks, &[whole]);
    assert_eq!((found.periods.len(), found.month.status, found.month.difference()), (1, Status::Matched, Some(0)));
    assert_eq!((found.total_days, found.compared.unwrap().days), (31, 31));
    let weeks = [
        row(date(2026, 10, 5), date(2026, 10, 11), 0),
        row(date(2026, 10, 12), date(2026, 10, 18), 500),
        row(date(2026, 10, 26), date(2026, 11, 1), 0),
    ];
    let found = reconciled(OCTOBER, &berlin, &clicks, &weeks);
    let statuses: Vec<_> = found.periods.iter().map(|period| (period.to_string(), period.row.status)).collect();
    let wanted = [
        ("2026-10-01 to 2026-10-04", Status::MissingTheirs),
        ("2026-10-05 to 2026-10-11", Status::Matched),
        ("2026-10-12 to 2026-10-18", Status::Under),
        ("2026-10-19 to 2026-10-25", Status::MissingTheirs),
    ];
    assert_eq!(statuses, wanted.map(|(days, status)| (days.to_owned(), status)));
    let shared = &found.shared[0];
    assert_eq!(shared.inside, u64::try_from(sum(date(2026, 10, 26), date(2026, 10, 31))).ok());
    assert_eq!(shared.outside, u64::try_from(sum(date(2026, 11, 1), date(2026, 11, 1))).ok());
    let november = reconciled(date(2026, 11, 1), &berlin, &clicks, &weeks);
    assert_eq!(
        (november.periods[0].to_string().as_str(), november.periods[0].row.status),
        ("2026-10-26 to 2026-11-01", Status::Matched)
    );
}

proptest! {
    /// Zones off the whole hour: days add up to hours exactly, in total and by code, and the true number lies within what is
    /// uncertain.
    #[test]
    fn divided_hours_add_up_and_the_uncertainty_covers_the_truth(
        zone_index in 0_usize..6,
        month in 1_i8..=12,
        seed in 0_u64..1_000_000,
        codes in 1_u64..5,
    ) {
        let names =
            ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Chatham", "Europe/Berlin"];
        let (zone, month) = (zone(names[zone_index]), date(2026, month, 1));
        let first = hours_of_days(month, month, &zone).start.0 - 30;
        let code = |code: u64| format!("c{code}");
        let quarters: Vec<u64> = (0..4 * 24 * 36).map(|quarter| random(seed, quarter) % 40).collect();
        let n = |quarter: usize, code: u64| (quarters[quarter] + code) / codes;
        let mut clicks = Vec::new();
        for hour in 0..24 * 36_usize {
            for c in 0..codes {
                let n = (4 * hour..4 * hour + 4).map(|quarter| n(quarter, c)).sum();
                let (hour, kind) = (Hour(first + u32::try_from(hour).unwrap()), Some(ResultKind::Sponsored));
                clicks.push(HourCount { hour, code: code(c), kind, outcome: ClickOutcome::Counted, n });
            }
        }
        let tags: Vec<CodeTag> = (0..codes).map(|c| tag(&code(c), &code(c))).collect();
        let truth = |day: Date, c: u64| -> u64 {
            let seconds = seconds_of_days(day, day, &zone);
            let start = i64::from(first) * 3_600;
            let inside = |quarter: &usize| seconds.contains(&(start + i64::try_from(*quarter).unwrap() * 900));
            (0..quarters.len()).filter(inside).map(|quarter| n(quarter, c)).sum()
        };
        let rows: Vec<StatementRow> = YearMonth::containing(month)
            .days()
            .flat_map(|day| (0..codes).map(move |c| (day, c)))
            .map(|(day, c)| StatementRow {
                day, last: day, code: code(c), searches: None, clicks: i64::try_from(truth(day, c)).ok(), revenue: None,
                currency: None, is_final: None,
            })
            .collect();
        let mut input = input(month, &zone, &tags);
        input.tolerance = Tolerance { clicks: 0, day: 0, month: 0, dispute: 0 };
        let found = reconcile(&input, &counts(&clicks), &rows);
        prop_assert!(!found.is_out_of_tolerance() && !found.is_dispute, "{:?}", found.month);
        prop_assert_eq!(found.month.ours(), Some(found.periods.iter().map(|period| period.row.ours().unwrap()).sum()));
        prop_assert_eq!(found.month.ours(), Some(found.codes.iter().map(|code| code.row.ours().unwrap()).sum()));
        let is_off = |day: Date| seconds_of_days(day, day, &zone).start % SECONDS_OF_HOUR != 0;
        let is_whole = YearMonth::containing(month).days().chain([month.last_of_month().tomorrow().unwrap()]).all(|day| !is_off(day));
        let uncertain: u64 = found.periods.iter().map(|period| period.row.own.unwrap().uncertain).sum();
        prop_assert_eq!(uncertain == 0, is_whole);
    }
}

/// Half of the clicks of a code come in rows of a second tag from the 15th on, in the partner's zone.
#[test]
fn tags_are_those_of_the_day_and_several_of_one_code_are_added_up() {
    let (pacific, start) = (zone("America/Los_Angeles"), date(2026, 10, 15));
    let clicks = clicks(OCTOBER, 7, 20);
    let named =
        |row: &StatementRow, tag: &str, n: Option<i64>| StatementRow { code: tag.to_owned(), clicks: n, ..row.clone() };
    let mut rows = Vec::new();
    for row in matching_rows(OCTOBER, &pacific, &clicks) {
        let n = row.clicks.unwrap();
        if row.day < start {
            rows.push(named(&row, "QX1", Some(n)));
        } else {
            rows.extend([named(&row, "QX1", Some(n / 2)), named(&row, "QX2", Some(n - n / 2))]);
        }
    }
    let from = TagDays { from: Some(start), to: None };
    let tags = [tag("toolbar", "QX1"), CodeTag { days: from, ..tag("toolbar", "QX2") }];
    let found = reconcile(&input(OCTOBER, &pacific, &tags), &counts(&clicks), &rows);
    assert!(statuses(&found).iter().all(|status| *status == Status::Matched));
    let codes: Vec<_> = found.codes.iter().map(|code| (code.name.as_str(), code.row.difference())).collect();
    assert_eq!((codes, found.unmapped.len()), (vec![("toolbar", Some(0))], 0));
    // A day earlier the second tag is not ours yet.
    rows.push(named(&rows[0].clone(), "QX2", Some(5)));
    let found = reconcile(&input(OCTOBER, &pacific, &tags), &counts(&clicks), &rows);
    let unmapped: Vec<_> = found.unmapped.iter().map(|row| (row.day, row.code.as_str(), row.clicks)).collect();
    assert_eq!((unmapped, found.month.difference()), (vec![(OCTOBER, "QX2", Some(5))], Some(0)));
}
