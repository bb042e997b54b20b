//! A click: its classes, its token, and what is booked.

use std::time::Duration;

use crate::support::client::{Client, Response, once};
use crate::support::contains;
use crate::support::partner::{Answer, Partner};
use crate::support::proxy::Proxy;
use crate::support::stage::{ORGANIC, SPONSORED, Stage, many, organic, request, results};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[track_caller]
fn redirects(response: &Response, target: &str) {
    assert_eq!(response.status, 303, "{}", response.text());
    assert_eq!(response.header("location"), Some(target));
}

/// Asserts the whole of the `clicks` table.
#[track_caller]
fn booked(proxy: &Proxy, expected: &[(&str, &str, i64)]) {
    let expected = expected
        .iter()
        .map(|(kind, outcome, n)| (["first", "toolbar-main", kind, outcome].map(str::to_owned), *n))
        .collect();
    assert_eq!(proxy.clicks(), expected);
}

/// Asserts a page that shows the target as text, and leads nowhere by itself.
#[track_caller]
fn shows_in_plain_text(response: &Response, target: &str) {
    assert_eq!(response.media_type(), "text/html");
    assert_eq!(response.header("location"), None);
    assert_eq!(response.header("refresh"), None);
    let page = response.text();
    assert!(page.contains(&target.replace('&', "&amp;")), "{page}");
    let lower = page.to_ascii_lowercase();
    assert!(!lower.contains(&format!("href=\"{}", &target[..16])), "text, not a link: {page}");
    assert!(!lower.contains("http-equiv=\"refresh\"") && !lower.contains("<script"), "{page}");
}

#[test]
fn a_click_is_counted_once_and_before_its_redirect() {
    let stage = Stage::new();
    let paths = stage.click_paths("q=lisbon");
    redirects(&stage.proxy.get(&paths[0], &[]), ORGANIC);
    booked(&stage.proxy, &[("organic", "counted", 1)]);
    redirects(&stage.proxy.get(&paths[1], &[]), SPONSORED);
    booked(&stage.proxy, &[("organic", "counted", 1), ("sponsored", "counted", 1)]);
}

#[test]
fn the_second_click_on_a_token_is_a_duplicate() {
    let stage = Stage::new();
    let (path, other) = (stage.click_path(), stage.click_path());
    for _ in 0..3 {
        redirects(&stage.proxy.get(&path, &[]), ORGANIC);
    }
    booked(&stage.proxy, &[("organic", "counted", 1), ("organic", "duplicate", 2)]);
    redirects(&stage.proxy.get(&other, &[]), ORGANIC);
    booked(&stage.proxy, &[("organic", "counted", 2), ("organic", "duplicate", 2)]);
}

#[test]
fn of_clicks_at_the_same_moment_one_counts() {
    let stage = Stage::new();
    let path = stage.click_path();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| redirects(&stage.proxy.get(&path, &[]), ORGANIC));
        }
    });
    booked(&stage.proxy, &[("organic", "counted", 1), ("organic", "duplicate", 7)]);
}

#[test]
fn a_forged_token_is_not_found_and_booked_to_nobody() {
    let stage = Stage::new();
    let response = stage.proxy.get("/click/bm90LWEtdG9rZW4tYXQtYWxsLW5vdC1hLXRva2VuLWF0LWFsbA", &[]);
    assert_eq!((response.status, response.problem().as_str()), (404, "not_found"));
    assert_eq!(response.header("location"), None);
    let key = ["unknown", "unknown", "unknown", "forged"].map(str::to_owned);
    crate::support::wait_for("the forged click", || (stage.proxy.clicks() == [(key.clone(), 1)].into()).then_some(()));
    let page = stage.proxy.get("/click/also-not-a-token", &["Accept: text/html"]);
    assert_eq!((page.status, page.media_type().as_str()), (404, "text/html"));
}

#[test]
fn a_token_of_another_installation_is_forged() {
    let (one, two) = (Stage::new(), Stage::new());
    let response = one.proxy.get(&two.click_path(), &[]);
    assert_eq!((response.status, response.problem().as_str()), (404, "not_found"));
    redirects(&one.proxy.get(&one.click_path(), &[]), ORGANIC);
    crate::support::wait_for("the forged click", || (one.proxy.clicks_as("forged") == 1).then_some(()));
}

#[test]
fn a_token_with_any_bit_flipped_never_redirects() {
    let stage = Stage::new();
    let path = stage.click_path();
    let token = path.strip_prefix("/click/").unwrap();
    let digit = |byte: u8| ALPHABET.iter().position(|one| *one == byte);
    assert!(token.bytes().all(|byte| digit(byte).is_some()), "base64url without padding: {token}");
    let mut forgeries = Vec::new();
    for at in 0..token.len() {
        for bit in 0..6 {
            let mut other = token.as_bytes().to_vec();
            other[at] = ALPHABET[digit(other[at]).unwrap() ^ (1 << bit)];
            forgeries.push(String::from_utf8(other).unwrap());
        }
    }
    for end in [0, 1, token.len() / 2, token.len() - 1] {
        forgeries.push(token[..end].to_owned());
    }
    forgeries.extend([format!("{token}A"), format!("{token}="), format!("{token}/"), format!("%20{token}")]);
    let proxy = &stage.proxy;
    std::thread::scope(|scope| {
        for part in forgeries.chunks(forgeries.len() / 4 + 1) {
            scope.spawn(move || {
                let mut client = Client::connect(proxy.public).unwrap();
                for forgery in part {
                    let bytes = request(proxy, "GET", &format!("/click/{forgery}"), &[]);
                    let response = client.send(&bytes).unwrap();
                    assert_eq!((response.status, response.header("location")), (404, None), "{forgery}");
                }
            });
        }
    });
    assert_eq!(stage.proxy.clicks_as("counted"), 0);
    redirects(&stage.proxy.get(&path, &[]), ORGANIC);
}

#[test]
fn an_expired_token_shows_its_target_and_is_not_counted() {
    let stage = Stage::with(|config| config.with("counts", "click_ttl", r#""1s""#));
    let paths = stage.click_paths("q=lisbon");
    std::thread::sleep(Duration::from_millis(2200)); // a token tells time by the second; asking earlier would count it
    let response = stage.proxy.get(&paths[1], &["Accept: text/html"]);
    assert_eq!(response.status, 410);
    shows_in_plain_text(&response, SPONSORED);
    crate::support::wait_for("the expired click", || (stage.proxy.clicks_as("expired") == 1).then_some(()));
    booked(&stage.proxy, &[("sponsored", "expired", 1)]);
}

#[test]
fn a_prefetch_gets_nothing_and_leaves_the_click_for_the_person() {
    let stage = Stage::new();
    let path = stage.click_path();
    let signs = ["Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch", "X-Moz: prefetch"];
    for sign in signs {
        let response = stage.proxy.get(&path, &[sign]);
        assert_eq!((response.status, response.problem().as_str()), (503, "prefetch_refused"), "{sign}");
        assert_eq!(response.header("location"), None);
    }
    redirects(&stage.proxy.get(&path, &[]), ORGANIC);
    crate::support::wait_for("the prefetches", || (stage.proxy.clicks_as("prefetch") == 4).then_some(()));
    booked(&stage.proxy, &[("organic", "counted", 1), ("organic", "prefetch", 4)]);
}

#[test]
fn a_head_request_leaves_the_click_for_the_person() {
    let stage = Stage::new();
    let path = stage.click_path();
    let response = once(stage.proxy.public, &request(&stage.proxy, "HEAD", &path, &[])).unwrap();
    redirects(&response, ORGANIC);
    redirects(&stage.proxy.get(&path, &[]), ORGANIC);
    crate::support::wait_for("the head", || (stage.proxy.clicks_as("head") == 1).then_some(()));
    booked(&stage.proxy, &[("organic", "counted", 1), ("organic", "head", 1)]);
}

#[test]
fn a_bot_is_redirected_and_not_counted() {
    let stage = Stage::new();
    let agents = [
        "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "User-Agent: Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    ];
    for agent in agents {
        redirects(&stage.proxy.get(&stage.click_path(), &[agent]), ORGANIC);
    }
    crate::support::wait_for("the bots", || (stage.proxy.clicks_as("bot") == 2).then_some(()));
    booked(&stage.proxy, &[("organic", "bot", 2)]);
}

#[test]
fn a_cross_site_click_shows_its_target_and_is_not_counted() {
    let stage = Stage::new();
    let response =
        stage.proxy.get(&stage.click_paths("q=lisbon")[1], &["Sec-Fetch-Site: cross-site", "Accept: text/html"]);
    assert_eq!(response.status, 200);
    shows_in_plain_text(&response, SPONSORED);
    crate::support::wait_for("the cross-site click", || (stage.proxy.clicks_as("cross_site") == 1).then_some(()));
    booked(&stage.proxy, &[("sponsored", "cross_site", 1)]);
}

#[test]
fn a_click_from_the_results_page_counts_with_or_without_fetch_metadata() {
    let stage = Stage::new();
    let browser =
        ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate", "Sec-Fetch-User: ?1", "Sec-Fetch-Dest: document"];
    redirects(&stage.proxy.get(&stage.click_path(), &browser), ORGANIC);
    redirects(&stage.proxy.get(&stage.click_path(), &["Sec-Fetch-Site: none"]), ORGANIC);
    redirects(&stage.proxy.get(&stage.click_path(), &[]), ORGANIC);
    booked(&stage.proxy, &[("organic", "counted", 3)]);
}

#[test]
fn a_token_for_a_target_of_120_bytes_takes_240_characters_at_most() {
    let target = format!("https://example.org/{}", "p".repeat(100));
    assert_eq!(target.len(), 120);
    let stage = Stage::answering(Answer::Json(results(&[organic("Long", &target)])));
    let path = stage.click_path();
    let token = path.strip_prefix("/click/").unwrap();
    assert!(token.len() <= 240, "{} characters", token.len());
    assert!(!contains(token.as_bytes(), b"pppp"), "sealed");
    redirects(&stage.proxy.get(&path, &[]), &target);
}

#[test]
fn no_two_tokens_are_alike() {
    let stage = Stage::answering(Answer::Json(many(50)));
    let mut tokens: Vec<String> = (0..4).flat_map(|_| stage.click_paths("q=same")).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 200);
}

#[test]
fn tokens_survive_restarts_of_both_kinds() {
    let mut stage = Stage::new();
    let paths = [stage.click_path(), stage.click_path()];
    stage.proxy.restart();
    redirects(&stage.proxy.get(&paths[0], &[]), ORGANIC);
    booked(&stage.proxy, &[("organic", "counted", 1)]);
    assert!(stage.proxy.terminate().success());
    stage.proxy.restart();
    redirects(&stage.proxy.get(&paths[1], &[]), ORGANIC);
    booked(&stage.proxy, &[("organic", "counted", 2)]);
}

#[test]
fn tokens_older_than_the_process_may_be_left_uncounted() {
    let mut stage = Stage::with(|config| config.with("counts", "after_restart", r#""skip""#));
    let (old, clicked) = (stage.click_path(), stage.click_path());
    redirects(&stage.proxy.get(&clicked, &[]), ORGANIC);
    std::thread::sleep(Duration::from_millis(1100)); // so that the old tokens are older by the second too
    stage.proxy.restart();
    redirects(&stage.proxy.get(&clicked, &[]), ORGANIC);
    redirects(&stage.proxy.get(&old, &[]), ORGANIC);
    assert_eq!(stage.proxy.clicks_as("counted"), 1, "only the click before the restart");
}

#[test]
fn a_click_is_booked_to_the_partner_and_code_of_its_search() {
    let other = Partner::json(results(&[organic("Other", "https://other.example/")]));
    let stage = Stage::with(|config| config.partner("second", &other.url()).code("other-code", r#"["second"]"#));
    let path = stage.click_paths("q=x&code=other-code").swap_remove(0);
    redirects(&stage.proxy.get(&format!("{path}?code=toolbar-main"), &[]), "https://other.example/");
    let key = ["second", "other-code", "organic", "counted"].map(str::to_owned);
    assert_eq!(stage.proxy.clicks(), [(key, 1)].into());
}
