//! Walls: captchas, consent, logins, pages for scripts, and errors of status 200. The next partner is asked, and health, the metric and
//! the event name the reason.

use std::fs;
use std::path::PathBuf;

use super::{assert_complete, click_links, start_search, wait_for_searches};
use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, html_partner, link, page_env, page_env_with};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{ORGANIC, TestEnv};
use qsproxy_test_support::wait_for;

/// Name and content of the pages in `tests/golden/verdicts` that the manifest calls one of these.
fn pages(verdicts: &[&str]) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/verdicts");
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let columns =
        manifest.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect::<Vec<_>>());
    let matching = columns.filter(|columns| verdicts.contains(&columns[1]));
    matching.map(|columns| (columns[0].to_owned(), fs::read(folder.join(columns[0])).unwrap())).collect()
}

/// An environment whose code asks `first` and then `second`, which has a result.
fn env_with_second() -> (TestEnv, MockPartner) {
    let second = ChunkedPage::with_body(link("https://second.example/", "From the second"));
    let second = MockPartner::responding(second.into_response());
    let env = page_env_with(ChunkedPage::with_body("x"), |config: ConfigBuilder| {
        let config = config.with("code toolbar-main", "partners", r#"["first", "second"]"#);
        html_partner(config.partner("second", &second.url()), "second", &second)
    });
    (env, second)
}

#[test]
fn every_wall_is_passed_over_for_pages_and_lists() {
    let (env, second) = env_with_second();
    let walls = pages(&["wall", "unknown"]);
    assert!(walls.len() > 25);
    for (name, page) in &walls {
        env.partner.respond_with(ChunkedPage::with_body(page).into_response());
        let answer = env.search_page("q=x", &[]);
        assert_eq!(answer.status, 200, "{name}");
        assert_complete(&answer.text());
        assert!(answer.text().contains("From the second") && click_links(&answer.text()).len() == 1, "{name}");
        let list = env.search("q=x", &[]);
        assert_eq!((list.status, &list.json()["partner"]), (200, &"second".into()), "{name}");
    }
    let count = 2 * walls.len();
    assert_eq!((env.partner.requests().len(), second.requests().len()), (count, count));
    let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
    wait_for("all searches to be counted for the second partner", || {
        (env.proxy.searches() == [(key.clone(), count as i64)].into()).then_some(())
    });
}

#[test]
fn the_last_wall_is_an_error_and_is_reported() {
    for (page, reason) in [("google-sorry.html", "wall"), ("script-only.html", "shape")] {
        let (_, body) = pages(&["wall", "unknown"]).into_iter().find(|(name, _)| name == page).unwrap();
        let env = page_env(ChunkedPage::with_body(body));
        for _ in 0..3 {
            let answer = env.search_page("q=KANARIENVOGEL", &[]);
            assert_eq!((answer.status, answer.media_type().as_str()), (502, "text/html"), "{page}");
            assert!(answer.text().contains("partner_failed") && !answer.text().contains("unusual traffic"), "{page}");
            assert_eq!(env.search("q=x", &[]).problem(), "partner_failed", "{page}");
        }
        wait_for_searches(&env, &[("failed", 6)]);
        let event = format!("event=partner_down partner=first failure={reason}");
        assert!(env.proxy.stderr().contains(&event), "{}", env.proxy.stderr());
        let series = format!("qsproxy_partner_failures_total{{partner=\"first\",reason=\"{reason}\"}} 6");
        wait_for("the metric", || {
            let metrics = env.proxy.admin_get("/metrics", &[]).text();
            (metrics.contains(&series) && metrics.contains("qsproxy_partner_up{partner=\"first\"} 0")).then_some(())
        });
    }
}

#[test]
fn empty_pages_are_shown_and_counted_as_empty() {
    let (env, second) = env_with_second();
    let empty = pages(&["empty"]);
    assert!(empty.len() > 8);
    for (name, page) in &empty {
        // Some have the search forms of other partners, and are recognized by their words.
        if name == "feed-empty-form.html" {
            continue;
        }
        env.partner.respond_with(ChunkedPage::with_body(page).into_response());
        let answer = env.search_page("q=x", &[]);
        assert_eq!(answer.status, 200, "{name}");
        assert_complete(&answer.text());
        let list = env.search("q=x", &[]).json();
        assert_eq!((&list["partner"], &list["results"]), (&"first".into(), &serde_json::json!([])), "{name}");
    }
    assert!(second.requests().is_empty());
    wait_for_searches(&env, &[("empty", 2 * (empty.len() as i64 - 1))]);
}

#[test]
fn results_with_words_of_walls_are_shown() {
    let (env, second) = env_with_second();
    for (name, page) in
        pages(&["results"]).iter().filter(|(name, _)| name.contains("about-walls") || name.contains("noscript"))
    {
        env.partner.respond_with(ChunkedPage::with_body(page).into_response());
        let answer = env.search_page("q=enable+javascript", &[]);
        assert!(!click_links(&answer.text()).is_empty() && !answer.text().contains("best experience"), "{name}");
    }
    assert!(second.requests().is_empty());
}

/// A wall that stops, or arrives slowly, is passed over in time, and nothing of it is sent.
#[test]
fn nothing_is_sent_before_the_first_result() {
    let (env, _second) = env_with_second();
    let start =
        ChunkedPage::new().send("<!DOCTYPE html><title>x</title><h1>Welcome</h1><p>Text of the start</p>".repeat(400));
    for end in [PageStep::Hang, PageStep::Close, PageStep::Send(b"<div class=g-recaptcha></div>".to_vec())] {
        env.partner.respond_with(start.clone().then(end).into_response());
        let page = env.search_page("q=x", &[]).text();
        assert!(page.contains("From the second") && !page.contains("Text of the start"), "{page}");
    }
}

/// The start of a page is kept up to a limit. A longer one is shown, and judged at its end.
#[test]
fn a_long_page_without_results_is_bounded() {
    let text = "<p>Lorem ipsum dolor sit amet</p>".repeat(1_000);
    let long = ChunkedPage::new().then(PageStep::Repeat(text.into_bytes(), 40));
    let (env, _second) = env_with_second();
    env.partner.respond_with(long.clone().send("<p>end").into_response());
    let page = env.search_page("q=x", &[]).text();
    assert!(page.contains("Lorem ipsum") && !page.contains("From the second"));
    env.partner.respond_with(long.send(link(ORGANIC, "Late")).into_response());
    assert!(env.search_page("q=x", &[]).text().contains("Late</a>"));
    wait_for_searches(&env, &[("failed", 1), ("answered", 1)]);
}

/// What a partner's own keys say is heeded.
#[test]
fn markers_and_phrases_are_configurable() {
    let env = page_env_with(ChunkedPage::with_body("<p>Hic nihil est.</p>"), |config| {
        config.with("partner first", "walls", r##"["hic sunt leones", "#gate"]"##).with(
            "partner first",
            "no_results",
            r#"["Hic nihil est"]"#,
        )
    });
    assert_eq!(env.search_page("q=x", &[]).status, 200);
    let form = "<form action=/search><input name=p></form>";
    for wall in ["<p>Hic sunt <b>leones</b>", "<p id=gate>Hic nihil est."] {
        env.partner.respond_with(ChunkedPage::with_body(format!("{form}{wall}")).into_response());
        assert_eq!(env.search_page("q=x", &[]).status, 502, "{wall}");
    }
    wait_for_searches(&env, &[("empty", 1), ("failed", 2)]);
}

/// The first result is sent as soon as it arrives, with its heading or without.
#[test]
fn a_first_result_is_not_delayed() {
    let env = page_env(ChunkedPage::with_body("x"));
    let starts = ["<p>%</p>", "<h3>%</h3>", "<form action=/search><input name=p></form><p>%</p>"];
    for start in starts {
        let page = ChunkedPage::new().send(start.replace('%', &link(ORGANIC, "First result")));
        env.partner.respond_with(page.then(PageStep::AwaitRelease).send("<p>end").into_response());
        let mut client = start_search(&env, "q=x");
        client.peek_until("First result</a>").expect("the first result");
        env.partner.release();
        assert_complete(&client.read_response().unwrap().text());
    }
}
