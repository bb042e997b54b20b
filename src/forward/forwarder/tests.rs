//! Tests of the forwarder thread that need no server.

use std::path::Path;
use std::time::Instant;

use super::*;
use crate::storage::postgres::server::PostgresAddress;
use crate::storage::sqlite::SqliteStore;

/// A server that does not exist: connecting to its socket fails at once.
fn unreachable(folder: &Path) -> PostgresServer {
    PostgresServer {
        place: PostgresAddress::Socket(folder.to_owned()),
        port: 5_432,
        user: "qsproxy".to_owned(),
        database: "qsproxy".to_owned(),
        tls: false,
        password_file: None,
    }
}

#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = time::instant();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "timed out: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_panic_costs_one_attempt_and_not_the_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let _writer = SqliteStore::open_spool(&path, "one", 1 << 24).unwrap();
    let target = DeliveryTarget { spool: &path, limit: 1 << 24, every: Duration::from_millis(10), k: 1, node: "one" };
    let forwarder = Forwarder::start(unreachable(folder.path()), &target).unwrap();
    wait_until("the first attempt", || forwarder.health().failed >= 1);
    forwarder.0.injected_panics.store(1, Ordering::Relaxed);
    wait_until("a panic", || forwarder.0.injected_panics.load(Ordering::Relaxed) == 0);
    let failed = forwarder.health().failed;
    wait_until("further attempts", || forwarder.health().failed > failed + 1);
    assert!(!forwarder.0.lock().ended, "the thread ended");
    let start: Instant = time::instant();
    forwarder.close(Duration::from_secs(10));
    assert!(forwarder.0.lock().ended && start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn reports_an_unreadable_spool_while_the_server_is_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool.db");
    let _writer = SqliteStore::open_spool(&path, "one", 1 << 24).unwrap();
    let shared = Arc::new(ForwarderShared::new(0));
    let target = DeliveryTarget { spool: &path, limit: 0, every: Duration::ZERO, k: 1, node: "one" };
    let (spool, server) = (Spool::open(&path).unwrap(), unreachable(folder.path()));
    let mut forwarder = ForwarderLoop::new(shared.clone(), spool, server, &target);
    assert_eq!(forwarder.attempt().unwrap_err().as_str(), "unreachable");
    assert_eq!(shared.lock().undelivered_since, None);
    rusqlite::Connection::open(&path).unwrap().execute_batch("drop table parcel").unwrap();
    assert_eq!(forwarder.attempt().unwrap_err().as_str(), "file");
    assert!(shared.lock().undelivered_since.is_some(), "a spool that cannot be read may have counts");
}
