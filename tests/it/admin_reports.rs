//! `/reports/…` of the admin listener says what `qsproxy report` prints, to the byte.

use crate::reconcile::october;

#[test]
fn no_two_views_disagree() {
    let home = october();
    let store = rusqlite::Connection::open(home.path("data/counts.db")).unwrap();
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
    let proxy = home.start();
    let mut answers = 0;
    for subject in ["clicks", "searches", "adjustments", "active", "retention", "slices"] {
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
                    let printed = home.run(&arguments);
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
    assert!(answers > 30, "{answers} answers say something");
    assert!(
        proxy.admin_get("/reports/clicks.csv?from=2024-01-01&to=2024-12-31", &[]).text().contains("2024-01-05,first,")
    );
}

#[test]
fn wrong_questions_are_refused_without_an_echo() {
    let home = october();
    let proxy = home.start();
    for (target, status, what) in [
        ("/reports/", 404, "reports are clicks, "),
        ("/reports/clicks", 404, "reports are clicks, "),
        ("/reports/clicks.xml?from=2026-10-01&to=2026-10-02", 404, "reports are clicks, "),
        ("/reports/people.csv?from=2026-10-01&to=2026-10-02", 404, "reports are clicks, "),
        ("/reports/clicks.csv", 400, "from: this must be a day"),
        ("/reports/clicks.csv?from=2026-10-01&to=zebra", 400, "to: this must be a day"),
        ("/reports/clicks.csv?from=2026-10-02&to=2026-10-01", 400, "from is after to"),
        ("/reports/clicks.csv?from=2020-01-01&to=2026-10-01", 400, "may span 800 days"),
        ("/reports/clicks.csv?from=2026-10-01&to=2026-10-02&zebra=1", 400, "a parameter is unknown"),
        ("/reports/retention.csv?from=2026-10-01&to=2026-10-02&by=zebra", 400, "by: this must be week or day"),
        ("/reports/active.csv?from=2026-10-01&to=2026-10-02&partner=zebra", 400, "partner: people belong to a code"),
        ("/reports/slices.json?from=2026-10-01&to=2026-10-02&code=zebra", 400, "code: slices are never crossed"),
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
