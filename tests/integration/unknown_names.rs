//! A name, a parameter, a value or a date that means nothing is refused, by every command and every path of the admin listener: a report
//! of nothing would hide the mistake.

use rusqlite::Connection;

use qsproxy_test_support::workdir::Workdir;

use crate::reconcile::{import_statement, october, october_statement};

/// Days that have counts and a statement.
const OCTOBER: [&str; 4] = ["--from", "2026-10-01", "--to", "2026-10-31"];
const IN_OCTOBER: &str = "from=2026-10-01&to=2026-10-31";
/// Reports of the command line and of the admin listener with all of their parameters `partner` and `code`.
const BY_PARTNER: [&str; 6] = ["clicks", "filtered", "searches", "adjustments", "slices", "performance"];
const BY_CODE: [&str; 7] = ["clicks", "filtered", "searches", "adjustments", "active", "retention", "performance"];
const REPORTS: [&str; 8] =
    ["clicks", "filtered", "searches", "adjustments", "active", "retention", "slices", "performance"];
/// A name that nothing has, and that no message repeats on the admin listener.
const NOBODY: &str = "zebra";

#[track_caller]
fn assert_refused(workdir: &Workdir, arguments: &[&str], part: &str) {
    let done = workdir.run(arguments);
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!((done.status.code(), out.as_ref()), (Some(2), ""), "{arguments:?}: {err}");
    assert!(err.contains(part) && !err.contains("panicked"), "{arguments:?}: no {part} in {err}");
}

fn workdir() -> std::sync::Arc<Workdir> {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    workdir
}

#[test]
fn commands_refuse_what_means_nothing() {
    let workdir = workdir();
    let report = |report: &str, more: &[&str], part: &str| {
        assert_refused(&workdir, &[&["report", report], &OCTOBER[..], more].concat(), part);
    };
    for name in BY_PARTNER {
        for typo in [NOBODY, "First", "firs", "first ", ""] {
            report(name, &["--partner", typo], "--partner: no partner of this name");
        }
    }
    for name in BY_CODE {
        for typo in [NOBODY, "Toolbar-main", ""] {
            report(name, &["--code", typo], "--code: no code of this name");
        }
    }
    for name in REPORTS {
        report(name, &["--format", "xml"], "--format");
        report(name, &["--by", NOBODY], "--by");
        report(name, &["--kind", "counted"], "--kind");
        if !["retention", "performance"].contains(&name) {
            report(name, &["--by", "week"], "--by");
        }
        for (from, to, part) in [
            ("2026-10-31", "2026-10-01", "is after --to"),
            ("2026-02-30", "2026-10-01", "--from 2026-02-30: must be a date"),
            ("2026-10-01", "2026-10-1", "--to 2026-10-1: must be a date"),
            ("2026-10-01", "2026-10-01T10", "must be a date"),
            ("2950-01-01", "2950-01-31", "--from 2950-01-01: this day has not begun"),
        ] {
            assert_refused(&workdir, &["report", name, "--from", from, "--to", to], part);
        }
    }
    for by in ["month", "partner", "code"] {
        report("retention", &["--by", by], "--by: cohorts of `report retention` are of a day or a week");
    }
    for name in REPORTS.into_iter().filter(|name| *name != "performance") {
        report(name, &["--compare"], "--compare: only `report performance` compares periods");
    }
    report("active", &["--partner", "first"], "--partner: users are counted by code");
    report("slices", &["--code", "toolbar-main"], "--code: slices are not combined");
    assert_refused(&workdir, &[&["report", NOBODY], &OCTOBER[..]].concat(), NOBODY);
    for command in ["reconcile", "close"] {
        let run = |partner: &str, month: &str, part: &str| {
            assert_refused(&workdir, &[command, "--partner", partner, "--month", month], part);
        };
        run(NOBODY, "2026-10", "--partner zebra: no such partner");
        run("First", "2026-10", "--partner First: no such partner");
        run("first", "2026-1", "--month 2026-1: this must be a month");
        run("first", "2026-13", "--month 2026-13: this must be a month");
        run("first", "2026-10-01", "this must be a month");
        run("first", "2950-01", "--month 2950-01: ");
    }
    for (arguments, part) in [
        (&["overview", "--from", "2026-11", "--to", "2026-10"][..], "--from 2026-11 is after --to 2026-10"),
        (&["overview", "--from", "2026-1"], "--from 2026-1: must be a month"),
        (&["overview", "--to", "2026-10-01"], "--to 2026-10-01: must be a month"),
        (&["overview", "--from", "2950-01", "--to", "2950-02"], "--from 2950-01: this month has not begun"),
        (&["overview", "--format", "xml"], "--format"),
        (&["overview", "--partner", "first"], "--partner"),
        (&["close", "--partner", "first", "--month", "2026-10", "--if-matched", "--accept", "x"], "--accept"),
        (&["reconcile", "--partner", "first", "--month", "2026-10", "--format", "xml"], "--format"),
    ] {
        assert_refused(&workdir, arguments, part);
    }
    assert_refused(&workdir, &["statement", "import", "--partner", NOBODY, "statement.csv"], "no such partner");
    assert_refused(&workdir, &["statement", "list", "--format", "xml"], "--format");
}

#[test]
fn the_admin_listener_refuses_what_means_nothing() {
    let workdir = workdir();
    let proxy = workdir.start();
    let refused = |target: &str, part: &str| {
        let answer = proxy.admin_get(target, &[]);
        assert_eq!(answer.status, 400, "{target}: {}", answer.text());
        assert!(answer.text().contains(part) && !answer.text().contains(NOBODY), "{target}: {}", answer.text());
    };
    for format in ["csv", "json"] {
        let report = |name: &str, query: &str, part: &str| refused(&format!("/reports/{name}.{format}?{query}"), part);
        for name in BY_PARTNER.into_iter().chain(["reconciliation"]) {
            for typo in [NOBODY, "First", "first%20", ""] {
                report(name, &format!("{IN_OCTOBER}&partner={typo}"), "partner: no partner of this name");
            }
        }
        for name in BY_CODE {
            for typo in [NOBODY, "Toolbar-main", ""] {
                report(name, &format!("{IN_OCTOBER}&code={typo}"), "code: no code of this name");
            }
        }
        for name in REPORTS.into_iter().chain(["reconciliation"]) {
            for (query, part) in [
                ("", "from: must be a date"),
                ("from=2026-10-31&to=2026-10-01", "from is after to"),
                ("from=2026-10-01&to=2026-02-30", "to: must be a date"),
                ("from=2950-01-01&to=2950-01-31", "from: this day has not begun"),
            ] {
                report(name, query, part);
            }
            for more in ["zebra=1", "format=xml", "kind=counted", "Partner=first", "partner[]=first"] {
                report(name, &format!("{IN_OCTOBER}&{more}"), "unknown parameter");
            }
            report(name, &format!("{IN_OCTOBER}&to=2026-10-30"), "to: given more than once");
            if !["retention", "performance"].contains(&name) {
                report(name, &format!("{IN_OCTOBER}&by=week"), "unknown parameter");
            }
        }
        report("retention", &format!("{IN_OCTOBER}&by={NOBODY}"), "by: must be week or day");
        report(
            "performance",
            &format!("{IN_OCTOBER}&by={NOBODY}"),
            "by: must be one of day, week, month, partner, code",
        );
        for (query, part) in [
            ("from=2026-10-01&to=2026-10-31", "to: must be a month, YYYY-MM"),
            ("from=2026-11&to=2026-10", "from is after to"),
            ("from=2950-01&to=2950-02", "from: this month has not begun"),
            ("from=2020-01&to=2026-10", "can span at most 26 months"),
            ("partner=first", "unknown parameter; the parameters are from, to"),
            ("from=2026-10&from=2026-10", "from: given more than once"),
        ] {
            report("overview", query, part);
        }
        report("performance", &format!("{IN_OCTOBER}&compare={NOBODY}"), "compare: must be yes or no");
        report("clicks", &format!("{IN_OCTOBER}&compare=yes"), "unknown parameter");
        report("retention", &format!("{IN_OCTOBER}&by=month"), "by: must be week or day");
        report("partners", IN_OCTOBER, "unknown parameter; there are none here");
    }
    refused("/?from=2950-01-01&to=2950-01-31", "from: this day has not begun");
    for path in ["/metrics", "/livez", "/readyz"] {
        refused(&format!("{path}?{NOBODY}=1"), "unknown parameter; there are none here");
        assert_eq!(proxy.admin_get(path, &[]).status, 200, "{path}");
    }
}

#[test]
fn the_admin_page_refuses_what_means_nothing() {
    let workdir = workdir();
    let proxy = workdir.start();
    let refused = |target: &str, part: &str| {
        let answer = proxy.admin_get(target, &[]);
        assert_eq!(answer.status, 400, "{target}: {}", answer.text());
        assert!(answer.text().contains(part) && !answer.text().contains(NOBODY), "{target}: {}", answer.text());
    };
    for query in ["by=week", "zebra"] {
        refused(&format!("/?{IN_OCTOBER}&{query}"), "unknown parameter");
    }
    for typo in [NOBODY, "First", "first%20", ""] {
        refused(&format!("/?{IN_OCTOBER}&partner={typo}"), "partner: no partner of this name");
        refused(&format!("/?code={typo}"), "code: no code of this name");
    }
    for query in ["partner=first", "code=toolbar-main", "partner=first&code=toolbar-main"] {
        assert_eq!(proxy.admin_get(&format!("/?{IN_OCTOBER}&{query}"), &[]).status, 200, "{query}");
    }
}

#[test]
fn names_that_only_the_store_knows_are_valid() {
    let workdir = workdir();
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let removed = [
        ("searched", "insert into searches values ('2026-10-05T10', 'searched', 'toolbar-main', 'with_ads', 1)"),
        (
            "stated",
            "insert into statements (number, partner, imported, sha256, revision, first, last, currency, profile)
             select 9, 'stated', imported, sha256, revision, first, last, currency, profile from statements",
        ),
    ];
    for (_, sql) in removed {
        store.execute_batch(sql).unwrap();
    }
    store.execute_batch("insert into searches values ('2026-10-05T10', 'first', 'old-code', 'empty', 1)").unwrap();
    let proxy = workdir.start();
    for (option, name) in
        removed.map(|(name, _)| ("partner", name)).into_iter().chain([("code", "old-code"), ("partner", "unknown")])
    {
        let flag = format!("--{option}");
        let done = workdir.run(&[&["report", "searches"], &OCTOBER[..], &[&flag, name]].concat());
        assert_eq!(done.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        let target = format!("/reports/searches.csv?{IN_OCTOBER}&{option}={name}");
        assert_eq!(proxy.admin_get(&target, &[]).status, 200, "{target}");
    }
}
