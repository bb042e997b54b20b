//! Tests of the books.

use super::*;
use crate::billing::money::Currency;
use crate::billing::statement::LeftOut;
use crate::counts::cells::{Cell, ClickCell, SearchCell};
use crate::result_kind::ResultKind;
use crate::storage::sqlite::{SqliteStore, Sums};

const FIRST: Hour = Hour(495_000);

struct Shop {
    _folder: tempfile::TempDir,
    ledger: SqliteStore,
    sequence: u64,
    books: BillingStore,
}

fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let ledger = SqliteStore::open(&path, "one").unwrap();
    let books = BillingStore::open(&StoreLocation::Sqlite(path)).unwrap();
    Shop { _folder: folder, ledger, sequence: 0, books }
}

fn name(text: &str) -> ConfigName {
    ConfigName::new(text).unwrap()
}

impl Shop {
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
        self.ledger
            .apply(self.sequence, &Sums::from([(Cell::Click(click), n), (Cell::Search(search), 2 * n)]))
            .unwrap();
    }

    fn sums(&self, partner: &str) -> [u64; 4] {
        let (partner, from, to) = (name(partner), Hour(0), Hour(FIRST.0 + 10_000));
        let counted = self.books.counted(&partner, from, to).unwrap();
        let adjusted = self.books.adjustments(&partner, from, to).unwrap();
        let sums = |counted: &PartnerCounts| {
            [counted.clicks.iter().map(|c| c.n).sum::<u64>(), counted.searches.iter().map(|c| c.n).sum()]
        };
        [sums(&counted), sums(&adjusted)].concat().try_into().unwrap()
    }
}

fn closing(number: i64, partner: &str, from: Hour, to: Hour) -> Closing {
    let text = |text: &str| text.to_owned();
    Closing {
        number,
        partner: text(partner),
        month: text("2026-06"),
        from,
        to,
        record: text("r"),
        signature: text("s"),
    }
}

#[test]
fn a_closed_period_is_never_changed_and_what_comes_late_is_kept_beside_it() {
    let mut shop = shop();
    shop.count("a", FIRST, 5);
    shop.count("b", FIRST, 7);
    shop.books.transaction(|books| books.close(&closing(1, "a", FIRST, Hour(FIRST.0 + 24)))).unwrap();
    shop.count("a", FIRST, 1);
    shop.count("a", Hour(FIRST.0 + 23), 2);
    shop.count("a", Hour(FIRST.0 + 24), 4);
    shop.count("b", FIRST, 8);
    assert_eq!(shop.sums("a"), [9, 18, 3, 6]);
    assert_eq!(shop.sums("b"), [15, 30, 0, 0]);
    // Not by hand, either.
    for change in [
        "update clicks set n = 6 where partner = 'a'",
        "update clicks set partner = 'a' where partner = 'b'",
        "delete from searches where partner = 'a'",
        "insert into searches (hour, partner, code, outcome, n) select hour, partner, code, 'empty', 1 from searches",
        "update closings set record = 'x'",
        "delete from closings",
    ] {
        assert!(shop.books.0.change(change, &[]).is_err(), "{change}");
    }
    assert!(shop.books.close(&closing(2, "a", FIRST, FIRST)).is_err(), "a month is closed once");
    assert_eq!(shop.books.closings().unwrap(), [closing(1, "a", FIRST, Hour(FIRST.0 + 24))]);
}

#[test]
fn days_are_made_of_old_hours_and_closed_ones_go_only_then() {
    let mut shop = shop();
    let old = Hour(400_000);
    shop.count("a", old, 5);
    shop.count("a", Hour(old.0 + 1), 6);
    shop.count("a", FIRST, 7);
    shop.books.transaction(|books| books.close(&closing(1, "a", old, Hour(old.0 + 24)))).unwrap();
    assert!(!shop.books.folded(&name("a"), old, Hour(old.0 + 24)).unwrap());
    shop.ledger.fold(Hour(old.0 + 24 * 7)).unwrap();
    shop.ledger.fold(Hour(old.0 + 24 * 7)).unwrap();
    assert_eq!(shop.sums("a"), [7, 14, 0, 0]);
    assert!(shop.books.folded(&name("a"), old, Hour(old.0 + 24)).unwrap());
    let days = shop.books.0.rows("select day, cast(sum(n) as bigint) from clicks_daily group by day", &[]).unwrap();
    assert_eq!(days, [[SqlValue::from(old.day().date().to_string()), SqlValue::Number(11)]]);
}

#[test]
fn a_file_is_taken_once_and_the_latest_statement_of_a_day_holds() {
    let shop = shop();
    let row = |day: &str, clicks| Row {
        day: day.parse().unwrap(),
        code: "QX1".to_owned(),
        searches: None,
        clicks: Some(clicks),
        revenue: Some(Micros(-1_500_000)),
        is_final: Some(true),
    };
    let statement = |sha256: &str, rows: Vec<Row>| Statement {
        sha256: sha256.to_owned(),
        profile: "p".to_owned(),
        first: rows.first().unwrap().day,
        last: rows.last().unwrap().day,
        currency: Currency::new("USD"),
        rows,
        left_out: LeftOut::default(),
    };
    let (a, today) = (name("a"), Day(20_780));
    let first = statement("1", vec![row("2026-10-01", 10), row("2026-10-02", 20), row("2026-10-03", 30)]);
    let second = statement("2", vec![row("2026-10-03", 33), row("2026-10-04", 40)]);
    assert_eq!(shop.books.add_statement(&a, &first, today).unwrap(), ImportOutcome::New { number: 1, revision: 1 });
    assert_eq!(shop.books.add_statement(&a, &second, today).unwrap(), ImportOutcome::New { number: 2, revision: 2 });
    assert_eq!(shop.books.add_statement(&a, &first, today).unwrap(), ImportOutcome::Same { number: 1 });
    assert_eq!(
        shop.books.add_statement(&name("b"), &first, today).unwrap(),
        ImportOutcome::New { number: 3, revision: 1 }
    );
    let days = |from: &str, to: &str| shop.books.rows(&a, from.parse().unwrap(), to.parse().unwrap()).unwrap();
    let clicks =
        |rows: &[(i64, Row)]| rows.iter().map(|(number, row)| (*number, row.clicks.unwrap())).collect::<Vec<_>>();
    assert_eq!(clicks(&days("2026-10-01", "2026-10-31")), [(1, 10), (1, 20), (2, 33), (2, 40)]);
    assert_eq!(days("2026-10-02", "2026-10-02"), [(1, row("2026-10-02", 20))]);
    let listed = shop.books.statements(Some(&a)).unwrap();
    assert_eq!(listed.iter().map(|entry| entry.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((listed[1].first.as_str(), listed[1].currency.as_str()), ("2026-10-03", "USD"));
}

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let shop = shop();
    let failed: Result<(), StoreError> = shop.books.transaction(|books| {
        books.close(&closing(1, "a", FIRST, FIRST))?;
        books.close(&closing(1, "a", FIRST, FIRST))
    });
    assert!(failed.is_err());
    assert_eq!(shop.books.closings().unwrap(), []);
    shop.books.close(&closing(1, "a", FIRST, FIRST)).unwrap();
}
