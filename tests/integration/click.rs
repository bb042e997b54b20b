//! Clicks: their classes, their tokens, and how they are counted.

use std::time::Duration;

use qsproxy_test_support::contains;
use qsproxy_test_support::http_client::{Client, Response, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{
    ORGANIC, SPONSORED, TestEnv, organic_entry, organic_results, request_to, results_json,
};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[track_caller]
fn assert_redirects(response: &Response, target: &str) {
    assert_eq!(response.status, 303, "{}", response.text());
    assert_eq!(response.header("location"), Some(target));
}

/// Asserts the complete contents of the `clicks` table.
#[track_caller]
fn assert_clicks(proxy: &Proxy, expected: &[(&str, &str, i64)]) {
    let expected = expected
        .iter()
        .map(|(kind, outcome, n)| (["first", "toolbar-main", kind, outcome].map(str::to_owned), *n))
        .collect();
    assert_eq!(proxy.clicks(), expected);
}

/// Asserts a page that shows the target as text, without a link or redirect to it.
#[track_caller]
fn assert_shows_target_as_text(response: &Response, target: &str) {
    assert_eq!(response.media_type(), "text/html");
    assert_eq!(response.header("location"), None);
    assert_eq!(response.header("refresh"), None);
    let page = response.text();
    assert!(page.contains(&target.replace('&', "&amp;")), "{page}");
    let lower = page.to_ascii_lowercase();
    let link = format!("href=\"{}\" rel=\"noreferrer noopener\"", target.replace('&', "&amp;"));
    assert_eq!(page.matches(&link).count(), 1, "a link without a referrer: {page}");
    assert_eq!(lower.matches(&format!("href=\"{}", &target[..16])).count(), 1, "and no other: {page}");
    assert!(!lower.contains("http-equiv=\"refresh\"") && !lower.contains("<script"), "{page}");
}

#[test]
fn a_click_is_counted_before_its_redirect() {
    let env = TestEnv::new();
    let paths = env.click_paths("q=lisbon");
    assert_redirects(&env.proxy.get(&paths[0], &[]), ORGANIC);
    assert_clicks(&env.proxy, &[("organic", "counted", 1)]);
    assert_redirects(&env.proxy.get(&paths[1], &[]), SPONSORED);
    assert_clicks(&env.proxy, &[("organic", "counted", 1), ("sponsored", "counted", 1)]);
}

#[test]
fn a_second_click_counts_as_duplicate() {
    let env = TestEnv::new();
    let (path, other) = (env.click_path(), env.click_path());
    for _ in 0..3 {
        assert_redirects(&env.proxy.get(&path, &[]), ORGANIC);
    }
    assert_clicks(&env.proxy, &[("organic", "counted", 1), ("organic", "duplicate", 2)]);
    assert_redirects(&env.proxy.get(&other, &[]), ORGANIC);
    assert_clicks(&env.proxy, &[("organic", "counted", 2), ("organic", "duplicate", 2)]);
}

#[test]
fn of_concurrent_clicks_one_counts() {
    let env = TestEnv::new();
    let path = env.click_path();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_redirects(&env.proxy.get(&path, &[]), ORGANIC));
        }
    });
    assert_clicks(&env.proxy, &[("organic", "counted", 1), ("organic", "duplicate", 7)]);
}

#[test]
fn a_forged_token_gets_404_and_counts_as_forged() {
    let env = TestEnv::new();
    let response = env.proxy.get("/click/bm90LWEtdG9rZW4tYXQtYWxsLW5vdC1hLXRva2VuLWF0LWFsbA", &[]);
    assert_eq!((response.status, response.problem().as_str()), (404, "not_found"));
    assert_eq!(response.header("location"), None);
    let key = ["unknown", "unknown", "unknown", "forged"].map(str::to_owned);
    qsproxy_test_support::wait_for("the forged click", || {
        (env.proxy.clicks() == [(key.clone(), 1)].into()).then_some(())
    });
    let page = env.proxy.get("/click/also-not-a-token", &["Accept: text/html"]);
    assert_eq!((page.status, page.media_type().as_str()), (404, "text/html"));
}

#[test]
fn a_token_of_another_installation_counts_as_forged() {
    let (one, two) = (TestEnv::new(), TestEnv::new());
    let response = one.proxy.get(&two.click_path(), &[]);
    assert_eq!((response.status, response.problem().as_str()), (404, "not_found"));
    assert_redirects(&one.proxy.get(&one.click_path(), &[]), ORGANIC);
    qsproxy_test_support::wait_for("the forged click", || (one.proxy.clicks_with_outcome("forged") == 1).then_some(()));
}

#[test]
fn a_token_with_any_bit_flipped_never_redirects() {
    let env = TestEnv::new();
    let path = env.click_path();
    let token = path.strip_prefix("/click/").unwrap();
    let digit = |byte: u8| ALPHABET.iter().position(|one| *one == byte);
    assert!(token.bytes().all(|byte| digit(byte).is_some()), "base64url without padding: {token}");
    let mut forgeries = Vec::new();
    for index in 0..token.len() {
        for bit in 0..6 {
            let mut other = token.as_bytes().to_vec();
            other[index] = ALPHABET[digit(other[index]).unwrap() ^ (1 << bit)];
            forgeries.push(String::from_utf8(other).unwrap());
        }
    }
    for end in [0, 1, token.len() / 2, token.len() - 1] {
        forgeries.push(token[..end].to_owned());
    }
    forgeries.extend([format!("{token}A"), format!("{token}="), format!("{token}/"), format!("%20{token}")]);
    let proxy = &env.proxy;
    std::thread::scope(|scope| {
        for part in forgeries.chunks(forgeries.len() / 4 + 1) {
            scope.spawn(move || {
                let mut client = Client::connect(proxy.public).unwrap();
                for forgery in part {
                    let bytes = request_to(proxy, "GET", &format!("/click/{forgery}"), &[]);
                    let response = client.send(&bytes).unwrap();
                    assert_eq!((response.status, response.header("location")), (404, None), "{forgery}");
                }
            });
        }
    });
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 0);
    assert_redirects(&env.proxy.get(&path, &[]), ORGANIC);
}

#[test]
fn an_expired_token_shows_its_target_and_is_not_counted() {
    let env = TestEnv::with(|config| config.with("counts", "click_ttl", r#""1s""#));
    let paths = env.click_paths("q=lisbon");
    std::thread::sleep(Duration::from_millis(2200)); // tokens have a resolution of one second; an earlier click would count
    let response = env.proxy.get(&paths[1], &["Accept: text/html"]);
    assert_eq!(response.status, 410);
    assert_shows_target_as_text(&response, SPONSORED);
    qsproxy_test_support::wait_for("the expired click", || {
        (env.proxy.clicks_with_outcome("expired") == 1).then_some(())
    });
    assert_clicks(&env.proxy, &[("sponsored", "expired", 1)]);
}

#[test]
fn a_prefetch_is_rejected_and_does_not_use_up_the_click() {
    let env = TestEnv::new();
    let path = env.click_path();
    let headers = ["Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch", "X-Moz: prefetch"];
    for header in headers {
        let response = env.proxy.get(&path, &[header]);
        assert_eq!((response.status, response.problem().as_str()), (503, "prefetch_refused"), "{header}");
        assert_eq!(response.header("location"), None);
    }
    assert_redirects(&env.proxy.get(&path, &[]), ORGANIC);
    qsproxy_test_support::wait_for("the prefetches", || (env.proxy.clicks_with_outcome("prefetch") == 4).then_some(()));
    assert_clicks(&env.proxy, &[("organic", "counted", 1), ("organic", "prefetch", 4)]);
}

#[test]
fn a_head_request_does_not_use_up_the_click() {
    let env = TestEnv::new();
    let path = env.click_path();
    let response = send_once(env.proxy.public, &request_to(&env.proxy, "HEAD", &path, &[])).unwrap();
    assert_redirects(&response, ORGANIC);
    assert_redirects(&env.proxy.get(&path, &[]), ORGANIC);
    qsproxy_test_support::wait_for("the HEAD request", || (env.proxy.clicks_with_outcome("head") == 1).then_some(()));
    assert_clicks(&env.proxy, &[("organic", "counted", 1), ("organic", "head", 1)]);
}

#[test]
fn a_cross_site_click_shows_its_target_and_is_not_counted() {
    let env = TestEnv::new();
    let response = env.proxy.get(&env.click_paths("q=lisbon")[1], &["Sec-Fetch-Site: cross-site", "Accept: text/html"]);
    assert_eq!(response.status, 200);
    assert_shows_target_as_text(&response, SPONSORED);
    qsproxy_test_support::wait_for("the cross-site click", || {
        (env.proxy.clicks_with_outcome("cross_site") == 1).then_some(())
    });
    assert_clicks(&env.proxy, &[("sponsored", "cross_site", 1)]);
}

#[test]
fn a_click_counts_with_and_without_fetch_metadata() {
    let env = TestEnv::new();
    let browser_headers =
        ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate", "Sec-Fetch-User: ?1", "Sec-Fetch-Dest: document"];
    assert_redirects(&env.proxy.get(&env.click_path(), &browser_headers), ORGANIC);
    assert_redirects(&env.proxy.get(&env.click_path(), &["Sec-Fetch-Site: none"]), ORGANIC);
    assert_redirects(&env.proxy.get(&env.click_path(), &[]), ORGANIC);
    assert_clicks(&env.proxy, &[("organic", "counted", 3)]);
}

#[test]
fn a_token_of_a_120_byte_target_has_at_most_240_characters() {
    let target = format!("https://example.org/{}", "p".repeat(100));
    assert_eq!(target.len(), 120);
    let env = TestEnv::responding(MockResponse::Json(results_json(&[organic_entry("Long", &target)])));
    let path = env.click_path();
    let token = path.strip_prefix("/click/").unwrap();
    assert!(token.len() <= 240, "{} characters", token.len());
    assert!(!contains(token.as_bytes(), b"pppp"), "the target must be encrypted");
    assert_redirects(&env.proxy.get(&path, &[]), &target);
}

#[test]
fn tokens_are_unique() {
    let env = TestEnv::responding(MockResponse::Json(organic_results(50)));
    let mut tokens: Vec<String> = (0..4).flat_map(|_| env.click_paths("q=same")).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 200);
}

#[test]
fn tokens_survive_a_crash_and_a_graceful_restart() {
    let mut env = TestEnv::new();
    let paths = [env.click_path(), env.click_path()];
    env.proxy.restart();
    assert_redirects(&env.proxy.get(&paths[0], &[]), ORGANIC);
    assert_clicks(&env.proxy, &[("organic", "counted", 1)]);
    assert!(env.proxy.terminate().success());
    env.proxy.restart();
    assert_redirects(&env.proxy.get(&paths[1], &[]), ORGANIC);
    assert_clicks(&env.proxy, &[("organic", "counted", 2)]);
}

#[test]
fn after_restart_skip_does_not_count_older_tokens() {
    let mut env = TestEnv::with(|config| config.with("counts", "after_restart", r#""skip""#));
    let (old, clicked) = (env.click_path(), env.click_path());
    assert_redirects(&env.proxy.get(&clicked, &[]), ORGANIC);
    std::thread::sleep(Duration::from_millis(1100)); // tokens have a resolution of one second
    env.proxy.restart();
    assert_redirects(&env.proxy.get(&clicked, &[]), ORGANIC);
    assert_redirects(&env.proxy.get(&old, &[]), ORGANIC);
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1, "only the click before the restart");
}

#[test]
fn a_click_counts_for_the_partner_and_code_of_its_search() {
    let other = MockPartner::json(results_json(&[organic_entry("Other", "https://other.example/")]));
    let env = TestEnv::with(|config| config.partner("second", &other.url()).code("other-code", r#"["second"]"#));
    let path = env.click_paths("q=x&code=other-code").swap_remove(0);
    assert_redirects(&env.proxy.get(&format!("{path}?code=toolbar-main"), &[]), "https://other.example/");
    let key = ["second", "other-code", "organic", "counted"].map(str::to_owned);
    assert_eq!(env.proxy.clicks(), [(key, 1)].into());
}
