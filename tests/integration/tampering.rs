//! Tampering with the store of closed months: every column of every table, in SQLite and in PostgreSQL. Each change is found by `verify`,
//! which names its place.

use std::sync::Arc;

use rusqlite::Connection;

use crate::postgres_books::october_in;
use crate::reconcile::{import_statement, october, october_statement};
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::workdir::Workdir;

#[track_caller]
pub fn run(workdir: &Workdir, arguments: &[&str]) -> String {
    let done = workdir.run(arguments);
    let output = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{arguments:?}: {output}");
    output
}

pub fn verify(workdir: &Workdir, more: &[&str]) -> (Option<i32>, String) {
    let done = workdir.run(&[&["verify"][..], more].concat());
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

/// The books of a month on either engine.
trait Books {
    fn change(&self, sql: &str) -> Result<(), String>;
    /// Puts back what was there before the first change.
    fn restore(&self);
    /// The text of an hour as the engine's SQL has it.
    fn hour(&self, hour: &str) -> String;
    /// The table that counts are in.
    fn table(&self, name: &str) -> String;
}

struct SqliteBooks {
    workdir: Arc<Workdir>,
}

impl SqliteBooks {
    /// Keeps a copy of the store, from which all triggers are removed.
    fn new(workdir: &Arc<Workdir>) -> SqliteBooks {
        let store = Connection::open(workdir.path("data/counts.db")).unwrap();
        let triggers: Vec<String> = {
            let mut select = store.prepare("select name from sqlite_schema where type = 'trigger'").unwrap();
            select.query_map([], |row| row.get(0)).unwrap().flatten().collect()
        };
        for trigger in triggers {
            store.execute_batch(&format!("drop trigger {trigger}")).unwrap();
        }
        store.execute("vacuum into ?1", [workdir.path("copy.db").to_str().unwrap()]).unwrap();
        SqliteBooks { workdir: workdir.clone() }
    }
}

impl Books for SqliteBooks {
    fn change(&self, sql: &str) -> Result<(), String> {
        let store = Connection::open(self.workdir.path("data/counts.db")).unwrap();
        store.execute_batch("pragma foreign_keys = off").unwrap();
        store.execute_batch(sql).map_err(|error| error.to_string())?;
        if store.changes() == 0 { Err("nothing was changed".to_owned()) } else { Ok(()) }
    }

    fn restore(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.workdir.path(&format!("data/counts.db{end}")));
        }
        std::fs::copy(self.workdir.path("copy.db"), self.workdir.path("data/counts.db")).unwrap();
    }

    fn hour(&self, hour: &str) -> String {
        format!("'{hour}'")
    }

    fn table(&self, name: &str) -> String {
        name.to_owned()
    }
}

const TABLES: [&str; 14] = [
    "closings",
    "corrections",
    "key_hand_overs",
    "closing_archives",
    "statements",
    "statement_rows",
    "statement_codes",
    "statement_corrections",
    "statement_events",
    "node_clicks",
    "node_searches",
    "clicks_daily",
    "searches_daily",
    "adjustments",
];

struct PostgresBooks<'s> {
    server: &'s PostgresProcess,
}

impl PostgresBooks<'_> {
    fn new(server: &PostgresProcess) -> PostgresBooks<'_> {
        for table in TABLES {
            server.query(&format!("alter table {table} disable trigger all"));
            server.query(&format!("create table copy_of_{table} as select * from {table}"));
        }
        PostgresBooks { server }
    }
}

impl Books for PostgresBooks<'_> {
    fn change(&self, sql: &str) -> Result<(), String> {
        let done =
            self.server.try_query(&format!("with changed as ({sql} returning 1) select count(*) from changed"))?;
        if done == ["0"] { Err("nothing was changed".to_owned()) } else { Ok(()) }
    }

    fn restore(&self) {
        let all: Vec<String> = TABLES
            .iter()
            .map(|table| format!("delete from {table}; insert into {table} select * from copy_of_{table}"))
            .collect();
        self.server.query(&all.join(";"));
    }

    fn hour(&self, hour: &str) -> String {
        format!("'{hour}:00Z'")
    }

    fn table(&self, name: &str) -> String {
        if matches!(name, "clicks" | "searches") { format!("node_{name}") } else { name.to_owned() }
    }
}

/// A table with its columns, a row of a closed month, and what the message about it must contain.
struct Case {
    table: &'static str,
    columns: &'static [&'static str],
    /// The number of columns of its key.
    key: usize,
    /// Selects one row.
    row: String,
    place: &'static str,
}

const STATEMENT_ROWS: &[&str] =
    &["statement", "day", "code", "last", "currency", "searches", "clicks", "revenue", "final"];

fn cases(books: &dyn Books) -> Vec<Case> {
    let case = |table, columns, key, row: &str, place| Case { table, columns, key, row: row.to_owned(), place };
    let hour = |hour: &str| format!("hour = {}", books.hour(hour));
    let closing = &["number", "partner", "month", "from_hour", "to_hour", "record", "signature", "statement_event"];
    let click = &["hour", "partner", "code", "kind", "outcome", "n"];
    let search = &["hour", "partner", "code", "outcome", "n"];
    let adjustment = &["subject", "hour", "partner", "code", "kind", "outcome", "n"];
    let statement =
        &["number", "partner", "sha256", "revision", "imported", "first", "last", "currency", "codes", "profile"];
    let sold = "kind = 'sponsored' and outcome = 'counted'";
    let one_click = format!("{} and {sold}", hour("2026-10-05T12"));
    vec![
        case("closings", closing, 1, "number = 1", "record "),
        case("corrections", &["number", "partner", "month", "record", "signature"], 1, "number = 2", "record "),
        case("key_hand_overs", &["number", "record", "signature", "new_signature"], 1, "number = 3", "record "),
        case("closing_archives", &["number", "archive"], 1, "number = 1", "closing_archives"),
        case("statements", statement, 1, "number = 1", "statement"),
        case("statement_rows", STATEMENT_ROWS, 5, "statement = 1 and day = '2026-10-05'", "statement"),
        case("statement_events", &["number", "statement", "event", "day", "reason"], 1, "number = 1", "statement"),
        case("clicks", click, 5, &one_click, "2026-10-05T12"),
        case("searches", search, 4, &hour("2026-10-05T12"), "2026-10-05T12"),
        case("adjustments", adjustment, 6, &hour("2026-10-07T12"), "2026-10-07T12"),
    ]
}

/// Another value for a column, as SQL.
fn other(column: &str, books: &dyn Books) -> String {
    match column {
        "number" | "statement" => format!("{column} + 100"),
        "day" | "first" | "last" | "imported" => "'2027-01-24'".to_owned(),
        "hour" | "from_hour" | "to_hour" => books.hour("2027-01-24T05"),
        "month" => "'2026-07'".to_owned(),
        "partner" => "'second'".to_owned(),
        "kind" => "case kind when 'unknown' then 'organic' else 'unknown' end".to_owned(),
        "subject" => "case subject when 'clicks' then 'searches' else 'clicks' end".to_owned(),
        "outcome" => "case outcome when 'with_ads' then 'empty' else 'bot' end".to_owned(),
        "event" => "'withdrawn'".to_owned(),
        "currency" => "'EUR'".to_owned(),
        "sha256" => format!("'{}'", "0".repeat(64)),
        "n" | "searches" | "clicks" | "revenue" | "revision" | "codes" | "statement_event" => {
            format!("coalesce({column}, 0) + 1")
        }
        "final" => "1".to_owned(),
        _ => format!("{column} || 'x'"),
    }
}

#[track_caller]
fn assert_found(workdir: &Workdir, change: &str, place: &str) {
    let (code, output) = verify(workdir, &[]);
    assert!(code != Some(0) && output.contains(place), "{change}: {code:?} {output}");
}

/// Changes, inserts and deletes a row in every column of every table.
fn tamper_with_all_columns(workdir: &Workdir, books: &dyn Books, cases: &[Case]) {
    let mut changes = 0;
    for Case { table, columns, key, row, place } in cases {
        let table = books.table(table);
        for (at, column) in columns.iter().enumerate() {
            let update = format!("update {table} set {column} = {} where {row}", other(column, books));
            books.change(&update).unwrap_or_else(|error| panic!("{update}: {error}"));
            let (code, output) = verify(workdir, &[]);
            // A count that grows after the closing is what a late click does, too: it is shown.
            let is_late = table == "adjustments" && *column == "n";
            if is_late {
                assert!(
                    code == Some(0) && output.contains("1 clicks and searches were counted later"),
                    "{update}: {output}"
                );
            } else {
                assert!(code != Some(0) && output.contains(place), "{update}: {code:?} {output}");
            }
            changes += 1;
            books.restore();
            if at < *key {
                let values: Vec<String> =
                    columns.iter().map(|c| if c == column { other(c, books) } else { (*c).to_owned() }).collect();
                let node = if table.starts_with("node_") { ("node, ", "node, ") } else { ("", "") };
                let insert = format!(
                    "insert into {table} ({}{}) select {}{} from {table} where {row}",
                    node.0,
                    columns.join(", "),
                    node.1,
                    values.join(", ")
                );
                // A unique month or statement refuses some of them.
                if books.change(&insert).is_ok() && is_of_month(&table, column) {
                    assert_found(workdir, &insert, place);
                    changes += 1;
                }
                books.restore();
            }
        }
        let delete = format!("delete from {table} where {row}");
        books.change(&delete).unwrap_or_else(|error| panic!("{delete}: {error}"));
        assert_found(workdir, &delete, place);
        books.restore();
    }
    assert!(changes > 60, "{changes}");
    assert_eq!(verify(workdir, &[]).0, Some(0));
}

/// Returns whether a copy of a row with another value in this column belongs to the closed month; a later statement, a later event, a
/// late click and what is of another month or partner do not.
fn is_of_month(table: &str, column: &str) -> bool {
    match table {
        "statements" | "statement_events" | "adjustments" => false,
        "statement_rows" => !matches!(column, "statement" | "day" | "last"),
        "clicks" | "node_clicks" | "searches" | "node_searches" => !matches!(column, "hour" | "partner"),
        _ => true,
    }
}

/// Closes October, corrects it, hands the key over, and closes September.
fn close_all(workdir: &Workdir, insert_late: impl FnOnce()) {
    import_statement(workdir, &october_statement(|day| Some(if day == 9 { 238 } else { 240 })));
    run(workdir, &["close", "--partner", "first", "--month", "2026-10", "--out", "october"]);
    insert_late();
    import_statement(workdir, &october_statement(|day| Some(if day == 9 { 239 } else { 240 })));
    let corrected =
        run(workdir, &["close", "--correct", "--partner", "first", "--month", "2026-10", "--out", "correction"]);
    assert!(corrected.contains("our clicks: before 7440, after 7443, difference 3"), "{corrected}");
    assert!(corrected.contains("their clicks: before 7438, after 7439, difference 1"), "{corrected}");
    assert!(corrected.contains("their money changes by 0.31 USD"), "{corrected}");
    run(workdir, &["keys", "closing", "rotate"]);
    run(workdir, &["close", "--partner", "first", "--month", "2026-09", "--accept", "a trial", "--out", "september"]);
    let output = run(workdir, &["verify"]);
    assert!(output.contains("record 2: first 2026-10, correction: valid\n"), "{output}");
    assert!(output.contains("record 3: hand-over from key "), "{output}");
    assert!(output.contains("record 1: first 2026-10: valid; 1 statements were imported later"), "{output}");
}

/// A working directory with what [`close_all`] closes.
pub fn closed_in_sqlite() -> Arc<Workdir> {
    let workdir = october();
    close_all(&workdir, || {
        let store = Connection::open(workdir.path("data/counts.db")).unwrap();
        let late = "insert into adjustments values ('clicks', '2026-10-07T12', 'first', 'toolbar-main', 'sponsored', 'counted', 3)";
        store.execute(late, []).unwrap();
    });
    workdir
}

fn sqlite_books() -> (Arc<Workdir>, SqliteBooks) {
    let workdir = closed_in_sqlite();
    let books = SqliteBooks::new(&workdir);
    (workdir, books)
}

#[test]
fn every_changed_row_is_found_in_sqlite() {
    let (workdir, books) = sqlite_books();
    tamper_with_all_columns(&workdir, &books, &cases(&books));
    // One row in a table of days or of corrections turns no check off.
    for (insert, place) in [
        ("clicks_daily values ('2026-10-05', 'first', 'toolbar-main', 'sponsored', 'counted', 1)", "2026-10-05"),
        ("searches_daily values ('2026-10-01', 'first', 'toolbar-main', 'with_ads', 1)", "2026-10-01"),
        (
            "statement_corrections values (1, '2026-10-05', 'QX1', 0, 1, 0, null, '2026-10-05', 'USD')",
            "statement_corrections",
        ),
        ("statement_codes values (1, 'QX1')", "statements"),
        ("closing_archives values (9, 'x')", "row 9 has no record"),
    ] {
        books.change(&format!("insert into {insert}")).unwrap();
        assert_found(&workdir, insert, place);
        books.restore();
    }
    let removed = ["delete from closings where number = 4", "delete from key_hand_overs", "delete from corrections"];
    for delete in removed {
        books.change(delete).unwrap();
        let (code, output) = verify(&workdir, &[]);
        assert!(code == Some(1) && !output.contains("no month is closed"), "{delete}: {output}");
        books.restore();
    }
}

const ROLL_UP: [&str; 4] = [
    "insert into clicks_daily (day, partner, code, kind, outcome, n)
     select substr(hour, 1, 10), partner, code, kind, outcome, sum(n) from clicks group by 1, 2, 3, 4, 5",
    "insert into searches_daily (day, partner, code, outcome, n)
     select substr(hour, 1, 10), partner, code, outcome, sum(n) from searches group by 1, 2, 3, 4",
    "delete from clicks",
    "delete from searches",
];

#[test]
fn a_month_whose_hours_became_days_still_verifies_and_every_changed_day_is_found() {
    let (workdir, books) = sqlite_books();
    for sql in ROLL_UP {
        books.change(sql).unwrap();
    }
    let (code, output) = verify(&workdir, &[]);
    assert!(
        code == Some(0) && output.contains("rolled up into days, which add up to those in its archive"),
        "{output}"
    );
    // The export has the same bytes as before, from the archive.
    run(&workdir, &["close", "--partner", "first", "--month", "2026-10", "--out", "again"]);
    let files = |folder: &str| {
        let entries = std::fs::read_dir(workdir.path(folder)).unwrap().flatten();
        let mut files: Vec<_> =
            entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect();
        files.retain(|(name, _)| !name.to_str().unwrap().starts_with("hand-over"));
        files.sort();
        files
    };
    assert_eq!(files("october"), files("again"));
    std::fs::copy(workdir.path("data/counts.db"), workdir.path("copy.db")).unwrap();
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let _: i64 = store.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0)).unwrap();
    drop(store);
    std::fs::copy(workdir.path("data/counts.db"), workdir.path("copy.db")).unwrap();
    let day = ["day", "partner", "code", "kind", "outcome", "n"];
    for (table, columns) in
        [("clicks_daily", &day[..]), ("searches_daily", &["day", "partner", "code", "outcome", "n"])]
    {
        let row = "day = '2026-10-05' and code = 'toolbar-main'";
        let row = if table == "clicks_daily" {
            format!("{row} and kind = 'sponsored' and outcome = 'counted'")
        } else {
            row.to_owned()
        };
        for column in columns {
            let update = format!("update {table} set {column} = {} where {row}", other(column, &books));
            books.change(&update).unwrap();
            assert_found(&workdir, &update, "2026-10-05");
            books.restore();
        }
        books.change(&format!("delete from {table} where {row}")).unwrap();
        assert_found(&workdir, table, "2026-10-05");
        books.restore();
    }
    let inserted = "insert into clicks_daily values ('2026-10-05', 'first', 'other', 'sponsored', 'counted', 1)";
    books.change(inserted).unwrap();
    assert_found(&workdir, inserted, "2026-10-05, other");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn every_changed_row_is_found_in_postgresql() {
    let server = PostgresProcess::start();
    let workdir = october_in(&server);
    close_all(&workdir, || {
        server.query("insert into adjustments values ('clicks', '2026-10-07T12:00Z', 'first', 'toolbar-main', 'sponsored', 'counted', 3)");
    });
    for change in [
        "insert into clicks_daily values ('2026-10-05', 'first', 'toolbar-main', 'sponsored', 'counted', 1)",
        "insert into searches_daily values ('2026-10-05', 'first', 'toolbar-main', 'with_ads', 1)",
        "truncate searches_daily",
        "delete from corrections",
        "update key_hand_overs set record = ''",
        "truncate closing_archives",
    ] {
        let refused = server.try_query(change).unwrap_err();
        assert!(["is closed", "are kept", "are closed"].iter().any(|why| refused.contains(why)), "{change}: {refused}");
    }
    let books = PostgresBooks::new(&server);
    tamper_with_all_columns(&workdir, &books, &cases(&books));
    server.query("select fold('2026-12-01T00:00Z')");
    let (code, output) = verify(&workdir, &[]);
    assert!(
        code == Some(0) && output.contains("rolled up into days, which add up to those in its archive"),
        "{output}"
    );
    server.query("update clicks_daily set n = n + 1 where day = '2026-10-05' and kind = 'organic'");
    assert_found(&workdir, "a day", "clicks 2026-10-05, toolbar-main, organic");
}
