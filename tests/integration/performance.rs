//! `report performance`: numbers calculated by hand, in every grouping and format, against the period before, and the same on the admin
//! listener.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::reconcile::{import_statement, october, october_statement};
use qsproxy_test_support::workdir::Workdir;

/// Rows of a report by group and currency, each a map from column to cell.
type Rows = Vec<BTreeMap<String, String>>;

#[track_caller]
fn csv(workdir: &Workdir, from: &str, to: &str, more: &[&str]) -> Rows {
    let arguments = [&["report", "performance", "--from", from, "--to", to, "--format", "csv"], more].concat();
    let done = workdir.run(&arguments);
    assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""), "{arguments:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

#[track_caller]
fn assert_row(rows: &Rows, group: &str, wanted: &[(&str, &str)]) {
    let row = rows.iter().find(|row| row["group"] == group).unwrap_or_else(|| panic!("no {group} in {rows:?}"));
    for (column, value) in wanted {
        assert_eq!(row.get(*column).map(String::as_str), Some(*value), "{group}, {column}: {row:?}");
    }
}

/// The sum of a column over all rows but the total, which it must equal.
#[track_caller]
fn assert_adds_up(rows: &Rows, column: &str) {
    let number = |row: &BTreeMap<String, String>| row[column].parse::<u64>().unwrap_or(0);
    let (totals, groups): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["group"] == "*");
    assert_eq!(
        groups.iter().map(|row| number(row)).sum::<u64>(),
        totals.iter().map(|row| number(row)).sum::<u64>(),
        "{column}"
    );
}

#[test]
fn a_month_is_reported_in_the_partners_days() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    // 30 searches with ads and 10 counted sponsored clicks an hour: 744 hours, of which UTC days would cut off seven.
    let month = [
        ("searches", "22320"),
        ("with_ads", "22320"),
        ("coverage_per_cent", "100.00"),
        ("clicks", "7440"),
        ("ctr_per_cent", "33.33"),
        ("theirs", "7440"),
        ("currency", "USD"),
        ("revenue", "2306.40"),
        ("stated_days", "31"),
        ("revenue_searches", "22320"),
        ("revenue_clicks", "7440"),
        ("rpm", "103.3333"),
        ("epc", "0.3100"),
        ("days", "31"),
        ("of_days", "31"),
    ];
    for by in ["day", "week", "month", "partner", "code"] {
        let rows = csv(&workdir, "2026-10-01", "2026-10-31", &["--by", by]);
        assert_row(&rows, "*", &month);
        for column in ["searches", "with_ads", "clicks", "theirs", "revenue_searches", "revenue_clicks"] {
            assert_adds_up(&rows, column);
        }
        let count = match by {
            "day" => 31,
            "week" => 5,
            _ => 1,
        };
        assert_eq!(rows.len(), count + 1, "{by}");
    }
    for (by, group) in [("month", "2026-10"), ("partner", "first"), ("code", "toolbar-main")] {
        assert_row(&csv(&workdir, "2026-10-01", "2026-10-31", &["--by", by]), group, &month);
    }
    let weeks = csv(&workdir, "2026-10-01", "2026-10-31", &["--by", "week"]);
    assert_row(
        &weeks,
        "2026-W40",
        &[("from", "2026-10-01"), ("to", "2026-10-04"), ("days", "4"), ("of_days", "7"), ("searches", "2880")],
    );
    assert_row(
        &weeks,
        "2026-W41",
        &[("from", "2026-10-05"), ("to", "2026-10-11"), ("days", "7"), ("searches", "5040")],
    );
    // On 1 November the clock goes back: 25 hours, of which the store has the last one from here on. The statement does not cover the day.
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch("insert into searches values ('2026-11-02T07', 'first', 'toolbar-main', 'with_ads', 30)")
        .unwrap();
    let november = csv(&workdir, "2026-11-01", "2026-11-01", &["--by", "day"]);
    assert_row(
        &november,
        "2026-11-01",
        &[("searches", "750"), ("revenue", ""), ("rpm", ""), ("epc", ""), ("theirs", ""), ("stated_days", "0")],
    );
    // In September there is nothing but the 30th.
    let days = csv(&workdir, "2026-09-01", "2026-09-30", &["--by", "day"]);
    assert_row(
        &days,
        "2026-09-29",
        &[("searches", "0"), ("coverage_per_cent", ""), ("clicks", "0"), ("ctr_per_cent", "")],
    );
    assert_row(&days, "2026-09-30", &[("searches", "720")]);
}

#[test]
fn revenue_is_divided_by_the_counts_of_its_own_codes_and_days_only() {
    let workdir = october();
    // The statement lacks the 31st and has a code that nobody configured.
    import_statement(&workdir, &(october_statement(|day| (day < 31).then_some(240)) + "2026-10-12,QX9,1,7,0.50\n"));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch(
            "insert into searches values ('2026-10-05T10', 'first', 'other', 'answered', 100), ('2026-10-05T10', 'first', 'other', 'failed', 9),
                 ('2026-10-05T11', 'gone', 'other', 'with_ads', 40), ('2026-10-05T11', 'unknown', 'other', 'refused', 4);
             insert into clicks values ('2026-10-05T10', 'first', 'other', 'sponsored', 'counted', 7),
                 ('2026-10-05T11', 'gone', 'other', 'sponsored', 'counted', 1), ('2026-10-05T11', 'gone', 'other', 'organic', 'counted', 8);",
        )
        .unwrap();
    let own = [
        ("revenue", "2232.00"),
        ("revenue_searches", "21600"),
        ("revenue_clicks", "7200"),
        ("rpm", "103.3333"),
        ("epc", "0.3100"),
    ];
    let rows = csv(&workdir, "2026-10-01", "2026-10-31", &["--by", "code"]);
    assert_row(&rows, "toolbar-main", &own);
    assert_row(
        &rows,
        "toolbar-main",
        &[("searches", "22320"), ("theirs", "7200"), ("stated_days", "30"), ("unmapped_revenue", "")],
    );
    assert_row(
        &rows,
        "other",
        &[
            ("searches", "140"),
            ("with_ads", "40"),
            ("coverage_per_cent", "28.57"),
            ("clicks", "8"),
            ("revenue", ""),
            ("rpm", ""),
        ],
    );
    assert_row(&rows, "*", &own);
    assert_row(&rows, "*", &[("searches", "22460"), ("unmapped_revenue", "0.50"), ("stated_days", "30")]);
    let rows = csv(&workdir, "2026-10-01", "2026-10-31", &["--by", "partner"]);
    assert_row(
        &rows,
        "gone",
        &[("searches", "40"), ("clicks", "1"), ("ctr_per_cent", "2.50"), ("revenue", ""), ("currency", "")],
    );
    assert_row(&csv(&workdir, "2026-10-01", "2026-10-31", &["--partner", "gone"]), "*", &[("searches", "40")]);
    assert_row(
        &csv(&workdir, "2026-10-01", "2026-10-31", &["--code", "other"]),
        "*",
        &[("searches", "140"), ("revenue", "")],
    );
    let text = workdir.run(&["report", "performance", "--from", "2026-10-01", "--to", "2026-10-31", "--by", "partner"]);
    let text = String::from_utf8(text.stdout).unwrap();
    for part in [
        "Coverage is with_ads ÷ searches",
        "Days are in America/Los_Angeles (first); UTC (gone).",
        "Revenue is told for 30 of 31 days.",
        "in the tags of no [[code]]",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn a_period_is_compared_with_the_one_before() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day <= 14 { 240 } else { 360 })));
    // As many days before: 2026-10-15 to 2026-10-28 against 2026-10-01 to 2026-10-14.
    let rows = csv(&workdir, "2026-10-15", "2026-10-28", &["--compare"]);
    let total = [
        ("previous_from", "2026-10-01"),
        ("previous_to", "2026-10-14"),
        ("previous_searches", "10080"),
        ("searches_change_per_cent", "0.0"),
        ("clicks_change_per_cent", "0.0"),
        ("previous_revenue", "1041.60"),
        ("revenue", "1562.40"),
        ("revenue_change_per_cent", "50.0"),
        ("previous_rpm", "103.3333"),
        ("rpm_change_per_cent", "50.0"),
    ];
    assert_row(&rows, "*", &total);
    assert_row(
        &rows,
        "2026-10-20",
        &[("previous_from", "2026-10-06"), ("previous_to", "2026-10-06"), ("revenue_change_per_cent", "50.0")],
    );
    // A whole month against the month before, of which only the 30th has counts; the 31st has no day to be compared with.
    let rows = csv(&workdir, "2026-10-01", "2026-10-31", &["--compare"]);
    assert_row(
        &rows,
        "*",
        &[("previous_from", "2026-09-01"), ("previous_to", "2026-09-30"), ("searches_change_per_cent", "3000.0")],
    );
    assert_row(
        &rows,
        "*",
        &[("previous_revenue", ""), ("revenue_change_per_cent", ""), ("previous_rpm", ""), ("rpm_change_per_cent", "")],
    );
    assert_row(
        &rows,
        "2026-10-30",
        &[("previous_from", "2026-09-30"), ("previous_searches", "720"), ("searches_change_per_cent", "0.0")],
    );
    assert_row(
        &rows,
        "2026-10-31",
        &[("previous_from", ""), ("previous_searches", ""), ("searches_change_per_cent", "")],
    );
    assert_row(&rows, "2026-10-29", &[("previous_searches", "0"), ("searches_change_per_cent", "")]);
}

#[test]
fn the_admin_listener_and_its_page_report_the_same() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let proxy = workdir.start();
    for by in ["day", "week", "month", "partner", "code"] {
        for (compare, flag) in [("no", &[][..]), ("yes", &["--compare"])] {
            for format in ["csv", "json"] {
                let arguments = [
                    &[
                        "report",
                        "performance",
                        "--from",
                        "2026-10-01",
                        "--to",
                        "2026-10-31",
                        "--by",
                        by,
                        "--format",
                        format,
                    ],
                    flag,
                ]
                .concat();
                let printed = workdir.run(&arguments);
                let target =
                    format!("/reports/performance.{format}?from=2026-10-01&to=2026-10-31&by={by}&compare={compare}");
                let answer = proxy.admin_get(&target, &[]);
                assert_eq!((printed.status.code(), answer.status), (Some(0), 200), "{target}");
                assert_eq!(String::from_utf8_lossy(&printed.stdout), answer.text(), "{target}");
            }
        }
    }
    let json = proxy.admin_get("/reports/performance.json?from=2026-10-01&to=2026-10-31&by=month", &[]);
    let json: serde_json::Value = serde_json::from_str(&json.text()).unwrap();
    assert_eq!((&json[0]["rpm"], &json[0]["revenue"]), (&"103.3333".into(), &"2306.40".into()));
    assert_eq!((json[0]["coverage_per_cent"].as_f64(), json[0]["searches"].as_u64()), (Some(100.0), Some(22_320)));
    let page = proxy.admin_get("/?from=2026-10-01&to=2026-10-31", &[]).text().to_owned();
    for part in [
        "<title>2026-10-20, this period: 74.40</title>",
        "<title>2026-10-20, first: 720</title>",
        "<title>2026-10-20, first: 240</title>",
        "Revenue by day in USD",
        "polyline class=\"before dashed\"",
        "this period: 2,306.40 in total, highest 74.40 (2026-10-01).",
        "<td>103.3333</td>",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert!(proxy.admin_get("/", &[]).text().contains("section id=\"performance\""));
}

/// A zone off the whole hour: days are cut as in a reconciliation, and no hour is lost at the end of a period.
#[test]
fn days_off_the_whole_hour_are_those_of_the_reconciliation() {
    let workdir = october();
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    workdir.write("proxy.toml", config.replace("America/Los_Angeles", "Asia/Kolkata").as_bytes());
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    // Odd numbers, so that halves are rounded.
    store.execute("update clicks set n = n + 1 where kind = 'sponsored' and outcome = 'counted'", []).unwrap();
    let done = workdir.run(&["reconcile", "--partner", "first", "--month", "2026-10", "--format", "json"]);
    let reconciled: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let days = csv(&workdir, "2026-10-01", "2026-10-31", &["--by", "day"]);
    for day in reconciled["days"].as_array().unwrap() {
        assert_row(&days, day["day"].as_str().unwrap(), &[("clicks", &day["ours"].to_string())]);
    }
    let month = reconciled["month"]["ours"].to_string();
    assert_row(&csv(&workdir, "2026-10-01", "2026-10-31", &["--by", "month"]), "2026-10", &[("clicks", &month)]);
    // The last day of a period has all of its hours.
    let third = reconciled["days"][2]["ours"].to_string();
    assert_row(&csv(&workdir, "2026-10-01", "2026-10-03", &["--by", "day"]), "2026-10-03", &[("clicks", &third)]);
}

/// A statement that has codes from a month on says nothing of the months before.
#[test]
fn which_codes_have_the_money_is_decided_month_by_month() {
    let workdir = october();
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    workdir.write("proxy.toml", config.replace("code = \"Tag\", ", "").as_bytes());
    import_statement(&workdir, "Day,Searches,Clicks,Money\n2026-09-29,1,1,5.00\n2026-09-30,1,1,5.00\n");
    workdir.write("proxy.toml", config.as_bytes());
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let months = csv(&workdir, "2026-09-01", "2026-10-31", &["--by", "month"]);
    assert_row(&months, "2026-09", &[("revenue", "10.00"), ("unmapped_revenue", "")]);
    assert_row(&months, "2026-10", &[("revenue", "2306.40"), ("unmapped_revenue", "")]);
    assert_row(&months, "*", &[("revenue", "2316.40"), ("unmapped_revenue", "")]);
    // Days of a month are decided as the whole month is, and as settlement decides it.
    let days = csv(&workdir, "2026-09-30", "2026-10-01", &[]);
    assert_row(&days, "2026-09-30", &[("revenue", "5.00"), ("unmapped_revenue", "")]);
    workdir.write("proxy.toml", config.replace("code = \"Tag\", ", "").as_bytes());
    import_statement(&workdir, "Day,Searches,Clicks,Money\n2026-11-02,1,1,5.00\n");
    workdir.write("proxy.toml", config.as_bytes());
    import_statement(&workdir, "Day,Tag,Searches,Clicks,Money\n2026-11-20,QX1,1,1,3.00\n");
    let days = csv(&workdir, "2026-11-02", "2026-11-03", &["--by", "partner"]);
    assert_row(&days, "*", &[("revenue", ""), ("unmapped_revenue", "5.00")]);
    let settlement = workdir.run(&["settlement", "--from", "2026-11", "--format", "csv"]);
    let settlement = String::from_utf8(settlement.stdout).unwrap();
    assert!(settlement.lines().nth(1).unwrap().ends_with(",5.00"), "{settlement}");
}
