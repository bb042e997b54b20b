//! The ledger against a real store, with readers and writers in its way.

use super::*;
use crate::counts::cells::{SearchCell, SearchOutcome};
use crate::name::ConfigName;

fn cell(hour: u32) -> Cell {
    let name = || ConfigName::new("a").unwrap();
    Cell::Search(SearchCell { hour: Hour(hour), partner: name(), code: name(), outcome: SearchOutcome::Empty })
}

fn stored(path: &std::path::Path) -> i64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("select coalesce(sum(n), 0) from searches", [], |row| row.get(0)).unwrap()
}

fn wait(committed: Committed) -> bool {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(committed.wait())
}

#[test]
fn a_reader_holds_up_the_log_and_not_the_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &Sums::from([(cell(1), 1)])).unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("begin; select count(*) from searches;").unwrap();
    let began = crate::time::instant();
    store.apply(2, &Sums::from([(cell(1), 1)])).unwrap();
    assert!(!store.empty_log().unwrap());
    assert!(began.elapsed() < Duration::from_secs(1), "it waited for the reader");
    reader.execute_batch("commit").unwrap();
    assert!(store.empty_log().unwrap());
}

#[test]
fn what_is_acknowledged_is_stored_and_what_is_closed_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (ledger, writer) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let (ledger, path) = (ledger.clone(), path.clone());
            std::thread::spawn(move || {
                for n in 0..50 {
                    ledger.add(cell(n));
                    assert!(wait(ledger.add_and_commit([(cell(thread), 1)])));
                    assert!(stored(&path) > i64::from(n), "acknowledged before it was stored");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    ledger.add(cell(1));
    assert_eq!(writer.close(Duration::from_secs(5)), 0);
    assert_eq!(stored(&path), 401);
}

#[test]
fn what_was_stuck_before_the_end_is_owned_up_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (ledger, writer) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    drop(ledger.add_and_commit([(cell(1), 1)]));
    std::thread::sleep(Duration::from_millis(300));
    ledger.add(cell(2));
    assert_eq!(writer.close(Duration::from_millis(100)), 2);
    assert_eq!(stored(&path), 0);
}

#[test]
fn a_statement_goes_through_the_writer_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (ledger, writer) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let publish = |statement: &str| runtime.block_on(ledger.publish(statement.to_owned(), Day(20_780)));
    assert_eq!(publish("a").unwrap().current.number, 1);
    let blocker = rusqlite::Connection::open(&path).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    assert_eq!(publish("b"), None);
    blocker.execute_batch("rollback").unwrap();
    assert_eq!(publish("c").unwrap().previous.unwrap().statement, "a", "b was given up, and came no later");
    assert_eq!(writer.close(Duration::from_secs(5)), 0);
}

#[test]
fn a_locked_store_delays_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let store = SqliteStore::open(&path, "one").unwrap();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    let (ledger, writer) = CountWriter::start(store).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    let committed = ledger.add_and_commit([(cell(1), 1)]);
    std::thread::sleep(Duration::from_millis(300));
    assert!(*committed.committed.borrow() < committed.batch);
    blocker.execute_batch("rollback").unwrap();
    assert!(wait(committed));
    assert_eq!(writer.close(Duration::from_secs(5)), 0);
    assert_eq!(stored(&path), 1);
}
