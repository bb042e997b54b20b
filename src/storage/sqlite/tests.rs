//! Tests of the store in SQLite.

use super::*;
use crate::counts::cells::{ActiveCell, ClickCell, ClickOutcome, SearchCell, SearchOutcome};
use crate::name::ConfigName;
use crate::storage::migrations::StoreState;

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
fn a_repeated_batch_is_added_once() {
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
fn rejects_a_second_writer_another_database_and_a_later_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let store = SqliteStore::open(&path, "one").unwrap();
    assert!(matches!(SqliteStore::open(&path, "one"), Err(OpenError::InUse)));
    store.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    assert!(matches!(SqliteStore::open(&path, "one"), Err(OpenError::Newer { found: 99, .. })));

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("create table t (x)").unwrap();
    assert!(matches!(SqliteStore::open(&other, "one"), Err(OpenError::Foreign)));
    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database at all, but long enough to be read as one, surely, by now").unwrap();
    assert!(matches!(SqliteStore::open(&text, "one"), Err(OpenError::Foreign)));
}

#[test]
fn the_writer_rejects_a_damaged_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &sums(5)).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // The second page is that of the first table; the header of the file stays intact.
    bytes[4_096..8_192].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(SqliteStore::open(&path, "one"), Err(OpenError::Damaged)));
}

#[test]
fn a_changed_privacy_statement_is_a_new_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let store = SqliteStore::open(&path, "one").unwrap();
    let version = |number, day: &str, statement: &str| PrivacyVersion {
        number,
        day: day.to_owned(),
        statement: statement.to_owned(),
    };
    let first = version(1, "2026-11-23", "a");
    let wanted = PrivacyVersions { current: first.clone(), previous: None };
    assert_eq!(store.publish("a", Day(20_780)).unwrap(), wanted);
    drop(store);
    let store = SqliteStore::open(&path, "one").unwrap();
    assert_eq!(store.publish("a", Day(20_781)).unwrap(), wanted, "an unchanged statement is not inserted again");
    let second = PrivacyVersions { current: version(2, "2026-11-25", "b"), previous: Some(first) };
    assert_eq!(store.publish("b", Day(20_782)).unwrap(), second);
    assert_eq!(store.publish("b", Day(20_783)).unwrap(), second);
    assert_eq!(store.publish("a", Day(20_783)).unwrap().current, version(3, "2026-11-26", "a"));
}

#[test]
fn upgrades_stores_of_earlier_versions_with_their_counts() {
    let since_8 = "drop table corrections; drop table key_hand_overs; drop table closing_archives;
        drop trigger clicks_closed_roll_up; drop trigger searches_closed_roll_up;
        drop trigger clicks_daily_closed_insert; drop trigger clicks_daily_closed_update;
        drop trigger clicks_daily_closed_delete; drop trigger searches_daily_closed_insert;
        drop trigger searches_daily_closed_update; drop trigger searches_daily_closed_delete;";
    let since_7 = format!("{since_8} drop table partner_requests; drop table budgets;");
    let since_6 = "drop table payment_withdrawals; drop table payments;";
    let since_4 = "drop table statement_codes; drop table statement_corrections; drop table statement_events; drop table statement_rows; drop table statements; drop table closings; drop table adjustments;
        drop table clicks_daily; drop table searches_daily; drop trigger clicks_closed_insert;
        drop trigger clicks_closed_update; drop trigger clicks_closed_delete; drop trigger searches_closed_insert;
        drop trigger searches_closed_update; drop trigger searches_closed_delete;";
    let since_3 = "drop table active; drop table retention; drop table active_by_id; drop table slices;";
    for (version, without) in [
        (7, since_8.to_owned()),
        (6, since_7.clone()),
        (5, format!("{since_7}{since_6}")),
        (3, format!("{since_7}{since_6}{since_4}")),
        (2, format!("{since_7}{since_6}{since_4}{since_3}")),
        (1, format!("{since_7}{since_6}{since_4}{since_3} drop table privacy_versions;")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        let mut store = SqliteStore::open(&path, "one").unwrap();
        store.apply(1, &sums(5)).unwrap();
        store.connection.execute_batch(&format!("{without} pragma user_version = {version}")).unwrap();
        assert_eq!(schema::recognise(&store.connection, FilePurpose::Store).unwrap(), StoreState::Older(version));
        drop(store);
        let mut store = SqliteStore::open(&path, "one").unwrap();
        assert_eq!(schema::recognise(&store.connection, FilePurpose::Store).unwrap(), StoreState::Current);
        assert_eq!((store.last_sequence().unwrap(), total(&store)), (1, 5));
        assert_eq!(store.publish("a", Day(0)).unwrap().current.number, 1);
        let active = ActiveCell { day: Day(0), code: ConfigName::new("a").unwrap(), gap: 0 };
        store.apply(2, &Sums::from([(Cell::Active(active), 1)])).unwrap();
    }
}

#[test]
fn a_checkpoint_truncates_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &sums(5)).unwrap();
    let log = folder.path().join("counts.db-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    assert!(store.checkpoint().unwrap());
    assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
}

/// The file as the first version wrote it, byte for byte.
#[test]
fn upgrades_a_file_of_the_first_version_to_the_current_schema() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    std::fs::write(&old, include_bytes!("../../../tests/golden/counts-1.db")).unwrap();
    let schema = |path: &Path| {
        let connection = Connection::open(path).unwrap();
        let sql = "select coalesce(group_concat(sql, char(10)), '') from (select sql from sqlite_schema order by name)";
        connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let clicks = |path: &Path| {
        let connection = Connection::open(path).unwrap();
        connection.query_row("select sum(n) from clicks", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let before = clicks(&old);
    drop(SqliteStore::open(&old, "one").unwrap());
    drop(SqliteStore::open(&new, "one").unwrap());
    assert_eq!(schema(&old), schema(&new));
    assert!(before > 0 && clicks(&old) == before);
}

#[test]
fn a_number_that_cannot_be_decoded_is_an_error_of_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut store = SqliteStore::open(&path, "one").unwrap();
    store.apply(1, &sums(5)).unwrap();
    store.connection.execute("update batches set seq = -1", []).unwrap();
    let wanted = "table batches, row 1 (-1): column seq must be a whole number from 0";
    assert!(store.last_sequence().unwrap_err().to_string().contains(wanted));
    assert!(store.apply(2, &sums(5)).unwrap_err().to_string().contains(wanted));
    assert_eq!(total(&store), 5, "the batch was not added");
    store.connection.execute("insert into privacy_versions values (-2, '2026-11-23', 'a')", []).unwrap();
    assert!(store.publish("b", Day(20_780)).unwrap_err().to_string().contains("column version must be"));
    assert!(store.apply(3, &sums(u64::MAX)).is_err(), "a count that SQLite cannot store");
}

#[test]
fn statements_of_version_4_speak_for_all_codes_and_have_rows_of_one_day() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let old = Connection::open(&path).unwrap();
    for sql in [
        include_str!("V1__tables.sql"),
        include_str!("V2__privacy_versions.sql"),
        include_str!("V3__usage.sql"),
        include_str!("V4__billing.sql"),
    ] {
        old.execute_batch(sql).unwrap();
    }
    old.execute_batch(
        "pragma user_version = 4; pragma application_id = 1903390840;
        insert into statements values (1, 'a', 'x', 1, '2026-11-01', '2026-10-01', '2026-10-02', 'EUR', 'p'),
            (2, 'b', 'x', 1, '2026-11-02', '2026-10-01', '2026-10-01', '', 'p');
        insert into statement_rows values (1, '2026-10-01', 'A', null, 5, 70, 1), (1, '2026-10-02', 'B', 1, null, null, null),
            (2, '2026-10-01', '', null, 7, null, 0);
        insert into closings values (1, 'a', '2026-10', '2026-10-01T00', '2026-11-01T00', 'r', 's');",
    )
    .unwrap();
    drop(old);
    let store = SqliteStore::open(&path, "one").unwrap();
    let all = |sql: &str| {
        let mut select = store.connection.prepare(sql).unwrap();
        let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    let rows = "select concat_ws(' ', statement, day, code, searches, clicks, revenue, final, last, currency) from statement_rows";
    assert_eq!(
        all(rows),
        ["1 2026-10-01 A 5 70 1 2026-10-01 EUR", "1 2026-10-02 B 1 2026-10-02 EUR", "2 2026-10-01  7 0 2026-10-01 "]
    );
    let events = "select concat_ws(' ', number, statement, event, day, reason) from statement_events";
    assert_eq!(all(events), ["1 1 imported 2026-11-01 ", "2 2 imported 2026-11-02 "]);
    assert_eq!(all("select number || ' ' || coalesce(codes, 'all') from statements"), ["1 all", "2 all"]);
    assert_eq!(all("select number || coalesce(statement_event, ' none') from closings"), ["1 none"]);
    for change in [
        "update statements set last = ''",
        "delete from statements",
        "delete from statement_rows",
        "update statement_rows set clicks = 1",
        "delete from statement_events",
        "update statement_events set day = ''",
    ] {
        assert!(store.connection.execute(change, []).unwrap_err().to_string().contains("are kept"), "{change}");
    }
}
