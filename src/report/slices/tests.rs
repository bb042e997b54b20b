//! Tests of the report of slices, on a store with totals.

use super::*;
use crate::counts::cells::{Cell, ClickCell, ClickOutcome, SearchCell, SearchOutcome};
use crate::fields::browser::Browser;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::{SqliteStore, Sums};
use crate::time::Hour;

const DAY: Day = Day(20_000);

fn name(text: &str) -> ConfigName {
    ConfigName::new(text).unwrap()
}

/// A store with these slices of one partner on [`DAY`], and this many searches and clicks.
fn store(slices: &[(Slice, u64)], searches: u64, clicks: u64) -> (tempfile::TempDir, CountsReader) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let hour = Hour(DAY.0 * 24 + 5);
    let cell = |(value, n): &(Slice, u64)| {
        (Cell::Slice(crate::counts::cells::SliceCell { day: DAY, partner: name("p"), value: value.clone() }), *n)
    };
    let mut sums: Sums = slices.iter().map(cell).collect();
    let search = |outcome| Cell::Search(SearchCell { hour, partner: name("p"), code: name("c"), outcome });
    sums.insert(search(SearchOutcome::WithAds), searches);
    sums.insert(search(SearchOutcome::Refused), 1_000);
    let click = |outcome| {
        Cell::Click(ClickCell { hour, partner: name("p"), code: name("c"), kind: Some(ResultKind::Sponsored), outcome })
    };
    sums.insert(click(ClickOutcome::Counted), clicks);
    sums.insert(click(ClickOutcome::Bot), 1_000);
    SqliteStore::open(&path, "one").unwrap().apply(1, &sums).unwrap();
    let counts = CountsReader::open(&StoreLocation::Sqlite(path.clone())).unwrap();
    (folder, counts)
}

fn report(counts: &CountsReader, release: SliceRelease<'_>) -> Vec<(String, String, u64)> {
    let days = ReportFilter { from: Day(19_990).date(), to: Day(20_010).date(), ..ReportFilter::default() };
    let row = |row: Vec<TableValue>| match &row[..] {
        [_, _, dimension, value, TableValue::Count(n)] => (dimension.text(), value.text(), *n),
        other => panic!("{other:?}"),
    };
    counts.slices(&days, release).unwrap().rows.into_iter().map(row).collect()
}

fn plain(k: u64) -> SliceRelease<'static> {
    SliceRelease { k, noise: None, today: Day(20_001) }
}

fn wanted(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    rows.iter().map(|(dimension, value, n)| ((*dimension).to_owned(), (*value).to_owned(), *n)).collect()
}

#[test]
fn other_is_the_rest_of_the_total_and_reveals_no_suppressed_value() {
    let slices = [
        (Slice::Browser(Browser::Chrome), 60),
        (Slice::Browser(Browser::Firefox), 30),
        (Slice::KeywordGroup(name("insurance")), 40),
        (Slice::ClickedKeywordGroup(name("insurance")), 25),
    ];
    let (_folder, counts) = store(&slices, 93, 50);
    assert_eq!(
        report(&counts, plain(20)),
        wanted(&[
            // 3 searches have other browsers, so the smallest published value, firefox, is suppressed as well.
            ("browser", "chrome", 60),
            ("browser", "other", 33),
            ("browser", "*", 93),
            ("keyword_group", "insurance", 40),
            ("keyword_group", "other", 53),
            ("keyword_group", "*", 93),
            ("clicked_keyword_group", "insurance", 25),
            ("clicked_keyword_group", "other", 25),
            ("clicked_keyword_group", "*", 50),
        ])
    );
}

#[test]
fn days_that_have_not_ended_are_not_published() {
    let (_folder, counts) = store(&[(Slice::Browser(Browser::Chrome), 60)], 60, 0);
    assert!(report(&counts, SliceRelease { today: DAY, ..plain(20) }).is_empty());
    assert!(!report(&counts, plain(20)).is_empty());
}

#[test]
fn noise_is_the_same_each_time_and_totals_have_none() {
    let slices = [(Slice::Browser(Browser::Chrome), 500), (Slice::Browser(Browser::Firefox), 300)];
    let (_folder, counts) = store(&slices, 1_000, 0);
    let (key, epsilon) = (ReleaseKey::new(&[7; 32]), Epsilon::new("0.01").unwrap());
    let noisy = || report(&counts, SliceRelease { noise: Some((epsilon, &key)), ..plain(20) });
    let published = noisy();
    assert_eq!(published, noisy());
    assert_eq!(published.last().unwrap(), &("browser".to_owned(), "*".to_owned(), 1_000));
    let exact = report(&counts, plain(20));
    assert!(published.iter().zip(&exact).take(3).any(|(noisy, exact)| noisy.2 != exact.2), "{published:?}");
    let other = ReleaseKey::new(&[8; 32]);
    assert_ne!(published, report(&counts, SliceRelease { noise: Some((epsilon, &other)), ..plain(20) }));
}
