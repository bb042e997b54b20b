//! `report clicks` and `report searches` print the counts of a running proxy, by UTC days, partner and code.

use std::process::Command;

use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::wait_for;

/// A UTC day from a description that the program `date` understands.
fn utc_day(which: &str) -> String {
    let output = Command::new("date").args(["-u", "-d", which, "+%F"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A proxy with five searches and two clicks in its store.
fn env_with_counts() -> TestEnv {
    let env = TestEnv::new();
    let paths: Vec<String> = (0..5).map(|_| env.click_path()).collect();
    for path in &paths[..2] {
        assert_eq!(env.proxy.get(path, &[]).status, 303);
    }
    wait_for("five searches", || (env.proxy.searches_with_outcome("with_ads") == 5).then_some(()));
    env
}

fn report(env: &TestEnv, table: &str, format: &str, from: &str, to: &str) -> String {
    let output = env.proxy.workdir().run(&["report", table, "--from", from, "--to", to, "--format", format]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The sum of the column `n`. All rows must have this outcome, and no cell may contain a comma.
#[track_caller]
fn sum_of_csv(text: &str, outcome: &str) -> i64 {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let at = |name: &str| header.iter().position(|one| *one == name).unwrap_or_else(|| panic!("no {name}: {header:?}"));
    let (n, result, partner, code) = (at("n"), at("outcome"), at("partner"), at("code"));
    lines
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|cells| {
            assert_eq!((cells[partner], cells[code], cells[result]), ("first", "toolbar-main", outcome));
            cells[n].parse::<i64>().unwrap()
        })
        .sum()
}

#[test]
fn report_prints_the_counts_of_a_running_proxy() {
    let env = env_with_counts();
    let (from, to) = (utc_day("yesterday"), utc_day("tomorrow"));
    for (table, outcome, total) in [("searches", "with_ads", 5), ("clicks", "counted", 2)] {
        assert_eq!(sum_of_csv(&report(&env, table, "csv", &from, &to), outcome), total, "{table}");
        let json: serde_json::Value = serde_json::from_str(&report(&env, table, "json", &from, &to)).unwrap();
        let rows = json.as_array().expect("a list of rows");
        assert_eq!(rows.iter().map(|row| row["n"].as_i64().unwrap()).sum::<i64>(), total, "{table}");
        assert!(rows.iter().all(|row| row["outcome"] == outcome && row["partner"] == "first"), "{json}");
        let shown = report(&env, table, "table", &from, &to);
        assert!(shown.contains(outcome) && shown.contains("first") && shown.contains(&total.to_string()), "{shown}");
    }
    assert_eq!(env.proxy.get("/search?q=x", &[]).status, 200, "the proxy still serves after the report");
}

#[test]
fn report_dates_are_inclusive_utc_days() {
    let env = env_with_counts();
    let total = |from: &str, to: &str| sum_of_csv(&report(&env, "searches", "csv", from, to), "with_ads");
    let (yesterday, today, tomorrow) = (utc_day("yesterday"), utc_day("today"), utc_day("tomorrow"));
    if utc_day("1 minute ago") == today {
        assert_eq!(total(&today, &today), 5, "one day, both ends");
        assert_eq!(total(&yesterday, &yesterday), 0);
    }
    assert_eq!(total(&tomorrow, &tomorrow), 0);
}

#[test]
fn report_filters_by_partner_and_code() {
    let other = MockPartner::json(sample_results());
    let env = TestEnv::with(|config| config.partner("second", &other.url()).code("other-code", r#"["second"]"#));
    for query in ["q=x", "q=x", "q=x&code=other-code"] {
        assert_eq!(env.search(query, &[]).status, 200);
    }
    wait_for("three searches", || (env.proxy.searches_with_outcome("with_ads") == 3).then_some(()));
    let (from, to) = (utc_day("yesterday"), utc_day("tomorrow"));
    for filter in [["--partner", "first"], ["--code", "toolbar-main"]] {
        let arguments =
            [&["report", "searches", "--from", &from, "--to", &to, "--format", "csv"][..], &filter].concat();
        let output = env.proxy.workdir().run(&arguments);
        assert_eq!(sum_of_csv(std::str::from_utf8(&output.stdout).unwrap(), "with_ads"), 2, "{filter:?}");
    }
}
