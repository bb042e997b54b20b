//! Budgets of partners that are paid by request: never one request too many, and the ceiling is reached.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::http_client::{request_bytes, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::random::Random;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

const PRICE: &str = r#""5.00 USD per 1000 requests""#;
const SEARCH: (&str, &[&str]) = ("/search?q=boots", &["Accept: application/json"]);

fn partner() -> MockPartner {
    MockPartner::json(sample_results())
}

fn config(first: &MockPartner, budget: &str) -> ConfigBuilder {
    ConfigBuilder::new(first).with("partner first", "price", PRICE).with("partner first", "budget", budget)
}

fn search(proxy: &Proxy) -> u16 {
    proxy.get(SEARCH.0, SEARCH.1).status
}

/// The requests in the store, by currency and price.
fn booked(proxy: &Proxy, condition: &str) -> i64 {
    proxy.query_number(&format!("select coalesce(sum(n), 0) from partner_requests where {condition}"))
}

#[test]
fn at_the_ceiling_the_next_partner_is_asked() {
    let (first, second) = (partner(), partner());
    let config = config(&first, r#"{ day = "20 requests", month = "1000 USD" }"#)
        .partner("second", &second.url())
        .with("code toolbar-main", "partners", r#"["first", "second"]"#);
    let mut proxy = Proxy::start(&config.text());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..25).for_each(|_| assert_eq!(search(&proxy), 200)));
        }
    });
    assert_eq!((first.requests().len(), second.requests().len()), (20, 80));
    proxy.wait_for_event("event=budget_low partner=first code=* period=day");
    proxy.wait_for_event("event=budget_reached partner=first code=* period=day");
    assert_eq!(proxy.stderr().matches("event=budget_").count(), 2, "{}", proxy.stderr());
    let requests = |state| {
        let labels = format!(r#"{{partner="first",code="*",period="day",state="{state}"}}"#);
        proxy.metric(&format!("qsproxy_partner_budget_requests{labels}"))
    };
    wait_for("the gauges", || ((requests("spent"), requests("remaining")) == (20, 0)).then_some(()));
    let money = r#"{partner="first",code="*",period="month",state="spent",currency="USD"}"#;
    assert_eq!(proxy.metric(&format!("qsproxy_partner_budget_money_micros{money}")), 100_000);
    assert_eq!(proxy.metric(r#"qsproxy_partner_budget_skips_total{partner="first"}"#), 80);
    let table = proxy.admin_get("/reports/partners.csv", &[]).text().to_owned();
    assert!(table.contains("\nfirst,1,20,0,0,0,closed,0,80,20,0\n"), "{table}");
    assert!(proxy.admin_get("/", &[]).text().contains("first, budget used up"));
    assert!(proxy.terminate().success());
    assert_eq!(booked(&proxy, "partner = 'first' and currency = 'USD' and price = 5000"), 20);
    assert_eq!(booked(&proxy, "partner = 'second'"), 0, "it is not paid by request");
}

#[test]
fn without_another_partner_the_answer_is_503_at_once() {
    let first = partner();
    let proxy = Proxy::start(&config(&first, r#"{ month = "0.015 USD" }"#).text());
    assert_eq!((0..3).map(|_| search(&proxy)).collect::<Vec<_>>(), [200, 200, 200]);
    let started = Instant::now();
    for _ in 0..20 {
        let response = proxy.get(SEARCH.0, SEARCH.1);
        assert_eq!((response.status, response.problem().as_str()), (503, "partner_unavailable"));
        assert!(response.header("retry-after").is_some());
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(first.requests().len(), 3);
}

#[test]
fn a_code_has_a_budget_of_its_own_within_that_of_the_partner() {
    let first = partner();
    let budget = r#"{ day = "12 requests", codes = { other = { day = "5 requests" } } }"#;
    let proxy = Proxy::start(&config(&first, budget).code("other", r#"["first"]"#).text());
    let answered = |target: &str| (0..10).filter(|_| proxy.get(target, SEARCH.1).status == 200).count();
    assert_eq!(answered("/search?q=boots&code=other"), 5);
    assert_eq!(answered("/search?q=boots"), 7);
    assert_eq!(answered("/search?q=boots&code=other"), 0);
    assert_eq!(first.requests().len(), 12);
}

/// What is not used is given back at a stop, and by a reload.
#[test]
fn restarts_and_reloads_lose_nothing() {
    let first = partner();
    let text = config(&first, r#"{ day = "30 requests" }"#).text();
    let mut proxy = Proxy::start(&text);
    for round in 1..=4 {
        assert_eq!((0..5).filter(|_| search(&proxy) == 200).count(), 5);
        if round % 2 == 0 {
            assert!(proxy.terminate().success());
            assert_eq!(proxy.query_number("select max(requests) from budgets"), 5 * round);
            proxy.restart();
        } else {
            let lower = text.replace("30 requests", "29 requests");
            std::fs::write(proxy.folder().join("proxy.toml"), if round == 1 { &lower } else { &text }).unwrap();
            proxy.signal("HUP");
            proxy.wait_for_event("event=reloaded");
        }
    }
    wait_up_to(Duration::from_secs(15), "the rest of the budget", || {
        search(&proxy);
        (first.requests().len() == 29 || first.requests().len() == 30).then_some(())
    });
    (0..20).for_each(|_| assert!(matches!(search(&proxy), 200 | 503)));
    assert!(first.requests().len() <= 30, "{}", first.requests().len());
}

/// Kills the program while it is searched, again and again.
fn killed_again_and_again(proxies: &mut [Proxy], first: &MockPartner, ceiling: usize, seed: u64) {
    let mut random = Random::new(seed);
    let answered = AtomicU64::new(0);
    for _ in 0..12 {
        std::thread::scope(|scope| {
            for proxy in proxies.iter() {
                for _ in 0..2 {
                    let (public, answered) = (proxy.public, &answered);
                    scope.spawn(move || {
                        for _ in 0..400 {
                            let request = request_bytes("GET", SEARCH.0, "127.0.0.1:8080", SEARCH.1);
                            match send_once(public, &request).ok().map(|response| response.status) {
                                Some(200) => drop(answered.fetch_add(1, Ordering::Relaxed)),
                                Some(_) => std::thread::sleep(Duration::from_millis(2)),
                                None => return,
                            }
                        }
                    });
                }
            }
            std::thread::sleep(Duration::from_millis(20 + random.below(150) as u64));
            for proxy in proxies.iter() {
                proxy.signal("KILL");
            }
        });
        assert!(first.requests().len() <= ceiling, "{} of {ceiling}", first.requests().len());
        proxies.iter_mut().for_each(Proxy::restart);
    }
    eprintln!("{} answers, {} requests of {ceiling}", answered.into_inner(), first.requests().len());
}

#[test]
fn sigkill_never_exceeds_a_ceiling() {
    let first = partner();
    let mut proxies = [Proxy::start(&config(&first, r#"{ day = "600 requests", month = "10 USD" }"#).text())];
    killed_again_and_again(&mut proxies, &first, 600, 7);
    let [proxy] = &proxies;
    wait_up_to(Duration::from_secs(20), "the end of the budget", || (search(proxy) == 503).then_some(()));
    let sent = i64::try_from(first.requests().len()).unwrap();
    let reserved = proxy.query_number("select max(requests) from budgets where length(period) = 10");
    eprintln!("sent {sent}, reserved {reserved}");
    assert!(sent <= 600 && reserved == 600 && booked(proxy, "true") <= sent, "{sent} {reserved}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn three_nodes_share_one_budget() {
    let (server, first) = (PostgresProcess::start(), partner());
    let text = |node: usize, budget: &str| {
        config(&first, budget)
            .with("counts", "store", &format!("{:?}", server.url()))
            .with("counts", "spool", r#""data/spool.db""#)
            .with("counts", "node", &format!("\"node-{node}\""))
            .text()
    };
    // One of them is configured with less, and stops earlier.
    let budgets = [r#"{ day = "900 requests" }"#, r#"{ day = "900 requests" }"#, r#"{ day = "300 requests" }"#];
    let mut proxies: Vec<Proxy> =
        budgets.iter().enumerate().map(|(node, budget)| Proxy::start(&text(node, budget))).collect();
    wait_up_to(Duration::from_secs(20), "the tables", || (search(&proxies[0]) == 200).then_some(()));
    killed_again_and_again(&mut proxies, &first, 900, 11);
    wait_up_to(Duration::from_secs(60), "the end of the budget", || {
        let ended = proxies.iter().filter(|proxy| search(proxy) == 503).count() == proxies.len();
        let reserved = server.query("select coalesce(max(requests), 0) from budgets where length(period) = 10");
        (ended && reserved == ["900"]).then_some(())
    });
    eprintln!("{} of 900", first.requests().len());
    assert!(first.requests().len() <= 900);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn without_the_store_what_is_reserved_is_used_up() {
    let (mut server, first) = (PostgresProcess::start(), partner());
    let config = config(&first, r#"{ day = "5000 requests" }"#)
        .with("counts", "store", &format!("{:?}", server.url()))
        .with("counts", "spool", r#""data/spool.db""#);
    let proxy = Proxy::start(&config.text());
    wait_up_to(Duration::from_secs(20), "the tables", || (search(&proxy) == 200).then_some(()));
    server.crash();
    let answered = (0..100).filter(|_| search(&proxy) == 200).count();
    assert!(answered <= 16, "only what was reserved: {answered}");
    proxy.wait_for_event("event=budgets_failed");
    assert_eq!(proxy.metric("qsproxy_partner_budgets_readable"), 0);
    server.restart();
    wait_up_to(Duration::from_secs(20), "the store", || (search(&proxy) == 200).then_some(()));
    proxy.wait_for_event("event=budgets_recovered");
}

#[test]
fn what_was_not_sent_costs_nothing_and_what_was_repeated_costs_twice() {
    let unreachable = MockPartner::unreachable_url();
    let closed = ConfigBuilder::with_partner_url(&unreachable).with("partner first", "price", PRICE).with(
        "partner first",
        "budget",
        r#"{ day = "3 requests" }"#,
    );
    let mut proxy = Proxy::start(&closed.text());
    (0..10).for_each(|_| assert_eq!(search(&proxy), 502));
    assert!(proxy.terminate().success());
    assert_eq!((booked(&proxy, "true"), proxy.query_number("select max(requests) from budgets")), (0, 0));

    let first = partner();
    first.respond_in_order(vec![
        MockResponse::Json(sample_results()),
        MockResponse::CloseImmediately,
        MockResponse::Json(sample_results()),
    ]);
    let mut proxy = Proxy::start(&config(&first, r#"{ day = "3 requests" }"#).text());
    assert_eq!((search(&proxy), search(&proxy), search(&proxy)), (200, 200, 503));
    assert_eq!(first.requests().len(), 3);
    assert!(proxy.terminate().success());
    assert_eq!(booked(&proxy, "true"), 3);
}

#[test]
fn a_repeat_that_no_budget_is_left_for_is_not_sent() {
    let first = partner();
    first.respond_in_order(vec![MockResponse::Json(sample_results()), MockResponse::CloseImmediately]);
    let proxy = Proxy::start(&config(&first, r#"{ day = "2 requests" }"#).text());
    assert_eq!((search(&proxy), search(&proxy), search(&proxy)), (200, 502, 503));
    assert_eq!(first.requests().len(), 2);
}

/// A day of 10000 requests: one per cent within an hour, half of it at once.
#[test]
fn one_client_cannot_spend_a_budget() {
    let first = partner();
    let proxy = Proxy::start(&config(&first, r#"{ day = "10000 requests" }"#).with_default_limits().text());
    let answered = (0..300).filter(|_| search(&proxy) == 200).count();
    assert!((50..=52).contains(&answered), "{answered}");
    assert_eq!(proxy.metric(r#"qsproxy_client_limits_reached_total{limit="budget"}"#), 300 - answered as i64);
    let table = proxy.admin_get("/metrics", &[]).text().to_owned();
    assert!(!table.contains("127.0.0"), "no client in a metric");
}

#[test]
#[ignore = "needs faketime"]
fn a_day_and_a_month_turn() {
    let first = partner();
    let clock = FakeClock::starting_at("2026-11-29 12:00:00");
    let budget = r#"{ day = "5 requests", month = "8 requests" }"#;
    let mut proxy = Workdir::with_env_vars(&config(&first, budget).text(), &clock.env_vars()).start();
    let answered = |proxy: &Proxy| (0..12).filter(|_| search(proxy) == 200).count();
    assert_eq!(answered(&proxy), 5);
    clock.set("2026-11-30 12:00:00");
    assert_eq!(answered(&proxy), 3, "the month ends it");
    clock.set("2026-11-29 23:59:00");
    assert_eq!(answered(&proxy), 0, "a clock that is set back brings no second budget");
    clock.set("2026-12-01 00:00:10");
    assert_eq!(answered(&proxy), 5);
    clock.set("2026-11-30 12:00:00");
    assert_eq!(answered(&proxy), 0);
    assert!(proxy.terminate().success());
    assert_eq!(booked(&proxy, "day = '2026-11-29'"), 5);
    assert_eq!(booked(&proxy, "day = '2026-11-30'"), 3);
    assert_eq!(booked(&proxy, "day = '2026-12-01'"), 5);
}

#[test]
fn mistakes_are_named() {
    let first = partner();
    let base = ConfigBuilder::new(&first);
    let check = |config: &ConfigBuilder| {
        let output = Workdir::new(&config.text()).run(&["check"]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let with = |price: Option<&str>, budget: &str| {
        let base = base.clone().with("partner first", "budget", budget);
        price.map_or(base.clone(), |price| base.with("partner first", "price", price))
    };
    for (config, wanted) in [
        (with(None, r#"{ day = "5 USD" }"#), "needs the price of a request"),
        (with(Some(PRICE), r#"{ day = "5 EUR" }"#), "the price is in USD"),
        (with(Some(PRICE), r#"{ day = "five" }"#), "such as \"1000 requests\""),
        (with(Some(PRICE), "{}"), "bounds nothing"),
        (with(Some(PRICE), r#"{ week = "5 USD" }"#), "unknown key"),
        (with(Some(PRICE), r#"{ codes = { nobody = { day = "5 USD" } } }"#), "no [[code]] of this name"),
        (
            with(Some(PRICE), r#"{ day = "5 requests", codes = { toolbar-main = { day = "6 requests" } } }"#),
            "is more than",
        ),
        (with(Some(r#""5 USD""#), r#"{ day = "5 USD" }"#), "must be a price"),
        (with(Some(r#""1 USD per 3000 requests""#), r#"{ day = "5 USD" }"#), "fraction of a millionth"),
        (
            with(
                Some(r#"{ "2026-01-01" = "1 USD per request", "2026-02-01" = "1 EUR per request" }"#),
                r#"{ day = "5 USD" }"#,
            ),
            "one currency",
        ),
        (
            with(Some(r#"{ soon = "1 USD per request" }"#), r#"{ day = "5 USD" }"#),
            "under the day from which it applies",
        ),
    ] {
        let (code, stderr) = check(&config);
        assert!(code == Some(1) && stderr.contains(wanted), "{wanted} is not in {stderr}");
    }
    let (code, stderr) = check(&base.clone().with("partner first", "price", PRICE));
    assert!(code == Some(0) && stderr.contains("partner[0].price: nothing bounds what this partner costs"), "{stderr}");
    let explained = Workdir::new(&with(Some(PRICE), r#"{ day = "5 USD" }"#).text())
        .run(&["explain", "http://127.0.0.1:8080/search?q=a"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(
        explained.contains("\nA request to first costs: 0.005 USD per request; at most 5.00 USD in a UTC day.\n"),
        "{explained}"
    );
    let dated = r#"{ "2026-01-01" = "5 USD per 1000", "2027-01-01" = "6 USD per 1000" }"#;
    let (code, stderr) = check(&with(Some(dated), r#"{ hour = "2 USD", day = "5 USD", month = "100 USD" }"#));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}
