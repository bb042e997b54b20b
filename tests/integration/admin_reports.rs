//! `/reports/…` of the admin listener returns byte for byte what `qsproxy report` prints.

use crate::reconcile::{import_statement, october, october_statement};
use crate::statements::workdir_with_profile;

#[test]
fn reports_equal_the_output_of_the_command_line() {
    let workdir = october();
    let store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch(
            "insert into active values ('2026-10-05', 'toolbar-main', 0, 50), ('2026-10-06', 'toolbar-main', 1, 40);
             insert into retention values ('2026-10-05', 0, 'toolbar-main', 50), ('2026-10-05', 1, 'toolbar-main', 30);
             insert into slices values ('2026-10-05', 'first', 'language', 'de', 300), ('2026-10-05', 'first', 'language', 'fr', 30);
             insert into adjustments values ('clicks', '2026-10-05T10', 'first', 'toolbar-main', 'sponsored', 'counted', 3);
             insert into clicks_daily values ('2024-01-05', 'first', 'toolbar-main', 'sponsored', 'counted', 9);",
        )
        .unwrap();
    drop(store);
    let proxy = workdir.start();
    let mut answers = 0;
    for subject in ["clicks", "filtered", "searches", "adjustments", "active", "retention", "slices"] {
        for (from, to) in [("2026-10-01", "2026-10-31"), ("2024-01-01", "2024-12-31")] {
            for (name, value) in [("", ""), ("code", "toolbar-main"), ("partner", "first"), ("by", "day")] {
                for format in ["csv", "json"] {
                    let mut arguments = vec!["report", subject, "--from", from, "--to", to, "--format", format];
                    let option = format!("--{name}");
                    let mut target = format!("/reports/{subject}.{format}?from={from}&to={to}");
                    if !name.is_empty() {
                        arguments.extend([option.as_str(), value]);
                        target += &format!("&{name}={value}");
                    }
                    let printed = workdir.run(&arguments);
                    let answer = proxy.admin_get(&target, &[]);
                    if printed.status.code() == Some(2) {
                        assert_eq!(answer.status, 400, "{target}");
                        continue;
                    }
                    assert_eq!((printed.status.code(), answer.status), (Some(0), 200), "{target}");
                    assert_eq!(String::from_utf8_lossy(&printed.stdout), answer.text(), "{target}");
                    answers += usize::from(answer.text().len() > 100);
                }
            }
        }
    }
    assert!(answers > 30, "only {answers} responses have content");
    assert!(
        proxy.admin_get("/reports/clicks.csv?from=2024-01-01&to=2024-12-31", &[]).text().contains("2024-01-05,first,")
    );
}

#[test]
fn invalid_requests_are_rejected_without_repeating_their_values() {
    let workdir = october();
    let proxy = workdir.start();
    for (target, status, what) in [
        ("/reports/", 404, "reports are clicks, "),
        ("/reports/clicks", 404, "reports are clicks, "),
        ("/reports/clicks.xml?from=2026-10-01&to=2026-10-02", 404, "reports are clicks, "),
        ("/reports/people.csv?from=2026-10-01&to=2026-10-02", 404, "reports are clicks, "),
        ("/reports/clicks.csv", 400, "from: must be a date"),
        ("/reports/clicks.csv?from=2026-10-01&to=zebra", 400, "to: must be a date"),
        ("/reports/clicks.csv?from=2026-10-02&to=2026-10-01", 400, "from is after to"),
        ("/reports/clicks.csv?from=2020-01-01&to=2026-10-01", 400, "can span at most 800 days"),
        ("/reports/clicks.csv?from=2026-10-01&to=2026-10-02&zebra=1", 400, "unknown parameter"),
        ("/reports/retention.csv?from=2026-10-01&to=2026-10-02&by=zebra", 400, "by: must be week or day"),
        ("/reports/clicks.csv?from=2026-10-01&to=2026-10-02&partner=zebra", 400, "partner: no partner of this name is"),
        ("/reports/filtered.json?from=2026-10-01&to=2026-10-02&partner=zebra", 400, "the configuration has first"),
        ("/reports/searches.csv?from=2026-10-01&to=2026-10-02&code=zebra", 400, "code: no code of this name is"),
        (
            "/reports/adjustments.csv?from=2026-10-01&to=2026-10-02&partner=first&code=zebra",
            400,
            "code: no code of this",
        ),
        ("/reports/active.json?from=2026-10-01&to=2026-10-02&code=zebra", 400, "code: no code of this name is"),
        ("/reports/retention.csv?from=2026-10-01&to=2026-10-02&code=zebra", 400, "code: no code of this name is"),
        ("/reports/slices.csv?from=2026-10-01&to=2026-10-02&partner=zebra", 400, "partner: no partner of this name is"),
        ("/reports/clicks.csv?from=2026-10-01&to=2026-10-02&by=week", 400, "unknown parameter"),
        ("/reports/partners.csv?partner=zebra", 400, "there are none here"),
        ("/reports/active.csv?from=2026-10-01&to=2026-10-02&partner=zebra", 400, "partner: users are counted by code"),
        ("/reports/slices.json?from=2026-10-01&to=2026-10-02&code=zebra", 400, "code: slices are not combined"),
        (
            "/reports/reconciliation.csv?from=2026-10-01&to=2026-10-02&code=zebra",
            400,
            "code: a statement covers all codes",
        ),
        (
            "/reports/reconciliation.csv?from=2026-10-01&to=2026-10-02&partner=zebra",
            400,
            "partner: no partner of this name has",
        ),
        ("/reports/partners.csv?zebra=1", 400, "unknown parameter"),
        ("/?from=2026-10-01&to=zebra", 400, "to: must be a date"),
        ("/?from=2026-01-01&to=2026-10-01", 400, "can span at most 92 days"),
        ("/?by=day", 400, "unknown parameter; the parameters are from, to, partner, code"),
        ("/?partner=zebra", 400, "partner: no partner of this name"),
        ("/?code=zebra", 400, "code: no code of this name"),
    ] {
        let answer = proxy.admin_get(target, &[]);
        assert!(
            answer.status == status && answer.text().contains(what),
            "{target}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(!answer.text().contains("zebra"), "{target}");
    }
}

#[test]
fn reconciliation_equals_the_output_of_the_command_line() {
    let workdir = october();
    import_statement(
        &workdir,
        &(october_statement(|day| Some(if day == 9 { 220 } else { 240 })) + "2026-10-12,QX9,1,7,0.50\n"),
    );
    let proxy = workdir.start();
    let get = |query: &str| {
        let answer = proxy.admin_get(&format!("/reports/reconciliation.{query}"), &[]);
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.text().to_owned()
    };
    for format in ["csv", "json"] {
        let printed = workdir.run(&["reconcile", "--partner", "first", "--month", "2026-10", "--format", format]);
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert_eq!(get(&format!("{format}?from=2026-10-01&to=2026-10-31&partner=first")), printed);
    }
    let json = |query: &str| serde_json::from_str::<serde_json::Value>(&get(&format!("json?{query}"))).unwrap();
    // Part of a month has only its own days, and the totals of the whole month.
    let part = json("from=2026-10-08&to=2026-10-10&partner=first");
    let days: Vec<&str> = part["days"].as_array().unwrap().iter().filter_map(|day| day["day"].as_str()).collect();
    assert_eq!(days, ["2026-10-08", "2026-10-09", "2026-10-10"]);
    assert_eq!((part["month"]["ours"].as_i64(), part["unmapped"].as_array().unwrap().len()), (Some(7_440), 0));
    // Two months are a list, and so are all partners.
    let two = json("from=2026-09-30&to=2026-10-01&partner=first");
    let months: Vec<&str> = two.as_array().unwrap().iter().filter_map(|one| one["month"]["month"].as_str()).collect();
    assert_eq!(months, ["2026-09", "2026-10"]);
    assert_eq!(json("from=2026-10-01&to=2026-10-31")[0], json("from=2026-10-01&to=2026-10-31&partner=first"));
    assert_eq!(get("csv?from=2026-09-30&to=2026-10-01").matches("day,status,").count(), 1, "one header line");
}

#[test]
fn the_dashboard_shows_the_numbers_of_the_reports() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 220 } else { 240 })));
    let store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch(
            "insert into active values ('2026-10-05', 'toolbar-main', 0, 50), ('2026-10-06', 'toolbar-main', 1, 40);
             insert into retention values ('2026-10-05', 0, 'toolbar-main', 50), ('2026-10-05', 1, 'toolbar-main', 30);",
        )
        .unwrap();
    drop(store);
    let proxy = workdir.start();
    let page = proxy.admin_get("/?from=2026-10-01&to=2026-10-31", &[]);
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let text = page.text();
    for what in ["<script", "http:", "https:", " style=", " onclick=", "<img", "<form"] {
        assert!(!text.contains(what), "{what}");
    }
    let sections = ["clicks", "searches", "active", "retention", "reconciliation", "partners"];
    for section in sections {
        let start = text.find(&format!("<section id=\"{section}\">")).unwrap_or_else(|| panic!("no {section}"));
        let whole = &text[start..start + text[start..].find("</section>").unwrap()];
        for part in ["<svg", "<table", ".csv", ".json"] {
            assert!(whole.contains(part), "{section}: {part}");
        }
        let links = whole.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
        for link in links {
            let twin = proxy.admin_get(&link, &[]);
            assert!(twin.status == 200 && twin.text().len() > 20, "{link}: {} {}", twin.status, twin.text());
        }
    }
    // 24 hours of 10 sponsored clicks, and of 30 searches.
    assert!(text.contains("<title>2026-10-20, first: 240</title>"), "clicks");
    assert!(text.contains("<title>2026-10-20, first: 720</title>"), "searches");
    assert!(text.contains("<title>2026-10-09, under, theirs: 220</title>"), "reconciliation");
    assert!(text.contains("60.0 %"), "retention");
    assert!(text.contains("<td>50</td>") && text.contains("<td>40</td>"), "active users");
    // Without parameters the dashboard shows the last four weeks, which may be empty.
    assert_eq!(proxy.admin_get("/", &[]).status, 200);
}

/// By hand: 3 of 8, 1 of 3, and hours that were rolled up into a day; the same on the command line, in CSV, JSON and on the page.
#[test]
fn the_share_filtered_is_reported_by_day_and_partner() {
    let workdir = october();
    let store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch(
            "delete from clicks;
             insert into clicks values
                 ('2026-10-05T10', 'first', 'toolbar-main', 'sponsored', 'counted', 4),
                 ('2026-10-05T11', 'first', 'toolbar-main', 'organic', 'counted', 1),
                 ('2026-10-05T11', 'first', 'other', 'organic', 'bot', 2),
                 ('2026-10-05T23', 'first', 'toolbar-main', 'sponsored', 'repeated', 1),
                 ('2026-10-05T23', 'unknown', 'unknown', 'unknown', 'forged', 7),
                 ('2026-10-06T00', 'first', 'toolbar-main', 'sponsored', 'counted', 2),
                 ('2026-10-06T00', 'first', 'toolbar-main', 'sponsored', 'excess', 1),
                 ('2026-10-07T00', 'first', 'toolbar-main', 'sponsored', 'counted', 1999),
                 ('2026-10-07T00', 'first', 'toolbar-main', 'sponsored', 'head', 1);
             insert into clicks_daily values
                 ('2024-01-05', 'first', 'toolbar-main', 'sponsored', 'counted', 1),
                 ('2024-01-05', 'first', 'toolbar-main', 'sponsored', 'duplicate', 2);",
        )
        .unwrap();
    drop(store);
    let proxy = workdir.start();
    let head = "day,partner,counted,duplicate,expired,forged,prefetch,head,bot,cross_site,library,embedded,excess,repeated,\
                filtered,filtered_per_cent";
    let first = ["2026-10-05,first,5,0,0,0,0,0,2,0,0,0,0,1,3,37.5", "2026-10-06,first,2,0,0,0,0,0,0,0,0,0,1,0,1,33.3"];
    let unknown = "2026-10-05,unknown,0,0,0,7,0,0,0,0,0,0,0,0,7,100.0";
    // 0.05 per cent is rounded up.
    let last = "2026-10-07,first,1999,0,0,0,0,1,0,0,0,0,0,0,1,0.1";
    let old = "2024-01-05,first,1,2,0,0,0,0,0,0,0,0,0,0,2,66.7";
    let main_only = "2026-10-05,first,5,0,0,0,0,0,0,0,0,0,0,1,1,16.7";
    let october = "from=2026-10-01&to=2026-10-31";
    for (query, expected) in [
        (october.to_owned(), vec![first[0], unknown, first[1], last]),
        (format!("{october}&partner=first"), vec![first[0], first[1], last]),
        (format!("{october}&code=toolbar-main"), vec![main_only, first[1], last]),
        ("from=2024-01-05&to=2024-01-05".to_owned(), vec![old]),
        ("from=2023-01-05&to=2023-01-05".to_owned(), vec![]),
    ] {
        let csv = proxy.admin_get(&format!("/reports/filtered.csv?{query}"), &[]).text();
        assert_eq!(csv.lines().collect::<Vec<_>>(), [&[head][..], &expected].concat(), "{query}");
        let options = query.split(['&', '=']).enumerate();
        let options: Vec<String> =
            options.map(|(at, part)| if at % 2 == 0 { format!("--{part}") } else { part.to_owned() }).collect();
        for format in ["csv", "json"] {
            let mut command = workdir.command();
            command.args(["report", "filtered", "--format", format]).args(&options);
            let printed = String::from_utf8(command.output().unwrap().stdout).unwrap();
            assert_eq!(printed, proxy.admin_get(&format!("/reports/filtered.{format}?{query}"), &[]).text(), "{query}");
        }
    }
    let json = proxy.admin_get(&format!("/reports/filtered.json?{october}"), &[]).json();
    assert_eq!((&json[0]["filtered_per_cent"], &json[0]["bot"]), (&37.5.into(), &2.into()));
    let table = workdir.run(&["report", "filtered", "--from", "2026-10-01", "--to", "2026-10-31"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.ends_with("\n counted 2006, filtered 12 (0.6 %)\n"), "{table}");
    let page = proxy.admin_get(&format!("/?{october}"), &[]).text();
    let section = page.split("<section id=\"filtered\">").nth(1).unwrap().split("</section>").next().unwrap();
    for part in
        ["counted 2006, filtered 12 (0.6 %)", "<td>37.5</td>", "/reports/filtered.csv?", "/reports/filtered.json?"]
    {
        assert!(section.contains(part), "{part}: {section}");
    }
}

#[test]
fn a_failing_partner_is_shown_as_down() {
    let workdir = october();
    let proxy = workdir.start();
    let up = || proxy.admin_get("/reports/partners.csv", &[]).text().to_owned();
    assert!(up().contains("\nfirst,1,0,0,0,0,closed,0,0,,\n"), "{}", up());
    for _ in 0..6 {
        proxy.get("/search?q=boots&code=toolbar-main", &[]);
    }
    assert!(up().contains("\nfirst,0,0,6,0,0,closed,0,0,,\n"), "{}", up());
    assert!(proxy.admin_get("/", &[]).text().contains("first (down)"));
    assert!(proxy.admin_get("/metrics", &[]).text().contains("qsproxy_partner_up{partner=\"first\"} 0\n"));
}

#[test]
fn reconciliation_and_reports_count_the_same_clicks() {
    let workdir = workdir_with_profile(r#"{ zone = "UTC", date = "Day", clicks = "Clicks" }"#);
    let mut store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    let write = store.transaction().unwrap();
    for hour in 0..(31 * 24_u32) {
        let at = format!("2026-10-{:02}T{:02}", hour / 24 + 1, hour % 24);
        for (place, kind) in ["sponsored", "organic"].iter().enumerate() {
            for (nth, outcome) in [
                "counted",
                "duplicate",
                "expired",
                "prefetch",
                "head",
                "bot",
                "cross_site",
                "library",
                "embedded",
                "excess",
                "repeated",
            ]
            .iter()
            .enumerate()
            {
                let n = hour * 7 % 11 + u32::try_from(place * 3 + nth).unwrap();
                let sql = "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, 'first', 'toolbar-main', ?2, ?3, ?4)";
                write.execute(sql, rusqlite::params![at, kind, outcome, n]).unwrap();
            }
        }
        for (nth, outcome) in ["with_ads", "answered", "empty", "failed", "refused", "robot"].iter().enumerate() {
            let sql =
                "insert into searches (hour, partner, code, outcome, n) values (?1, 'first', 'toolbar-main', ?2, ?3)";
            write.execute(sql, rusqlite::params![at, outcome, hour * 5 % 13 + u32::try_from(nth).unwrap()]).unwrap();
        }
    }
    write.commit().unwrap();
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&workdir.run(&[arguments, &["--format", "json"]].concat()).stdout).unwrap()
    };
    let days = ["--from", "2026-10-01", "--to", "2026-10-31"];
    let clicks = json(&[&["report", "clicks"][..], &days].concat());
    let searches = json(&[&["report", "searches"][..], &days].concat());
    let found = json(&["reconcile", "--partner", "first", "--month", "2026-10"]);
    let sum = |rows: &serde_json::Value, is_meant: &dyn Fn(&serde_json::Value) -> bool| -> i64 {
        rows.as_array().unwrap().iter().filter(|row| is_meant(row)).map(|row| row["n"].as_i64().unwrap()).sum()
    };
    for day in found["days"].as_array().unwrap() {
        let date = &day["day"];
        for (outcome, n) in day["outcomes"].as_object().unwrap() {
            let reported =
                sum(&clicks, &|row| row["day"] == *date && row["kind"] == "sponsored" && row["outcome"] == *outcome);
            assert_eq!(n.as_i64(), Some(reported), "{date} {outcome}");
        }
        let organic =
            sum(&clicks, &|row| row["day"] == *date && row["kind"] == "organic" && row["outcome"] == "counted");
        let answered = sum(&searches, &|row| {
            row["day"] == *date && !["failed", "refused", "robot"].map(Into::into).contains(&row["outcome"])
        });
        assert_eq!((day["organic"].as_i64(), day["searches"].as_i64()), (Some(organic), Some(answered)), "{date}");
    }
    assert!(found["month"]["ours"].as_i64().unwrap() > 1_000);
}

/// A name is known as long as it has counts, whether or not the configuration still has it.
#[test]
fn reports_refuse_unknown_names_and_print_removed_ones() {
    let workdir = october();
    let connection = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO clicks VALUES ('2026-10-05T10', 'gone', 'old', 'organic', 'counted', 3);
             INSERT INTO active VALUES ('2026-10-05', 'older', 0, 30);",
        )
        .unwrap();
    let run = |arguments: &[&str]| {
        let days = ["--from", "2026-10-01", "--to", "2026-10-31", "--format", "csv"];
        let output = workdir.run(&[&["report"], arguments, &days[..]].concat());
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    for subject in ["clicks", "filtered", "searches", "adjustments", "slices"] {
        let (status, text) = run(&[subject, "--partner", "nope"]);
        assert!(
            status == Some(2) && text.contains("--partner: no partner of this name") && text.contains("first"),
            "{text}"
        );
    }
    for subject in ["clicks", "searches", "adjustments", "active", "retention"] {
        let (status, text) = run(&[subject, "--code", "nope"]);
        assert!(
            status == Some(2) && text.contains("--code: no code of this name") && text.contains("toolbar-main"),
            "{text}"
        );
    }
    for arguments in [["clicks", "--by", "week"], ["active", "--by", "day"], ["slices", "--by", "week"]] {
        let (status, text) = run(&arguments);
        assert!(status == Some(2) && text.contains("--by: only"), "{text}");
    }
    for arguments in [
        ["clicks", "--partner", "gone"],
        ["searches", "--partner", "gone"],
        ["clicks", "--code", "old"],
        ["active", "--code", "older"],
        ["clicks", "--partner", "unknown"],
        ["retention", "--by", "week"],
    ] {
        assert_eq!(run(&arguments).0, Some(0), "{arguments:?}");
    }
    assert!(run(&["clicks", "--partner", "gone"]).1.contains("2026-10-05,gone,old,organic,counted,3"));
}
