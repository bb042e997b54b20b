//! Partners that answer with pages: what of a page arrives, when, and what is counted (CONTRACT section 3).

mod charsets;
mod clients;
mod faults;
mod links;
mod mistakes;
mod poison;
mod stream;

use std::time::{Duration, Instant};

use regex::Regex;

use qsproxy_test_support::http_client::{Client, send_once};
use qsproxy_test_support::test_env::{TestEnv, request_to};

/// How long a search may take to be counted once its page is through.
const PATIENCE: Duration = Duration::from_secs(8);

/// Elements without an end tag, or whose end tag may be left out (WHATWG HTML section 13.1.2).
const OPEN_ENDED: &str =
    " meta link input br hr wbr col img p li dd dt td th tr tbody thead tfoot colgroup rt rp option html head body ";

/// A browser's search that is under way.
fn ask(env: &TestEnv, query: &str) -> Client {
    let mut client = Client::connect(env.proxy.public).unwrap();
    client.write(&request_to(&env.proxy, "GET", &format!("/search?{query}"), &["Accept: text/html"])).unwrap();
    client
}

/// The links of a page that lead through us, in order.
fn clicks(page: &str) -> Vec<String> {
    let link = Regex::new(r#"<a href="(/click/[A-Za-z0-9_-]+)" rel="noreferrer noopener">"#).unwrap();
    link.captures_iter(page).map(|found| found[1].to_owned()).collect()
}

/// A page that is whole: every element that was opened is closed, and the frame's last words are the last.
#[track_caller]
fn is_closed(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</footer></body></html>"), "{page}");
    let mut open = Vec::new();
    for tag in Regex::new("<(/?)([a-z][a-z0-9]*)[^>]*>").unwrap().captures_iter(page) {
        let name = tag[2].to_owned();
        if OPEN_ENDED.contains(&format!(" {name} ")) {
            continue;
        }
        match &tag[1] {
            "" => open.push(name),
            _ => assert_eq!(open.pop(), Some(name), "{page}"),
        }
    }
    assert!(open.is_empty(), "{open:?} stay open: {page}");
}

/// A page that says that it broke off, once, after what arrived.
#[track_caller]
fn is_broken_off(page: &str) {
    is_closed(page);
    let after = page.split("ended here unexpectedly").collect::<Vec<_>>();
    assert_eq!(after.len(), 2, "one note: {page}");
    assert!(!after[1].contains("/click/"), "the note stands at the end: {page}");
}

#[track_caller]
fn is_whole(page: &str) {
    is_closed(page);
    assert!(!page.contains("ended here unexpectedly"), "{page}");
}

/// Waits until these searches stand in the store, and no others: outcomes of `first` and `toolbar-main`.
#[track_caller]
fn searched(env: &TestEnv, expected: &[(&str, i64)]) {
    let key = |outcome: &str| ["first", "toolbar-main", outcome].map(str::to_owned);
    let expected = expected.iter().map(|(outcome, n)| (key(outcome), *n)).collect();
    let start = Instant::now();
    while env.proxy.searches() != expected && start.elapsed() < PATIENCE {
        // A click is committed at once, and takes along what was counted before it.
        let _ = send_once(env.proxy.public, &request_to(&env.proxy, "GET", "/click/nobodys", &[]));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(env.proxy.searches(), expected);
}
