//! What a signed correction changes in `settlement`, `journal` and `payout`, and what these print of partners and codes that were removed
//! from the configuration.

use std::sync::Arc;

use serde_json::Value;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use crate::settlement::{close, hledger_balances, run, state, succeed};

const PROFILE: &str =
    r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "EUR" }"#;
const JOURNAL: [&str; 5] = ["journal", "--from", "2026-01-01", "--to", "2027-12-31"];
const PAYOUT: [&str; 7] = ["payout", "--payee", "Finder Ltd", "--month", "2026-10", "--out", "payout"];

/// A configuration with the codes `toolbar-main` and, with a payee, `toolbar-two`, and the partners `first` and `second`.
struct Configured {
    has_second: bool,
    has_code: bool,
}

impl Configured {
    fn text(&self, store: &str) -> String {
        let partner = MockPartner::json(sample_results());
        let mut config = ConfigBuilder::new(&partner)
            .with("counts", "store", &format!("{store:?}"))
            .with("code toolbar-main", "tags", r#"{ first = "QX1" }"#)
            .with("partner first", "statement", PROFILE)
            .with("partner first", "share", "\"70%\"")
            .with("partner first", "terms", "\"net 0\"");
        if self.has_second {
            config = config
                .partner("second", &partner.url())
                .with("partner second", "statement", PROFILE)
                .with("partner second", "share", r#"[{ share = "50%" }, { from = "2026-10", share = "60%" }]"#)
                .with("partner second", "minimum", "20")
                .with("partner second", "terms", "\"15th of the next month\"");
        }
        if self.has_code {
            let (partners, tags) = match self.has_second {
                true => (r#"["first", "second"]"#, r#"{ first = "QX2", second = "ZZ" }"#),
                false => (r#"["first"]"#, r#"{ first = "QX2" }"#),
            };
            config = config.code("toolbar-two", partners).with("code toolbar-two", "tags", tags).with(
                "code toolbar-two",
                "payee",
                r#"{ name = "Finder Ltd", share = "33.3333%" }"#,
            );
        }
        config.text()
    }
}

/// Folders with a store in SQLite and, if there is a server, one in PostgreSQL.
fn workdirs(server: Option<&PostgresProcess>) -> Vec<(String, Arc<Workdir>)> {
    let stores = std::iter::once("sqlite:data/counts.db".to_owned()).chain(server.map(PostgresProcess::url));
    let prepare = |store: String| {
        let workdir = Workdir::new(&Configured { has_second: true, has_code: true }.text(&store));
        let mut proxy = workdir.start();
        if store.starts_with("postgres") {
            wait_for("the tables", || server.unwrap().try_query("select 1 from payments").ok());
        }
        assert!(proxy.terminate().success());
        (store, workdir)
    };
    stores.map(prepare).collect()
}

fn restate(workdir: &Workdir, money: &[(&str, &str)]) {
    let rows = money
        .iter()
        .flat_map(|(tag, money)| [1, 2].map(|day| format!("2026-10-{day:02},{tag},5,{money}\n")))
        .collect::<String>();
    workdir.write("restated.csv", format!("Day,Tag,Clicks,Money\n{rows}").as_bytes());
    succeed(workdir, &["statement", "import", "--partner", "first", "--replace", "restated.csv"]);
}

fn correct(workdir: &Workdir) -> String {
    let names = ["missing_days", "unmapped", "subtotals", "partial_revenue", "currencies", "compensating"];
    let reasons: Vec<String> = names.iter().map(|name| format!("{name}=a test")).collect();
    let named = reasons.iter().flat_map(|reason| ["--accept", reason.as_str()]);
    let close = ["close", "--correct", "--partner", "first", "--month", "2026-10", "--accept", "a test"];
    succeed(workdir, &close.into_iter().chain(named).collect::<Vec<_>>())
}

/// The cells of these columns of `settlement --format csv`, by row.
fn settlement(workdir: &Workdir, columns: &[&str]) -> Vec<String> {
    let (code, text) = run(workdir, &["settlement", "--format", "csv"]);
    assert!(code < 2, "{text}");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let place = |name: &&str| header.iter().position(|column| column == name).unwrap();
    let places: Vec<usize> = columns.iter().map(place).collect();
    lines.map(|line| places.iter().map(|place| line[*place]).collect::<Vec<_>>().join(" ")).collect()
}

fn payout(workdir: &Workdir) -> String {
    succeed(workdir, &PAYOUT);
    std::fs::read_to_string(workdir.path("payout/payout.csv")).unwrap()
}

const COLUMNS: [&str; 9] =
    ["partner", "month", "status", "source", "revenue", "earned", "open", "corrected", "unmapped_revenue"];

/// Closes October, restates it twice, and signs both corrections.
fn corrected_october(workdir: &Workdir) {
    state(workdir, "first", "2026-10", &[("QX1", "16.67"), ("QX2", "10.00"), ("test", "3.00")]);
    close(workdir, "first", "2026-10");
    // 70 % of 53.34 is 37.338; what belongs to no code is not owed.
    assert_eq!(settlement(workdir, &COLUMNS)[0], "first 2026-10 overdue closed 53.34 37.34 37.34  6.00");
    restate(workdir, &[("QX1", "16.67"), ("QX2", "9.00"), ("test", "4.00")]);
    assert_eq!(settlement(workdir, &COLUMNS)[0], "first 2026-10 overdue closed 53.34 37.34 37.34  6.00");
    correct(workdir);
    assert_eq!(settlement(workdir, &COLUMNS)[0], "first 2026-10 overdue corrected 51.34 35.94 35.94 -2.00 8.00");
    restate(workdir, &[("QX1", "20.00"), ("QX2", "9.00"), ("QX9", "0.00")]);
    correct(workdir);
    assert_eq!(
        settlement(workdir, &COLUMNS),
        ["first 2026-10 overdue corrected 58.00 40.60 40.60 4.66 0.00", "first total   58.00 40.60 40.60 4.66 0.00"]
    );
}

#[test]
fn a_signed_correction_changes_what_is_due() {
    let (_, workdir) = &workdirs(None)[0];
    corrected_october(workdir);
    // What was paid before is more than what is due after a further correction: the rest is a credit.
    let add = ["payments", "add", "--partner", "first", "--date", "2026-11-20", "--reference", "a"];
    succeed(workdir, &[&add[..], &["--amount", "40.60 EUR", "--month", "2026-10"]].concat());
    assert_eq!(run(workdir, &["settlement"]).0, 0);
    restate(workdir, &[("QX1", "10.00"), ("QX2", "9.00")]);
    correct(workdir);
    let columns = ["month", "status", "payable", "paid", "open", "credit"];
    assert_eq!(settlement(workdir, &columns), ["2026-10 paid 26.60 26.60 0.00 ", "total  26.60 40.60 0.00 14.00"]);
}

#[test]
fn a_correction_takes_no_money_of_a_removed_code_back() {
    let (store, workdir) = &workdirs(None)[0];
    state(workdir, "first", "2026-10", &[("QX1", "16.67"), ("QX2", "10.00"), ("test", "3.00")]);
    close(workdir, "first", "2026-10");
    workdir.write("proxy.toml", Configured { has_second: true, has_code: false }.text(store).as_bytes());
    restate(workdir, &[("QX1", "16.67"), ("QX2", "9.00"), ("test", "4.00")]);
    assert!(correct(workdir).contains("their money changes by -2.00 EUR"));
    assert_eq!(settlement(workdir, &COLUMNS)[0], "first 2026-10 overdue corrected 51.34 35.94 35.94 -2.00 8.00");
    assert_eq!(payout(workdir).lines().last().unwrap().split(',').nth(7), Some("-0.47"));
    assert!(workdir.run(&["verify"]).status.success());
}

#[test]
fn a_payee_is_paid_in_its_currency_at_the_booked_rate() {
    let (store, workdir) = &workdirs(None)[0];
    let config = Configured { has_second: true, has_code: true }.text(store);
    let config = config.replace(r#"name = "Finder Ltd","#, r#"name = "Finder Ltd", currency = "USD","#);
    workdir.write("proxy.toml", config.as_bytes());
    state(workdir, "first", "2026-10", &[("QX1", "16.67"), ("QX2", "10.00")]);
    close(workdir, "first", "2026-10");
    let refused = |why: &str| {
        let (code, text) = run(workdir, &PAYOUT);
        assert!(code == 1 && text.contains(why) && !workdir.path("payout/payout.csv").exists(), "{text}");
    };
    refused("first has not paid 37.34 EUR of 2026-10 yet");
    let pay = |more: &[&str]| {
        let add = ["payments", "add", "--partner", "first", "--date", "2026-11-20"];
        succeed(workdir, &[&add[..], more].concat());
    };
    pay(&["--amount", "7.34 EUR", "--reference", "a"]);
    pay(&["--amount", "20 EUR", "--received", "22.10 USD", "--reference", "b", "--month", "2026-10"]);
    refused("first has not paid 10.00 EUR of 2026-10 yet");
    pay(&["--amount", "10 EUR", "--received", "11.20 USD", "--reference", "c", "--month", "2026-10"]);
    // 4.67 × 33.30 ÷ 30 = 5.1837
    let rows = payout(workdir);
    assert!(rows.ends_with("Finder Ltd,2026-10,toolbar-two,EUR,20.00,70%,33.3333%,4.67,final,,USD,5.18\n"), "{rows}");
    let page = std::fs::read_to_string(workdir.path("payout/payout.html")).unwrap();
    for part in ["5.18 USD", "33.30 USD for 30.00 EUR"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let draft = [&PAYOUT[..], &["--draft"]].concat();
    succeed(workdir, &["payments", "withdraw", "3", "--reason", "a test"]);
    let text = succeed(workdir, &draft);
    assert!(text.contains("a draft: first has not paid 10.00 EUR"), "{text}");
    let csv = std::fs::read_to_string(workdir.path("payout/payout.csv")).unwrap();
    assert!(csv.ends_with(",4.67,draft,,USD,\n"), "{csv}");
}

/// The exit code of `overview` for October, and its row: state, attention, closed, corrected, paid, open, next.
fn overview(workdir: &Workdir) -> (i32, String) {
    let (code, text) = run(workdir, &["overview", "--from", "2026-10", "--to", "2026-10", "--format", "json"]);
    let rows: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    let row = rows.as_array().unwrap().iter().find(|row| row["partner"] == "first").unwrap();
    let names = ["state", "attention", "closed", "corrected", "paid", "open", "next"];
    (code, names.map(|name| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned)).join(" | "))
}

#[test]
fn the_overview_has_what_is_corrected_and_paid() {
    let (_, workdir) = &workdirs(None)[0];
    corrected_october(workdir);
    // Nobody enters payments of this partner yet, so that an open month is no alarm.
    let open = "closed | no | 1 | 3 | overdue | 40.60 EUR | null";
    assert_eq!(overview(workdir), (0, open.to_owned()));
    let pay = |amount: &str, reference: &str| {
        let add = ["payments", "add", "--partner", "first", "--date", "2026-11-20", "--amount", amount];
        succeed(workdir, &[&add[..], &["--reference", reference]].concat());
    };
    pay("20 EUR", "a");
    let part = "closed | yes | 1 | 3 | overdue | 20.60 EUR | qsproxy settlement --partner first";
    assert_eq!(overview(workdir), (1, part.to_owned()));
    pay("20.60 EUR", "b");
    assert_eq!(overview(workdir), (0, "closed | no | 1 | 3 | paid | null | null".to_owned()));
    restate(workdir, &[("QX1", "30.00"), ("QX2", "9.00")]);
    let changed = "changed | yes | 1 | 3 | paid | null | qsproxy reconcile --partner first --month 2026-10";
    assert_eq!(overview(workdir), (1, changed.to_owned()));
    let table = run(workdir, &["overview", "--from", "2026-10", "--to", "2026-10"]).1;
    assert!(table.contains("corrected") && table.contains("paid"), "{table}");
}

/// The transactions of a journal by their sources, each with its day and its postings.
fn entries(journal: &str) -> Vec<Vec<String>> {
    let blocks = journal.split("\n\n").skip(1);
    blocks.map(|block| block.lines().map(|line| line.trim().to_owned()).collect()).collect()
}

#[test]
fn the_journal_has_an_entry_for_each_correction() {
    let (_, workdir) = &workdirs(None)[0];
    corrected_october(workdir);
    let journal = succeed(workdir, &JOURNAL);
    let entries = entries(&journal);
    let starts: Vec<&str> = entries.iter().map(|lines| lines[0].as_str()).collect();
    let today = starts[3].split(' ').next().unwrap();
    assert_eq!(
        starts[..2],
        ["2026-10-31 (closing 1) first 2026-10", "2026-10-31 (closing 1) first 2026-10, payee Finder Ltd"]
    );
    assert_eq!(
        starts[2..],
        [
            format!("{today} (correction 2) first 2026-10 correction"),
            format!("{today} (correction 2) first 2026-10 correction, payee Finder Ltd"),
            format!("{today} (correction 3) first 2026-10 correction"),
        ]
    );
    assert!(today > "2026-11", "{today}: the day of the correction");
    assert_eq!(entries[2][1..], ["assets:receivable:first  -1.40 EUR", "income:search:first:QX2  1.40 EUR"]);
    // A third of 14.00, and of 12.60.
    assert_eq!(
        entries[3][1..],
        [
            "expenses:payees:Finder_Ltd-b4f13c  -0.47 EUR".replace("b4f13c", entries[3][1].get(27..33).unwrap()),
            "liabilities:payable:Finder_Ltd-b4f13c  0.47 EUR".replace("b4f13c", entries[3][1].get(27..33).unwrap()),
        ]
    );
    assert_eq!(entries[4][1..], ["assets:receivable:first  4.66 EUR", "income:search:first:QX1  -4.66 EUR"]);
    // The statement of the payee has the closing, and what the corrections changed.
    let rows = payout(workdir);
    assert_eq!(
        rows.lines().skip(1).collect::<Vec<_>>(),
        [
            "Finder Ltd,2026-10,toolbar-two,EUR,20.00,70%,33.3333%,4.67,final,,EUR,4.67",
            "Finder Ltd,2026-10,toolbar-two,EUR,-2.00,70%,33.3333%,-0.47,final,2,EUR,-0.47",
        ]
    );
    let page = std::fs::read_to_string(workdir.path("payout/payout.html")).unwrap();
    for part in ["4.20 EUR", "Corrections by code", &format!("record 2 of {today}"), "records 1, 2, 3 of our books"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
#[ignore = "needs hledger"]
fn balances_of_the_journal_are_those_of_the_corrected_settlement() {
    let (_, workdir) = &workdirs(None)[0];
    corrected_october(workdir);
    let balances = hledger_balances(workdir);
    let wanted = [
        ("assets:receivable:first EUR", "40.60"),
        ("income:search:first:QX1 EUR", "-28.00"),
        ("income:search:first:QX2 EUR", "-12.60"),
    ];
    for (account, balance) in wanted {
        assert_eq!(balances.get(account).map(String::as_str), Some(balance), "{account}: {balances:#?}");
    }
}

/// What the commands of money print.
fn printed(workdir: &Workdir) -> Vec<String> {
    let settlement = settlement(workdir, &[&COLUMNS[..], &["share", "payable", "due", "carried"]].concat());
    let list = succeed(workdir, &["payments", "list", "--format", "csv"]);
    let (_, second) = run(workdir, &["settlement", "--partner", "second", "--format", "json"]);
    [vec![succeed(workdir, &JOURNAL), list, second, payout(workdir)], settlement].concat()
}

#[test]
fn what_was_removed_from_the_configuration_stays_in_the_books() {
    removed_ones_stay(&workdirs(None));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn what_was_removed_from_the_configuration_stays_in_the_books_of_postgresql() {
    let server = PostgresProcess::start();
    removed_ones_stay(&workdirs(Some(&server)));
}

fn removed_ones_stay(workdirs: &[(String, Arc<Workdir>)]) {
    for (store, workdir) in workdirs {
        corrected_october(workdir);
        state(workdir, "second", "2026-10", &[("ZZ", "50.01")]);
        close(workdir, "second", "2026-10");
        let add = ["payments", "add", "--partner", "second", "--date", "2026-11-20", "--amount", "7 EUR"];
        succeed(workdir, &[&add[..], &["--reference", "a"]].concat());
        let before = printed(workdir);
        for (has_second, has_code) in [(false, true), (true, false), (false, false)] {
            workdir.write("proxy.toml", Configured { has_second, has_code }.text(store).as_bytes());
            let after = printed(workdir);
            assert_eq!(after, before, "second: {has_second}, toolbar-two: {has_code}");
        }
        // A payment of a partner that is not configured any more can be entered; an unknown one is refused with what there is.
        succeed(workdir, &[&add[..], &["--reference", "b"]].concat());
        for command in [vec!["settlement"], vec!["payments", "list"], [&add[..], &["--reference", "c"]].concat()] {
            let wrong: Vec<&str> =
                command.iter().copied().filter(|word| !["--partner", "second"].contains(word)).collect();
            let (code, text) = run(workdir, &[&wrong[..], &["--partner", "zebra"]].concat());
            assert!(code == 2 && text.contains("choose one of first, second"), "{command:?}: {text}");
        }
        let proxy = workdir.start();
        let answer = proxy.admin_get("/reports/settlement.csv?from=2026-10-01&to=2026-10-31&partner=second", &[]);
        let wanted = run(workdir, &["settlement", "--partner", "second", "--format", "csv"]).1;
        assert_eq!((answer.status, answer.text()), (200, wanted));
    }
}

#[test]
fn a_partner_that_was_removed_before_any_month_was_closed_has_no_share() {
    let (store, workdir) = &workdirs(None)[0];
    state(workdir, "second", "2026-09", &[("ZZ", "50.01")]);
    let add = ["payments", "add", "--partner", "second", "--date", "2026-11-20", "--amount", "7 EUR"];
    succeed(workdir, &[&add[..], &["--reference", "a"]].concat());
    workdir.write("proxy.toml", Configured { has_second: false, has_code: true }.text(store).as_bytes());
    let (code, text) = run(workdir, &["settlement", "--format", "csv"]);
    assert_eq!(code, 0, "{text}");
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "second,EUR,2026-09,unknown,statement,100.02,,,,,,,,,0,,0.00",
            "second,EUR,total,,,100.02,,,,,,7.00,,,0,,0.00"
        ]
    );
    let journal = succeed(workdir, &JOURNAL);
    assert!(journal.contains("; not closed, and so not in this journal: second 2026-09\n"), "{journal}");
    assert!(journal.contains("(payment 1) second payment, a\n"), "{journal}");
}
