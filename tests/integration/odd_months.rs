//! Months that are easily forgotten: old ones that are open, those without any money, negative ones, those in two currencies, and those that
//! nobody can have meant.

use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;
use rusqlite::Connection;

use crate::settlement::{close, run, state, succeed};

const PROFILE: &str =
    r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "USD" }"#;

fn workdir(profile: &str) -> Arc<Workdir> {
    let config = ConfigBuilder::new(&MockPartner::json(sample_results()))
        .with("code toolbar-main", "tags", r#"{ first = "QX1" }"#)
        .with("code toolbar-main", "payee", r#"{ name = "Finder Ltd", share = "50%", currency = "EUR" }"#)
        .with("partner first", "statement", profile)
        .with("partner first", "terms", "\"net 0\"");
    let workdir = Workdir::new(&config.text());
    assert!(workdir.start().terminate().success());
    workdir
}

/// The overview, as rows of `partner month state`.
fn overview(workdir: &Workdir, arguments: &[&str]) -> (i32, Vec<String>) {
    let (code, text) = run(workdir, &[&["overview", "--format", "csv"], arguments].concat());
    let row = |line: &str| line.split(',').take(4).collect::<Vec<_>>().join(" ");
    (code, text.lines().skip(1).map(row).collect())
}

#[test]
fn an_open_month_is_an_alarm_however_old_it_is() {
    let workdir = workdir(PROFILE);
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let count = |month: &str| {
        let insert = "insert into clicks (hour, partner, code, kind, outcome, n) values (?1 || '-05T12', 'first', 'toolbar-main', 'sponsored', 'counted', 9)";
        store.execute(insert, [month]).unwrap();
    };
    // Counted and never stated; stated and never closed; stated and closed, and paid or not.
    count("2026-02");
    state(&workdir, "first", "2026-04", &[("QX1", "10.00")]);
    state(&workdir, "first", "2026-05", &[("QX1", "10.00")]);
    close(&workdir, "first", "2026-05");
    let (code, rows) = overview(&workdir, &[]);
    assert_eq!(code, 1);
    assert_eq!(rows[..2], ["first 2026-02 no_statement yes", "first 2026-04 incomplete yes"]);
    assert_eq!(rows[2], "first 2026-08 idle no", "a closed month is no alarm");
    // Money that is overdue is one, too, if payments are entered.
    let add =
        ["payments", "add", "--partner", "first", "--date", "2026-06-20", "--amount", "1 USD", "--reference", "a"];
    succeed(&workdir, &add);
    let (_, rows) = overview(&workdir, &[]);
    assert_eq!(rows[2], "first 2026-05 closed yes", "{rows:#?}");
    // So is what comes after a closing.
    workdir.write("late.csv", b"Day,Tag,Clicks,Money\n2026-05-01,QX1,9,30.00\n2026-05-02,QX1,9,30.00\n");
    succeed(&workdir, &["statement", "import", "--partner", "first", "late.csv"]);
    assert_eq!(overview(&workdir, &[]).1[2], "first 2026-05 changed yes");
    // A named first month is the first; what is open before is named below.
    let text = run(&workdir, &["overview", "--from", "2026-05"]).1;
    assert!(text.contains("Months before these need attention, too: first 2026-02, first 2026-04."), "{text}");
    let (code, text) = run(&workdir, &["overview", "--from", "0001-01", "--to", "9999-12"]);
    assert!(code == 2 && text.contains("span more than 120 months"), "{text}");
    assert_eq!(overview(&workdir, &["--from", "2017-02", "--to", "2027-01"]).1.len(), 120);
    assert_eq!(overview(&workdir, &["--to", "2026-09"]).1.last().unwrap(), "first 2026-09 idle no");
}

#[test]
fn a_month_without_any_money_has_a_row() {
    let workdir = workdir(PROFILE);
    state(&workdir, "first", "2026-08", &[("QX1", "-")]);
    state(&workdir, "first", "2026-09", &[("QX1", "5.00")]);
    let rows = || {
        let text = run(&workdir, &["settlement", "--format", "csv"]).1;
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rows()[0], "first,,2026-08,not_stated,statement,,,,,,,,,,2,,");
    assert_eq!(rows().len(), 3);
    close(&workdir, "first", "2026-07");
    close(&workdir, "first", "2026-08");
    assert_eq!(
        rows()[..2],
        ["first,,2026-07,not_stated,closed,,,,,,,,,,0,,", "first,,2026-08,not_stated,closed,,,,,,,,,,2,,"]
    );
}

#[test]
fn a_payout_of_nothing_or_less_needs_no_rate_of_its_own() {
    let workdir = workdir(PROFILE);
    for (month, money) in [("2026-07", "0.00"), ("2026-08", "-10.00"), ("2026-09", "50.00")] {
        state(&workdir, "first", month, &[("QX1", money)]);
        close(&workdir, "first", month);
    }
    let payout = |month: &str| {
        let (code, text) = run(&workdir, &["payout", "--payee", "Finder Ltd", "--month", month, "--out", month]);
        let csv = std::fs::read_to_string(workdir.path(&format!("{month}/payout.csv"))).unwrap_or_default();
        (code, csv.lines().nth(1).and_then(|line| line.rsplit(',').next()).unwrap_or_default().to_owned(), text)
    };
    assert_eq!(payout("2026-07").0, 0, "{}", payout("2026-07").2);
    let (code, _, text) = payout("2026-08");
    assert!(code == 1 && text.contains("has not paid 80.00 USD of 2026-09 yet, so the rate of 2026-08"), "{text}");
    let add =
        ["payments", "add", "--partner", "first", "--date", "2026-10-20", "--amount", "80 USD", "--received", "72 EUR"];
    succeed(&workdir, &[&add[..], &["--reference", "a", "--month", "2026-09"]].concat());
    assert_eq!((payout("2026-08").1.as_str(), payout("2026-09").1.as_str()), ("-9.00", "45.00"));
    // What is taken back at a rate of its own has that.
    let add = [
        "payments",
        "add",
        "--partner",
        "first",
        "--date",
        "2026-10-21",
        "--amount",
        "-20 USD",
        "--received",
        "-16 EUR",
    ];
    succeed(&workdir, &[&add[..], &["--reference", "b", "--month", "2026-08"]].concat());
    assert_eq!(payout("2026-08").1, "-8.00");
}

#[test]
fn a_month_in_two_currencies_has_a_next_step() {
    let workdir = workdir(&PROFILE.replace("currency = \"USD\"", "currency_column = \"Currency\""));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let rows: String = (1..=31)
        .map(|day| {
            let insert = "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, 'first', 'toolbar-main', 'sponsored', 'counted', 9)";
            store.execute(insert, [format!("2026-10-{day:02}T12")]).unwrap();
            format!("2026-10-{day:02},QX1,9,1.00,{}\n", if day % 2 == 0 { "USD" } else { "EUR" })
        })
        .collect();
    workdir.write("october.csv", format!("Day,Tag,Clicks,Money,Currency\n{rows}").as_bytes());
    succeed(&workdir, &["statement", "import", "--partner", "first", "october.csv"]);
    let (_, text) = run(&workdir, &["overview", "--from", "2026-10", "--to", "2026-10", "--format", "json"]);
    let next = "qsproxy close --partner first --month 2026-10 --accept currencies=REASON --out first-2026-10";
    assert!(text.contains("\"state\": \"matched\"") && text.contains(&format!("\"next\": \"{next}\"")), "{text}");
    let (code, text) = run(&workdir, &["close", "--partner", "first", "--month", "2026-10", "--if-matched"]);
    assert!(code == 1 && text.contains("currencies: money is 16.00 EUR and 15.00 USD"), "{text}");
    let close: Vec<&str> = next.split(' ').skip(1).collect();
    succeed(&workdir, &close);
}

#[test]
fn a_month_that_nobody_can_mean_is_closed_by_its_name_only() {
    let workdir = workdir(PROFILE);
    state(&workdir, "first", "2026-08", &[("QX1", "10.00")]);
    let close = |month: &str, accept: &[&str]| {
        run(&workdir, &[&["close", "--partner", "first", "--month", month, "--accept", "a test"], accept].concat())
    };
    for month in ["1969-12", "1970-01", "2006-10", "2025-09"] {
        let (code, text) = close(month, &[]);
        let why = format!("empty_month: nothing was counted or stated in {month}, nor anything of first before it");
        assert!(code == 1 && text.contains(&why), "{text}");
    }
    for month in ["2026-12", "2062-10", "9999-12"] {
        let (code, text) = close(month, &["--accept", "empty_month=a test"]);
        assert!(code == 2 && text.contains("is not over"), "{text}");
    }
    assert_eq!(close("2026-07", &[]).0, 0, "a quiet month before the first statement");
    assert_eq!(close("2025-09", &["--accept", "empty_month=the contract began in it"]).0, 0);
    assert_eq!(close("2025-10", &[]).0, 0, "a quiet month after a closed one");
}

/// What cannot work at the end of a month is said when the configuration is written.
#[test]
fn what_no_month_can_be_settled_with_is_said_by_check() {
    let payee = "\"Finder Ltd\"";
    for (from, to, said) in [
        ("code = \"Tag\", ", "", "its statement has no code = …"),
        ("revenue = \"Money\", currency = \"USD\"", "", "its statement has no revenue = …"),
        ("terms = \"net 0\"", "share = \"100%\"", "terms: is missing, so a month is due 30 days after its end"),
    ] {
        let workdir = workdir(PROFILE);
        let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
        assert!(config.contains(payee) && config.contains(from), "{config}");
        workdir.write("proxy.toml", config.replace(from, to).as_bytes());
        let (code, text) = run(&workdir, &["check"]);
        assert!(code == 0 && text.contains(said) && text.contains("is valid"), "{said}: {text}");
        workdir.write("proxy.toml", (config + "[accounts]\nbank = \"assets:receivable\"\n").as_bytes());
        let (code, text) = run(&workdir, &["check"]);
        assert!(code == 0 && text.contains("bank and receivable are both assets:receivable"), "{text}");
    }
}

#[test]
fn a_statement_is_shown_with_what_is_in_force() {
    let workdir = workdir(&PROFILE.replace("currency =", "older_rows = \"add\", group_mark = \",\", currency ="));
    state(&workdir, "first", "2026-08", &[("QX1", "10.00"), ("=1+1", "-1.00")]);
    let days: String = (1..=31).map(|day| format!("2026-10-{day:02},QX1,5,10.00\n")).collect();
    workdir.write("october.csv", format!("Day,Tag,Clicks,Money\n2026-08-01,QX1,-1,-2.00\n{days}").as_bytes());
    succeed(&workdir, &["statement", "import", "--partner", "first", "october.csv"]);
    let list = || succeed(&workdir, &["statement", "list", "--format", "csv"]);
    assert!(list().lines().nth(2).unwrap().ends_with(",in force,all,1 of 1 in force"), "{}", list());
    let rows = succeed(&workdir, &["statement", "show", "1", "--format", "csv"]);
    assert!(rows.contains(",'=1+1,,5,-1.00,USD,,stated,yes\n"), "{rows}");
    let json = succeed(&workdir, &["statement", "show", "2", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json["read_with"]["group_mark"].as_str(), json["read_with"]["decimal_mark"].as_str()),
        (Some("\",\""), Some("\".\""))
    );
    assert_eq!((json["sums"][0]["clicks"].as_i64(), json["sums"][0]["revenue"].as_str()), (Some(155), Some("310.00")));
    assert_eq!(
        (json["correction_sums"][0]["revenue"].as_str(), json["rows"][0]["in_force"].as_str()),
        (Some("-2.00"), Some("yes"))
    );
    let text = succeed(&workdir, &["statement", "withdraw", "2", "--reason", "a test"]);
    assert!(text.contains("in force for these days before: searches not reported, clicks"), "{text}");
    assert!(list().lines().nth(2).unwrap().ends_with(",withdrawn,all,0 of 1 in force"), "{}", list());
    let text = succeed(&workdir, &["statement", "withdraw", "1", "--reason", "a test"]);
    assert!(text.contains("in force for these days after: no rows\n"), "{text}");
    let shown = succeed(&workdir, &["statement", "show", "2"]);
    assert!(
        shown.contains("revenue -2.00 USD; 0 of 1 in force") && shown.contains("  group_mark = \",\"\n"),
        "{shown}"
    );
}

/// Without a share, the journal in the folder of a closing has the very entry that `journal` prints, in the configured accounts.
#[test]
fn the_journals_of_a_month_agree() {
    let workdir = workdir(PROFILE);
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    let accounts = "[accounts]\nreceivable = \"assets:debtors\"\nrevenue = \"income:ads\"\n";
    workdir.write("proxy.toml", (config + accounts).as_bytes());
    state(&workdir, "first", "2026-08", &[("QX1", "10.00")]);
    close(&workdir, "first", "2026-08");
    let restate = |money: &str| {
        workdir.write(
            "restated.csv",
            format!("Day,Tag,Clicks,Money\n2026-08-01,QX1,5,{money}\n2026-08-02,QX1,5,10.00\n").as_bytes(),
        );
        succeed(&workdir, &["statement", "import", "--partner", "first", "--replace", "restated.csv"]);
    };
    restate("11.00");
    let month = ["--partner", "first", "--month", "2026-08"];
    succeed(&workdir, &[&["close", "--correct", "--accept", "a test", "--out", "correction"][..], &month].concat());
    succeed(&workdir, &[&["close", "--out", "closing"][..], &month].concat());
    let journal = succeed(&workdir, &["journal", "--from", "2026-01-01", "--to", "2027-12-31"]);
    for (folder, first) in [
        ("closing", "2026-08-31 (closing 1) first 2026-08\n"),
        ("correction", " (correction 2) first 2026-08 correction\n"),
    ] {
        let file = std::fs::read_to_string(workdir.path(&format!("{folder}/journal.hledger"))).unwrap();
        let entry: String =
            file.lines().filter(|line| !line.starts_with(';')).map(|line| format!("{line}\n")).collect();
        assert!(entry.contains(first) && entry.contains("    assets:debtors:first  "), "{file}");
        assert!(journal.contains(&entry), "{entry} is not in\n{journal}");
        succeed(&workdir, &["verify", "--export", folder]);
    }
}
