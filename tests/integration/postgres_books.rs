//! The books in PostgreSQL: reports and closings equal those of SQLite, and closed periods reject changes there, too.

use std::sync::Arc;

use crate::reconcile::{import_statement, october, october_statement};
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

/// Makes the server the store of this working directory, and lets the program create its tables.
pub fn use_server(workdir: &Arc<Workdir>, server: &PostgresProcess) {
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    workdir.write("proxy.toml", config.replace("sqlite:data/counts.db", &server.url()).as_bytes());
    let mut proxy = workdir.start();
    wait_for("the tables", || server.try_query("select 1 from clicks").ok());
    assert!(proxy.terminate().success());
}

/// A month in PostgreSQL as [`october`] has it in SQLite.
pub fn october_in(server: &PostgresProcess) -> Arc<Workdir> {
    let workdir = october();
    use_server(&workdir, server);
    // Two nodes share each hour.
    server.query(
        "with hours as (select timestamptz '2026-09-30T07:00Z' + n * interval '1 hour' as hour
            from generate_series(0, 31 * 24 + 47) as n)
         insert into node_clicks select node, hour, 'first', 'toolbar-main', kind, outcome, n from hours,
            (values ('one', 'sponsored', 'counted', 4), ('two', 'sponsored', 'counted', 6), ('one', 'sponsored', 'duplicate', 2),
                ('two', 'organic', 'counted', 5)) as given (node, kind, outcome, n)",
    );
    server.query(
        "insert into node_searches select 'one', timestamptz '2026-09-30T07:00Z' + n * interval '1 hour', 'first', 'toolbar-main',
            'with_ads', 30 from generate_series(0, 31 * 24 + 47) as n",
    );
    workdir
}

#[test]
#[ignore = "needs PostgreSQL and hledger"]
fn reports_and_closings_equal_those_of_sqlite() {
    let server = PostgresProcess::start();
    let workdirs = [october(), october_in(&server)];
    let mut output: Vec<Vec<String>> = vec![Vec::new(), Vec::new()];
    // One key signs both.
    let other = october();
    import_statement(&other, &october_statement(|_| Some(240)));
    assert!(other.run(&["close", "--partner", "first", "--month", "2026-10"]).status.success());
    let key = std::fs::read(other.path("data/closing.key")).unwrap();
    for (workdir, output) in workdirs.iter().zip(&mut output) {
        import_statement(workdir, &october_statement(|day| Some(if day == 9 { 238 } else { 240 })));
        workdir.write("data/closing.key", &key);
        let mut run_and_keep = |arguments: &[&str], code: i32| {
            let done = workdir.run(arguments);
            assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(code), ""));
            output.push(String::from_utf8(done.stdout).unwrap());
        };
        for format in ["table", "csv", "json"] {
            run_and_keep(&["reconcile", "--partner", "first", "--month", "2026-10", "--format", format], 0);
            let days = ["--from", "2026-10-01", "--to", "2026-10-31"];
            for subject in ["clicks", "filtered", "searches", "adjustments", "active", "retention", "slices"] {
                run_and_keep(&[&["report", subject, "--format", format], &days[..]].concat(), 0);
            }
        }
        run_and_keep(&["statement", "list"], 0);
        assert!(workdir.run(&["close", "--partner", "first", "--month", "2026-10", "--out", "out"]).status.success());
        assert!(workdir.run(&["verify", "--export", "out"]).status.success());
        assert!(workdir.run(&["verify"]).status.success());
        for file in ["counts.csv", "statement.csv", "counts.json", "journal.hledger", "books.csv", "closing.pub"] {
            output.push(std::fs::read_to_string(workdir.path("out").join(file)).unwrap());
        }
        // The configurations differ in the store's place, and the records only in their hash; the archives are equal by theirs.
        let record = std::fs::read_to_string(workdir.path("out/record.txt")).unwrap();
        assert!(record.contains("\narchive_sha256: "), "{record}");
        let is_equal = |line: &&str| !line.starts_with("configuration_sha256: ");
        output.push(record.lines().filter(is_equal).collect::<Vec<_>>().join("\n"));
        let proxy = workdir.start();
        for path in ["/", "/reports/reconciliation.json", "/reports/reconciliation.csv", "/reports/active.csv"] {
            let answer = proxy.admin_get(&format!("{path}?from=2026-10-01&to=2026-10-31"), &[]);
            assert_eq!(answer.status, 200, "{path}");
            output.push(answer.text().to_owned());
        }
    }
    for (sqlite, postgres) in output[0].iter().zip(&output[1]) {
        assert_eq!(sqlite, postgres);
    }
    assert_eq!(output[0].len(), 36);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn closed_periods_reject_changes_and_late_counts_become_adjustments() {
    let server = PostgresProcess::start();
    let workdir = october_in(&server);
    import_statement(&workdir, &october_statement(|_| Some(240)));
    assert!(workdir.run(&["close", "--partner", "first", "--month", "2026-10"]).status.success());
    for change in [
        "update node_clicks set n = n + 1 where hour = '2026-10-05T12:00Z'",
        "delete from node_clicks where hour = '2026-10-05T12:00Z'",
        "insert into node_clicks values ('three', '2026-10-05T12:00Z', 'first', 'toolbar-main', 'organic', 'counted', 1)",
        "update node_searches set node = 'x', hour = '2026-10-05T12:00Z' where hour = '2026-11-01T12:00Z'",
        "update closings set record = ''",
        "delete from statements",
        "update statement_rows set clicks = 1",
        "truncate node_clicks",
        "truncate closings",
    ] {
        let refused = server.try_query(change).unwrap_err();
        assert!(
            ["this period is closed", "are kept", "periods are closed"].iter().any(|why| refused.contains(why)),
            "{change}: {refused}"
        );
    }
    let late = r#"{"clicks": [["2026-10-05T12", "first", "toolbar-main", "organic", "counted", 3],
                              ["2026-11-01T12", "first", "toolbar-main", "organic", "counted", 4]],
                   "searches": [["2026-10-05T12", "first", "toolbar-main", "empty", 2]],
                   "active": [], "retention": [], "active_by_id": [], "slices": []}"#;
    let deliver = |number: i64, digest: &str| {
        server.query(&format!("select deliver('late', 's', {number}, '{digest}', '{late}')"))
    };
    assert_eq!(
        (deliver(1, "a"), deliver(1, "a"), deliver(1, "b")),
        (["added".into()].into(), ["again".into()].into(), ["other".into()].into())
    );
    assert_eq!(
        server.query("select subject, kind, outcome, n from adjustments order by 1"),
        ["clicks|organic|counted|3", "searches|none|empty|2"]
    );
    assert_eq!(server.query_number("select n from node_clicks where node = 'late'"), 4);
    let output = workdir.run(&["verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let report =
        workdir.run(&["report", "adjustments", "--from", "2026-10-01", "--to", "2026-10-31", "--format", "csv"]);
    assert!(String::from_utf8_lossy(&report.stdout).contains(",3"), "{report:?}");
    // Old hours are rolled up into days, and their sums stay.
    server.query(
        "insert into node_clicks values ('one', '2020-01-05T12:00Z', 'first', 'toolbar-main', 'organic', 'counted', 7)",
    );
    server.query("select fold('2024-01-01T00:00Z')");
    assert_eq!(server.query("select day, n from clicks_daily"), ["2020-01-05|7"]);
    assert_eq!(server.query_number("select count(*) from clicks where hour < '2024-01-01'"), 0);
    // Those of a closed month, too; and its days change in no other way.
    let old = "'2020-02-05T12:00Z', 'old', 'toolbar-main', 'organic', 'counted'";
    server.query(&format!("insert into node_clicks values ('one', {old}, 7), ('two', {old}, 3)"));
    server.query(
        "insert into closings values (99, 'old', '2020-02', '2020-02-01T00:00Z', '2020-03-01T00:00Z', 'r', 's', null)",
    );
    let day = "'2020-02-05', 'old', 'toolbar-main', 'organic', 'counted'";
    assert!(server.try_query(&format!("insert into clicks_daily values ({day}, 9)")).is_err());
    assert!(server.try_query("delete from node_clicks where partner = 'old'").is_err(), "no day has them");
    server.query("select fold('2024-01-01T00:00Z')");
    assert_eq!(server.query("select n from clicks_daily where partner = 'old'"), ["10"]);
    for change in
        ["update clicks_daily set n = n + 1", "update clicks_daily set code = 'x'", "delete from clicks_daily"]
    {
        let refused = server.try_query(&format!("{change} where partner = 'old'")).unwrap_err();
        assert!(refused.contains("this period is closed"), "{refused}");
    }
}
