//! Partners that respond with HTML pages: what reaches the client, when, and how it is counted.

mod charsets;
mod clients;
mod config_errors;
mod faults;
mod hostile_content;
mod links;
mod stream;
mod walls;

use std::time::{Duration, Instant};

use regex::Regex;

use qsproxy_test_support::http_client::{Client, send_once};
use qsproxy_test_support::test_env::{TestEnv, request_to};

/// How long counting a search may take after its page has ended.
const COUNT_TIMEOUT: Duration = Duration::from_secs(8);

/// Void elements, and elements whose end tag is optional (WHATWG HTML section 13.1.2).
const WITHOUT_END_TAG: &str =
    " meta link input br hr wbr col img p li dd dt td th tr tbody thead tfoot colgroup rt rp option html head body ";

/// Sends a browser's search without reading the response.
fn start_search(env: &TestEnv, query: &str) -> Client {
    let mut client = Client::connect(env.proxy.public).unwrap();
    client.write(&request_to(&env.proxy, "GET", &format!("/search?{query}"), &["Accept: text/html"])).unwrap();
    client
}

/// The click links of a page, in order.
fn click_links(page: &str) -> Vec<String> {
    let link = Regex::new(r#"<a href="(/click/[A-Za-z0-9_-]+)" rel="noreferrer noopener">"#).unwrap();
    link.captures_iter(page).map(|found| found[1].to_owned()).collect()
}

/// Asserts that every element is closed and that the page ends with the layout's footer.
#[track_caller]
fn assert_all_closed(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</footer></body></html>"), "{page}");
    let mut open = Vec::new();
    for tag in Regex::new("<(/?)([a-z][a-z0-9]*)[^>]*>").unwrap().captures_iter(page) {
        let name = tag[2].to_owned();
        if WITHOUT_END_TAG.contains(&format!(" {name} ")) {
            continue;
        }
        match &tag[1] {
            "" => open.push(name),
            _ => assert_eq!(open.pop(), Some(name), "{page}"),
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed: {page}");
}

/// Asserts that the page ends with one truncation notice.
#[track_caller]
fn assert_truncated(page: &str) {
    assert_all_closed(page);
    let after = page.split("ended here unexpectedly").collect::<Vec<_>>();
    assert_eq!(after.len(), 2, "one notice: {page}");
    assert!(!after[1].contains("/click/"), "the notice must be at the end: {page}");
}

/// Asserts that the page is complete.
#[track_caller]
fn assert_complete(page: &str) {
    assert_all_closed(page);
    assert!(!page.contains("ended here unexpectedly"), "{page}");
}

/// Waits until the store contains exactly these searches, by outcome, of `first` and `toolbar-main`.
#[track_caller]
fn wait_for_searches(env: &TestEnv, expected: &[(&str, i64)]) {
    let key = |outcome: &str| ["first", "toolbar-main", outcome].map(str::to_owned);
    let expected = expected.iter().map(|(outcome, n)| (key(outcome), *n)).collect();
    let start = Instant::now();
    while env.proxy.searches() != expected && start.elapsed() < COUNT_TIMEOUT {
        // A click is committed immediately, together with everything counted before it.
        let _ = send_once(env.proxy.public, &request_to(&env.proxy, "GET", "/click/forged", &[]));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(env.proxy.searches(), expected);
}
