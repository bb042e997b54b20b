//! Clicks beyond the rate of a client, and repeated ones: redirected like any other, counted apart.

use std::time::{Duration, Instant};

use qsproxy_test_support::http_client::request_bytes;
use qsproxy_test_support::test_env::{ORGANIC, TestEnv};

use super::{BYSTANDER, GREEDY, NEIGHBOUR, connect_from, refusals};

const FIREFOX: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

#[track_caller]
fn click_from(source: [u8; 4], env: &TestEnv, path: &str, headers: &[&str]) {
    let bytes = request_bytes("GET", path, &env.proxy.public.to_string(), headers);
    let response = connect_from(source, env.proxy.public).unwrap().send(&bytes).unwrap();
    assert_eq!((response.status, response.header("location")), (303, Some(ORGANIC)));
}

/// The clicks in the store that are `counted`, `duplicate`, `excess` and `repeated`.
fn outcomes(env: &TestEnv) -> [i64; 4] {
    ["counted", "duplicate", "excess", "repeated"].map(|outcome| env.proxy.clicks_with_outcome(outcome))
}

#[test]
fn one_client_cannot_write_the_number_of_clicks() {
    let env =
        TestEnv::with(|config| config.with("client", "clicks_per_minute", "1").with("client", "clicks_burst", "5"));
    let paths: Vec<String> = (0..20).map(|_| env.click_path()).collect();
    paths.iter().for_each(|path| click_from(GREEDY, &env, path, &[]));
    assert_eq!(outcomes(&env), [5, 0, 15, 0]);
    assert_eq!(refusals(&env, "clicks"), 15);
    // The neighbour is the same client. Clicks that are filtered for another reason are not charged, and come first.
    click_from(NEIGHBOUR, &env, &env.click_path(), &[]);
    click_from(GREEDY, &env, &env.click_path(), &["User-Agent: curl/8.5.0"]);
    assert_eq!((outcomes(&env), env.proxy.clicks_with_outcome("library")), ([5, 0, 16, 0], 1));
    // What was not counted is not remembered: somebody else may click that link.
    click_from(BYSTANDER, &env, &paths[10], &[]);
    click_from(BYSTANDER, &env, &paths[0], &[]);
    assert_eq!(outcomes(&env), [6, 1, 16, 0]);
}

/// A click is redirected whatever else its client has done.
#[test]
fn a_client_over_its_rate_of_requests_may_click() {
    let env =
        TestEnv::with(|config| config.with("client", "requests_per_minute", "1").with("client", "requests_burst", "1"));
    let path = env.click_path();
    assert_eq!(env.proxy.get("/robots.txt", &[]).status, 429);
    assert_eq!(env.proxy.get(&path, &[]).status, 303);
    assert_eq!(outcomes(&env), [1, 0, 0, 0]);
}

#[test]
fn one_client_cannot_write_the_number_of_forged_clicks() {
    let env =
        TestEnv::with(|config| config.with("client", "requests_per_minute", "1").with("client", "requests_burst", "3"));
    let statuses: Vec<u16> = (0..6).map(|_| env.proxy.get("/click/AAAA", &[]).status).collect();
    assert_eq!(statuses, [404, 404, 404, 429, 429, 429]);
    assert_eq!((env.proxy.clicks_with_outcome("forged"), refusals(&env, "requests")), (3, 3));
}

#[test]
fn a_repeated_click_is_not_counted_within_the_window() {
    let env = TestEnv::with(|config| config.with("counts", "repeat_window", r#""2s""#));
    let paths: Vec<String> = (0..6).map(|_| env.click_path()).collect();
    let start = Instant::now();
    click_from(GREEDY, &env, &paths[0], &[]);
    click_from(NEIGHBOUR, &env, &paths[1], &[]);
    click_from(GREEDY, &env, &paths[0], &[]);
    click_from(BYSTANDER, &env, &paths[2], &[]);
    // Another browser in the same network is another person.
    click_from(GREEDY, &env, &paths[4], &[FIREFOX]);
    click_from(NEIGHBOUR, &env, &paths[5], &[FIREFOX]);
    assert!(start.elapsed() < Duration::from_secs(2), "the machine is too slow for this test");
    assert_eq!(outcomes(&env), [3, 1, 0, 2]);
    std::thread::sleep(Duration::from_millis(2_100));
    click_from(GREEDY, &env, &paths[3], &[]);
    click_from(GREEDY, &env, &paths[1], &[]);
    assert_eq!(outcomes(&env), [4, 2, 0, 2], "a repeated click was remembered as clicked");
}

/// Another result of the same page is another target.
#[test]
fn another_target_is_not_a_repeated_click() {
    let env = TestEnv::with(|config| config.with("counts", "repeat_window", r#""1h""#));
    for path in env.click_paths("q=x") {
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    assert_eq!(outcomes(&env), [2, 0, 0, 0]);
}

/// Behind a proxy that names nobody, clicks are by many people.
#[test]
fn clicks_of_unknown_clients_are_not_repeated() {
    let env = TestEnv::with(|config| {
        let config = config.with("listen", "trusted_proxies", r#"["127.0.0.1"]"#);
        config.with("counts", "repeat_window", r#""1h""#)
    });
    let named: &[&str] = &["X-Forwarded-For: 192.0.2.1"];
    for headers in [&[][..], &[], named, named] {
        let path = env.click_path();
        assert_eq!(env.proxy.get(&path, headers).status, 303);
    }
    assert_eq!(outcomes(&env), [3, 0, 0, 1]);
}
