//! What a closed month earns is what its records signed, whatever is configured later; and what is not known is neither booked nor paid out.

use std::sync::Arc;

use rusqlite::Connection;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

use crate::settlement::{close, run, state, succeed};

const PROFILE: &str =
    r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "EUR" }"#;
const WITHOUT_CODE: &str = r#"{ zone = "UTC", date = "Day", clicks = "Clicks", revenue = "Money", currency = "EUR" }"#;
const JOURNAL: [&str; 5] = ["journal", "--from", "2026-01-01", "--to", "2027-12-31"];
const PAYOUT: [&str; 7] = ["payout", "--payee", "Finder Ltd", "--month", "2026-10", "--out", "payout"];

/// The partners `first` and `second`, and the codes `toolbar-main` and, with a payee, `toolbar-two`.
fn config() -> ConfigBuilder {
    let partner = MockPartner::json(sample_results());
    ConfigBuilder::new(&partner)
        .partner("second", &partner.url())
        .code("toolbar-two", r#"["first", "second"]"#)
        .with("code toolbar-main", "partners", r#"["first", "second"]"#)
        .with("code toolbar-main", "tags", r#"{ first = "QX1", second = "ZM" }"#)
        .with("code toolbar-two", "tags", r#"{ first = "QX2", second = "ZZ" }"#)
        .with("code toolbar-two", "payee", r#"{ name = "Finder Ltd", share = "50%" }"#)
        .with("partner first", "statement", PROFILE)
        .with("partner first", "share", "\"70%\"")
        .with("partner first", "terms", "\"net 0\"")
        .with("partner second", "statement", PROFILE)
}

fn workdir(config: &ConfigBuilder) -> Arc<Workdir> {
    let workdir = Workdir::new(&config.text());
    assert!(workdir.start().terminate().success());
    workdir
}

/// The cells of these columns of `settlement --format csv`, by row.
fn settlement(workdir: &Workdir, columns: &[&str]) -> Vec<String> {
    let text = String::from_utf8(workdir.run(&["settlement", "--format", "csv"]).stdout).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let places = columns.iter().map(|name| header.iter().position(|column| column == name).unwrap());
    let places: Vec<usize> = places.collect();
    lines.map(|line| places.iter().map(|place| line[*place]).collect::<Vec<_>>().join(" ")).collect()
}

fn payout(workdir: &Workdir) -> (i32, Vec<String>) {
    let (code, text) = run(workdir, &PAYOUT);
    let csv = std::fs::read_to_string(workdir.path("payout/payout.csv")).unwrap_or(text);
    (code, csv.lines().skip(1).map(str::to_owned).collect())
}

/// Signs what came since, whatever it is.
fn correct(workdir: &Workdir, month: &str) -> String {
    let names = ["missing_days", "unmapped", "partial_revenue"].map(|name| format!("{name}=a test"));
    let named = names.iter().flat_map(|reason| ["--accept", reason.as_str()]);
    let close = ["close", "--correct", "--partner", "first", "--month", month, "--accept", "a test"];
    succeed(workdir, &close.into_iter().chain(named).collect::<Vec<_>>())
}

#[test]
fn a_closed_month_earns_what_was_signed_until_a_correction_signs_what_is_configured() {
    let workdir = workdir(&config());
    state(&workdir, "first", "2026-10", &[("QX1", "50.00"), ("QX2", "50.00")]);
    state(&workdir, "first", "2026-09", &[("QX1", "50.00")]);
    close(&workdir, "first", "2026-10");
    let columns = ["month", "status", "source", "share", "earned", "due"];
    let october = |row: &str| format!("2026-10 {row}");
    assert_eq!(settlement(&workdir, &columns)[1], october("overdue closed 70% 140.00 2026-10-31"));
    assert_eq!(
        payout(&workdir),
        (0, vec!["Finder Ltd,2026-10,toolbar-two,EUR,100.00,70%,50%,35.00,final,,EUR,35.00".to_owned()])
    );
    let journal = succeed(&workdir, &JOURNAL);
    let changes: [(&str, &str, &str); 6] = [
        ("partner first", "share", "\"80%\""),
        ("partner first", "minimum", "1000"),
        ("partner first", "terms", "\"net 366\""),
        ("code toolbar-two", "payee", r#"{ name = "Finder Ltd", share = "60%" }"#),
        ("code toolbar-two", "payee", r#"{ name = "Finder Ltd", share = "50%", currency = "USD" }"#),
        ("code toolbar-main", "payee", r#"{ name = "Finder Ltd", share = "50%" }"#),
    ];
    for (table, key, value) in changes {
        workdir.write("proxy.toml", config().with(table, key, value).text().as_bytes());
        assert_eq!(settlement(&workdir, &columns)[1], october("overdue closed 70% 140.00 2026-10-31"), "{value}");
        assert_eq!(succeed(&workdir, &JOURNAL), journal, "{value}");
        assert_eq!(payout(&workdir).1.len(), 1, "{value}");
        assert!(payout(&workdir).1[0].ends_with(",100.00,70%,50%,35.00,final,,EUR,35.00"), "{value}");
        // Whatever divides the month otherwise is said; a minimum and terms have no month from which they apply.
        let is_said = !["minimum", "terms"].contains(&key);
        for command in [&["settlement"][..], &["check"]] {
            let said = run(&workdir, command).1.contains("qsproxy close --correct --partner first --month 2026-10");
            assert_eq!(said, is_said, "{command:?} {value}");
        }
    }
    // The month that is open has what is configured.
    workdir.write("proxy.toml", config().with("partner first", "share", "\"80%\"").text().as_bytes());
    assert_eq!(settlement(&workdir, &columns)[0], "2026-09 overdue statement 80% 80.00 2026-09-30");
    assert!(correct(&workdir, "2026-10").contains("is corrected: record 2"));
    assert_eq!(settlement(&workdir, &columns)[1], october("overdue corrected 80% 160.00 2026-10-31"));
    let corrected = succeed(&workdir, &JOURNAL);
    assert!(corrected.contains(journal.split_once("\n2026-10-31 (closing 1)").unwrap().1), "{corrected}");
    for lines in [
        "(correction 2) first 2026-10 correction\n    assets:receivable:first  20.00 EUR\n    income:search:first:QX1  -10.00 EUR\n    income:search:first:QX2  -10.00 EUR\n",
        "(correction 2) first 2026-10 correction, payee Finder Ltd\n",
    ] {
        assert!(corrected.contains(lines), "{corrected}");
    }
    assert_eq!(payout(&workdir).1[1], "Finder Ltd,2026-10,toolbar-two,EUR,0.00,80%,50%,5.00,final,2,EUR,5.00");
    assert!(correct(&workdir, "2026-10").contains("nothing came since record 2"));
    assert!(!run(&workdir, &["settlement"]).1.contains("--correct"));
    succeed(&workdir, &["verify"]);
}

#[test]
fn codes_that_are_configured_after_the_closing_are_news() {
    let workdir = workdir(&config());
    state(&workdir, "first", "2026-10", &[("QX1", "50.00"), ("QX9", "10.00")]);
    close(&workdir, "first", "2026-10");
    let later = config().with("code toolbar-main", "tags", r#"{ first = ["QX1", "QX9"], second = "ZM" }"#);
    workdir.write("proxy.toml", later.text().as_bytes());
    let shown = run(&workdir, &["reconcile", "--partner", "first", "--month", "2026-10"]).1;
    assert!(
        shown.contains(
            "Since then there are other codes, shares or payees in the configuration; `qsproxy close --correct"
        ),
        "{shown}"
    );
    assert!(run(&workdir, &["overview", "--from", "2026-10", "--to", "2026-10"]).1.contains(" changed "));
    assert!(correct(&workdir, "2026-10").contains("their money changes by 20.00 EUR"));
    let columns = ["month", "earned", "corrected", "unmapped_revenue"];
    assert_eq!(settlement(&workdir, &columns)[0], "2026-10 84.00 20.00 0.00");
    assert!(correct(&workdir, "2026-10").contains("nothing came since record 2"));
    // A code that was removed takes nothing back, and is no news.
    workdir.write("proxy.toml", config().text().as_bytes());
    assert!(correct(&workdir, "2026-10").contains("nothing came since record 2"));
    succeed(&workdir, &["verify"]);
}

#[test]
fn a_month_that_only_a_correction_speaks_of_is_settled() {
    let workdir = workdir(&config());
    workdir.write(
        "october.csv",
        b"Day,Tag,Clicks,Money\n2026-08-15,QX1,-5,-100.00\n2026-10-01,QX1,5,200.00\n2026-10-02,QX1,5,200.00\n",
    );
    succeed(&workdir, &["statement", "import", "--partner", "first", "october.csv"]);
    let columns = ["month", "status", "revenue", "earned", "payable", "open", "credit"];
    let rows = [
        "2026-08 credit -100.00 -70.00 0.00 0.00 ",
        "2026-10 overdue 400.00 280.00 280.00 210.00 ",
        "total  300.00 210.00 280.00 210.00 0.00",
    ];
    assert_eq!(settlement(&workdir, &columns), rows);
    let journal = succeed(&workdir, &JOURNAL);
    assert!(journal.contains("; not closed, and so not in this journal: first 2026-08\n"), "{journal}");
}

#[test]
fn money_that_is_told_in_part_is_neither_booked_nor_due_nor_paid_out() {
    let workdir = workdir(&config());
    let october = |money: &str| {
        format!("Day,Tag,Clicks,Money\n2026-10-01,QX2,5,100.00\n2026-10-02,QX2,5,{money}\n2026-10-02,QX1,5,10.00\n")
    };
    let import = |money: &str| {
        workdir.write("october.csv", october(money).as_bytes());
        succeed(&workdir, &["statement", "import", "--partner", "first", "october.csv"]);
    };
    import("");
    close(&workdir, "first", "2026-10");
    let columns = ["month", "status", "revenue", "earned", "open", "rows_without_revenue"];
    assert_eq!(settlement(&workdir, &columns)[0], "2026-10 partial_revenue 110.00 0.00 0.00 1");
    let journal = succeed(&workdir, &JOURNAL);
    assert!(
        !journal.contains("(closing 1)") && journal.contains("do not tell their money: first 2026-10 in EUR\n"),
        "{journal}"
    );
    let (code, text) = run(&workdir, &PAYOUT);
    assert!(code == 1 && text.contains("some rows of first 2026-10 do not tell their money in EUR"), "{text}");
    import("20.00");
    correct(&workdir, "2026-10");
    assert_eq!(settlement(&workdir, &columns)[0], "2026-10 overdue 130.00 91.00 91.00 0");
    let journal = succeed(&workdir, &JOURNAL);
    assert!(
        journal.contains("(correction 2) first 2026-10 correction\n    assets:receivable:first  91.00 EUR\n"),
        "{journal}"
    );
    assert_eq!(
        payout(&workdir),
        (0, vec!["Finder Ltd,2026-10,toolbar-two,EUR,120.00,70%,50%,42.00,final,2,EUR,42.00".to_owned()])
    );
}

#[test]
fn a_payout_is_final_only_with_every_partner_of_the_payee() {
    let count = |table: &str, kind: &str, outcome: &str| {
        let columns = if table == "clicks" { "kind, outcome" } else { "outcome" };
        format!(
            "insert into {table} (hour, partner, code, {columns}, n) values ('2026-10-05T12', 'second', 'toolbar-two', {kind}'{outcome}', 7)"
        )
    };
    let clicks = count("clicks", "'sponsored', ", "counted");
    let searches = count("searches", "", "with_ads");
    let direct = config().with("partner second", "links", "\"direct\"");
    let without_code = config().with("partner second", "statement", WITHOUT_CODE);
    // The configuration, our counts, the codes that second states, whether that is closed, and what is missing.
    let cases = [
        (config(), clicks.as_str(), &["ZM"][..], false, "2026-10 is not closed for second"),
        (config(), &clicks, &[], false, "2026-10 is not closed for second"),
        (direct.clone(), &searches, &["ZM"], false, "2026-10 is not closed for second"),
        (config(), &searches, &["ZM"], false, ""),
        (direct, &searches, &["ZM", "ZZ"], true, ""),
        (without_code, &clicks, &[""], true, "second states the revenue of 2026-10 without codes"),
    ];
    for (config, counts, codes, is_closed, missing) in cases {
        let workdir = workdir(&config);
        Connection::open(workdir.path("data/counts.db")).unwrap().execute_batch(counts).unwrap();
        state(&workdir, "first", "2026-10", &[("QX1", "50.00"), ("QX2", "50.00")]);
        close(&workdir, "first", "2026-10");
        if !codes.is_empty() {
            let rows: String = codes.iter().map(|code| format!("2026-10-05,{code},7,10.00\n")).collect();
            let text = format!("Day,Tag,Clicks,Money\n{rows}");
            workdir.write(
                "second.csv",
                text.replace(",,", ",").replace("Tag,", if codes == [""] { "" } else { "Tag," }).as_bytes(),
            );
            let import = ["statement", "import", "--partner", "second", "second.csv"];
            let scope = codes.join(",");
            let only: &[&str] = if scope == "ZM" { &["--codes", &scope] } else { &[] };
            succeed(&workdir, &[&import[..], only].concat());
        }
        if is_closed {
            close(&workdir, "second", "2026-10");
        }
        let (code, text) = run(&workdir, &PAYOUT);
        assert_eq!((code == 0, text.contains(missing)), (missing.is_empty(), true), "{missing}: {text}");
        assert_eq!(workdir.path("payout/payout.csv").exists(), missing.is_empty(), "{missing}");
        let draft = succeed(&workdir, &[&PAYOUT[..], &["--draft"]].concat());
        assert_eq!(draft.contains("a draft: "), !missing.is_empty(), "{draft}");
    }
}
