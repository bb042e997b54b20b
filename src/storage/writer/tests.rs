//! The writer on a real store, with other readers and writers.

use super::*;
use crate::counts::cells::{SearchCell, SearchOutcome};
use crate::name::ConfigName;
use crate::storage::sqlite::Sums;
use crate::time::Hour;

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
fn a_reader_delays_the_checkpoint_and_not_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &Sums::from([(cell(1), 1)])).unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("begin; select count(*) from searches;").unwrap();
    let start = crate::time::instant();
    store.apply(2, &Sums::from([(cell(1), 1)])).unwrap();
    assert!(!store.checkpoint().unwrap());
    assert!(start.elapsed() < Duration::from_secs(1), "it waited for the reader");
    reader.execute_batch("commit").unwrap();
    assert!(store.checkpoint().unwrap());
}

#[test]
fn acknowledged_counts_are_stored_and_closing_commits_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (counts, thread) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let (counts, path) = (counts.clone(), path.clone());
            std::thread::spawn(move || {
                for n in 0..50 {
                    counts.add(cell(n));
                    assert!(wait(counts.add_and_commit([(cell(thread), 1)])));
                    assert!(stored(&path) > i64::from(n), "acknowledged before it was stored");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    counts.add(cell(1));
    assert_eq!(thread.close(Duration::from_secs(5)), 0);
    assert_eq!(stored(&path), 401);
}

#[test]
fn closing_returns_the_number_of_uncommitted_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (counts, thread) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    drop(counts.add_and_commit([(cell(1), 1)]));
    std::thread::sleep(Duration::from_millis(300));
    counts.add(cell(2));
    assert_eq!(thread.close(Duration::from_millis(100)), 2);
    assert_eq!(stored(&path), 0);
}

#[test]
fn a_privacy_statement_that_times_out_is_not_inserted_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (counts, thread) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let publish = |statement: &str| runtime.block_on(counts.publish(statement.to_owned(), Day(20_780)));
    assert_eq!(publish("a").unwrap().current.number, 1);
    let blocker = rusqlite::Connection::open(&path).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    assert_eq!(publish("b"), None);
    blocker.execute_batch("rollback").unwrap();
    assert_eq!(publish("c").unwrap().previous.unwrap().statement, "a", "b was withdrawn, and not inserted later");
    assert_eq!(thread.close(Duration::from_secs(5)), 0);
}

#[test]
fn a_locked_store_delays_a_commit_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let store = SqliteStore::open(&path, "one").unwrap();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    let (counts, thread) = CountWriter::start(store).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    let committed = counts.add_and_commit([(cell(1), 1)]);
    std::thread::sleep(Duration::from_millis(300));
    assert!(*committed.committed.borrow() < committed.batch);
    blocker.execute_batch("rollback").unwrap();
    assert!(wait(committed));
    assert_eq!(thread.close(Duration::from_secs(5)), 0);
    assert_eq!(stored(&path), 1);
}

#[test]
fn a_panic_costs_no_count_and_not_the_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (counts, thread) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    assert!(wait(counts.add_and_commit([(cell(1), 1)])));
    counts.0.injected_panics.store(2, Ordering::Relaxed);
    assert!(wait(counts.add_and_commit([(cell(1), 1), (cell(2), 3)])), "the thread tries the batch again");
    assert!(counts.health().writable && counts.0.injected_panics.load(Ordering::Relaxed) == 0);
    assert_eq!(stored(&path), 5);
    counts.0.injected_panics.store(u64::MAX, Ordering::Relaxed);
    drop(counts.add_and_commit([(cell(1), 7)]));
    let start = crate::time::instant();
    while counts.health().writable {
        assert!(start.elapsed() < Duration::from_secs(10), "a writer that panics again and again is not ready");
        std::thread::sleep(Duration::from_millis(10));
    }
    counts.add(cell(2));
    assert_eq!(thread.close(Duration::from_millis(100)), 8);
    assert!(!counts.health().writable);
    assert_eq!(stored(&path), 5);
}

/// Waits until the writer is ready, or not. Returns how long that took.
fn wait_until_writable(counts: &CountWriter, expected: bool) -> Duration {
    let start = crate::time::instant();
    while counts.health().writable != expected {
        assert!(start.elapsed() < Duration::from_secs(10), "still not writable: {expected}");
        std::thread::sleep(Duration::from_millis(10));
    }
    start.elapsed()
}

#[test]
fn a_lock_is_reported_whether_or_not_there_is_something_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let (counts, thread) = CountWriter::start(SqliteStore::open(&path, "one").unwrap()).unwrap();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    for has_counts in [false, true, false] {
        blocker.execute_batch("begin immediate").unwrap();
        if has_counts {
            drop(counts.add_and_commit([(cell(1), 1)]));
        }
        let reported = wait_until_writable(&counts, false);
        assert!(reported < Duration::from_secs(3), "{reported:?}, and not within a second on an idle machine");
        assert!(has_counts || counts.health().retries == 0 || counts.health().pending == 0);
        blocker.execute_batch("rollback").unwrap();
        let recovered = wait_until_writable(&counts, true);
        assert!(recovered < Duration::from_secs(3), "{recovered:?}");
    }
    // A reader is none of its business.
    blocker.execute_batch("begin; select count(*) from searches").unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    assert!(counts.health().writable);
    drop(blocker);
    assert_eq!(thread.close(Duration::from_secs(5)), 0);
    assert_eq!(stored(&path), 1);
}
