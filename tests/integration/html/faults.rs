//! Pages that fail. Before the first byte, the next partner is asked; after it, the page ends with a truncation notice. Each
//! search is counted once.

use std::time::{Duration, Instant};

use super::{assert_complete, assert_truncated, click_links, start_search, wait_for_searches};
use qsproxy_test_support::chunked_page::{
    ChunkedPage, PageStep, gzip_pieces, html_partner, link, page_env, page_env_with, raw_response, sample_page,
};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse, gzip};
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, sample_results};
use qsproxy_test_support::{contains, wait_for};

const HTML: &str = "Content-Type: text/html; charset=utf-8";
const GZIP: &str = "Content-Encoding: gzip";
const TIMEOUT: &str = r#""700ms""#;

fn page_start() -> String {
    format!("<div><ul><li>{}<li><b>", link(SPONSORED, "First result"))
}

/// A page that stays long when compressed.
fn long_page() -> String {
    let results: String = (0..500).map(|at| link(&format!("https://example.org/{at}?{}", at * 7_919), "One")).collect();
    page_start() + &results
}

/// Sets a short timeout and small response limits.
fn with_tight_limits(config: ConfigBuilder) -> ConfigBuilder {
    config.with("partner first", "timeout", TIMEOUT).with("limits", "partner_response_bytes", "200000").with(
        "limits",
        "partner_decompressed_bytes",
        "400000",
    )
}

#[test]
fn searches_are_counted_by_the_links_of_the_page() {
    let env = page_env(ChunkedPage::with_body("x"));
    let pages = [
        sample_page(),
        link(ORGANIC, "One"),
        "<p>No results</p>".to_owned(),
        // Links that must not be followed and the partner's own pages are not results.
        format!(
            "Your search did not match any documents. {}{}",
            link("javascript:alert(1)", "Bad"),
            link("/settings", "Own")
        ),
        format!("<form action=/search><input name=p></form><footer>{}</footer>", link(ORGANIC, "Source code")),
        link(SPONSORED, "Alone"),
    ];
    for page in pages {
        env.partner.respond_with(ChunkedPage::with_body(page).into_response());
        assert_complete(&env.search_page("q=x", &[]).text());
        env.search("q=x", &[]);
    }
    wait_for_searches(&env, &[("with_ads", 4), ("answered", 2), ("empty", 6)]);
}

/// Faults before the first byte of the page.
fn faults_before_first_byte() -> Vec<(&'static str, u16, MockResponse)> {
    let body = sample_page();
    let bytes = body.as_bytes();
    vec![
        ("JSON", 502, MockResponse::Json(sample_results())),
        ("no media type", 502, raw_response(&["X-A: b"], bytes)),
        ("plain text", 502, raw_response(&["Content-Type: text/plain"], bytes)),
        ("a media type with the same prefix", 502, raw_response(&["Content-Type: text/html2"], bytes)),
        ("a script alone", 502, raw_response(&[HTML], b"<script>location='https://example.org/'</script>")),
        (
            "a page that stops before its first result",
            504,
            ChunkedPage::new().send("<p>x").then(PageStep::Hang).into_response(),
        ),
        ("empty", 502, raw_response(&[HTML], b"")),
        ("empty and chunked", 502, ChunkedPage::new().into_response()),
        ("empty and compressed", 502, raw_response(&[HTML, GZIP], &gzip(b""))),
        ("gzip by its header only", 502, raw_response(&[HTML, GZIP], bytes)),
        ("an unsupported encoding", 502, raw_response(&[HTML, "Content-Encoding: br"], bytes)),
        ("two encodings", 502, raw_response(&[HTML, "Content-Encoding: gzip, gzip"], bytes)),
        ("truncated before the first byte", 502, ChunkedPage::new().then(PageStep::Close).into_response()),
        (
            "truncated gzip header",
            502,
            ChunkedPage::new().header_line(GZIP).send(&gzip(bytes)[..8]).then(PageStep::Close).into_response(),
        ),
        ("Content-Length over the limit", 502, raw_response(&[HTML, "Content-Length: 99999999"], bytes)),
        ("status 500", 502, MockResponse::Status(500)),
        ("status 206", 502, MockResponse::Status(206)),
        ("redirect", 502, MockResponse::Redirect("https://example.org/".to_owned())),
        ("closed", 502, MockResponse::CloseImmediately),
        ("no response", 504, MockResponse::Hang),
        ("no body", 504, ChunkedPage::new().then(PageStep::Hang).into_response()),
    ]
}

#[test]
fn a_fault_before_the_first_byte_gives_an_error() {
    let env = page_env_with(ChunkedPage::with_body("x"), with_tight_limits);
    let all = faults_before_first_byte();
    let count = all.len() as i64;
    for (name, status, fault) in all {
        env.partner.respond_with(fault);
        let answer = env.search_page("q=KANARIENVOGEL", &[]);
        assert_eq!((answer.status, answer.media_type().as_str()), (status, "text/html"), "{name}: {}", answer.text());
        assert!(!contains(&answer.raw, b"KANARIENVOGEL") && answer.header("location").is_none(), "{name}");
    }
    for (name, status, fault) in faults_before_first_byte() {
        env.partner.respond_with(fault);
        let answer = env.search_page("q=KANARIENVOGEL", &["Sec-Fetch-Dest: document"]);
        assert_eq!((answer.status, answer.header("location")), (status, None), "{name}");
        // The search box and the button that tries again keep the keyword; it is nowhere else.
        let page = answer.text();
        let kept = page.matches("name=\"q\" value=\"KANARIENVOGEL\"").count();
        assert_eq!((kept, page.matches("KANARIENVOGEL").count()), (2, 2), "{name}: {page}");
        assert!(page.contains("<form class=\"retry\" action=\"/search\" method=\"post\">"), "{name}: {page}");
        let raw_head = answer.raw.split(|byte| *byte == b'<').next().unwrap();
        assert!(!contains(raw_head, b"KANARIENVOGEL"), "{name}");
        assert_complete(&answer.text());
    }
    wait_for_searches(&env, &[("failed", 2 * count)]);
}

/// An environment whose code asks `first`, which fails, and then `second`, which works.
fn failover_env() -> (TestEnv, MockPartner) {
    let second = MockPartner::responding(
        ChunkedPage::with_body(link("https://second.example/", "From the second")).into_response(),
    );
    let env = page_env_with(ChunkedPage::with_body("x"), |config| {
        let config = config.with("code toolbar-main", "partners", r#"["first", "second"]"#);
        html_partner(with_tight_limits(config).partner("second", &second.url()), "second", &second)
    });
    (env, second)
}

#[test]
fn a_fault_before_the_first_byte_fails_over_to_the_next_partner() {
    let (env, second) = failover_env();
    let all = faults_before_first_byte();
    let count = all.len();
    for (name, _, fault) in all {
        env.partner.respond_with(fault);
        let answer = env.search_page("q=x", &[]);
        assert_eq!(answer.status, 200, "{name}");
        assert_complete(&answer.text());
        assert!(answer.text().contains("From the second"), "{name}: {}", answer.text());
    }
    // The connection that is closed at once was kept after the redirect, so that request was sent again.
    assert_eq!((env.partner.requests().len(), second.requests().len()), (count + 1, count));
    let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
    wait_for("all searches to be counted for the second partner", || {
        (env.proxy.searches() == [(key.clone(), count as i64)].into()).then_some(())
    });
}

/// Faults after a part of the page has arrived.
fn faults_after_first_byte() -> Vec<(&'static str, ChunkedPage)> {
    let page = ChunkedPage::new().send(page_start());
    let compressed = || {
        let (text, mut page) = (long_page(), ChunkedPage::new().header_line(GZIP));
        page.steps = gzip_pieces(&[&text, "<p>end"]).into_iter().map(PageStep::Send).collect();
        page
    };
    let with_last = |change: fn(&mut Vec<u8>)| {
        let mut page = compressed();
        let Some(PageStep::Send(bytes)) = page.steps.last_mut() else { panic!("no chunk") };
        change(bytes);
        page
    };
    vec![
        ("truncated", page.clone().then(PageStep::Close)),
        ("truncated in a tag", page.clone().send("<a href='https://exam").then(PageStep::Close)),
        ("truncated in a character", page.clone().send(&"ü".as_bytes()[..1]).then(PageStep::Close)),
        ("no further data", page.clone().then(PageStep::Hang)),
        ("endless", page.clone().then(PageStep::Repeat(b"<p>more</p>".repeat(5_000), 1 << 14))),
        ("compressed and truncated", with_last(|bytes| bytes.truncate(2)).then(PageStep::Close)),
        ("compressed without the last bytes", with_last(|bytes| bytes.truncate(bytes.len() - 3))),
        ("compressed with a wrong checksum", with_last(|bytes| *bytes.iter_mut().nth_back(5).unwrap() ^= 1)),
        ("compressed and corrupted", with_last(|bytes| bytes.iter_mut().take(6).for_each(|byte| *byte = 0xff))),
    ]
}

/// It is too late for another partner, but the results that have arrived are usable.
#[test]
fn a_fault_after_the_first_byte_truncates_the_page() {
    let (env, second) = failover_env();
    let all = faults_after_first_byte();
    let count = all.len() as i64;
    for (name, fault) in all {
        env.partner.respond_with(fault.into_response());
        let start = Instant::now();
        let answer = env.search_page("q=x", &[]);
        assert!(start.elapsed() < Duration::from_secs(4), "{name}: {:?}", start.elapsed());
        assert_eq!(answer.status, 200, "{name}");
        let page = answer.text();
        assert!(page.contains("First result"), "{name}: {page}");
        assert_truncated(&page);
        assert!(!contains(&answer.raw, "\u{fffd}".as_bytes()) || name.contains("character"), "{name}: {page}");
        let click = env.proxy.get(&click_links(&page)[0], &[]);
        assert_eq!((click.status, click.header("location")), (303, Some(SPONSORED)), "{name}: its links work");
    }
    assert!(second.requests().is_empty(), "it is too late for another partner");
    wait_for_searches(&env, &[("failed", count)]);
    assert_eq!(env.proxy.clicks_with_outcome("counted"), count);
}

/// Nothing of a list has been sent yet, so the next partner is asked.
#[test]
fn a_fault_after_the_first_byte_fails_over_for_lists() {
    let (env, second) = failover_env();
    let all = faults_after_first_byte();
    let count = all.len();
    for (name, fault) in all {
        env.partner.respond_with(fault.into_response());
        let answer = env.search("q=x", &[]);
        assert_eq!((answer.status, &answer.json()["partner"]), (200, &"second".into()), "{name}: {}", answer.text());
    }
    assert_eq!(second.requests().len(), count);
}

/// The memory of the rewriter is limited, too.
#[test]
fn an_endless_tag_truncates_the_page() {
    let endless =
        ChunkedPage::new().send(page_start()).send("<p title='").then(PageStep::Repeat(vec![b'x'; 65_536], 96));
    let env = page_env_with(endless, |config| config.with("limits", "partner_response_bytes", "8000000"));
    assert_truncated(&env.search_page("q=x", &[]).text());
    wait_for_searches(&env, &[("failed", 1)]);
}

/// An oversized page is not read to its end, and takes little memory.
#[test]
fn an_oversized_page_is_truncated_at_the_limit() {
    let mut bomb = gzip_pieces(&[&page_start(), &" ".repeat(1 << 20), "x"]);
    let spaces = bomb.remove(1);
    let compressed = ChunkedPage::new().header_line(GZIP).send(bomb.remove(0)).then(PageStep::Repeat(spaces, 1024));
    let plain = ChunkedPage::new().send(page_start()).then(PageStep::Repeat(vec![b' '; 65_536], 1 << 14));
    for (name, flood) in [("plain", plain), ("compressed", compressed)] {
        let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
            config.with("partner first", "timeout", r#""8s""#).with("limits", "partner_decompressed_bytes", "1500000")
        });
        assert_complete(&env.search_page("q=x", &[]).text());
        let (before, sent) = (env.proxy.peak_kib(), env.partner.bytes_sent());
        env.partner.respond_with(flood.into_response());
        let start = Instant::now();
        assert_truncated(&env.search_page("q=x", &[]).text());
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
        let grown = env.proxy.peak_kib() - before;
        assert!(grown < 32 * 1024, "{name}: {grown} KiB");
        std::thread::sleep(Duration::from_millis(200)); // if the proxy still read, more would have been sent by now
        let sent = env.partner.bytes_sent() - sent;
        assert!(sent < 16 << 20, "{name}: {sent} bytes were read");
        wait_for_searches(&env, &[("with_ads", 1), ("failed", 1)]);
    }
}

/// A body without a length ends with the connection (RFC 9112 section 6.3).
#[test]
fn a_page_without_a_length_is_complete() {
    let body = sample_page();
    let env = page_env(ChunkedPage::with_body("x"));
    env.partner.respond_with(MockResponse::Raw(format!("HTTP/1.0 200 OK\r\n{HTML}\r\n\r\n{body}").into_bytes()));
    assert_complete(&env.search_page("q=x", &[]).text());
    wait_for_searches(&env, &[("with_ads", 1)]);
}

#[test]
fn the_timeout_covers_a_partner_that_sends_slowly() {
    let slow = (0..100).fold(ChunkedPage::new().send(page_start()), |page, _| {
        page.then(PageStep::Wait(Duration::from_millis(50))).send("<i>.</i>")
    });
    let env = page_env_with(slow, with_tight_limits);
    let start = Instant::now();
    assert_truncated(&env.search_page("q=x", &[]).text());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    wait_for_searches(&env, &[("failed", 1)]);
}

#[test]
fn a_keyword_with_personal_data_is_refused() {
    let env =
        page_env_with(ChunkedPage::with_body(sample_page()), |config| config.with("", "personal_data", r#""refuse""#));
    let answer = env.search_page("q=mail+anna@example.org", &[]);
    assert_eq!(answer.status, 422);
    assert!(env.partner.requests().is_empty());
    wait_for_searches(&env, &[("refused", 1)]);
}

/// The truncation notice contains neither the reason nor the keyword.
#[test]
fn the_truncation_notice_reveals_nothing() {
    let env = page_env_with(ChunkedPage::new().send(page_start()).then(PageStep::Hang), with_tight_limits);
    let page = start_search(&env, "q=KANARIENVOGEL").read_response().unwrap().text();
    assert_truncated(&page);
    let notice = page.split("class=\"notice\"").nth(1).and_then(|rest| rest.split("</p>").next()).expect("a notice");
    assert!(!notice.contains("KANARIENVOGEL") && !notice.contains("127.0.0.1"), "{notice}");
    let stderr = env.proxy.stderr();
    assert!(!stderr.contains("KANARIENVOGEL") && !stderr.contains("panicked"), "{stderr}");
}
