//! `[listen] pad`: what is padded, to which lengths, and that every format stays what it is.

use std::collections::BTreeSet;

use qsproxy::padme::padded_body_length;
use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, link, page_env_with, sample_page};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, click_paths, organic_entry, results_json};
use regex::Regex;

use crate::compression::{content, head};

const CODINGS: [&str; 3] = ["Accept-Encoding: identity", "Accept-Encoding: gzip", "Accept-Encoding: br"];

fn padded(config: ConfigBuilder) -> ConfigBuilder {
    config.with("listen", "pad", "true")
}

#[track_caller]
fn assert_padded(what: &str, response: &Response) {
    let length = response.body.len();
    assert_eq!(padded_body_length(length), length, "{what}: {:?}", response.headers);
    assert_eq!(response.header("content-length"), Some(length.to_string().as_str()), "{what}");
}

/// The content without padding and without what differs in each answer.
#[track_caller]
fn text(response: &Response) -> String {
    let token = Regex::new("/click/[A-Za-z0-9_-]+").unwrap();
    let text = String::from_utf8(content(response)).unwrap();
    token.replace_all(text.trim_end_matches(' '), "/click/TOKEN").into_owned()
}

#[test]
fn answers_have_padme_lengths_and_say_the_same() {
    let (env, plain) = (TestEnv::with(padded), TestEnv::new());
    for path in [
        "/search?q=lisbon",
        "/search?q=lisbon&format=json",
        "/search?q=",
        "/",
        "/privacy/personal-data",
        "/opensearch.xml",
        "/robots.txt",
        "/.well-known/gpc.json",
        "/nothing-here",
        "/click/forged",
    ] {
        for accept in ["Accept: text/html", "Accept: application/json"] {
            for coding in CODINGS {
                let (answer, expected) = (env.proxy.get(path, &[accept, coding]), plain.proxy.get(path, &[accept]));
                assert_padded(path, &answer);
                assert_eq!(answer.status, expected.status, "{path} {accept}");
                let expected = text(&expected).replace(&plain.proxy.public.to_string(), &env.proxy.public.to_string());
                assert_eq!(text(&answer), expected, "{path} {accept} {coding}");
                if answer.media_type().ends_with("json") {
                    serde_json::from_slice::<serde_json::Value>(&content(&answer)).expect("JSON");
                }
                let head = head(&env, path, &[accept, coding]);
                assert!(
                    head.status == 405 || head.header("content-length") == answer.header("content-length"),
                    "{path}"
                );
            }
        }
    }
}

/// Pieces that are sent as they arrive show their sizes: a padded page is sent once it is complete.
#[test]
fn a_partners_page_is_sent_as_one() {
    let page = ChunkedPage::new().send("<!DOCTYPE html><title>x</title><div>").send(link(ORGANIC, "First"));
    let page = page.then(PageStep::AwaitRelease).send(format!("<p>{}</div>", link(SPONSORED, "Last")));
    let env = page_env_with(page, padded);
    for coding in CODINGS {
        env.partner.release();
        let answer = env.search_page("q=x", &[coding]);
        assert_padded("a page", &answer);
        let text = text(&answer);
        assert!(text.contains("First") && text.contains("Last") && text.ends_with("</html>"), "{text}");
    }
}

#[test]
fn a_partners_page_that_ends_early_says_so() {
    let env = page_env_with(ChunkedPage::new().send(sample_page()).then(PageStep::Hang), padded);
    let answer = env.search_page("q=x", &["Accept-Encoding: gzip"]);
    assert_padded("a page", &answer);
    assert!(text(&answer).contains("role=\"alert\""), "{}", text(&answer));
}

#[test]
fn clicks_do_not_show_the_length_of_their_target() {
    let targets: Vec<String> = (0..100).map(|more| format!("https://example.org/{}", "x".repeat(more))).collect();
    let entries: Vec<_> = targets.iter().map(|target| organic_entry("One", target)).collect();
    let env = TestEnv::with(padded);
    env.partner.respond_with(MockResponse::Json(results_json(&entries)));
    let paths = click_paths(&env.search("q=lisbon", &[]));
    assert_eq!(paths.len(), targets.len());
    assert_eq!(paths.iter().map(String::len).collect::<BTreeSet<_>>().len(), 1, "tokens of targets up to 128 bytes");
    let mut lengths = BTreeSet::new();
    for (path, target) in paths.iter().zip(&targets) {
        let answer = env.proxy.get(path, &[]);
        assert_eq!((answer.status, answer.header("location")), (303, Some(target.as_str())));
        assert!(answer.body.iter().all(|byte| *byte == b' '));
        lengths.insert(answer.raw.len());
    }
    assert!(lengths.len() <= 3, "{lengths:?}");
}

#[test]
fn a_reload_turns_padding_on() {
    let env = TestEnv::new();
    assert_eq!(env.proxy.get(&env.click_path(), &[]).body.len(), 0);
    let config = padded(ConfigBuilder::new(&env.partner));
    env.proxy.workdir().write("proxy.toml", config.text().as_bytes());
    env.proxy.signal("HUP");
    env.proxy.wait_for_event("event=reloaded");
    assert_padded("a page", &env.search_page("q=x", &[]));
    assert!(env.proxy.get(&env.click_path(), &[]).body.len() >= 1_000);
}
