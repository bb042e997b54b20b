//! Months whose every click is known, and what is put wrong in them.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::billing::days::hours_of;

const OCTOBER: Date = date(2026, 10, 1);

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn question<'q>(month: Date, zone: &'q TimeZone, tags: &'q [String]) -> ReconcileInput<'q> {
    let (tolerance, currency) = (Tolerance::default(), Currency::new("USD"));
    ReconcileInput { month, zone, tags, is_direct: false, tolerance, currency, now: Hour(u32::MAX) }
}

/// A number that looks like chance, of a seed and a place (SplitMix64).
fn chance(seed: u64, place: u64) -> u64 {
    let mixed = seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Clicks by hour over a month and its margins: few at night, many by day, in the zone of the people.
fn clicks(month: Date, seed: u64, busy: u64) -> Vec<HourCount> {
    let utc = TimeZone::UTC;
    let first = first_hour(month.first_of_month(), &utc).0 - MARGIN - 24;
    let last = first_hour(month.last_of_month(), &utc).0 + 24 + MARGIN + 24;
    let count = |hour: u32| {
        let by_day = [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 15, 16, 16, 15, 14, 14, 14, 15, 16, 18, 17, 12, 6, 3];
        let n = by_day[(hour as usize + 16) % 24] * busy * (50 + chance(seed, u64::from(hour)) % 50) / 100;
        let (code, kind) = ("toolbar".to_owned(), "sponsored".to_owned());
        HourCount { hour: Hour(hour), code, kind, outcome: ClickOutcome::Counted, n }
    };
    (first..last).map(count).collect()
}

/// What a partner reports that counts as we do, in its zone.
fn honest(month: Date, zone: &TimeZone, clicks: &[HourCount]) -> Vec<Row> {
    let row = |day: Date| {
        let hours = first_hour(day, zone)..first_hour(day.tomorrow().unwrap(), zone);
        let n: u64 = clicks.iter().filter(|count| hours.contains(&count.hour)).map(|count| count.n).sum();
        let n = i64::try_from(n).unwrap();
        Row {
            day,
            code: "QX1".to_owned(),
            searches: None,
            clicks: Some(n),
            revenue: Some(Micros(n * 310_000)),
            is_final: None,
        }
    };
    of_month(month).into_iter().map(row).collect()
}

fn statuses(found: &Reconciliation) -> Vec<Status> {
    found.days.iter().map(|(_, line)| line.status).collect()
}

#[test]
fn what_is_cut_in_the_partners_zone_agrees_and_what_is_cut_in_utc_does_not() {
    let tags = ["QX1".to_owned()];
    for (name, month) in [
        ("America/Los_Angeles", OCTOBER),
        ("America/Los_Angeles", date(2026, 11, 1)),
        ("America/Los_Angeles", date(2026, 3, 1)),
        ("Europe/Berlin", OCTOBER),
        ("UTC", date(2028, 2, 1)),
        ("Pacific/Kiritimati", OCTOBER),
    ] {
        let (zone, clicks) = (zone(name), clicks(month, 1, 20));
        let rows = honest(month, &zone, &clicks);
        let found = reconcile(&question(month, &zone, &tags), &clicks, &[], &rows);
        assert!(statuses(&found).iter().all(|status| *status == Status::Matched), "{name}");
        assert_eq!((found.month.difference(), found.is_out(), found.shift), (Some(0), false, None), "{name}");
        assert_eq!(found.month.revenue, Some(Micros(found.month.theirs.unwrap() * 310_000)));
    }
    // The reason for all this: cut by UTC days, good days break the tolerance while the month still agrees.
    let (pacific, clicks) = (zone("America/Los_Angeles"), clicks(OCTOBER, 1, 20));
    let rows = honest(OCTOBER, &pacific, &clicks);
    let utc = TimeZone::UTC;
    let found = reconcile(&question(OCTOBER, &utc, &tags), &clicks, &[], &rows);
    let out = statuses(&found).iter().filter(|status| status.is_out()).count();
    assert!(
        out >= 10 && !found.month.status.is_out(),
        "{out} days of 31 are out, the month is {:?}",
        found.month.status
    );
}

/// Three partners' months, each with shortfalls on chosen days: every one is found, and none is invented.
#[test]
fn every_shortfall_is_found_and_none_is_invented() {
    let tags = ["QX1".to_owned()];
    for (seed, name) in [(1, "America/Los_Angeles"), (2, "Europe/Berlin"), (3, "UTC")] {
        let (zone, clicks) = (zone(name), clicks(OCTOBER, seed, 20));
        let good = honest(OCTOBER, &zone, &clicks);
        for round in 0..40 {
            let mut rows = good.clone();
            let mut wanted = vec![Status::Matched; 31];
            for day in 0..31 {
                let dice = chance(seed * 1_000 + round, u64::try_from(day).unwrap());
                let row: &mut Row = &mut rows[day];
                let n = row.clicks.unwrap();
                let wide = (n / 50).max(5);
                (row.clicks, wanted[day]) = match dice % 8 {
                    0 => (Some(n - wide - 1), Status::Under),
                    1 => (Some(n + wide + 1), Status::Over),
                    2 => (Some(n - wide), Status::Within),
                    3 => (Some(n + 1), Status::Within),
                    4 => (None, Status::Suppressed),
                    _ => (Some(n), Status::Matched),
                };
                if dice % 64 == 63 {
                    (row.is_final, wanted[day]) = (Some(false), Status::Provisional);
                }
            }
            let found = reconcile(&question(OCTOBER, &zone, &tags), &clicks, &[], &rows);
            assert_eq!(statuses(&found), wanted, "{name}, round {round}");
            assert_eq!(found.is_out(), wanted.iter().any(|status| status.is_out()));
            assert_eq!(found.shift, None, "noise is no other zone");
        }
    }
}

#[test]
fn a_day_without_a_row_is_missing_and_never_zero() {
    let (tags, zone) = (["QX1".to_owned()], zone("Europe/Berlin"));
    let clicks = clicks(OCTOBER, 5, 20);
    let mut rows = honest(OCTOBER, &zone, &clicks);
    rows.remove(7);
    rows[0].code = "QX9".to_owned();
    rows.push(Row { code: "other".to_owned(), ..rows[1].clone() });
    let found = reconcile(&question(OCTOBER, &zone, &tags), &clicks, &[], &rows);
    let line = |day: usize| &found.days[day].1;
    assert_eq!((line(7).status, line(7).theirs), (Status::MissingTheirs, None));
    assert_eq!((line(0).status, line(0).theirs), (Status::Unmapped, None));
    assert_eq!(line(1).status, Status::Matched);
    assert_eq!((found.month.status, found.month.theirs), (Status::MissingTheirs, None));
    let codes: Vec<&str> = found.unmapped.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["QX9", "other"]);
    let nameless: Vec<Row> = rows.iter().map(|row| Row { code: String::new(), ..row.clone() }).collect();
    let whole = reconcile(&question(OCTOBER, &zone, &tags), &clicks, &[], &nameless[..30]);
    assert_eq!(
        (whole.unmapped.len(), whole.days[1].1.status),
        (0, Status::Matched),
        "no codes: the partner as a whole"
    );
    let mut mixed = nameless;
    mixed[5].code = "QX1".to_owned();
    let found_mixed = reconcile(&question(OCTOBER, &zone, &tags), &clicks, &[], &mixed);
    assert_eq!((found_mixed.days[5].1.status, found_mixed.days[1].1.status), (Status::Matched, Status::Unmapped));
    let stated: i64 = rows.iter().map(|row| row.clicks.unwrap()).sum();
    let told: i64 = found.days.iter().filter_map(|(_, line)| line.theirs).sum();
    let unmapped: i64 = found.unmapped.iter().map(|row| row.clicks.unwrap()).sum();
    assert_eq!(told + unmapped, stated, "totals tie");
}

#[test]
fn only_sponsored_counted_clicks_are_paid_for() {
    let (tags, utc) = (["QX1".to_owned()], TimeZone::UTC);
    let hour = first_hour(OCTOBER, &utc);
    let count = |kind: &str, outcome, n| HourCount { hour, code: "t".to_owned(), kind: kind.to_owned(), outcome, n };
    let clicks = [
        count("sponsored", ClickOutcome::Counted, 100),
        count("sponsored", ClickOutcome::Duplicate, 7),
        count("sponsored", ClickOutcome::Bot, 5),
        count("organic", ClickOutcome::Counted, 50),
        count("organic", ClickOutcome::Bot, 1),
    ];
    let row =
        Row { day: OCTOBER, code: "QX1".to_owned(), searches: None, clicks: Some(91), revenue: None, is_final: None };
    let found = reconcile(&question(OCTOBER, &utc, &tags), &clicks, &[], std::slice::from_ref(&row));
    let line = &found.days[0].1;
    assert_eq!((line.ours(), line.organic, line.difference(), line.per_cent()), (100, 50, Some(9), Some(900)));
    assert_eq!((line.outcomes[1], line.status), (7, Status::Under));
    let direct = ReconcileInput { is_direct: true, ..question(OCTOBER, &utc, &tags) };
    let found = reconcile(&direct, &clicks, &[], std::slice::from_ref(&row));
    assert!(statuses(&found).iter().all(|status| *status == Status::Uncounted) && !found.is_out() && !found.is_dispute);
    let open = ReconcileInput { now: Hour(hour.0 + 23), ..question(OCTOBER, &utc, &tags) };
    let found = reconcile(&open, &clicks, &[], &[row]);
    assert_eq!(found.days[0].1.status, Status::Provisional, "its last hour is not over");
}

#[test]
fn a_month_past_the_contracts_share_is_a_dispute() {
    let (tags, zone) = (["QX1".to_owned()], zone("America/Los_Angeles"));
    let clicks = clicks(OCTOBER, 9, 20);
    let good = honest(OCTOBER, &zone, &clicks);
    let less = |per_mille: i64| {
        let cut = |row: &Row| Row { clicks: row.clicks.map(|n| n - n * per_mille / 1_000), ..row.clone() };
        let rows: Vec<Row> = good.iter().map(cut).collect();
        reconcile(&question(OCTOBER, &zone, &tags), &clicks, &[], &rows)
    };
    let (fair, under, dispute) = (less(9), less(50), less(120));
    assert_eq!((fair.month.status, fair.is_dispute), (Status::Within, false));
    assert_eq!((under.month.status, under.is_dispute), (Status::Under, false));
    assert_eq!((dispute.month.status, dispute.is_dispute), (Status::Under, true));
    assert_eq!(dispute.shift, None);
}

proptest! {
    #[test]
    fn another_zone_is_told_by_its_hours(seed in 0_u64..1_000, hours in -12_i32..=12, busy in 5_u64..40) {
        let (tags, zone) = (["QX1".to_owned()], zone("America/Los_Angeles"));
        let clicks = clicks(OCTOBER, seed, busy);
        // The partner's days begin so much later than its profile says.
        let moved: Vec<HourCount> = clicks
            .iter()
            .map(|count| HourCount { hour: Hour(count.hour.0.saturating_add_signed(-hours)), ..count.clone() })
            .collect();
        let rows = honest(OCTOBER, &zone, &moved);
        let found = reconcile(&question(OCTOBER, &zone, &tags), &clicks, &[], &rows);
        match found.shift {
            None => prop_assert!(!found.days.iter().any(|(_, line)| line.status.is_out()), "{hours}"),
            Some(shift) => prop_assert_eq!((shift.hours, shift.then), (hours, 0)),
        }
    }

    #[test]
    fn per_cents_are_exact(ours in 1_u64..1_000_000, theirs in -1_000_i64..2_000_000) {
        let line = ReconciledRow { outcomes: [ours, 0, 0, 0, 0, 0, 0, 0], organic: 0, searches: 0, theirs: Some(theirs),
            their_searches: None, revenue: None, status: Status::Matched };
        let told = i128::from(line.per_cent().unwrap());
        // Within half a hundredth of the truth.
        let truth = (i128::from(ours) - i128::from(theirs)) * 10_000;
        prop_assert!((told * i128::from(ours) - truth).abs() * 2 <= i128::from(ours));
    }

    #[test]
    fn no_day_is_lost(seed in 0_u64..100, month in 1_i8..=12) {
        let zone = zone("America/New_York");
        let month = date(2026, month, 1);
        let clicks = clicks(month, seed, 3);
        let found = reconcile(&question(month, &zone, &[]), &clicks, &[], &[]);
        let hours: u32 = found.days.iter().map(|(day, _)| hours_of(*day, &zone)).sum();
        let range = first_hour(month, &zone)..Hour(first_hour(month, &zone).0 + hours);
        let sum: u64 = clicks.iter().filter(|count| range.contains(&count.hour)).map(|count| count.n).sum();
        prop_assert_eq!(found.month.ours(), sum);
    }
}
