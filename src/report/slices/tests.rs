//! Slices out of a store, with totals beside them.

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

/// A store with these slices of one partner on [`DAY`], beside so many searches and clicks.
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

fn told(counts: &CountsReader, release: SliceRelease<'_>) -> Vec<(String, String, u64)> {
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
fn other_follows_from_the_total_and_gives_nobody_away() {
    let slices = [
        (Slice::Browser(Browser::Chrome), 60),
        (Slice::Browser(Browser::Firefox), 30),
        (Slice::KeywordGroup(name("insurance")), 40),
        (Slice::ClickedKeywordGroup(name("insurance")), 25),
    ];
    let (_folder, counts) = store(&slices, 93, 50);
    assert_eq!(
        told(&counts, plain(20)),
        wanted(&[
            // 3 searches have other browsers: so few that firefox goes with them.
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
fn days_that_are_not_over_are_not_shown() {
    let (_folder, counts) = store(&[(Slice::Browser(Browser::Chrome), 60)], 60, 0);
    assert!(told(&counts, SliceRelease { today: DAY, ..plain(20) }).is_empty());
    assert!(!told(&counts, plain(20)).is_empty());
}

#[test]
fn noise_changes_counts_the_same_way_each_time_and_no_total() {
    let slices = [(Slice::Browser(Browser::Chrome), 500), (Slice::Browser(Browser::Firefox), 300)];
    let (_folder, counts) = store(&slices, 1_000, 0);
    let (key, epsilon) = (ReleaseKey::new(&[7; 32]), Epsilon::new("0.01").unwrap());
    let noisy = || told(&counts, SliceRelease { noise: Some((epsilon, &key)), ..plain(20) });
    let shown = noisy();
    assert_eq!(shown, noisy());
    assert_eq!(shown.last().unwrap(), &("browser".to_owned(), "*".to_owned(), 1_000));
    let exact = told(&counts, plain(20));
    assert!(shown.iter().zip(&exact).take(3).any(|(noisy, exact)| noisy.2 != exact.2), "{shown:?}");
    let other = ReleaseKey::new(&[8; 32]);
    assert_ne!(shown, told(&counts, SliceRelease { noise: Some((epsilon, &other)), ..plain(20) }));
}
