//! What was accepted for a closed month, and what a correction asks for again; what stops the closing of months that are not compared.

use std::fmt::Write as _;

use rusqlite::Connection;

use crate::reconcile::{import_statement, october};
use crate::statements::workdir_with_profile;
use qsproxy_test_support::workdir::Workdir;

const CLOSE: [&str; 5] = ["close", "--partner", "first", "--month", "2026-10"];

fn run(workdir: &Workdir, arguments: &[&str]) -> (Option<i32>, String) {
    let done = workdir.run(arguments);
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

/// A statement of October with these rows on each day: code, clicks and money. `edit` changes the line of a day.
fn october_of(rows: &[(&str, &str, &str)], edit: impl Fn(u32, String) -> String) -> String {
    let mut text = "Day,Tag,Searches,Clicks,Money\n".to_owned();
    for day in 1..=31 {
        for (code, clicks, money) in rows {
            text += &edit(day, format!("2026-10-{day:02},{code},720,{clicks},{money}\n"));
        }
    }
    text
}

fn as_it_is(_: u32, line: String) -> String {
    line
}

/// Withholds the clicks of a day.
fn withheld(of: u32) -> impl Fn(u32, String) -> String {
    move |day, line| if day == of { line.replace(",240,", ",,") } else { line }
}

/// The searches of the code that is a sum of two others.
fn twice(_: u32, line: String) -> String {
    line.replace("Everything,720", "Everything,1440")
}

/// Tells the money of odd days only.
fn odd(day: u32, line: String) -> String {
    if day % 2 == 1 { line } else { line.rsplit_once(',').unwrap().0.to_owned() + ",\n" }
}

#[test]
fn an_accepted_condition_is_accepted_again_only_for_the_same_amounts() {
    let main = ("QX1", "240", "10.00");
    let cases: [(&str, &str, String, String); 7] = [
        (
            "unmapped, money",
            "unmapped",
            october_of(&[main, ("QX7", "5", "1.00")], as_it_is),
            october_of(&[main, ("QX7", "5", "10000.00")], as_it_is),
        ),
        (
            "unmapped, clicks",
            "unmapped",
            october_of(&[main, ("QX7", "5", "1.00")], as_it_is),
            october_of(&[main, ("QX7", "50", "1.00")], as_it_is),
        ),
        (
            "unmapped, another code of many",
            "unmapped",
            october_of(&["a", "b", "c", "d", "e", "f"].map(|code| (code, "5", "1.00")), as_it_is)
                + "2026-10-01,QX1,1,240,10\n",
            october_of(&["a", "b", "c", "d", "e", "g"].map(|code| (code, "5", "1.00")), as_it_is)
                + "2026-10-01,QX1,1,240,10\n",
        ),
        (
            "more clicks",
            "out_of_tolerance",
            october_of(&[("QX1", "300", "10.00")], as_it_is),
            october_of(&[("QX1", "3000", "10.00")], as_it_is),
        ),
        ("another day", "suppressed", october_of(&[main], withheld(20)), october_of(&[main], withheld(21))),
        (
            "another part",
            "partial_revenue",
            october_of(&[("QX1", "240", "1.00")], odd),
            october_of(&[("QX1", "240", "100.00")], odd),
        ),
        (
            "another sum",
            "subtotals",
            october_of(&[main, ("QX7", "5", "3.00"), ("Everything", "245", "13.00")], twice),
            october_of(&[main, ("QX7", "6", "3.00"), ("Everything", "246", "13.00")], twice),
        ),
    ];
    for (case, condition, first, revised) in cases {
        let workdir = october();
        import_statement(&workdir, &first);
        let names = ["missing_days", "suppressed", "unmapped", "subtotals", "partial_revenue", "out_of_tolerance"];
        let reasons = names.map(|name| format!("{name}=agreed"));
        let accept: Vec<&str> = reasons.iter().flat_map(|reason| ["--accept", reason]).collect();
        let (code, output) = run(&workdir, &[&CLOSE[..], &accept].concat());
        assert_eq!(code, Some(0), "{case}: {output}");
        import_statement(&workdir, &revised);
        let correct = [&CLOSE[..], &["--correct"]].concat();
        let (code, output) = run(&workdir, &correct);
        assert!(code == Some(1) && output.contains(&format!("\n{condition}: ")), "{case}: {output}");
        let (code, output) = run(&workdir, &[&correct[..], &accept].concat());
        assert_eq!(code, Some(0), "{case}: {output}");
        // What is accepted now is accepted again as long as it stays.
        let other = revised.replacen("QX1,720", "QX1,721", 1).replacen("QX1,1,", "QX1,2,", 1);
        import_statement(&workdir, &other);
        let (code, output) = run(&workdir, &correct);
        assert_eq!(code, Some(0), "{case}: {output}");
        assert!(run(&workdir, &["verify"]).1.contains("valid"), "{case}");
    }
}

#[test]
fn what_a_statement_lacks_stops_a_closing_also_where_clicks_are_not_counted() {
    let main = [("QX1", "240", "10.00")];
    let whole = october_of(&main, as_it_is);
    let cases = [
        (
            "missing_days: 21 days: 2026-10-11 to 2026-10-31",
            whole.lines().take(11).collect::<Vec<_>>().join("\n"),
            &[][..],
        ),
        ("suppressed: 1 day: 2026-10-20", october_of(&main, withheld(20)), &[]),
        ("provisional: 31 days: 2026-10-01 to 2026-10-31", whole.clone(), &["--preliminary"]),
        ("", whole, &[]),
    ];
    for (condition, text, options) in cases {
        let workdir = october();
        let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
        let direct = config.replace("links = \"counted\"", "links = \"direct\"");
        assert_ne!(direct, config);
        workdir.write("proxy.toml", direct.as_bytes());
        workdir.write("october.csv", text.as_bytes());
        let import = ["statement", "import", "--partner", "first", "october.csv"];
        let (code, output) = run(&workdir, &[&import[..], options].concat());
        assert_eq!(code, Some(0), "{output}");
        let month = ["overview", "--from", "2026-10", "--to", "2026-10"];
        let (_, output) = run(&workdir, &month);
        assert_eq!(output.contains(" matched "), condition.is_empty(), "{output}");
        let (code, output) = run(&workdir, &[&CLOSE[..], &["--if-matched"]].concat());
        if condition.is_empty() {
            assert_eq!(code, Some(0), "{output}");
            let store = Connection::open(workdir.path("data/counts.db")).unwrap();
            let record: String = store.query_row("select record from closings", [], |row| row.get(0)).unwrap();
            assert!(record.contains("\nstatus: uncounted\n") && !record.contains("accepted:"), "{record}");
            continue;
        }
        assert!(code == Some(1) && output.contains(&format!("\n{condition}")), "{output}");
        assert_eq!(run(&workdir, &CLOSE).0, Some(1), "{condition}");
    }
}

#[test]
fn a_month_without_a_statement_names_what_else_stops_it() {
    let workdir = october();
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch("insert into clicks_daily (day, partner, code, kind, outcome, n) values ('2024-03-05', 'first', 'toolbar-main', 'sponsored', 'counted', 10)")
        .unwrap();
    let close = |accept: &[&str]| {
        let close = ["close", "--partner", "first", "--month", "2024-03"];
        run(
            &workdir,
            &close.into_iter().chain(accept.iter().flat_map(|reason| ["--accept", *reason])).collect::<Vec<_>>(),
        )
    };
    for (accept, stops) in [
        (&[][..], &["no_statement", "rolled_up"][..]),
        (&["no_statement=lost"], &["rolled_up"]),
        (&["lost"], &["rolled_up"]),
        (&["rolled_up=late"], &["no_statement"]),
    ] {
        let (code, output) = close(accept);
        let named: Vec<&str> = output
            .lines()
            .filter(|line| line.contains("accept it with"))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!((code, named), (Some(1), stops.to_vec()), "{accept:?}: {output}");
    }
    assert_eq!(close(&["no_statement=lost", "rolled_up=late"]).0, Some(0));
}

#[test]
fn rows_that_share_days_with_a_row_into_the_next_month_stay_unmapped() {
    let profile = r#"{ zone = "UTC", grain = "week", date = "From", date_end = "To", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "USD" }"#;
    let workdir = workdir_with_profile(profile);
    let header = "From,To,Tag,Clicks,Money\n";
    let weeks = ["09-28,2026-10-04", "10-05,2026-10-11", "10-12,2026-10-18", "10-19,2026-10-25", "10-26,2026-11-01"];
    let weeks: String = weeks.iter().map(|week| format!("2026-{week},QX1,0,7.00\n")).collect();
    let mut days = String::new();
    for day in 1..=31 {
        writeln!(days, "2026-10-{day:02},2026-10-{day:02},QX9,1,100.00").unwrap();
    }
    for (name, codes, rows) in [("weeks.csv", "QX1", weeks), ("days.csv", "QX9", days)] {
        workdir.write(name, format!("{header}{rows}").as_bytes());
        let (code, output) = run(&workdir, &["statement", "import", "--partner", "first", "--codes", codes, name]);
        assert_eq!(code, Some(0), "{output}");
    }
    let before = run(&workdir, &["settlement", "--format", "csv"]).1;
    let accept = ["unmapped=not ours", "out_of_tolerance=quiet"].map(|reason| ["--accept", reason]).concat();
    let (code, output) = run(&workdir, &[&CLOSE[..], &accept, &["--out", "out"]].concat());
    assert_eq!(code, Some(0), "{output}");
    let record = std::fs::read_to_string(workdir.path("out/record.txt")).unwrap();
    assert!(record.contains("\nstatement_revenue: 28.00 USD\n"), "{record}");
    assert!(record.contains("accepted: unmapped; 31 rows for 1 code with 3100.00 USD: \"QX9\" 31 rows "), "{record}");
    let after = run(&workdir, &["settlement", "--format", "csv"]).1;
    assert!(before.contains(",28.00,") && after.contains(",28.00,") && !after.contains("628.00"), "{before}{after}");
}
