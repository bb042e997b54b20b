//! Tests of the store.

use super::*;
use crate::counts::cells::{ActiveCell, ClickCell, ClickOutcome, SearchCell, SearchOutcome};
use crate::name::ConfigName;

fn sums(n: u64) -> Sums {
    let name = || ConfigName::new("a").unwrap();
    let hour = Hour(490_000);
    let click = ClickCell { hour, partner: name(), code: name(), kind: None, outcome: ClickOutcome::Forged };
    let search = SearchCell { hour, partner: name(), code: name(), outcome: SearchOutcome::Empty };
    Sums::from([(Cell::Click(click), n), (Cell::Search(search), 1)])
}

fn total(store: &SqliteStore) -> i64 {
    store.connection.query_row("select sum(n) from clicks", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_batch_is_added_once_however_often_it_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    assert_eq!(store.last_sequence().unwrap(), 0);
    for (sequence, n) in [(1, 5), (1, 5), (2, 7), (1, 5), (2, 7)] {
        store.apply(sequence, &sums(n)).unwrap();
    }
    drop(store);
    let store = SqliteStore::open(&path, "one").unwrap();
    assert_eq!((store.last_sequence().unwrap(), total(&store)), (2, 12));
}

#[test]
fn a_second_writer_another_database_and_a_later_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let store = SqliteStore::open(&path, "one").unwrap();
    assert!(matches!(SqliteStore::open(&path, "one"), Err(OpenError::InUse)));
    store.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    assert!(matches!(SqliteStore::open(&path, "one"), Err(OpenError::Newer(99))));

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("create table t (x)").unwrap();
    assert!(matches!(SqliteStore::open(&other, "one"), Err(OpenError::Foreign)));
    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database at all, but long enough to be read as one, surely, by now").unwrap();
    assert!(matches!(SqliteStore::open(&text, "one"), Err(OpenError::Foreign)));
}

#[test]
fn a_damaged_store_is_refused_by_its_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &sums(5)).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // The second page is the first table's; the head of the file stays as it was.
    bytes[4_096..8_192].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(SqliteStore::open(&path, "one"), Err(OpenError::Damaged)));
}

#[test]
fn a_statement_is_a_new_version_where_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let store = SqliteStore::open(&path, "one").unwrap();
    let version = |number, day: &str, statement: &str| StatementVersion {
        number,
        day: day.to_owned(),
        statement: statement.to_owned(),
    };
    let first = version(1, "2026-11-23", "a");
    let wanted = StatementVersions { current: first.clone(), previous: None };
    assert_eq!(store.publish("a", Day(20_780)).unwrap(), wanted);
    drop(store);
    let store = SqliteStore::open(&path, "one").unwrap();
    assert_eq!(store.publish("a", Day(20_781)).unwrap(), wanted, "nothing changed, so nothing is new");
    let second = StatementVersions { current: version(2, "2026-11-25", "b"), previous: Some(first) };
    assert_eq!(store.publish("b", Day(20_782)).unwrap(), second);
    assert_eq!(store.publish("b", Day(20_783)).unwrap(), second);
    assert_eq!(store.publish("a", Day(20_783)).unwrap().current, version(3, "2026-11-26", "a"));
}

#[test]
fn stores_of_earlier_versions_are_upgraded_with_their_counts() {
    let since_4 = "drop table statement_rows; drop table statements; drop table closings; drop table adjustments;
        drop table clicks_daily; drop table searches_daily; drop trigger clicks_closed_insert;
        drop trigger clicks_closed_update; drop trigger clicks_closed_delete; drop trigger searches_closed_insert;
        drop trigger searches_closed_update; drop trigger searches_closed_delete;";
    let since_3 = "drop table active; drop table retention; drop table active_by_id; drop table slices;";
    for (version, without) in [
        (3, since_4.to_owned()),
        (2, format!("{since_4}{since_3}")),
        (1, format!("{since_4}{since_3} drop table privacy_versions;")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let mut store = SqliteStore::open(&path, "one").unwrap();
        store.apply(1, &sums(5)).unwrap();
        store.connection.execute_batch(&format!("{without} pragma user_version = {version}")).unwrap();
        assert_eq!(
            schema::recognise(&store.connection, FilePurpose::Store).unwrap(),
            schema::StoreState::Older(version)
        );
        drop(store);
        let mut store = SqliteStore::open(&path, "one").unwrap();
        assert_eq!(schema::recognise(&store.connection, FilePurpose::Store).unwrap(), schema::StoreState::Store);
        assert_eq!((store.last_sequence().unwrap(), total(&store)), (1, 5));
        assert_eq!(store.publish("a", Day(0)).unwrap().current.number, 1);
        let active = ActiveCell { day: Day(0), code: ConfigName::new("a").unwrap(), gap: 0 };
        store.apply(2, &Sums::from([(Cell::Active(active), 1)])).unwrap();
    }
}

#[test]
fn the_log_is_cut_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &sums(5)).unwrap();
    let log = folder.path().join("counts.db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    assert!(store.empty_log().unwrap());
    assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
}
