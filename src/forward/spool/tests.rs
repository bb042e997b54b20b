//! Parcels made and acknowledged, with the ledger's connection beside them.

use super::*;
use crate::counts::cells::{ActiveCell, Cell, ClickCell, ClickOutcome};
use crate::name::ConfigName;
use crate::storage::sqlite::{SqliteStore, Sums};
use crate::time::{Day, Hour};

/// Far more than a test fills.
const BYTES: u64 = 1 << 24;

fn click(hour: u32) -> Cell {
    let name = || ConfigName::new("a").unwrap();
    let (partner, code) = (name(), name());
    Cell::Click(ClickCell { hour: Hour(hour), partner, code, kind: None, outcome: ClickOutcome::Counted })
}

#[test]
fn every_count_is_in_the_tables_or_in_the_parcel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut ledger = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    assert_eq!(spool.parcel().unwrap(), None, "an empty spool sends nothing");
    let active = ActiveCell { day: Day(20_000), code: ConfigName::new("a").unwrap(), gap: 3 };
    ledger.apply(1, &Sums::from([(click(480_000), 5), (Cell::Active(active), 2)])).unwrap();
    let first = spool.parcel().unwrap().unwrap();
    let body = r#"{"clicks":[["2024-10-04T00","a","a","unknown","counted",5]],"searches":[],"active":[["2024-10-04","a",3,2]],"retention":[],"active_by_id":[],"slices":[]}"#;
    assert_eq!((first.number, first.body.as_str()), (1, body));
    ledger.apply(2, &Sums::from([(click(480_000), 1)])).unwrap();
    drop(spool);
    let mut spool = Spool::open(&path).unwrap();
    assert_eq!(spool.parcel().unwrap().as_ref(), Some(&first), "the same until it is acknowledged");
    spool.acknowledge(1).unwrap();
    let second = spool.parcel().unwrap().unwrap();
    assert_eq!((second.number, second.body.contains(r#""counted",1]"#)), (2, true), "{}", second.body);
    spool.acknowledge(2).unwrap();
    assert_eq!((spool.parcel().unwrap(), spool.waiting().unwrap(), spool.last_number().unwrap()), (None, 0, 2));
}

#[test]
fn what_is_more_than_a_parcel_takes_goes_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut ledger = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    let all = PARCEL_ROWS + 7;
    ledger.apply(1, &(0..all).map(|hour| (click(hour), 1)).collect::<Sums>()).unwrap();
    let mut seen = 0;
    for number in 1..=2 {
        let parcel = spool.parcel().unwrap().unwrap();
        assert_eq!(parcel.number, number);
        seen += parcel.body.matches(r#""counted",1]"#).count();
        spool.acknowledge(number).unwrap();
    }
    assert_eq!((seen, spool.parcel().unwrap()), (usize::try_from(all).unwrap(), None));
}

#[test]
fn a_full_spool_takes_no_new_rows_and_goes_on_once_it_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut ledger = SqliteStore::open_spool(&path, "one", 200_000).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    let batch = |n: u32| (n * 500..(n + 1) * 500).map(|hour| (click(hour), 1)).collect::<Sums>();
    let full = (0..100).find(|n| ledger.apply(u64::from(*n) + 1, &batch(*n)).is_err()).unwrap();
    assert!(full > 0 && spool.bytes().unwrap() <= 200_000, "{full} batches, {} bytes", spool.bytes().unwrap());
    ledger.apply(u64::from(full) + 1, &batch(0)).unwrap();
    assert_eq!(spool.waiting().unwrap(), i64::from(full) * 500, "rows that are there grow");
    let mut number = 0;
    while let Some(parcel) = spool.parcel().unwrap() {
        number = parcel.number;
        spool.acknowledge(number).unwrap();
    }
    assert!(number > 0);
    ledger.apply(u64::from(full) + 2, &batch(full)).unwrap();
}

#[test]
fn a_fresh_spool_goes_on_where_another_ended_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let mut ledger = SqliteStore::open_spool(&path, "one", BYTES).unwrap();
    let mut spool = Spool::open(&path).unwrap();
    spool.begin_after(57).unwrap();
    ledger.apply(1, &Sums::from([(click(1), 1)])).unwrap();
    assert_eq!(spool.parcel().unwrap().unwrap().number, 58);
    spool.begin_after(99).unwrap();
    assert_eq!(spool.last_number().unwrap(), 58);
    let other = SqliteStore::open_spool(&folder.path().join("other.db"), "one", BYTES).unwrap();
    drop(other);
    assert_ne!(Spool::open(&folder.path().join("other.db")).unwrap().id(), spool.id());
}

#[test]
fn a_store_is_no_spool_and_a_spool_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let (store, spool) = (folder.path().join("store.db"), folder.path().join("spool.db"));
    drop(SqliteStore::open(&store, "one").unwrap());
    drop(SqliteStore::open_spool(&spool, "one", BYTES).unwrap());
    assert!(matches!(SqliteStore::open_spool(&store, "one", BYTES), Err(OpenError::NoSpool)));
    assert!(matches!(Spool::open(&store), Err(OpenError::NoSpool)));
    assert!(matches!(SqliteStore::open(&spool, "one"), Err(OpenError::Foreign)));
    drop(SqliteStore::open_spool(&spool, "one", BYTES).unwrap());
}
