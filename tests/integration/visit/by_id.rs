//! Toolbars that send an anonymous ID and no stamp: daily active users, in a table of their own.

use std::collections::BTreeMap;

use super::{confirmed, env, post, provisional, visitors};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::visit_stamp::{cookie_line, header_line};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

/// The totals of the table by code.
fn by_code(proxy: &Proxy) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for ([_, code], n) in proxy.active_by_id() {
        *sums.entry(code).or_default() += n;
    }
    sums
}

fn sums(list: &[(&str, i64)]) -> BTreeMap<String, i64> {
    list.iter().map(|(code, n)| (code.to_string(), *n)).collect()
}

#[test]
fn an_id_without_a_stamp_counts_once_per_day() {
    let mut env = env();
    for query in [
        "q=x&id=toolbar-one-Kd93mZ",
        "q=y&id=toolbar-one-Kd93mZ",
        "q=x&id=toolbar-one-Kd93mZ&format=html",
        "q=x&id=toolbar-two-Kd93mZ",
        "q=x&id=toolbar-three-Kd93mZ&code=beta",
    ] {
        assert_eq!(env.search(query, &[]).status, 200);
    }
    assert_eq!(post(&env.proxy, "/search", &[], "q=x&id=toolbar-four-Kd93mZ&code=beta").status, 200);
    assert_eq!(post(&env.proxy, "/search", &[], "q=x&id=toolbar-one-Kd93mZ&code=gone").status, 200);
    for query in ["q=x", "q=x&id=", "q=x&uid=five"] {
        assert_eq!(env.search(query, &[]).status, 200);
    }
    wait_for("the counts", || (by_code(&env.proxy).values().sum::<i64>() == 4).then_some(()));
    assert!(env.proxy.terminate().success());
    assert_eq!(by_code(&env.proxy), sums(&[("toolbar-main", 2), ("beta", 2)]));
    assert_eq!(visitors(&env.proxy), 0, "not counted in the other table");
}

#[test]
fn a_client_with_a_stamp_or_an_opt_out_is_not_counted_by_id() {
    let mut env = env();
    let (first, held) = (provisional(&env.proxy), confirmed(&env.proxy));
    for line in [cookie_line(&held), header_line(&held), cookie_line(&first), "Sec-GPC: 1".into(), "DNT: 1".into()] {
        assert_eq!(env.search("q=x&id=toolbar-one-Kd93mZ", &[&line]).status, 200);
    }
    for (line, status) in [("User-Agent: Googlebot/2.1", 403), ("Sec-Purpose: prefetch", 200)] {
        assert_eq!(env.search("q=x&id=toolbar-one-Kd93mZ", &[line]).status, status, "{line}");
    }
    // Only a search reads the ID.
    for target in ["/?id=toolbar-one-Kd93mZ", "/visit?id=toolbar-one-Kd93mZ", "/search?q=&id=toolbar-one-Kd93mZ"] {
        env.proxy.get(target, &[]);
    }
    assert!(env.proxy.terminate().success());
    assert_eq!((by_code(&env.proxy), visitors(&env.proxy)), (sums(&[]), 2));
}

/// A toolbar that stores stamps declares it with its first search. Otherwise it would be counted twice.
#[test]
fn a_toolbar_that_asks_for_its_first_stamp_is_not_counted_by_its_id() {
    let mut env = env();
    assert_eq!(env.search("q=x&id=toolbar-one-Kd93mZ", &["Visit-Stamp:"]).status, 200);
    assert!(env.proxy.terminate().success());
    assert_eq!(by_code(&env.proxy), sums(&[]));
}

#[test]
#[ignore = "needs faketime"]
fn an_id_counts_again_on_the_next_day() {
    let clock = FakeClock::starting_at("2026-03-01 12:00:00");
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &clock.env_vars());
    let mut proxy = workdir.start();
    for time in ["2026-03-01 12:00:00", "2026-03-02 00:00:10", "2026-03-02 23:00:00"] {
        clock.set(time);
        proxy.restart();
        for _ in 0..3 {
            assert_eq!(proxy.get("/search?q=x&id=toolbar-one-Kd93mZ&format=json", &[]).status, 200);
        }
        assert!(proxy.terminate().success());
    }
    let key = |day: &str| [day.to_owned(), "toolbar-main".to_owned()];
    // IDs are remembered in memory only, so after the restart on the second day the ID counts again.
    assert_eq!(proxy.active_by_id(), BTreeMap::from([(key("2026-03-01"), 1), (key("2026-03-02"), 2)]));
}
