//! Tests of the billing store over SQLite.

use jiff::civil::Date;

use super::*;
use crate::billing::code_scope::CodeScope;
use crate::billing::digest::Sha256Digest;
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::LeftOut;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::{Cell, ClickCell, ClickOutcome, SearchCell, SearchOutcome};
use crate::result_kind::ResultKind;
use crate::storage::sqlite::{SqliteStore, Sums};

/// 2026-06-21T00.
const FIRST: Hour = Hour(495_000);

struct TestStore {
    _folder: tempfile::TempDir,
    counts: SqliteStore,
    sequence: u64,
    billing: BillingStore,
}

impl TestStore {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let counts = SqliteStore::open(&path, "one").unwrap();
        let billing = BillingStore::open(&StoreLocation::Sqlite(path)).unwrap();
        Self { _folder: folder, counts, sequence: 0, billing }
    }

    /// Counts `n` clicks and twice as many searches.
    fn count(&mut self, partner: &str, hour: Hour, n: u64) {
        let (partner, code) = (name(partner), name("toolbar"));
        let click = ClickCell {
            hour,
            partner: partner.clone(),
            code: code.clone(),
            kind: Some(ResultKind::Sponsored),
            outcome: ClickOutcome::Counted,
        };
        let search = SearchCell { hour, partner, code, outcome: SearchOutcome::WithAds };
        self.sequence += 1;
        self.counts
            .apply(self.sequence, &Sums::from([(Cell::Click(click), n), (Cell::Search(search), 2 * n)]))
            .unwrap();
    }

    /// Clicks and searches counted, and clicks and searches in adjustments.
    fn sums(&self, partner: &str) -> [u64; 4] {
        let (partner, hours) = (name(partner), all_hours());
        let counted = self.billing.hourly_counts(&partner, &hours).unwrap();
        let adjusted = self.billing.adjustments(&partner, &hours).unwrap();
        let sums = |counts: &PartnerCounts| {
            [counts.clicks.iter().map(|c| c.n).sum::<u64>(), counts.searches.iter().map(|c| c.n).sum()]
        };
        [sums(&counted), sums(&adjusted)].concat().try_into().unwrap()
    }

    fn change(&self, sql: &str) {
        self.billing.0.execute(sql, &[]).unwrap();
    }
}

fn name(text: &str) -> ConfigName {
    ConfigName::new(text).unwrap()
}

fn all_hours() -> Range<Hour> {
    Hour(0)..Hour(FIRST.0 + 10_000)
}

fn closing(number: i64, partner: &str, hours: Range<Hour>) -> Closing {
    Closing {
        number,
        partner: name(partner),
        month: YearMonth::parse("2026-06").unwrap(),
        hours,
        record: "r".to_owned(),
        signature: "s".to_owned(),
        statement_event: Some(0),
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn row(day_text: &str, clicks: i64) -> StatementRow {
    StatementRow {
        day: day(day_text),
        last: day(day_text),
        code: "QX1".to_owned(),
        searches: None,
        clicks: Some(clicks),
        revenue: Some(Micros(-1_500_000)),
        currency: Currency::new("USD"),
        is_final: Some(true),
    }
}

fn statement(file: &str, rows: Vec<StatementRow>) -> Statement {
    Statement {
        sha256: Sha256Digest::of(file).to_string(),
        profile: "p".to_owned(),
        first: rows.first().unwrap().day,
        last: rows.last().unwrap().day,
        currency: Currency::new("USD"),
        codes: CodeScope::All,
        rows,
        corrections: Vec::new(),
        left_out: LeftOut::default(),
    }
}

#[test]
fn a_closed_period_never_changes_and_late_counts_become_adjustments() {
    let mut store = TestStore::new();
    let hours = FIRST..Hour(FIRST.0 + 24);
    store.count("a", FIRST, 5);
    store.count("b", FIRST, 7);
    store.billing.transaction(|billing| billing.insert_closing(&closing(1, "a", hours.clone()))).unwrap();
    store.count("a", FIRST, 1);
    store.count("a", Hour(FIRST.0 + 23), 2);
    store.count("a", Hour(FIRST.0 + 24), 4);
    store.count("b", FIRST, 8);
    assert_eq!(store.sums("a"), [9, 18, 3, 6]);
    assert_eq!(store.sums("b"), [15, 30, 0, 0]);
    // Triggers reject other ways of changing it.
    for change in [
        "update clicks set n = 6 where partner = 'a'",
        "update clicks set partner = 'a' where partner = 'b'",
        "delete from searches where partner = 'a'",
        "insert into searches (hour, partner, code, outcome, n) select hour, partner, code, 'empty', 1 from searches",
        "update closings set record = 'x'",
        "delete from closings",
    ] {
        assert!(store.billing.0.execute(change, &[]).is_err(), "{change}");
    }
    assert!(store.billing.insert_closing(&closing(2, "a", FIRST..FIRST)).is_err(), "a month is closed once");
    assert_eq!(store.billing.closings().unwrap(), [closing(1, "a", hours)]);
}

#[test]
fn old_hours_of_a_closed_period_are_rolled_up_into_days() {
    let mut store = TestStore::new();
    let old = Hour(400_000);
    let hours = old..Hour(old.0 + 24);
    store.count("a", old, 5);
    store.count("a", Hour(old.0 + 1), 6);
    store.count("a", FIRST, 7);
    store.billing.transaction(|billing| billing.insert_closing(&closing(1, "a", hours.clone()))).unwrap();
    assert!(store.billing.stored_counts(&name("a"), &hours).unwrap().daily.is_empty());
    store.counts.roll_up(Hour(old.0 + 24 * 7)).unwrap();
    store.counts.roll_up(Hour(old.0 + 24 * 7)).unwrap();
    assert_eq!(store.sums("a"), [7, 14, 0, 0]);
    assert!(!store.billing.stored_counts(&name("a"), &hours).unwrap().daily.is_empty());
    let stored = store.billing.stored_counts(&name("a"), &(Hour(old.0 + 5)..Hour(old.0 + 6))).unwrap();
    let n = |counts: &PartnerCounts| counts.clicks.iter().map(|count| (count.hour, count.n)).collect::<Vec<_>>();
    assert_eq!((n(&stored.daily), n(&stored.hourly)), (vec![(old.day().first_hour(), 11)], vec![]), "the whole day");
    assert_eq!(stored.daily.searches[0].n, 22);
    let days = "select day, cast(sum(n) as bigint) as n from clicks_daily group by day";
    let days = store.billing.0.query("clicks_daily", days, &[]).unwrap();
    let days: Vec<_> = days.iter().map(|row| (row.day("day").unwrap(), row.count("n").unwrap())).collect();
    assert_eq!(days, [(old.day(), 11)]);
}

#[test]
fn a_file_is_imported_once_and_the_latest_statement_of_a_day_is_in_force() {
    let store = TestStore::new();
    let billing = &store.billing;
    let (a, today) = (name("a"), Day(20_780));
    let first = statement("1", vec![row("2026-10-01", 10), row("2026-10-02", 20), row("2026-10-03", 30)]);
    let second = statement("2", vec![row("2026-10-03", 33), row("2026-10-04", 40)]);
    assert_eq!(billing.add_statement(&a, &first, today).unwrap(), ImportOutcome::New { number: 1, revision: 1 });
    assert_eq!(billing.add_statement(&a, &second, today).unwrap(), ImportOutcome::New { number: 2, revision: 2 });
    assert_eq!(billing.add_statement(&a, &first, today).unwrap(), ImportOutcome::Same { number: 1 });
    let of_b = billing.add_statement(&name("b"), &first, today).unwrap();
    assert_eq!(of_b, ImportOutcome::New { number: 3, revision: 1 });
    let clicks = |rows: Vec<(i64, StatementRow)>| {
        rows.iter().map(|(number, row)| (*number, row.clicks.unwrap())).collect::<Vec<_>>()
    };
    let october = || day("2026-10-01")..=day("2026-10-31");
    let rows = billing.statement_rows(&a, october()).unwrap();
    assert_eq!(clicks(rows), [(1, 10), (1, 20), (2, 33), (2, 40)]);
    let rows = billing.statement_rows(&a, day("2026-10-02")..=day("2026-10-02")).unwrap();
    assert_eq!(rows, [(1, row("2026-10-02", 20))]);
    let rows = billing.statement_rows_until(&a, october(), 1).unwrap();
    assert_eq!(clicks(rows), [(1, 10), (1, 20), (1, 30)], "before the second statement");
    assert_eq!(billing.statement_rows_until(&a, october(), 0).unwrap(), []);
    let listed = billing.statements(Some(&a)).unwrap();
    assert_eq!(listed.iter().map(|statement| statement.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((listed[1].first, listed[1].currency), (day("2026-10-03"), Currency::new("USD")));
}

#[test]
fn a_failed_transaction_changes_nothing() {
    let store = TestStore::new();
    let failed: Result<(), StoreError> = store.billing.transaction(|billing| {
        billing.insert_closing(&closing(1, "a", FIRST..FIRST))?;
        billing.insert_closing(&closing(1, "a", FIRST..FIRST))
    });
    assert!(failed.is_err());
    assert_eq!(store.billing.closings().unwrap(), []);
    store.billing.insert_closing(&closing(1, "a", FIRST..FIRST)).unwrap();
}

/// Each change puts a row into the store that no version writes.
#[test]
fn an_invalid_row_is_an_error_with_its_place() {
    let count = "insert into clicks (hour, partner, code, kind, outcome, n) values";
    let search = "insert into searches (hour, partner, code, outcome, n) values";
    let adjustment = "insert into adjustments (subject, hour, partner, code, kind, outcome, n) values";
    for (change, places) in [
        (format!("{count} ('2026-06-21T25', 'a', 't', 'sponsored', 'counted', 1)"), ["clicks", "column hour"]),
        (format!("{count} ('2026-06-21T5', 'a', 't', 'sponsored', 'counted', 1)"), ["clicks", "column hour"]),
        (format!("{count} ('today 2026-06-21T05', 'a', 't', 'sponsored', 'counted', 1)"), ["clicks", "column hour"]),
        (format!("{count} (' 2026-06-21T05', 'a', 't', 'sponsored', 'counted', 1)"), ["clicks", "column hour"]),
        (format!("{count} ('2026-06-21T05', 'a', 't', 'sold', 'counted', 1)"), ["clicks", "column kind"]),
        (format!("{count} ('2026-06-21T05', 'a', 't', 'organic', 'sold', 1)"), ["clicks", "column outcome"]),
        (format!("{count} ('2026-06-21T05', 'a', 't', 'organic', 'counted', -1)"), ["clicks", "column n"]),
        (
            format!(
                "{count} ('2026-06-21T05', 'a', 't', 'organic', 'bot', {0}), ('2026-06-21T06', 'a', 't', 'organic', 'bot', {0})",
                i64::MAX
            ),
            ["clicks", "column n"],
        ),
        (format!("{search} ('2026-06-21T05', 'a', 't', 'sold', 1)"), ["searches", "column outcome"]),
        (format!("{search} ('2026-06-21T05', 'a', 't', 'empty', -1)"), ["searches", "column n"]),
        (
            format!("{adjustment} ('clicks', '2026-06-21T05', 'a', 't', 'organic', 'sold', 1)"),
            ["adjustments", "column outcome"],
        ),
        (
            format!("{adjustment} ('searches', '2026-06-21T05', 'a', 't', 'none', 'sold', 1)"),
            ["adjustments", "column outcome"],
        ),
    ] {
        let store = TestStore::new();
        store.change(&change);
        let (a, hours) = (name("a"), all_hours());
        let counted = store.billing.hourly_counts(&a, &hours).and(store.billing.adjustments(&a, &hours));
        let error = counted.unwrap_err().to_string();
        assert!(places.iter().all(|place| error.contains(place)) && error.contains("2026-06-21T"), "{change}: {error}");
        assert!(store.billing.hourly_counts(&name("b"), &hours).is_ok(), "another partner");
    }
}

#[test]
fn an_invalid_statement_or_closing_is_an_error_with_its_place() {
    let max = i64::MAX;
    for (change, places) in [
        ("update statement_rows set final = 7".to_owned(), ["statement_rows", "column final"]),
        ("update statement_rows set day = '2026-10-1' where clicks = 10".to_owned(), ["statement_rows", "column day"]),
        (
            "update statement_rows set day = '2026-10-09', last = '2026-10-09' where clicks = 10".to_owned(),
            ["statement_rows", "column day"],
        ),
        (
            "update statement_rows set last = '2026-10-09' where clicks = 10".to_owned(),
            ["statement_rows", "column day"],
        ),
        (
            "update statement_rows set last = '2026-09-09' where clicks = 10".to_owned(),
            ["statement_rows", "column last"],
        ),
        ("update statement_rows set currency = 'usd'".to_owned(), ["statement_rows", "column currency"]),
        ("update statements set codes = 1".to_owned(), ["statements", "column codes"]),
        (format!("update statement_rows set revenue = -{max}"), ["statement_rows", "column revenue"]),
        ("update statements set currency = 'usd'".to_owned(), ["statements", "column currency"]),
        ("update statements set last = '2026-10-32'".to_owned(), ["statements", "column last"]),
        ("update statements set sha256 = 'abc'".to_owned(), ["statements", "column sha256"]),
        ("update closings set month = '2026-13'".to_owned(), ["closings", "column month"]),
        ("update closings set from_hour = 'never'".to_owned(), ["closings", "column from_hour"]),
        ("update closings set partner = '-'".to_owned(), ["closings", "column partner"]),
    ] {
        let store = TestStore::new();
        let (a, billing) = (name("a"), &store.billing);
        let rows = vec![row("2026-10-01", 10), row("2026-10-02", 20)];
        billing.add_statement(&a, &statement("1", rows), Day(20_780)).unwrap();
        billing.insert_closing(&closing(1, "a", FIRST..FIRST)).unwrap();
        for trigger in ["statement_rows_fixed", "statements_fixed", "closings_fixed"] {
            store.change(&format!("drop trigger {trigger}"));
        }
        store.change(&change);
        let days = day("2026-09-01")..=day("2026-12-31");
        let read = billing.statement_rows(&a, days).map(drop).and(billing.closings().map(drop));
        let error = read.unwrap_err().to_string();
        assert!(places.iter().all(|place| error.contains(place)), "{change}: {error}");
    }
}
