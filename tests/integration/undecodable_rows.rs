//! A stored row that this version cannot decode is an error of the report, with its table, row and column: it is never left out, and never
//! counted as zero.

use rusqlite::Connection;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use crate::postgres::postgres_config;

/// Days that every report covers.
const DAYS: [&str; 4] = ["--from", "2026-10-01", "--to", "2026-10-31"];

/// Runs a report and returns what it prints to standard error; it must fail and print nothing else.
#[track_caller]
fn failed_report(workdir: &Workdir, subject: &str) -> String {
    let output = workdir.run(&[&["report", subject, "--format", "csv"], &DAYS[..]].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{subject}: {errors}");
    errors
}

/// Replaces a table by one that accepts values of every type.
fn without_types(table: &str, columns: &str) -> String {
    format!("drop table {table}; create table {table} ({columns});")
}

/// A change of the store, the report that then fails, and the table and column that its error names.
fn undecodable_rows() -> Vec<(String, &'static str, [&'static str; 2])> {
    let clicks = without_types("clicks", "hour, partner, code, kind, outcome, n");
    let active = without_types("active", "day, code, gap, n");
    let hour = "'2026-10-05T12', 'first', 'toolbar-main'";
    vec![
        (format!("insert into clicks values ({hour}, 'sponsored', 'sold', 3)"), "clicks", ["clicks", "outcome"]),
        (format!("insert into clicks values ({hour}, 'paid', 'counted', 3)"), "clicks", ["clicks", "kind"]),
        (format!("insert into clicks values ({hour}, 'organic', 'counted', -3)"), "clicks", ["clicks", "n"]),
        (
            "insert into clicks_daily values ('2026-10-05', 'first', 'toolbar-main', 'organic', 'sold', 3)".to_owned(),
            "clicks",
            ["clicks_daily", "outcome"],
        ),
        (
            format!("{clicks} insert into clicks values ({hour}, 'organic', 'counted', 'three')"),
            "clicks",
            ["clicks", "n"],
        ),
        (format!("{clicks} insert into clicks values ({hour}, 'organic', 'counted', null)"), "clicks", ["clicks", "n"]),
        (format!("{clicks} insert into clicks values ({hour}, 'organic', 'counted', 1.5)"), "clicks", ["clicks", "n"]),
        (
            format!("{clicks} insert into clicks values ('2026-10-05T12', x'ff', 'a', 'organic', 'counted', 1)"),
            "clicks",
            ["clicks", "partner"],
        ),
        (
            format!("{clicks} insert into clicks values ('2026-10-05T12', null, 'a', 'organic', 'counted', 1)"),
            "clicks",
            ["clicks", "partner"],
        ),
        (format!("insert into searches values ({hour}, 'counted', 3)"), "searches", ["searches", "outcome"]),
        (
            format!("insert into adjustments values ('views', {hour}, 'organic', 'counted', 3)"),
            "adjustments",
            ["adjustments", "subject"],
        ),
        (
            format!("insert into adjustments values ('searches', {hour}, 'organic', 'empty', 3)"),
            "adjustments",
            ["adjustments", "kind"],
        ),
        ("insert into active values ('2026-10-05', 'a', 31, 3)".to_owned(), "active", ["active", "gap"]),
        ("insert into active values ('2026-10-05 ', 'a', 0, 3)".to_owned(), "active", ["active", "day"]),
        (format!("{active} insert into active values ('2026-10-05', 'a', 'x', 3)"), "active", ["active", "gap"]),
        (format!("{active} insert into active values ('2026-10-05', 'a', 0, 'x')"), "active", ["active", "n"]),
        ("insert into active_by_id values ('2026-10-05', 'a', -1)".to_owned(), "active", ["active_by_id", "n"]),
        ("insert into retention values ('2026-10-05', 2, 'a', 3)".to_owned(), "retention", ["retention", "age"]),
        ("insert into retention values ('2026-10-1', 0, 'a', 3)".to_owned(), "retention", ["retention", "cohort"]),
        (
            "insert into slices values ('2026-10-05', 'first', 'shoe_size', '43', 30)".to_owned(),
            "slices",
            ["slices", "dimension"],
        ),
        (format!("insert into searches values ({hour}, 'sold', 3)"), "slices", ["searches", "outcome"]),
        (format!("insert into clicks values ({hour}, 'organic', 'sold', 3)"), "slices", ["clicks", "outcome"]),
    ]
}

#[test]
fn a_report_fails_with_the_table_row_and_column_that_it_cannot_decode() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let mut proxy = workdir.start();
    assert!(proxy.terminate().success());
    let (store, intact) = (proxy.store(), workdir.path("intact.db"));
    std::fs::copy(&store, &intact).unwrap();
    for (change, subject, place) in undecodable_rows() {
        std::fs::copy(&intact, &store).unwrap();
        Connection::open(&store).unwrap().execute_batch(&change).unwrap();
        let errors = failed_report(&workdir, subject);
        let [table, column] = place;
        assert!(
            errors.contains("the store contains an invalid row: table ")
                && errors.contains(table)
                && errors.contains("row 1")
                && errors.contains(&format!("column {column} must be ")),
            "{change}: {errors}"
        );
    }
    // Metrics are not published from such a store, and an event reports that.
    let proxy = workdir.start();
    wait_for("the report", || proxy.stderr().contains("event=counters_failed").then_some(()));
    assert_eq!(proxy.admin_get("/reports/clicks.csv?from=2026-10-01&to=2026-10-31", &[]).status, 500);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_report_from_postgresql_fails_with_the_place_that_it_cannot_decode() {
    let server = PostgresProcess::start();
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&postgres_config(&partner, &server.url()).text());
    let mut proxy = workdir.start();
    wait_for("the tables", || server.try_query("select 1 from clicks").ok());
    assert!(proxy.terminate().success());
    let hour = "'one', '2026-10-05T12:00Z', 'first', 'toolbar-main'";
    for (change, table, subject, place) in [
        (format!("insert into node_clicks values ({hour}, 'organic', 'sold', 3)"), "node_clicks", "clicks", "outcome"),
        (format!("insert into node_clicks values ({hour}, 'organic', 'counted', -3)"), "node_clicks", "clicks", "n"),
        (format!("insert into node_searches values ({hour}, 'sold', 3)"), "node_searches", "searches", "outcome"),
        ("insert into node_active values ('one', '2026-10-05', 'a', 99, 3)".to_owned(), "node_active", "active", "gap"),
        (
            "insert into node_retention values ('one', '2026-10-05', 2, 'a', 3)".to_owned(),
            "node_retention",
            "retention",
            "age",
        ),
    ] {
        server.query(&change);
        let errors = failed_report(&workdir, subject);
        let column = format!("column {place} must be ");
        assert!(
            errors.contains("the store contains an invalid row: ") && errors.contains(&column),
            "{change}: {errors}"
        );
        server.query(&format!("delete from {table}"));
    }
}
