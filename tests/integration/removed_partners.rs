//! A partner that was removed from the configuration: every command that reads its books works, and its money is ours only for the codes
//! that its records signed as ours.

use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

use crate::settlement::{close, run, state, succeed};

const PROFILE: &str =
    r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "EUR" }"#;

fn config(has_second: bool) -> String {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner).with("partner first", "statement", PROFILE);
    if !has_second {
        return config.text();
    }
    config
        .partner("second", &partner.url())
        .with("code toolbar-main", "partners", r#"["first", "second"]"#)
        .with("code toolbar-main", "tags", r#"{ second = "ZZ" }"#)
        .with("partner second", "statement", PROFILE)
        .with("partner second", "share", "\"50%\"")
        .with("partner second", "terms", "\"net 0\"")
        .text()
}

/// The second partner with a closed August, a September with a statement, and then without a place in the configuration. `T9` was a code
/// of nobody when August was closed, and `T10` when September was stated.
fn removed() -> Arc<Workdir> {
    let workdir = Workdir::new(&config(true));
    assert!(workdir.start().terminate().success());
    state(&workdir, "second", "2026-08", &[("ZZ", "10.00"), ("T9", "1.00")]);
    close(&workdir, "second", "2026-08");
    state(&workdir, "second", "2026-09", &[("ZZ", "20.00"), ("T9", "2.00"), ("T10", "3.00")]);
    workdir.write("proxy.toml", config(false).as_bytes());
    workdir
}

/// The cells of these columns of a CSV, by row.
#[track_caller]
fn cells(workdir: &Workdir, command: &[&str], columns: &[&str]) -> Vec<String> {
    let (code, text) = run(workdir, &[command, &["--format", "csv"]].concat());
    assert!(code < 2, "{text}");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let place = |name: &&str| header.iter().position(|column| column == name).unwrap();
    let places: Vec<usize> = columns.iter().map(place).collect();
    lines.map(|line| places.iter().map(|place| line[*place]).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn money_of_codes_that_no_record_signed_as_ours_is_not_ours() {
    let workdir = removed();
    let settlement = ["settlement", "--partner", "second"];
    let columns = ["month", "status", "source", "revenue", "earned", "unmapped_revenue"];
    assert_eq!(
        cells(&workdir, &settlement, &columns),
        [
            "2026-08 overdue closed 20.00 10.00 2.00",
            "2026-09 overdue statement 40.00 20.00 10.00",
            "total   60.00 30.00 12.00"
        ]
    );
    let reconcile = ["reconcile", "--partner", "second", "--month", "2026-09"];
    let rows = cells(&workdir, &reconcile, &["day", "status", "theirs", "revenue", "code"]);
    for row in ["2026-09-01 within 5 20.00 ", "2026-09-01 unmapped T10 5 3.00 T10", "2026-09-02 unmapped T9 5 2.00 T9"]
    {
        assert!(rows.iter().any(|found| found == row), "{row} is not in {rows:#?}");
    }
    let performance = ["report", "performance", "--from", "2026-08-01", "--to", "2026-09-30", "--by", "partner"];
    let rows = cells(&workdir, &performance, &["group", "revenue", "unmapped_revenue"]);
    assert_eq!(rows[0], "second 60.00 12.00");
    let overview = cells(
        &workdir,
        &["overview", "--from", "2026-08", "--to", "2026-09"],
        &["partner", "month", "state", "theirs", "revenue"],
    );
    for row in ["second 2026-08 closed  20.00", "second 2026-09 removed  40.00"] {
        assert!(overview.iter().any(|found| found == row), "{row} is not in {overview:#?}");
    }
    // A later file that adds a code of nobody: a correction signs it as such, once that is accepted.
    let text = "Day,Tag,Clicks,Money\n2026-08-01,ZZ,5,11.00\n2026-08-02,ZZ,5,10.00\n2026-08-02,T11,5,7.00\n";
    workdir.write("proxy.toml", config(true).as_bytes());
    workdir.write("restated.csv", text.as_bytes());
    succeed(&workdir, &["statement", "import", "--partner", "second", "--replace", "restated.csv"]);
    workdir.write("proxy.toml", config(false).as_bytes());
    let correct = ["close", "--correct", "--partner", "second", "--month", "2026-08"];
    let accept = ["--accept", "a test", "--accept", "missing_days=a test"];
    let (code, text) = run(&workdir, &[&correct[..], &accept].concat());
    assert!(code == 1 && text.contains("unmapped: 1 row for 1 code with 7.00 EUR"), "{text}");
    let text = succeed(&workdir, &[&correct[..], &accept, &["--accept", "unmapped=theirs"]].concat());
    assert!(text.contains("their money changes by 1.00 EUR"), "{text}");
    assert_eq!(cells(&workdir, &settlement, &columns)[0], "2026-08 overdue corrected 21.00 10.50 7.00");
    succeed(&workdir, &["verify"]);
}

#[test]
fn money_without_codes_is_ours() {
    let workdir = Workdir::new(&config(true).replace("code = \"Tag\", ", ""));
    assert!(workdir.start().terminate().success());
    for month in ["2026-08", "2026-09"] {
        workdir.write("statement.csv", format!("Day,Clicks,Money\n{month}-01,5,10.00\n").as_bytes());
        succeed(&workdir, &["statement", "import", "--partner", "second", "statement.csv"]);
    }
    close(&workdir, "second", "2026-08");
    workdir.write("proxy.toml", config(false).as_bytes());
    let columns = ["month", "source", "revenue", "earned", "unmapped_revenue"];
    assert_eq!(
        cells(&workdir, &["settlement", "--partner", "second"], &columns)[..2],
        ["2026-08 closed 10.00 5.00 0.00", "2026-09 statement 10.00 5.00 0.00"]
    );
}
