//! What stops `qsproxy close` until it is accepted by name, and what the record says of it then.

use std::fmt::Write as _;
use std::sync::Arc;

use rusqlite::Connection;

use crate::reconcile::{import_statement, october};
use qsproxy_test_support::workdir::Workdir;

/// A statement of October in which each day has these rows: code, clicks and money. `{day}` in a code's money is left out on odd days.
fn statement(rows: &[(&str, &str, &str)]) -> String {
    let mut text = "Day,Tag,Searches,Clicks,Money\n".to_owned();
    for day in 1..=31 {
        for (code, clicks, money) in rows {
            let money = if *money == "odd" { if day % 2 == 1 { "1.00" } else { "" } } else { money };
            writeln!(text, "2026-10-{day:02},{code},720,{clicks},{money}").unwrap();
        }
    }
    text
}

fn close(workdir: &Workdir, accept: &[&str]) -> (Option<i32>, String) {
    let accept = accept.iter().flat_map(|reason| ["--accept", reason]);
    let arguments: Vec<&str> =
        ["close", "--partner", "first", "--month", "2026-10"].into_iter().chain(accept).collect();
    let done = workdir.run(&arguments);
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

fn record(workdir: &Workdir) -> String {
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store.query_row("select record from closings", [], |row| row.get(0)).unwrap()
}

/// Checks that exactly these conditions stop the month, that leaving one out stops it, and that the record has all of them.
#[track_caller]
fn needs(workdir: &Arc<Workdir>, conditions: &[&str]) -> String {
    let (code, output) = close(workdir, &[]);
    assert_eq!(code, Some(1), "{output}");
    let named: Vec<&str> = output
        .lines()
        .filter(|line| line.contains("accept it with"))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(named, conditions, "{output}");
    let reasons: Vec<String> = conditions.iter().map(|name| format!("{name}=agreed on {name}")).collect();
    let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
    for (left_out, condition) in conditions.iter().enumerate() {
        let mut some = reasons.clone();
        some.remove(left_out);
        let (code, output) = close(workdir, &some);
        assert!(code == Some(1) && output.contains(&format!("{condition}: ")), "{output}");
    }
    let (code, output) = close(workdir, &reasons);
    assert_eq!(code, Some(0), "{output}");
    let record = record(workdir);
    let accepted: Vec<&str> = record.lines().filter_map(|line| line.strip_prefix("accepted: ")).collect();
    assert_eq!(accepted.len(), conditions.len(), "{record}");
    for (line, name) in accepted.iter().zip(conditions) {
        assert!(line.starts_with(&format!("{name}; ")) && line.ends_with(&format!("; agreed on {name}")), "{line}");
    }
    let verified = workdir.run(&["verify"]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    record
}

#[track_caller]
fn has_lines(record: &str, lines: &[&str]) {
    for line in lines {
        assert!(record.lines().any(|found| found == *line), "{line} is not in\n{record}");
    }
}

#[test]
fn money_of_unmapped_codes_is_no_part_of_the_total() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "10.00"), ("QX7", "5", "3.00")]));
    let record = needs(&workdir, &["unmapped"]);
    has_lines(
        &record,
        &[
            "statement_clicks: 7440",
            "statement_revenue: 310.00 USD",
            "difference: 0",
            "stated: mapped, clicks 7440 told in 31 of 31 rows, searches 22320 told in 31 of 31 rows, revenue 310.00 USD told in 31 of 31 rows, code \"QX1\"",
            "stated: unmapped, clicks 155 told in 31 of 31 rows, searches 22320 told in 31 of 31 rows, revenue 93.00 USD told in 31 of 31 rows, code \"QX7\"",
        ],
    );
}

#[test]
fn rows_of_totals_are_found_by_their_numbers_and_names() {
    let workdir = october();
    let codes = [("QX1", "240", "10.00"), ("QX7", "5", "3.00"), ("Everything", "245", "13.00")];
    let codes = codes.map(|(code, clicks, money)| (code, clicks, money));
    let mut text = statement(&codes);
    // Searches add up, too.
    text = text.replace("Everything,720", "Everything,1440");
    import_statement(&workdir, &text);
    needs(&workdir, &["unmapped", "subtotals"]);
}

#[test]
fn money_that_some_rows_do_not_tell_is_no_total() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "odd")]));
    let record = needs(&workdir, &["partial_revenue"]);
    has_lines(&record, &["statement_revenue: not told"]);
    assert!(record.contains("revenue 16.00 USD told in 16 of 31 rows"), "{record}");
}

#[test]
fn days_that_are_missing_or_withheld_are_accepted_by_their_own_names() {
    let workdir = october();
    let mut lines: Vec<String> = statement(&[("QX1", "240", "10.00")]).lines().map(str::to_owned).collect();
    lines.retain(|line| !line.starts_with("2026-10-30") && !line.starts_with("2026-10-31"));
    let line = lines.iter_mut().find(|line| line.starts_with("2026-10-20")).unwrap();
    *line = "2026-10-20,QX1,720,,10.00".to_owned();
    import_statement(&workdir, &(lines.join("\n") + "\n"));
    let (code, output) = close(&workdir, &["by telephone"]);
    assert_eq!(code, Some(1), "a reason without a name does not accept them: {output}");
    let record = needs(&workdir, &["missing_days", "suppressed"]);
    has_lines(&record, &["statement_clicks: not told"]);
    assert!(record.contains("accepted: missing_days; 2 days: 2026-10-30 to 2026-10-31; "), "{record}");
    assert!(record.contains("clicks 6720 told in 28 of 29 rows"), "{record}");
}

#[test]
fn acceptances_are_checked_and_those_without_need_are_named() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "10.00")]));
    let (code, output) = close(&workdir, &["unmaped=x"]);
    assert!(code == Some(2) && output.contains("the names are no_statement, missing_days, "), "{output}");
    let (code, output) = close(&workdir, &["unmapped=x"]);
    assert!(code == Some(0) && output.contains("accepted and not needed: unmapped"), "{output}");
    assert!(!record(&workdir).contains("accepted:"));
}

#[test]
fn a_correction_asks_for_what_is_new_only() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "10.00"), ("QX7", "5", "3.00")]));
    assert_eq!(close(&workdir, &["unmapped=theirs"]).0, Some(0));
    let correct = |more: &[&str]| {
        let done = workdir.run(&[&["close", "--correct", "--partner", "first", "--month", "2026-10"], more].concat());
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let (code, output) = correct(&[]);
    assert!(code == Some(0) && output.contains("nothing came since record 1"), "{output}");
    let reconcile =
        || String::from_utf8(workdir.run(&["reconcile", "--partner", "first", "--month", "2026-10"]).stdout).unwrap();
    assert!(reconcile().contains("The month was closed on ") && !reconcile().contains("--correct"), "{}", reconcile());
    import_statement(&workdir, &statement(&[("QX1", "239", "9.00"), ("QX7", "5", "3.00")]));
    assert!(
        reconcile().contains("`qsproxy close --correct --partner first --month 2026-10` signs them"),
        "{}",
        reconcile()
    );
    let (code, output) = correct(&["--out", "first"]);
    assert!(code == Some(0) && output.contains("their money changes by -31.00 USD"), "{output}");
    let journal = std::fs::read_to_string(workdir.path("first/journal.hledger")).unwrap();
    assert!(
        journal.contains("    assets:receivable:first  -31.00 USD\n    income:search:first:QX1  31.00 USD\n"),
        "{journal}"
    );
    // A second one, from the first.
    import_statement(&workdir, &statement(&[("QX1", "239", "9.50"), ("QX7", "5", "3.00"), ("QX8", "5", "3.00")]));
    let (code, output) = correct(&["--out", "second"]);
    assert!(code == Some(1) && output.contains("unmapped: 62 rows for 2 codes"), "{output}");
    let (code, output) = correct(&["--out", "second", "--accept", "unmapped=theirs, too"]);
    assert!(code == Some(0) && output.contains("record 3") && output.contains("changes by 15.50 USD"), "{output}");
    let record = std::fs::read_to_string(workdir.path("second/record.txt")).unwrap();
    assert!(record.contains("\ncorrects: 1 ") && record.contains("\nafter: 2 "), "{record}");
    for folder in ["first", "second"] {
        assert!(workdir.run(&["verify", "--export", folder]).status.success());
    }
    assert!(workdir.run(&["verify"]).status.success());
    let (code, output) = correct(&[]);
    assert!(code == Some(0) && output.contains("nothing came since record 3"), "{output}");
}

#[test]
fn money_in_several_currencies_is_accepted_by_name_and_booked_apart() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "10.00")]));
    let other = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap().replace("\"USD\"", "\"EUR\"");
    workdir.write("proxy.toml", other.as_bytes());
    let late: Vec<String> = statement(&[("QX1", "240", "9.00")])
        .lines()
        .filter(|line| !line.starts_with("2026-10-0") && !line.starts_with("2026-10-1"))
        .map(str::to_owned)
        .collect();
    import_statement(&workdir, &(late.join("\n") + "\n"));
    let record = needs(&workdir, &["currencies"]);
    assert!(
        record.contains("accepted: currencies; money is 108.00 EUR and 190.00 USD, configured is EUR; "),
        "{record}"
    );
    has_lines(&record, &["statement_clicks: 7440", "statement_revenue: not told"]);
    assert!(
        record.contains("revenue 190.00 USD told in 19 of 19 rows")
            && record.contains("revenue 108.00 EUR told in 12 of 12 rows"),
        "{record}"
    );
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "out"];
    assert!(workdir.run(&close).status.success());
    let journal = std::fs::read_to_string(workdir.path("out/journal.hledger")).unwrap();
    assert!(journal.contains("first  190.00 USD\n") && journal.contains("first  108.00 EUR\n"), "{journal}");
}

#[test]
fn a_partner_that_was_removed_is_read_and_corrected() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "10.00"), ("QX7", "5", "3.00")]));
    assert_eq!(close(&workdir, &["unmapped=theirs"]).0, Some(0));
    import_statement(&workdir, &statement(&[("QX1", "239", "9.00"), ("QX7", "5", "3.00")]));
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    let other = config.replace("\"first\"", "\"second\"").replace("first =", "second =");
    workdir.write("proxy.toml", other.as_bytes());
    let run = |arguments: &[&str]| {
        let done = workdir.run(&[arguments, &["--partner", "first", "--month", "2026-10"]].concat());
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    assert!(workdir.run(&["check"]).status.success(), "{:?}", workdir.run(&["check"]));
    let (_, output) = run(&["reconcile"]);
    assert!(output.contains("`qsproxy close --correct --partner first --month 2026-10` signs them"), "{output}");
    let (code, output) = run(&["close", "--correct", "--out", "correction"]);
    assert!(code == Some(0) && output.contains("their money changes by -31.00 USD"), "{output}");
    assert!(workdir.run(&["verify"]).status.success());
    assert!(workdir.run(&["verify", "--export", "correction"]).status.success());
}

/// A profile that names money has some, or says that it has none.
#[test]
fn a_month_whose_money_is_not_told_at_all_stops_the_closing() {
    let workdir = october();
    import_statement(&workdir, &statement(&[("QX1", "240", "-")]));
    let record = needs(&workdir, &["partial_revenue"]);
    assert!(record.contains("accepted: partial_revenue; 0 of 31 rows tell their money, "), "{record}");
}
