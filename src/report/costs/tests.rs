//! Sums by group and currency against sums over the same rows in the test.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::report::performance::ReportGrouping;
use crate::report::reader::{CountsReader, ReportFilter};
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::SqliteStore;
use crate::time::Day;

/// 2026-08-31, a Monday, so that 40 days have three months and six weeks.
const FIRST_DAY: u32 = 20_696;
const CURRENCIES: [&str; 4] = ["", "EUR", "JPY", "USD"];

#[derive(Debug, Clone)]
struct Requests {
    day: u32,
    partner: usize,
    code: usize,
    currency: usize,
    price: i64,
    n: i64,
}

fn requests() -> impl Strategy<Value = Requests> {
    (0..40_u32, 0..3_usize, 0..2_usize, 0..4_usize, 0..20_000_i64, 1..1_000_000_i64).prop_map(
        |(day, partner, code, currency, price, n)| {
            let price = if currency == 0 { 0 } else { price };
            Requests { day, partner, code, currency, price, n }
        },
    )
}

fn store(rows: &[Requests]) -> (tempfile::TempDir, CountsReader) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    drop(SqliteStore::open(&path, "one").unwrap());
    let connection = Connection::open(&path).unwrap();
    for Requests { day, partner, code, currency, price, n } in rows {
        let day = Day(FIRST_DAY + day).date().to_string();
        let values = (day, format!("p{partner}"), format!("c{code}"), CURRENCIES[*currency], price, n);
        let sql = "insert into partner_requests values (?1, ?2, ?3, ?4, ?5, ?6)
            on conflict do update set n = n + excluded.n";
        connection.execute(sql, values).unwrap();
    }
    let reader = CountsReader::open(&StoreLocation::Sqlite(path)).unwrap();
    (folder, reader)
}

fn group(requests: &Requests, grouping: ReportGrouping) -> String {
    let day = Day(FIRST_DAY + requests.day).date();
    match grouping {
        ReportGrouping::Day => day.to_string(),
        ReportGrouping::Week => format!("2026-W{:02}", 36 + requests.day / 7),
        ReportGrouping::Month => day.to_string()[..7].to_owned(),
        ReportGrouping::Partner => format!("p{}", requests.partner),
        ReportGrouping::Code => format!("c{}", requests.code),
    }
}

/// The millionths that a text says.
fn micros(text: &str) -> i128 {
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    format!("{units}{decimals:0<6}").parse().unwrap()
}

fn filter(first: Date, last: Date) -> ReportFilter {
    ReportFilter { from: first, to: last, ..ReportFilter::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn every_grouping_adds_up_exactly(
        rows in prop::collection::vec(requests(), 0..60), from in 0..40_u32, days in 0..40_u32, only in any::<bool>(),
    ) {
        let (_folder, reader) = store(&rows);
        let (first, last) = (Day(FIRST_DAY + from).date(), Day(FIRST_DAY + from + days).date());
        let mut filter = filter(first, last);
        filter.partner = only.then(|| "p1".to_owned());
        let is_wanted = |row: &&Requests| (from..=from + days).contains(&row.day) && (!only || row.partner == 1);
        for grouping in [ReportGrouping::Day, ReportGrouping::Week, ReportGrouping::Month, ReportGrouping::Partner, ReportGrouping::Code] {
            let mut wanted: BTreeMap<(String, String), (u64, i128)> = BTreeMap::new();
            for row in rows.iter().filter(is_wanted) {
                for name in [group(row, grouping), "*".to_owned()] {
                    let sum = wanted.entry((name, CURRENCIES[row.currency].to_owned())).or_default();
                    *sum = (sum.0 + u64::try_from(row.n).unwrap(), sum.1 + i128::from(row.n) * i128::from(row.price));
                }
            }
            if wanted.is_empty() {
                wanted.insert(("*".to_owned(), String::new()), (0, 0));
            }
            let table = reader.costs(&filter, grouping).unwrap();
            prop_assert_eq!(table.rows.len(), wanted.len());
            for row in &table.rows {
                let cells: Vec<String> = row.iter().map(crate::report::table::TableValue::text).collect();
                let sum = wanted[&(cells[0].clone(), cells[3].clone())];
                prop_assert_eq!(cells[4].parse::<u64>().unwrap(), sum.0);
                match cells[3].as_str() {
                    "" => prop_assert_eq!(&cells[5], ""),
                    _ => prop_assert_eq!(micros(&cells[5]), sum.1),
                }
                prop_assert!(first.to_string() <= cells[1] && cells[1] <= cells[2] && cells[2] <= last.to_string());
            }
        }
    }
}

#[test]
fn amounts_have_the_decimals_of_their_currency_or_more() {
    let requests = |currency, price, n| Requests { day: 0, partner: 0, code: 0, currency, price, n };
    let (_folder, reader) =
        store(&[requests(1, 5_000, 3), requests(2, 500_000, 4), requests(3, 0, 7), requests(0, 0, 2)]);
    let csv =
        reader.costs(&filter(date(2026, 8, 31), date(2026, 8, 31)), ReportGrouping::Partner).unwrap().csv().unwrap();
    let rows: Vec<&str> = csv.lines().filter(|line| line.starts_with("p0,")).collect();
    let day = "p0,2026-08-31,2026-08-31";
    assert_eq!(
        rows,
        [format!("{day},,2,"), format!("{day},EUR,3,0.015"), format!("{day},JPY,4,2"), format!("{day},USD,7,0.00")]
    );
}

#[test]
fn what_is_no_amount_is_an_error() {
    for (currency, price, n) in [("USD", i64::MAX, 2), ("USD", -1, 2), ("USD", 1, -2), ("usd", 1, 1), ("", 5, 1)] {
        let (folder, reader) = store(&[]);
        let connection = Connection::open(folder.path().join("counts.db")).unwrap();
        let sql = "insert into partner_requests values ('2026-08-31', 'p', 'c', ?1, ?2, ?3)";
        connection.execute(sql, (currency, price, n)).unwrap();
        assert!(
            reader.costs(&filter(date(2026, 8, 31), date(2026, 8, 31)), ReportGrouping::Day).is_err(),
            "{price} × {n}"
        );
    }
}
