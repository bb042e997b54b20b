//! Tests of batches, with the connection of the writer beside that of the forwarder.

use super::*;
use crate::counts::cells::{ActiveCell, Cell, ClickCell, ClickOutcome, Slice, SliceCell};
use crate::name::ConfigName;
use crate::storage::sqlite::{SqliteStore, Sums};
use crate::time::{Day, Hour};

/// More than a test needs.
const BYTES: u64 = 1 << 24;

fn click(hour: u32) -> Cell {
    let name = || ConfigName::new("a").unwrap();
    let (partner, code) = (name(), name());
    Cell::Click(ClickCell { hour: Hour(hour), partner, code, kind: None, outcome: ClickOutcome::Counted })
}

#[test]
fn every_count_is_in_the_tables_or_in_the_pending_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut writer = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    assert_eq!(spool.next_batch(Release::All).unwrap(), None, "an empty spool has no batch");
    let active = ActiveCell { day: Day(20_000), code: ConfigName::new("a").unwrap(), gap: 3 };
    writer.apply(1, &Sums::from([(click(480_000), 5), (Cell::Active(active), 2)])).unwrap();
    let first = spool.next_batch(Release::All).unwrap().unwrap();
    let body = r#"{"clicks":[["2024-10-04T00","a","a","unknown","counted",5]],"searches":[],"active":[["2024-10-04","a",3,2]],"retention":[],"active_by_id":[],"slices":[],"partner_requests":[]}"#;
    assert_eq!((first.number, first.body.as_str()), (1, body));
    writer.apply(2, &Sums::from([(click(480_000), 1)])).unwrap();
    drop(spool);
    let mut spool = Spool::open(&path).unwrap();
    assert_eq!(
        spool.next_batch(Release::All).unwrap().as_ref(),
        Some(&first),
        "a batch stays until it is acknowledged"
    );
    spool.acknowledge(1).unwrap();
    let second = spool.next_batch(Release::All).unwrap().unwrap();
    assert_eq!((second.number, second.body.contains(r#""counted",1]"#)), (2, true), "{}", second.body);
    spool.acknowledge(2).unwrap();
    assert_eq!(
        (spool.next_batch(Release::All).unwrap(), spool.waiting_cells().unwrap(), spool.last_number().unwrap()),
        (None, 0, 2)
    );
}

#[test]
fn rows_beyond_the_size_of_a_batch_are_in_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut writer = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    let all = BATCH_ROWS + 7;
    writer.apply(1, &(0..all).map(|hour| (click(hour), 1)).collect::<Sums>()).unwrap();
    let mut seen = 0;
    for number in 1..=2 {
        let batch = spool.next_batch(Release::All).unwrap().unwrap();
        assert_eq!(batch.number, number);
        seen += batch.body.matches(r#""counted",1]"#).count();
        spool.acknowledge(number).unwrap();
    }
    assert_eq!((seen, spool.next_batch(Release::All).unwrap()), (usize::try_from(all).unwrap(), None));
}

#[test]
fn a_full_spool_rejects_new_rows_until_it_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut writer = SqliteStore::open_spool(&path, "one", 200_000).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    let sums = |n: u32| (n * 500..(n + 1) * 500).map(|hour| (click(hour), 1)).collect::<Sums>();
    let full = (0..100).find(|n| writer.apply(u64::from(*n) + 1, &sums(*n)).is_err()).unwrap();
    assert!(
        full > 0 && spool.used_bytes().unwrap() <= 200_000,
        "{full} batches, {} bytes",
        spool.used_bytes().unwrap()
    );
    writer.apply(u64::from(full) + 1, &sums(0)).unwrap();
    assert_eq!(spool.waiting_cells().unwrap(), i64::from(full) * 500, "existing rows can be updated");
    let mut number = 0;
    while let Some(batch) = spool.next_batch(Release::All).unwrap() {
        number = batch.number;
        spool.acknowledge(number).unwrap();
    }
    assert!(number > 0);
    writer.apply(u64::from(full) + 2, &sums(full)).unwrap();
}

#[test]
fn only_a_new_spool_continues_after_the_number_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut writer = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    spool.begin_after(57).unwrap();
    writer.apply(1, &Sums::from([(click(1), 1)])).unwrap();
    assert_eq!(spool.next_batch(Release::All).unwrap().unwrap().number, 58);
    spool.begin_after(99).unwrap();
    assert_eq!(spool.last_number().unwrap(), 58);
    let other = SqliteStore::open_spool(&folder.path().join("other.db"), "one", BYTES).unwrap();
    drop(other);
    assert_ne!(Spool::open(&folder.path().join("other.db")).unwrap().id(), spool.id());
}

#[test]
fn rejects_a_store_as_a_spool_and_a_spool_as_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let (store, spool) = (folder.path().join("store.db"), folder.path().join("spool.db"));
    drop(SqliteStore::open(&store, "one").unwrap());
    drop(SqliteStore::open_spool(&spool, "one", BYTES).unwrap());
    assert!(matches!(SqliteStore::open_spool(&store, "one", BYTES), Err(OpenError::NotASpool)));
    assert!(matches!(Spool::open(&store), Err(OpenError::NotASpool)));
    assert!(matches!(SqliteStore::open(&spool, "one"), Err(OpenError::Foreign)));
    drop(SqliteStore::open_spool(&spool, "one", BYTES).unwrap());
}

/// A visit and the search that it was made with are one event, and slices are none.
#[test]
fn a_batch_within_the_hour_has_enough_events() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut writer = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    assert_eq!(spool.next_batch(Release::AtLeast(0)).unwrap(), None, "an empty spool has no batch");
    let (day, name) = (Day(20_000), || ConfigName::new("a").unwrap());
    let active = ActiveCell { day, code: name(), gap: 0 };
    let slice = SliceCell { day, partner: name(), value: Slice::KeywordGroup(name()) };
    writer.apply(1, &Sums::from([(click(480_000), 2), (Cell::Active(active), 2), (Cell::Slice(slice), 30)])).unwrap();
    assert_eq!(spool.next_batch(Release::AtLeast(3)).unwrap(), None, "two events");
    writer.apply(2, &Sums::from([(click(480_001), 1)])).unwrap();
    assert_eq!(spool.next_batch(Release::AtLeast(3)).unwrap().map(|batch| batch.number), Some(1));
    spool.acknowledge(1).unwrap();
    writer.apply(3, &Sums::from([(click(480_001), 1)])).unwrap();
    assert_eq!(spool.next_batch(Release::AtLeast(3)).unwrap(), None);
    assert!(spool.next_batch(Release::All).unwrap().is_some());
}

#[test]
fn the_latest_hour_is_that_of_the_latest_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut writer = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    assert_eq!(spool.latest_hour().unwrap(), None);
    writer.apply(1, &Sums::from([(click(480_003), 1), (click(480_001), 1)])).unwrap();
    assert_eq!(spool.latest_hour().unwrap(), Some(Hour(480_003)));
    let active = ActiveCell { day: Day(20_000), code: ConfigName::new("a").unwrap(), gap: 0 };
    writer.apply(2, &Sums::from([(Cell::Active(active), 1)])).unwrap();
    assert_eq!(spool.latest_hour().unwrap(), Some(Hour(480_023)), "any hour of the day");
    writer.apply(3, &Sums::from([(click(480_024), 1)])).unwrap();
    assert_eq!(spool.latest_hour().unwrap(), Some(Hour(480_024)));
    spool.next_batch(Release::All).unwrap();
    assert_eq!(spool.latest_hour().unwrap(), None, "a pending batch is due anyway");
}
