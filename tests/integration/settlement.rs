//! `qsproxy settlement`, `payments`, `payout` and `journal`: the same on SQLite and PostgreSQL, with the real hledger and beancount.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

const PROFILE: &str =
    r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "EUR" }"#;

/// A configuration with a partner that pays 70 % and one that pays everything, and a payee for one of two codes.
fn config(store: &str) -> String {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner)
        .partner("second", &partner.url())
        .code("toolbar-two", r#"["first"]"#)
        .with("counts", "store", &format!("{store:?}"))
        .with("code toolbar-main", "partners", r#"["first", "second"]"#)
        .with("code toolbar-main", "tags", r#"{ first = "QX1", second = "ZZ" }"#)
        .with("code toolbar-main", "payee", r#"{ name = "Böhm & Töchter", share = "33.3333%" }"#)
        .with("code toolbar-two", "tags", r#"{ first = "QX_2" }"#)
        .with("partner first", "statement", PROFILE)
        .with("partner first", "share", r#"[{ share = "70%" }, { from = "2026-10", share = "75%" }]"#)
        .with("partner first", "minimum", "50")
        .with("partner first", "terms", r#""15th of the next month""#)
        .with("partner first", "payer", r#"["First Search Ltd"]"#)
        .with("partner second", "statement", &PROFILE.replace("EUR", "USD"))
        .with("partner second", "terms", r#""net 366""#)
        .with("partner second", "payer", r#""GB33 BUKB 2020 1555 5555 55""#);
    config.text()
}

/// Folders with a store in SQLite and, if there is a server, one in PostgreSQL.
pub fn workdirs(server: Option<&PostgresProcess>) -> Vec<Arc<Workdir>> {
    let stores = std::iter::once("sqlite:data/counts.db".to_owned()).chain(server.map(PostgresProcess::url));
    let prepare = |store: String| {
        let workdir = Workdir::new(&config(&store));
        let mut proxy = workdir.start();
        if store.starts_with("postgres") {
            wait_for("the tables", || server.unwrap().try_query("select 1 from payments").ok());
        }
        assert!(proxy.terminate().success());
        workdir
    };
    stores.map(prepare).collect()
}

/// What a command printed, and its exit code.
pub fn run(workdir: &Workdir, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = workdir.run(arguments);
    (status.code().unwrap(), String::from_utf8(stdout).unwrap() + &String::from_utf8_lossy(&stderr))
}

#[track_caller]
pub fn succeed(workdir: &Workdir, arguments: &[&str]) -> String {
    let (code, output) = run(workdir, arguments);
    assert_eq!(code, 0, "{arguments:?}: {output}");
    output
}

/// Imports the statement of a month, with the money of each tag on each of two days.
pub fn state(workdir: &Workdir, partner: &str, month: &str, money: &[(&str, &str)]) {
    let rows = money.iter().flat_map(|(tag, money)| [1, 2].map(|day| format!("{month}-{day:02},{tag},5,{money}\n")));
    let text: String = std::iter::once("Day,Tag,Clicks,Money\n".to_owned()).chain(rows).collect();
    workdir.write("statement.csv", text.as_bytes());
    succeed(workdir, &["statement", "import", "--partner", partner, "statement.csv"]);
}

pub fn close(workdir: &Workdir, partner: &str, month: &str) {
    let names = ["missing_days", "unmapped", "subtotals", "partial_revenue", "currencies", "compensating"];
    let reasons: Vec<String> = names.iter().map(|name| format!("{name}=a test")).collect();
    let named = reasons.iter().flat_map(|reason| ["--accept", reason.as_str()]);
    let close = ["close", "--partner", partner, "--month", month, "--accept", "a test without clicks"];
    succeed(workdir, &close.into_iter().chain(named).collect::<Vec<_>>());
}

/// Three months of the first partner (70 % of 40.00, 80.00 and 75 % of 33.34 and 20.00) and one of the second.
fn state_all(workdir: &Workdir) {
    state(workdir, "first", "2026-08", &[("QX1", "12.50"), ("QX_2", "7.50")]);
    state(workdir, "first", "2026-09", &[("QX1", "40.00")]);
    state(workdir, "first", "2026-10", &[("QX1", "16.67"), ("QX_2", "10.00")]);
    state(workdir, "second", "2026-10", &[("ZZ", "30.005")]);
}

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payments").join(name).to_str().unwrap().to_owned()
}

/// The columns of each row of `settlement --format csv`.
fn settlement(workdir: &Workdir, more: &[&str]) -> (i32, Vec<String>) {
    let (code, output) = run(workdir, &[&["settlement", "--format", "csv"][..], more].concat());
    (code, output.lines().skip(1).map(str::to_owned).collect())
}

#[test]
fn months_are_carried_paid_and_overdue() {
    let workdir = &workdirs(None)[0];
    state_all(workdir);
    close(workdir, "first", "2026-08");
    let (code, rows) = settlement(workdir, &[]);
    assert_eq!(code, 1, "September was due on 15 October");
    assert_eq!(
        rows,
        [
            "first,EUR,2026-08,carried,closed,40.00,70%,28.00,28.00,0.00,,0.00,0.00,,0,,0.00",
            "first,EUR,2026-09,overdue,statement,80.00,70%,56.00,0.00,84.00,2026-10-15,0.00,84.00,,0,,0.00",
            "first,EUR,2026-10,carried,statement,53.34,75%,40.01,40.01,0.00,,0.00,0.00,,0,,0.00",
            "first,EUR,total,,,173.34,,124.01,40.01,84.00,,0.00,84.00,0.00,0,,0.00",
            "second,USD,2026-10,open,statement,60.01,100%,60.01,0.00,60.01,2027-11-01,0.00,60.01,,0,,0.00",
            "second,USD,total,,,60.01,,60.01,0.00,60.01,,0.00,60.01,0.00,0,,0.00",
        ]
    );
    assert_eq!(settlement(workdir, &["--from", "2026-10", "--partner", "first"]).0, 0, "October is below the minimum");
    succeed(
        workdir,
        &["payments", "add", "--partner", "first", "--date", "2026-11-20", "--amount", "90 EUR", "--reference", "a"],
    );
    let (code, rows) = settlement(workdir, &["--partner", "first"]);
    assert_eq!(
        (code, rows[1].as_str()),
        (0, "first,EUR,2026-09,paid,statement,80.00,70%,56.00,0.00,84.00,2026-10-15,84.00,0.00,,0,,0.00")
    );
    assert_eq!(rows[3], "first,EUR,total,,,173.34,,124.01,40.01,84.00,,90.00,0.00,6.00,0,,0.00");
    // What is withdrawn settles nothing, and stays in the list.
    assert!(
        succeed(workdir, &["payments", "withdraw", "1", "--reason", "typed twice"]).contains("90.00 EUR, is withdrawn")
    );
    assert_eq!(settlement(workdir, &[]).0, 1);
    let listed = succeed(workdir, &["payments", "list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((&listed[0]["reference"], &listed[0]["reason"]), (&Value::from("a"), &Value::from("typed twice")));
    let json: Value = serde_json::from_str(&run(workdir, &["settlement", "--format", "json"]).1).unwrap();
    assert_eq!(json[1]["open"], "84.00");
    // The admin listener says the same.
    let proxy = workdir.start();
    for format in ["csv", "json"] {
        let answer = proxy.admin_get(&format!("/reports/settlement.{format}?from=2026-09-05&to=2026-10-05"), &[]);
        let printed = run(workdir, &["settlement", "--format", format, "--from", "2026-09", "--to", "2026-10"]).1;
        assert_eq!((answer.status, answer.text()), (200, printed));
    }
    for (query, message) in [("&partner=zebra", "no partner of this name"), ("&code=x", "unknown parameter")] {
        let answer = proxy.admin_get(&format!("/reports/settlement.csv?from=2026-09-05&to=2026-10-05{query}"), &[]);
        assert!(answer.status == 400 && answer.text().contains(message), "{}", answer.text());
    }
}

#[test]
fn payments_come_from_bank_statements_and_tables() {
    let workdir = &workdirs(None)[0];
    state_all(workdir);
    let old = fixture("camt053-v02.xml");
    let shown = succeed(workdir, &["payments", "import", "--dry-run", &old]);
    for line in [
        "2026-11-20 first: 84.00 EUR for 2026-09, reference \"2026112000000001\"",
        "2026-11-20 first: 60.00 EUR, reference \"2026112000000002/2\"",
        "2026-11-20 second: 55.00 USD, received as 50.00 EUR, reference \"2026112000000002/3\"",
        "ignored, since not booked yet: 1",
        "ignored, since debits: 1",
        "ignored, since of other payers: 1",
        "3 payments would be imported; nothing was (--dry-run)",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line} is not in\n{shown}");
    }
    assert_eq!(succeed(workdir, &["payments", "list", "--format", "csv"]).lines().count(), 1);
    assert!(succeed(workdir, &["payments", "import", &old]).ends_with("imported 3 payments\n"));
    let again = succeed(workdir, &["payments", "import", &old]);
    assert!(again.ends_with("imported before, as payment 1, 2, 3\nnothing new was imported\n"), "{again}");
    succeed(workdir, &["payments", "import", &fixture("camt053-v08.xml")]);
    let (code, rows) = settlement(workdir, &[]);
    // 84 names September; 60 came and went back, 30 came with 50 cents of charges.
    assert_eq!(
        (code, rows[3].as_str()),
        (0, "first,EUR,total,,,173.34,,124.01,40.01,84.00,,114.00,0.00,30.00,0,,0.00")
    );
    assert_eq!(
        rows[4],
        "second,USD,2026-10,partial,statement,60.01,100%,60.01,0.00,60.01,2027-11-01,55.00,5.01,,0,,0.00"
    );
    // Another file with a known reference is refused as a whole, and by name; equal payments can be left out.
    let text = std::fs::read_to_string(&old).unwrap();
    workdir.write("monthly.xml", text.replace("<Id>2026-225</Id>", "<Id>2026-11</Id>").as_bytes());
    let (code, refused) = run(workdir, &["payments", "import", "monthly.xml"]);
    assert!(
        code == 2 && refused.contains("\"2026112000000001\" of first is payment 1 of 2026-11-20 already"),
        "{refused}"
    );
    assert!(refused.contains("nothing was imported from monthly.xml"), "{refused}");
    assert!(succeed(workdir, &["payments", "import", "--skip-known", "monthly.xml"]).contains("nothing new"));
    workdir.write("changed.xml", text.replace(">84.00<", ">85.00<").as_bytes());
    assert_eq!(run(workdir, &["payments", "import", "--skip-known", "changed.xml"]).0, 2);
    workdir.write("table.csv", b"date,amount,currency,reference\n2026-11-22,1,EUR,t1\n2026-11-22,2,EUR,t1\n");
    let (code, refused) = run(workdir, &["payments", "import", "--partner", "second", "table.csv"]);
    assert!(code == 2 && refused.contains("\"t1\" of second occurs twice"), "{refused}");
    workdir.write("table.csv", b"date,amount,currency,reference\n2026-11-22,1,EUR,t1\n2026-11-22,-2,EUR,t2\n");
    assert!(
        succeed(workdir, &["payments", "import", "--partner", "second", "table.csv"]).contains("imported 2 payments")
    );
    assert_eq!(
        settlement(workdir, &["--partner", "second"]).1[0],
        "second,EUR,total,,,0.00,,0.00,0.00,0.00,,-1.00,0.00,-1.00,0,,0.00"
    );
}

/// A bank statement is imported as it came: what others paid, notices without an amount, and returns with the reference of their payment are
/// part of it.
#[test]
fn entries_of_others_and_returns_do_not_keep_a_bank_statement_out() {
    let workdir = &workdirs(None)[0];
    state_all(workdir);
    let text = std::fs::read_to_string(fixture("camt053-v02.xml")).unwrap();
    let entry = |amount: &str, side: &str, reference: &str, payer: &str| {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{}<Sts>BOOK</Sts><BookgDt><Dt>2026-11-21</Dt></BookgDt>\
             <AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>{payer}</Nm></Dbtr><Cdtr><Nm>{payer}</Nm></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>",
            if side == "DBIT" { "<RvslInd>true</RvslInd>" } else { "" }
        )
    };
    let payer = "First Search Ltd";
    let entries = [
        entry("0.00", "CRDT", "Z1", payer),
        entry("5.00", "CRDT", &"x".repeat(200), "Somebody else"),
        entry("7.00", "CRDT", "A2", payer),
        entry("7.00", "DBIT", "A2", payer),
    ];
    let start = text.find("<Ntry>").unwrap();
    workdir.write("odd.xml", [&text[..start], &entries.concat(), &text[start..]].concat().as_bytes());
    let shown = succeed(workdir, &["payments", "import", "odd.xml"]);
    for line in [
        "2026-11-21 first: 7.00 EUR, reference \"A2\"",
        "2026-11-21 first: -7.00 EUR, reference \"A2\"",
        "ignored, since of an amount of zero: 1",
        "ignored, since of other payers: 2",
        "imported 5 payments",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line} is not in\n{shown}");
    }
    assert!(succeed(workdir, &["payments", "import", "odd.xml"]).ends_with("nothing new was imported\n"));
    // Whoever is named: what others paid is not theirs.
    let config = config("sqlite:data/counts.db").replace("payer = [\"First Search Ltd\"]\n", "");
    workdir.write("proxy.toml", config.as_bytes());
    let (code, refused) = run(workdir, &["payments", "import", "--partner", "first", "odd.xml"]);
    assert!(code == 2 && refused.contains("[[partner]] first has no payer = "), "{refused}");
}

#[test]
fn wrong_arguments_and_files_are_refused_and_change_nothing() {
    let workdir = &workdirs(None)[0];
    workdir.write("empty.xml", b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>");
    workdir.write("late.csv", b"date,amount,currency,reference\n2026-11-22,1,EUR,a\n2226-11-22,1,EUR,b\n");
    let add = |more: &[&'static str]| [&["payments", "add", "--partner", "first"][..], more].concat();
    for (arguments, part) in [
        (vec!["settlement", "--partner", "frist"], "--partner frist: no such partner"),
        (vec!["settlement", "--from", "2026-13"], "--from 2026-13: this must be a month"),
        (vec!["settlement", "--from", "2026-02", "--to", "2026-01"], "--from 2026-02 is after"),
        (vec!["journal", "--from", "2026-10", "--to", "2026-12-31"], "--from 2026-10: this must be a day"),
        (vec!["payout", "--payee", "Nobody", "--month", "2026-10", "--out", "x"], "choose one of Böhm & Töchter"),
        (vec!["payout", "--payee", "Böhm & Töchter", "--month", "2026-10", "--out", "x"], "no statement has revenue"),
        (vec!["payments", "import", "late.csv"], "name the partner with --partner"),
        (vec!["payments", "import", "--partner", "first", "late.csv"], "the day 2226-11-22"),
        (vec!["payments", "import", "empty.xml"], "empty.xml: byte"),
        (vec!["payments", "import", "none.xml"], "none.xml"),
        (vec!["payments", "withdraw", "7", "--reason", "x"], "there is no payment 7"),
        (add(&["--date", "2026-11-1", "--amount", "1 EUR", "--reference", "a"]), "--date 2026-11-1"),
        (add(&["--date", "2026-11-01", "--amount", "1", "--reference", "a"]), "with its currency"),
        (add(&["--date", "2026-11-01", "--amount", "1 EUR", "--reference", " "]), "the reference must be"),
        (
            add(&["--date", "2026-11-01", "--amount", "1 EUR", "--received", "-1 USD", "--reference", "a"]),
            "both be positive",
        ),
        (
            add(&["--date", "2026-11-01", "--amount", "1 EUR", "--reference", "a", "--month", "10/2026"]),
            "--month 10/2026",
        ),
    ] {
        let (code, output) = run(workdir, &arguments);
        assert!(code == 2 && output.contains(part) && !output.contains("panicked"), "{arguments:?}: {output}");
    }
    assert_eq!(succeed(workdir, &["payments", "list", "--format", "csv"]).lines().count(), 1);
    let good = add(&["--date", "2026-11-01", "--amount", "1 EUR", "--reference", "a"]);
    succeed(workdir, &good);
    assert!(run(workdir, &good).1.contains("\"a\" of first is payment 1"));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    for change in ["update payments set amount = 2", "delete from payments"] {
        assert!(store.execute(change, []).unwrap_err().to_string().contains("payments are kept"), "{change}");
    }
    assert_eq!(run(workdir, &["doctor"]).1.matches("payments.").count(), 0);
}

/// The balance of each account and currency of a journal, by hledger.
pub fn hledger_balances(workdir: &Workdir) -> BTreeMap<String, String> {
    let journal = succeed(workdir, &["journal", "--from", "2026-01-01", "--to", "2026-12-31"]);
    workdir.write("books.journal", journal.as_bytes());
    let hledger = |arguments: &[&str]| {
        let done = Command::new("hledger")
            .args(["-f", "books.journal"])
            .args(arguments)
            .current_dir(workdir.folder())
            .output();
        let done = done.unwrap_or_else(|error| panic!("this test needs hledger, which is a Debian package: {error}"));
        assert!(done.status.success(), "{journal}\n{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    hledger(&["check", "--strict"]);
    let csv = hledger(&["balance", "-N", "--flat", "-O", "csv", "--layout=tidy"]);
    let mut balances = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').map(|cell| cell.trim_matches('"')).collect();
        let (account, currency, value) = (cells[0], cells[cells.len() - 2], cells[cells.len() - 1]);
        balances.insert(format!("{account} {currency}"), value.to_owned());
    }
    balances
}

/// The same by beancount.
pub fn beancount_balances(workdir: &Workdir) -> BTreeMap<String, String> {
    let journal = succeed(workdir, &["journal", "--from", "2026-01-01", "--to", "2026-12-31", "--format", "beancount"]);
    workdir.write("books.beancount", journal.as_bytes());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/bean-check");
    let done = Command::new(script).arg(workdir.path("books.beancount")).output().unwrap();
    assert!(
        done.status.success(),
        "{journal}\n{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    let lines = String::from_utf8(done.stdout).unwrap();
    let balance = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        (format!("{} {}", words[0], words[2]), words[1].to_owned())
    };
    lines.lines().map(balance).collect()
}

#[test]
#[ignore = "needs hledger and beancount"]
fn hledger_and_beancount_accept_the_journal_and_agree_with_the_settlement() {
    let workdir = &workdirs(None)[0];
    state_all(workdir);
    for (partner, month) in [("first", "2026-08"), ("first", "2026-09"), ("first", "2026-10"), ("second", "2026-10")] {
        close(workdir, partner, month);
    }
    succeed(workdir, &["payments", "import", &fixture("camt053-v02.xml")]);
    succeed(workdir, &["payments", "import", &fixture("camt053-v08.xml")]);
    let rows = settlement(workdir, &[]).1;
    assert_eq!(rows[3], "first,EUR,total,,,173.34,,124.01,40.01,84.00,,114.00,0.00,30.00,0,,0.00");
    assert_eq!(rows[5], "second,USD,total,,,60.01,,60.01,0.00,60.01,,55.00,5.01,0.00,0,,0.00");
    let balances = hledger_balances(workdir);
    let wanted = [
        // Open and carried, less the credit.
        ("assets:receivable:first EUR", "10.01"),
        ("assets:receivable:second USD", "5.01"),
        // 84 + 60 + 50 + 29.50 − 60
        ("assets:bank EUR", "163.50"),
        ("expenses:bank-charges EUR", "0.50"),
        ("equity:exchange EUR", "-50.00"),
        ("equity:exchange USD", "55.00"),
        // 70 % of 25 and 80, 75 % of 33.34; the rest of each month is of the other tag.
        ("income:search:first:QX1 EUR", "-98.51"),
        ("income:search:first:QX_2 EUR", "-25.50"),
        ("income:search:second:ZZ USD", "-60.01"),
    ];
    for (account, balance) in &wanted {
        assert_eq!(balances.get(*account).map(String::as_str), Some(*balance), "{account}: {balances:#?}");
    }
    let ending = |balances: &BTreeMap<String, String>, part: &str, currency: &str| {
        let found = balances.iter().find(|(name, _)| name.to_lowercase().contains(part) && name.ends_with(currency));
        found.map(|(_, balance)| balance.clone()).unwrap_or_else(|| panic!("{part} {currency}: {balances:#?}"))
    };
    // A third of our share of QX1: 5.83 + 18.67 + 8.33 (33.3333 % each), and of 60.01.
    assert_eq!([ending(&balances, "payable", "EUR"), ending(&balances, "payable", "USD")], ["-32.83", "-20.00"]);
    let beans = beancount_balances(workdir);
    assert_eq!(beans.len(), balances.len(), "{beans:#?}");
    for (account, balance) in wanted.iter().take(6).filter(|(account, _)| !account.contains("first:")) {
        let name: String =
            account.split(':').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join(":");
        assert_eq!(beans.get(&name).map(String::as_str), Some(*balance), "{name}: {beans:#?}");
    }
    let sorted = |balances: &BTreeMap<String, String>| {
        let mut values: Vec<String> = balances.values().cloned().collect();
        values.sort();
        values
    };
    assert_eq!(sorted(&beans), sorted(&balances));
}

#[test]
fn a_payee_receives_a_statement_of_closed_months_only() {
    let workdir = &workdirs(None)[0];
    state_all(workdir);
    close(workdir, "second", "2026-10");
    let payout = ["payout", "--payee", "Böhm & Töchter", "--month", "2026-10", "--out", "payout"];
    let (code, output) = run(workdir, &payout);
    assert!(
        code == 1 && output.contains("2026-10 is not closed for first") && !workdir.path("payout").exists(),
        "{output}"
    );
    let output = succeed(workdir, &[&payout[..], &["--draft"]].concat());
    assert!(output.contains("a draft: not closed for first"), "{output}");
    let read = |name: &str| std::fs::read_to_string(workdir.path("payout").join(name)).unwrap();
    assert!(read("payout.html").contains("This is a draft") && read("payout.csv").contains(",draft,,"));
    close(workdir, "first", "2026-10");
    let output = succeed(workdir, &payout);
    assert_eq!(output, "Böhm & Töchter 2026-10: 8.33 EUR\nBöhm & Töchter 2026-10: 20.00 USD\nwritten to payout\n");
    assert_eq!(
        read("payout.csv"),
        "payee,month,code,currency,revenue,our_share,payee_share,payout,status,correction,paid_currency,paid\n\
         Böhm & Töchter,2026-10,toolbar-main,EUR,33.34,75%,33.3333%,8.33,final,,EUR,8.33\n\
         Böhm & Töchter,2026-10,toolbar-main,USD,60.01,100%,33.3333%,20.00,final,,USD,20.00\n"
    );
    let page = read("payout.html");
    for part in [
        "<!DOCTYPE html>",
        "<html lang=\"en\">",
        "Böhm &amp; Töchter",
        "8.33 EUR, 20.00 USD",
        "<caption>",
        "scope=\"col\"",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("draft") && !page.contains("<script") && !page.contains("http://"), "{page}");
    // The closings that it names are those of the store.
    assert!(page.contains("closed and signed months, records 1, 2 of our books"), "{page}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn both_engines_print_the_same() {
    let server = PostgresProcess::start();
    let workdirs = workdirs(Some(&server));
    let outputs: Vec<Vec<String>> = workdirs.iter().map(|workdir| everything(workdir)).collect();
    assert_eq!(outputs[0], outputs[1]);
    for change in [
        "update payments set amount = 2",
        "delete from payments",
        "truncate payments cascade",
        "delete from payment_withdrawals",
    ] {
        assert!(server.try_query(change).is_err_and(|error| error.contains("payments are kept")), "{change}");
    }
}

/// Runs every command, and returns all that it printed.
fn everything(workdir: &Workdir) -> Vec<String> {
    state_all(workdir);
    close(workdir, "first", "2026-08");
    close(workdir, "first", "2026-10");
    close(workdir, "second", "2026-10");
    let mut outputs = Vec::new();
    let (old, new) = (fixture("camt053-v02.xml"), fixture("camt053-v08.xml"));
    workdir.write("table.csv", b"date,amount,currency,reference\n2026-11-22,1,EUR,t1\n2026-11-22,-2,EUR,t2\n");
    let performance = ["report", "performance", "--from", "2026-08-01", "--to", "2026-10-31"];
    let commands: [&[&str]; 19] = [
        &["payments", "import", &old],
        &["payments", "import", &old],
        &["payments", "import", &new],
        &["payments", "import", "--partner", "second", "table.csv"],
        &["payments", "withdraw", "2", "--reason", "by mistake"],
        &["payments", "withdraw", "2", "--reason", "by mistake"],
        &["payments", "import", &old],
        &["payments", "list", "--format", "csv"],
        &["settlement"],
        &["overview", "--from", "2026-08", "--to", "2026-10"],
        &["overview", "--from", "2026-08", "--to", "2026-10", "--format", "csv"],
        &[&performance[..], &["--by", "month", "--compare", "--format", "csv"]].concat(),
        &[&performance[..], &["--by", "partner", "--format", "json"]].concat(),
        &[&performance[..], &["--by", "code", "--partner", "first"]].concat(),
        &["settlement", "--format", "csv"],
        &["settlement", "--format", "json", "--from", "2026-09"],
        &["journal", "--from", "2026-08-01", "--to", "2026-12-31"],
        &["journal", "--from", "2026-11-01", "--to", "2026-11-20", "--format", "beancount"],
        &["payout", "--payee", "Böhm & Töchter", "--month", "2026-10", "--out", "payout"],
    ];
    for command in commands {
        let (code, output) = run(workdir, command);
        outputs.push(format!("{command:?} {code}\n{output}"));
    }
    for name in ["payout.csv", "payout.html"] {
        outputs.push(std::fs::read_to_string(workdir.path("payout").join(name)).unwrap());
    }
    outputs
}
