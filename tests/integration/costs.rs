//! What partners cost that are paid by request: `report costs`, the margin in `report performance`, and the journal, on SQLite and
//! PostgreSQL.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use crate::settlement::{beancount_balances, close, hledger_balances, run, state, succeed, workdirs};
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::workdir::Workdir;

/// Day, partner, code, currency, price in millionths, requests.
const ROWS: [(&str, &str, &str, &str, u32, u32); 8] = [
    ("2026-09-30", "first", "toolbar-main", "EUR", 5_000, 1_001),
    ("2026-10-01", "first", "toolbar-main", "EUR", 5_000, 3),
    ("2026-10-01", "first", "toolbar-two", "EUR", 3_333, 7),
    // A price that changed within the day.
    ("2026-10-01", "first", "toolbar-two", "EUR", 4_001, 1),
    ("2026-10-02", "gone", "old", "JPY", 500_000, 3),
    ("2026-10-02", "gone", "old", "USD", 0, 9),
    ("2026-10-31", "gone", "old", "", 0, 4),
    ("2026-11-02", "first", "toolbar-main", "EUR", 5_000, 10),
];

/// Stores the rows, on PostgreSQL as two nodes that counted a part each.
fn store_rows(workdir: &Workdir, server: Option<&PostgresProcess>) {
    for (day, partner, code, currency, price, n) in ROWS {
        let values = |n| format!("('{day}', '{partner}', '{code}', '{currency}', {price}, {n})");
        match server {
            Some(server) => {
                for (node, n) in [("a", n / 2), ("b", n - n / 2)] {
                    let values = values(n).replacen('(', &format!("('{node}', "), 1);
                    server.query(&format!("insert into node_partner_requests values {values}"));
                }
            }
            None => {
                let store = Connection::open(workdir.path("data/counts.db")).unwrap();
                store.execute_batch(&format!("insert into partner_requests values {}", values(n))).unwrap();
            }
        }
    }
}

fn costs(workdir: &Workdir, more: &[&str]) -> String {
    let report = ["report", "costs", "--from", "2026-10-01", "--to", "2026-10-31"];
    succeed(workdir, &[&report[..], more].concat())
}

const BY_PARTNER: &str = "group,from,to,currency,requests,cost
first,2026-10-01,2026-10-31,EUR,11,0.042332
gone,2026-10-01,2026-10-31,,4,
gone,2026-10-01,2026-10-31,JPY,3,1.5
gone,2026-10-01,2026-10-31,USD,9,0.00
*,2026-10-01,2026-10-31,,4,
*,2026-10-01,2026-10-31,EUR,11,0.042332
*,2026-10-01,2026-10-31,JPY,3,1.5
*,2026-10-01,2026-10-31,USD,9,0.00
";

fn assert_costs(workdir: &Workdir) {
    assert_eq!(costs(workdir, &["--by", "partner", "--format", "csv"]), BY_PARTNER);
    let first = ["--partner", "first", "--format", "csv"];
    assert_eq!(
        costs(workdir, &first),
        "group,from,to,currency,requests,cost\n2026-10-01,2026-10-01,2026-10-01,EUR,11,0.042332\n*,2026-10-01,2026-10-31,EUR,11,0.042332\n"
    );
    let by_code = costs(workdir, &["--by", "code", "--partner", "first", "--format", "csv"]);
    assert!(by_code.contains("\ntoolbar-main,2026-10-01,2026-10-31,EUR,3,0.015\n"), "{by_code}");
    assert!(by_code.contains("\ntoolbar-two,2026-10-01,2026-10-31,EUR,8,0.027332\n"), "{by_code}");
    let weeks = costs(workdir, &["--by", "week", "--code", "old", "--format", "csv"]);
    assert!(weeks.contains("\n2026-W40,2026-10-01,2026-10-04,JPY,3,1.5\n"), "{weeks}");
    assert!(weeks.contains("\n2026-W44,2026-10-26,2026-10-31,,4,\n"), "{weeks}");
    let months = costs(workdir, &["--by", "month", "--format", "json"]);
    let months: Value = serde_json::from_str(&months).unwrap();
    assert_eq!(
        months[1],
        serde_json::json!({"group": "2026-10", "from": "2026-10-01", "to": "2026-10-31", "currency": "EUR", "requests": 11, "cost": "0.042332"})
    );
    assert!(costs(workdir, &[]).contains("A request without a price has no currency and no cost here."));
    for (more, message) in [
        (["--partner", "searxgn"], "--partner: no partner of this name"),
        (["--code", "zebra"], "--code: no code of this name"),
    ] {
        let (code, output) =
            run(workdir, &[&["report", "costs", "--from", "2026-10-01", "--to", "2026-10-31"][..], &more].concat());
        assert!(code == 2 && output.contains(message), "{code} {output}");
    }
    let empty = ["report", "costs", "--from", "2026-07-01", "--to", "2026-07-31", "--format", "csv"];
    assert_eq!(succeed(workdir, &empty), "group,from,to,currency,requests,cost\n*,2026-07-01,2026-07-31,,0,\n");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn costs_are_exact_and_the_same_in_both_stores_and_on_the_admin_listener() {
    let server = PostgresProcess::start();
    let mut outputs = Vec::new();
    for (workdir, server) in workdirs(Some(&server)).iter().zip([None, Some(&server)]) {
        store_rows(workdir, server);
        assert_costs(workdir);
        let proxy = workdir.start();
        let target = "/reports/costs.csv?from=2026-10-01&to=2026-10-31";
        assert_eq!(proxy.admin_get(&format!("{target}&by=partner"), &[]).text(), BY_PARTNER);
        for (more, message) in [
            ("&partner=searxgn", "partner: no partner of this name"),
            ("&by=zebra", "by: must be one of day, week, month, partner, code"),
            ("&compare=yes", "unknown parameter"),
        ] {
            let answer = proxy.admin_get(&format!("{target}{more}"), &[]);
            assert!(answer.status == 400 && answer.text().contains(message), "{more}: {}", answer.text());
        }
        let printed = costs(workdir, &["--by", "month", "--format", "json"]);
        let json = proxy.admin_get("/reports/costs.json?from=2026-10-01&to=2026-10-31&by=month", &[]);
        assert_eq!(json.text(), printed);
        outputs.push((printed, succeed(workdir, &["journal", "--from", "2026-01-01", "--to", "2026-12-31"])));
    }
    assert_eq!(outputs[0], outputs[1]);
}

/// Cells of `report performance` by group and currency.
fn performance(workdir: &Workdir, to: &str, more: &[&str]) -> BTreeMap<(String, String), (String, String, String)> {
    let report = ["report", "performance", "--from", "2026-10-01", "--to", to, "--format", "csv"];
    let text = succeed(workdir, &[&report[..], more].concat());
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    assert_eq!(header[header.len() - 2..], ["cost", "margin"]);
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let [group, currency, revenue] = ["group", "currency", "revenue"].map(place);
    let cells = |line: Vec<String>| {
        let [cost, margin] = [2, 1].map(|from_end| line[line.len() - from_end].clone());
        ((line[group].clone(), line[currency].clone()), (line[revenue].clone(), cost, margin))
    };
    lines.map(cells).collect()
}

#[test]
fn the_margin_is_our_share_of_the_revenue_less_the_cost() {
    let workdir = &workdirs(None)[0];
    store_rows(workdir, None);
    state(workdir, "first", "2026-10", &[("QX1", "16.67"), ("QX_2", "10.00")]);
    let row = |rows: &BTreeMap<(String, String), (String, String, String)>, group: &str, currency: &str| {
        let (revenue, cost, margin) = rows[&(group.to_owned(), currency.to_owned())].clone();
        [revenue, cost, margin].join(" ")
    };
    // 75 % of 53.34 are 40.005; of 33.34 they are 25.005, and of 20.00 they are 15.
    for more in [&["--by", "month", "--partner", "first"][..], &["--by", "week", "--partner", "first", "--compare"]] {
        let rows = performance(workdir, "2026-10-02", more);
        assert_eq!(row(&rows, "*", "EUR"), "53.34 0.042332 39.962668", "{rows:?}");
        let group = if more[1] == "month" { "2026-10" } else { "2026-W40" };
        assert_eq!(row(&rows, group, "EUR"), "53.34 0.042332 39.962668", "{rows:?}");
    }
    let codes = performance(workdir, "2026-10-02", &["--by", "code", "--partner", "first"]);
    assert_eq!(row(&codes, "toolbar-main", "EUR"), "33.34 0.015 24.99");
    assert_eq!(row(&codes, "toolbar-two", "EUR"), "20.00 0.027332 14.972668");
    let days = performance(workdir, "2026-10-02", &["--by", "day", "--partner", "first"]);
    assert_eq!(row(&days, "2026-10-01", "EUR"), "26.67 0.042332 19.960168");
    assert_eq!(row(&days, "2026-10-02", "EUR"), "26.67  20.0025");
    // Revenue is told for two days of three: the cost is known, the margin is not.
    assert_eq!(row(&performance(workdir, "2026-10-03", &["--partner", "first"]), "*", "EUR"), "53.34 0.042332 ");
    // A cost in yen is subtracted from nothing, and a partner without revenue has no margin.
    let all = performance(workdir, "2026-10-02", &["--by", "partner"]);
    assert_eq!([row(&all, "*", "EUR"), row(&all, "*", "JPY")], ["53.34 0.042332 ", " 1.5 "]);
    assert_eq!([row(&all, "gone", "JPY"), row(&all, "gone", "USD")], [" 1.5 ", " 0.00 "]);
    assert_eq!(row(&all, "first", "EUR"), "53.34 0.042332 39.962668");
    let report = ["report", "performance", "--from", "2026-10-01", "--to", "2026-10-02", "--by", "partner"];
    let text = succeed(workdir, &report);
    assert!(text.contains("Costs in JPY, USD are not subtracted from revenue in another currency"), "{text}");
    // Requests without a price: what they cost is not known.
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch("insert into partner_requests values ('2026-10-02', 'first', 'toolbar-two', '', 0, 1)")
        .unwrap();
    let codes = performance(workdir, "2026-10-02", &["--by", "code", "--partner", "first"]);
    assert_eq!(row(&codes, "toolbar-main", "EUR"), "33.34 0.015 24.99");
    assert_eq!(row(&codes, "toolbar-two", "EUR"), "20.00 0.027332 ");
}

#[test]
fn the_journal_has_one_entry_for_each_partner_and_month() {
    let workdir = &workdirs(None)[0];
    store_rows(workdir, None);
    let journal = succeed(workdir, &["journal", "--from", "2026-09-01", "--to", "2026-11-30"]);
    for entry in [
        "\n2026-09-30 (requests 2026-09) first 2026-09, requests\n    expenses:payees:requests:first  5.005 EUR\n    liabilities:payable:requests:first  -5.005 EUR\n",
        "\n2026-10-31 (requests 2026-10) first 2026-10, requests\n    expenses:payees:requests:first  0.042332 EUR\n    liabilities:payable:requests:first  -0.042332 EUR\n",
        "\n2026-10-31 (requests 2026-10) gone 2026-10, requests\n    expenses:payees:requests:gone  1.5 JPY\n    liabilities:payable:requests:gone  -1.5 JPY\n",
        "commodity 1000.000000 EUR\ncommodity 1000.0 JPY\n",
    ] {
        assert!(journal.contains(entry), "{entry}\n{journal}");
    }
    assert_eq!(journal.matches("(requests ").count(), 3, "{journal}");
    // A month whose last day is not asked for, and one that is not over on the machine that runs the test.
    let part = succeed(workdir, &["journal", "--from", "2026-10-05", "--to", "2026-10-30"]);
    assert_eq!(part.matches("(requests ").count(), 0, "{part}");
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let later = "insert into partner_requests values ('2999-05-01', 'first', 'toolbar-main', 'EUR', 1, 1)";
    store.execute_batch(later).unwrap();
    let running = succeed(workdir, &["journal", "--from", "2999-05-01", "--to", "2999-05-31"]);
    assert!(
        running.starts_with("; not over, and so its requests are not in this journal: first 2999-05\n"),
        "{running}"
    );
    assert!(!running.contains("(requests "), "{running}");
}

#[test]
#[ignore = "needs hledger and beancount"]
fn hledger_and_beancount_have_the_balances_of_the_report_of_costs() {
    let workdir = &workdirs(None)[0];
    store_rows(workdir, None);
    state(workdir, "first", "2026-10", &[("QX1", "16.67"), ("QX_2", "10.00")]);
    close(workdir, "first", "2026-10");
    // Months that are over on every machine that runs the test.
    let report =
        ["report", "costs", "--from", "2026-01-01", "--to", "2026-10-31", "--by", "partner", "--format", "csv"];
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for line in succeed(workdir, &report).lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[0] != "*" && !matches!(cells[5], "" | "0.00") {
            wanted.insert(format!("{} {}", cells[0], cells[3]), cells[5].to_owned());
        }
    }
    assert_eq!(wanted["first EUR"], "5.047332");
    let number = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    for balances in [hledger_balances(workdir), beancount_balances(workdir)] {
        let costs: Vec<_> = balances.iter().filter(|(name, _)| name.to_lowercase().contains(":requests:")).collect();
        assert_eq!(costs.len(), 2 * wanted.len(), "{balances:#?}");
        for (name, balance) in costs {
            let partner = name.rsplit(':').next().unwrap().to_lowercase();
            let (_, cost) = wanted.iter().find(|(known, _)| known.to_lowercase() == partner).unwrap();
            let sign = if name.to_lowercase().starts_with("liabilities") { "-" } else { "" };
            assert_eq!(number(balance), format!("{sign}{}", number(cost)), "{name}");
        }
    }
}
