//! Months whose clicks are all known, and differences put into them.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::billing::contract::CodeTag;
use crate::billing::days::hours_of_days;
use crate::billing::hourly::PartnerCounts;
use crate::billing::money::Micros;
use crate::billing::reconcile::zone::MAX_SHIFT_HOURS;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::partner::code_tags::TagDays;
use crate::result_kind::ResultKind;
use strum::VariantArray as _;

mod codes_and_periods;

const OCTOBER: Date = date(2026, 10, 1);

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn input<'i>(month: Date, zone: &'i TimeZone, tags: &'i [CodeTag]) -> ReconcileInput<'i> {
    let (month, tolerance) = (YearMonth::containing(month), Tolerance::default());
    ReconcileInput {
        month,
        zone,
        codes: CodeSource::Configured(tags),
        is_direct: false,
        tolerance,
        now: Hour(u32::MAX),
    }
}

fn tag(code: &str, tag: &str) -> CodeTag {
    CodeTag { code: ConfigName::new(code).unwrap(), tag: tag.to_owned(), days: TagDays::default() }
}

/// Reconciles a month whose statement reports the code QX1 and no searches.
fn reconciled(month: Date, zone: &TimeZone, clicks: &[HourCount], rows: &[StatementRow]) -> Reconciliation {
    reconcile(&input(month, zone, &[tag("toolbar", "QX1")]), &counts(clicks), rows)
}

fn counts(clicks: &[HourCount]) -> StoredCounts {
    let hourly = PartnerCounts { clicks: clicks.to_vec(), searches: Vec::new() };
    StoredCounts { hourly, daily: PartnerCounts::default() }
}

/// A pseudorandom number derived from a seed and a position (SplitMix64).
fn random(seed: u64, position: u64) -> u64 {
    let mixed = seed.wrapping_add(position.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Clicks by hour in a month and the hours around it: few at night and many by day, in the zone of the users.
fn clicks(month: Date, seed: u64, busy: u64) -> Vec<HourCount> {
    let utc = TimeZone::UTC;
    let hours = YearMonth::containing(month).hours(&utc);
    let count = |hour: u32| {
        let by_day = [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 15, 16, 16, 15, 14, 14, 14, 15, 16, 18, 17, 12, 6, 3];
        let n = by_day[(hour as usize + 16) % 24] * busy * (50 + random(seed, u64::from(hour)) % 50) / 100;
        let (code, kind) = ("toolbar".to_owned(), Some(ResultKind::Sponsored));
        HourCount { hour: Hour(hour), code, kind, outcome: ClickOutcome::Counted, n }
    };
    (hours.start.0 - MAX_SHIFT_HOURS - 24..hours.end.0 + MAX_SHIFT_HOURS + 24).map(count).collect()
}

/// The statement of a partner that counts in its zone exactly what we count.
fn matching_rows(month: Date, zone: &TimeZone, clicks: &[HourCount]) -> Vec<StatementRow> {
    let row = |day: Date| {
        let hours = hours_of_days(day, day, zone);
        let n: u64 = clicks.iter().filter(|count| hours.contains(&count.hour)).map(|count| count.n).sum();
        let n = i64::try_from(n).unwrap();
        StatementRow {
            day,
            last: day,
            code: "QX1".to_owned(),
            searches: None,
            clicks: Some(n),
            revenue: Some(Micros(n * 310_000)),
            currency: None,
            is_final: None,
        }
    };
    YearMonth::containing(month).days().map(row).collect()
}

fn statuses(reconciliation: &Reconciliation) -> Vec<Status> {
    reconciliation.periods.iter().map(|period| period.row.status).collect()
}

#[test]
fn days_match_in_the_partners_zone_and_not_in_utc() {
    for (name, month) in [
        ("America/Los_Angeles", OCTOBER),
        ("America/Los_Angeles", date(2026, 11, 1)),
        ("America/Los_Angeles", date(2026, 3, 1)),
        ("Europe/Berlin", OCTOBER),
        ("UTC", date(2028, 2, 1)),
        ("Pacific/Kiritimati", OCTOBER),
    ] {
        let (zone, clicks) = (zone(name), clicks(month, 1, 20));
        let rows = matching_rows(month, &zone, &clicks);
        let found = reconciled(month, &zone, &clicks, &rows);
        assert!(statuses(&found).iter().all(|status| *status == Status::Matched), "{name}");
        assert_eq!(
            (found.month.difference(), found.is_out_of_tolerance(), found.shift),
            (Some(0), false, None),
            "{name}"
        );
        assert_eq!(found.month.revenue, Some(Micros(found.month.theirs.unwrap() * 310_000)));
    }
    // The reason for time zones: with UTC days, correct days exceed the tolerance while the month still agrees.
    let (pacific, clicks) = (zone("America/Los_Angeles"), clicks(OCTOBER, 1, 20));
    let rows = matching_rows(OCTOBER, &pacific, &clicks);
    let found = reconciled(OCTOBER, &TimeZone::UTC, &clicks, &rows);
    let out = statuses(&found).iter().filter(|status| status.is_out_of_tolerance()).count();
    assert!(
        out >= 10 && !found.month.status.is_out_of_tolerance(),
        "{out} days of 31 are out of tolerance, the month is {:?}",
        found.month.status
    );
}

/// Months of three partners with differences on chosen days.
#[test]
fn finds_every_difference_and_no_other() {
    for (seed, name) in [(1, "America/Los_Angeles"), (2, "Europe/Berlin"), (3, "UTC")] {
        let (zone, clicks) = (zone(name), clicks(OCTOBER, seed, 20));
        let matching = matching_rows(OCTOBER, &zone, &clicks);
        for round in 0..40 {
            let mut rows = matching.clone();
            let mut wanted = vec![Status::Matched; 31];
            for day in 0..31 {
                let dice = random(seed * 1_000 + round, u64::try_from(day).unwrap());
                let row: &mut StatementRow = &mut rows[day];
                let n = row.clicks.unwrap();
                let tolerance = (n / 50).max(5);
                (row.clicks, wanted[day]) = match dice % 8 {
                    0 => (Some(n - tolerance - 1), Status::Under),
                    1 => (Some(n + tolerance + 1), Status::Over),
                    2 => (Some(n - tolerance), Status::Within),
                    3 => (Some(n + 1), Status::Within),
                    4 => (None, Status::Suppressed),
                    _ => (Some(n), Status::Matched),
                };
                if dice % 64 == 63 {
                    (row.is_final, wanted[day]) = (Some(false), Status::Provisional);
                }
            }
            let found = reconciled(OCTOBER, &zone, &clicks, &rows);
            assert_eq!(statuses(&found), wanted, "{name}, round {round}");
            assert_eq!(found.is_out_of_tolerance(), wanted.iter().any(|status| status.is_out_of_tolerance()));
            assert_eq!(found.shift, None, "noise is not a zone shift");
        }
    }
}

#[test]
fn a_day_without_a_row_is_missing_and_never_zero() {
    let zone = zone("Europe/Berlin");
    let clicks = clicks(OCTOBER, 5, 20);
    let mut rows = matching_rows(OCTOBER, &zone, &clicks);
    rows.remove(7);
    rows[0].code = "QX9".to_owned();
    rows.push(StatementRow { code: "other".to_owned(), ..rows[1].clone() });
    let found = reconciled(OCTOBER, &zone, &clicks, &rows);
    let row = |day: usize| &found.periods[day].row;
    assert_eq!((row(7).status, row(7).theirs), (Status::MissingTheirs, None));
    assert_eq!((row(0).status, row(0).theirs), (Status::Unmapped, None));
    assert_eq!(row(1).status, Status::Matched);
    assert_eq!((found.month.status, found.month.theirs), (Status::MissingTheirs, None));
    let codes: Vec<&str> = found.unmapped.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["QX9", "other"]);
    let without_codes: Vec<StatementRow> =
        rows.iter().map(|row| StatementRow { code: String::new(), ..row.clone() }).collect();
    let whole = reconciled(OCTOBER, &zone, &clicks, &without_codes[..30]);
    assert_eq!(
        (whole.unmapped.len(), whole.periods[1].row.status),
        (0, Status::Matched),
        "a statement without codes reports the partner as a whole"
    );
    let mut mixed = without_codes;
    mixed[5].code = "QX1".to_owned();
    let mixed = reconciled(OCTOBER, &zone, &clicks, &mixed);
    assert_eq!((mixed.periods[5].row.status, mixed.periods[1].row.status), (Status::Matched, Status::Unmapped));
    let stated: i64 = rows.iter().map(|row| row.clicks.unwrap()).sum();
    let mapped: i64 = found.periods.iter().filter_map(|period| period.row.theirs).sum();
    let unmapped: i64 = found.unmapped.iter().map(|row| row.clicks.unwrap()).sum();
    assert_eq!(mapped + unmapped, stated, "no click is lost");
}

#[test]
fn only_sponsored_counted_clicks_are_paid_for() {
    let (tags, utc) = ([tag("t", "QX1")], TimeZone::UTC);
    let hour = hours_of_days(OCTOBER, OCTOBER, &utc).start;
    let count = |kind, outcome, n| HourCount { hour, code: "t".to_owned(), kind: Some(kind), outcome, n };
    let (sponsored, organic) = (ResultKind::Sponsored, ResultKind::Organic);
    let clicks = [
        count(sponsored, ClickOutcome::Counted, 100),
        count(sponsored, ClickOutcome::Duplicate, 7),
        count(sponsored, ClickOutcome::Bot, 5),
        count(organic, ClickOutcome::Counted, 50),
        count(organic, ClickOutcome::Bot, 1),
    ];
    let row = StatementRow {
        day: OCTOBER,
        last: OCTOBER,
        code: "QX1".to_owned(),
        searches: None,
        clicks: Some(91),
        revenue: None,
        currency: None,
        is_final: None,
    };
    let (counts, rows) = (counts(&clicks), [row]);
    let found = reconcile(&input(OCTOBER, &utc, &tags), &counts, &rows);
    let first = &found.periods[0].row;
    let own = first.own.unwrap();
    assert_eq!((first.ours(), own.organic, first.difference(), first.per_cent()), (Some(100), 50, Some(9), Some(900)));
    assert_eq!((own.outcomes[1], own.uncertain, first.status), (7, 0, Status::Under));
    let direct = ReconcileInput { is_direct: true, ..input(OCTOBER, &utc, &tags) };
    let found = reconcile(&direct, &counts, &rows);
    let found_statuses = statuses(&found);
    assert_eq!(found_statuses[0], Status::Uncounted);
    // What the statement lacks does not depend on who counts.
    assert!(found_statuses[1..].iter().all(|status| *status == Status::MissingTheirs) && !found.is_dispute);
    let open = ReconcileInput { now: Hour(hour.0 + 23), ..input(OCTOBER, &utc, &tags) };
    let found = reconcile(&open, &counts, &rows);
    assert_eq!(found.periods[0].row.status, Status::Provisional, "its last hour is not over");
}

#[test]
fn a_difference_above_the_contracts_share_is_a_dispute() {
    let zone = zone("America/Los_Angeles");
    let clicks = clicks(OCTOBER, 9, 20);
    let matching = matching_rows(OCTOBER, &zone, &clicks);
    let less = |per_mille: i64| {
        let cut =
            |row: &StatementRow| StatementRow { clicks: row.clicks.map(|n| n - n * per_mille / 1_000), ..row.clone() };
        let rows: Vec<StatementRow> = matching.iter().map(cut).collect();
        reconciled(OCTOBER, &zone, &clicks, &rows)
    };
    let (fair, under, dispute) = (less(9), less(50), less(120));
    assert_eq!((fair.month.status, fair.is_dispute), (Status::Within, false));
    assert_eq!((under.month.status, under.is_dispute), (Status::Under, false));
    assert_eq!((dispute.month.status, dispute.is_dispute), (Status::Under, true));
    assert_eq!(dispute.shift, None);
}

proptest! {
    #[test]
    fn detects_a_zone_shift(seed in 0_u64..1_000, hours in -12_i32..=12, busy in 5_u64..40) {
        let zone = zone("America/Los_Angeles");
        let clicks = clicks(OCTOBER, seed, busy);
        // The partner's days begin this many hours later than in the zone of its profile.
        let shifted: Vec<HourCount> = clicks
            .iter()
            .map(|count| HourCount { hour: Hour(count.hour.0.saturating_add_signed(-hours)), ..count.clone() })
            .collect();
        let rows = matching_rows(OCTOBER, &zone, &shifted);
        let found = reconciled(OCTOBER, &zone, &clicks, &rows);
        match found.shift {
            None => prop_assert!(!found.periods.iter().any(|period| period.row.status.is_out_of_tolerance()), "{hours}"),
            Some(shift) => prop_assert_eq!((shift.hours, shift.then), (hours, 0)),
        }
    }

    #[test]
    fn per_cent_is_rounded_correctly(ours in 1_u64..1_000_000, theirs in -1_000_i64..2_000_000) {
        let mut outcomes = [0; ClickOutcome::VARIANTS.len()];
        outcomes[0] = ours;
        let own = Some(OwnCounts { outcomes, ..OwnCounts::default() });
        let row = ReconciledRow { own, theirs: Some(theirs),
            their_searches: None, revenue: None, status: Status::Matched };
        let hundredths = i128::from(row.per_cent().unwrap());
        // Within half a hundredth of the exact value.
        let exact = (i128::from(ours) - i128::from(theirs)) * 10_000;
        prop_assert!((hundredths * i128::from(ours) - exact).abs() * 2 <= i128::from(ours));
    }

    #[test]
    fn the_days_of_a_month_include_every_click(seed in 0_u64..100, month in 1_i8..=12) {
        let zone = zone("America/New_York");
        let month = date(2026, month, 1);
        let clicks = clicks(month, seed, 3);
        let found = reconcile(&input(month, &zone, &[]), &counts(&clicks), &[]);
        let range = YearMonth::containing(month).hours(&zone);
        let sum: u64 = clicks.iter().filter(|count| range.contains(&count.hour)).map(|count| count.n).sum();
        prop_assert_eq!(found.month.ours(), Some(sum));
    }
}
