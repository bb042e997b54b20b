//! Partners whose page fails: before its first byte, when the next one is asked, and after it, when the page ends
//! with a note. Each search is counted once.

use std::time::{Duration, Instant};

use super::{ask, clicks, is_broken_off, is_whole, searched};
use qsproxy_test_support::chunked_page::{
    ChunkedPage, PageStep, gzip_pieces, html_partner, link, page_env, page_env_with, raw_response, sample_page,
};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse, gzip};
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, sample_results};
use qsproxy_test_support::{contains, wait_for};

const HTML: &str = "Content-Type: text/html; charset=utf-8";
const PACKED: &str = "Content-Encoding: gzip";
const TIMEOUT: &str = r#""700ms""#;

fn first() -> String {
    format!("<div><ul><li>{}<li><b>", link(SPONSORED, "First result"))
}

/// Results with much between them: what is lost of it in packing is not all.
fn long_page() -> String {
    let results: String = (0..500).map(|at| link(&format!("https://example.org/{at}?{}", at * 7_919), "One")).collect();
    first() + &results
}

/// With little time for the partner and little room for its answers.
fn impatient(config: ConfigBuilder) -> ConfigBuilder {
    config.with("partner first", "timeout", TIMEOUT).with("limits", "partner_response_bytes", "200000").with(
        "limits",
        "partner_decompressed_bytes",
        "400000",
    )
}

#[test]
fn searches_are_counted_as_what_their_page_holds() {
    let env = page_env(ChunkedPage::with_body("x"));
    let pages = [
        sample_page(),
        link(ORGANIC, "One"),
        "<p>No results</p>".to_owned(),
        // What may not be followed, or is the partner's own, is no result.
        format!("{}{}", link("javascript:alert(1)", "Bad"), link("/settings", "Own")),
        "<script>location='https://example.org/'</script>".to_owned(),
        link(SPONSORED, "Alone"),
    ];
    for page in pages {
        env.partner.respond_with(ChunkedPage::with_body(page).into_response());
        is_whole(&env.search_page("q=x", &[]).text());
        env.search("q=x", &[]);
    }
    searched(&env, &[("with_ads", 4), ("answered", 2), ("empty", 6)]);
}

/// What fails before a byte of the page was there.
fn early() -> Vec<(&'static str, u16, MockResponse)> {
    let body = sample_page();
    let bytes = body.as_bytes();
    vec![
        ("JSON", 502, MockResponse::Json(sample_results())),
        ("no type", 502, raw_response(&["X-A: b"], bytes)),
        ("plain text", 502, raw_response(&["Content-Type: text/plain"], bytes)),
        ("a type that begins alike", 502, raw_response(&["Content-Type: text/html2"], bytes)),
        ("to be read as XML", 502, raw_response(&["Content-Type: application/xhtml+xml"], bytes)),
        ("empty", 502, raw_response(&[HTML], b"")),
        ("empty, in chunks", 502, ChunkedPage::new().into_response()),
        ("empty, packed", 502, raw_response(&[HTML, PACKED], &gzip(b""))),
        ("said to be packed", 502, raw_response(&[HTML, PACKED], bytes)),
        ("packed otherwise", 502, raw_response(&[HTML, "Content-Encoding: br"], bytes)),
        ("packed twice", 502, raw_response(&[HTML, "Content-Encoding: gzip, gzip"], bytes)),
        ("cut before the first byte", 502, ChunkedPage::new().then(PageStep::Close).into_response()),
        (
            "cut in the packing's head",
            502,
            ChunkedPage::new().header_line(PACKED).send(&gzip(bytes)[..8]).then(PageStep::Close).into_response(),
        ),
        ("announced as too long", 502, raw_response(&[HTML, "Content-Length: 99999999"], bytes)),
        ("status 500", 502, MockResponse::Status(500)),
        ("status 206", 502, MockResponse::Status(206)),
        ("redirect", 502, MockResponse::Redirect("https://example.org/".to_owned())),
        ("closed", 502, MockResponse::CloseImmediately),
        ("silent", 504, MockResponse::Hang),
        ("silent after the head", 504, ChunkedPage::new().then(PageStep::Hang).into_response()),
    ]
}

#[test]
fn a_page_that_fails_before_its_first_byte_is_an_error() {
    let env = page_env_with(ChunkedPage::with_body("x"), impatient);
    let all = early();
    let count = all.len() as i64;
    for (name, status, fault) in all {
        env.partner.respond_with(fault);
        let answer = env.search_page("q=KANARIENVOGEL", &[]);
        assert_eq!((answer.status, answer.media_type().as_str()), (status, "text/html"), "{name}: {}", answer.text());
        assert!(!contains(&answer.raw, b"KANARIENVOGEL") && answer.header("location").is_none(), "{name}");
        is_whole(&answer.text());
    }
    searched(&env, &[("failed", count)]);
}

/// A code that asks `first`, which fails, and then `second`, which is well.
fn pair() -> (TestEnv, MockPartner) {
    let second = MockPartner::responding(
        ChunkedPage::with_body(link("https://second.example/", "From the second")).into_response(),
    );
    let env = page_env_with(ChunkedPage::with_body("x"), |config| {
        let config = config.with("code toolbar-main", "partners", r#"["first", "second"]"#);
        html_partner(impatient(config).partner("second", &second.url()), "second", &second)
    });
    (env, second)
}

#[test]
fn then_the_next_partner_is_asked_and_booked() {
    let (env, second) = pair();
    let all = early();
    let count = all.len();
    for (name, _, fault) in all {
        env.partner.respond_with(fault);
        let answer = env.search_page("q=x", &[]);
        assert_eq!(answer.status, 200, "{name}");
        is_whole(&answer.text());
        assert!(answer.text().contains("From the second"), "{name}: {}", answer.text());
    }
    assert_eq!((env.partner.requests().len(), second.requests().len()), (count, count));
    let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
    wait_for("all to be booked to the second", || {
        (env.proxy.searches() == [(key.clone(), count as i64)].into()).then_some(())
    });
}

/// What fails after a part of the page was there.
fn late() -> Vec<(&'static str, ChunkedPage)> {
    let page = ChunkedPage::new().send(first());
    let packed = || {
        let (text, mut page) = (long_page(), ChunkedPage::new().header_line(PACKED));
        page.steps = gzip_pieces(&[&text, "<p>end"]).into_iter().map(PageStep::Send).collect();
        page
    };
    let with_last = |change: fn(&mut Vec<u8>)| {
        let mut page = packed();
        let Some(PageStep::Send(bytes)) = page.steps.last_mut() else { panic!("no piece") };
        change(bytes);
        page
    };
    vec![
        ("cut", page.clone().then(PageStep::Close)),
        ("cut within a tag", page.clone().send("<a href='https://exam").then(PageStep::Close)),
        ("cut within a character", page.clone().send(&"ü".as_bytes()[..1]).then(PageStep::Close)),
        ("silent", page.clone().then(PageStep::Hang)),
        ("never ending", page.clone().then(PageStep::Repeat(b"<p>more</p>".repeat(5_000), 1 << 14))),
        ("packed, cut in the middle", with_last(|bytes| bytes.truncate(2)).then(PageStep::Close)),
        ("packed, without its last bytes", with_last(|bytes| bytes.truncate(bytes.len() - 3))),
        ("packed, with a wrong sum", with_last(|bytes| *bytes.iter_mut().nth_back(5).unwrap() ^= 1)),
        ("packed, damaged", with_last(|bytes| bytes.iter_mut().take(6).for_each(|byte| *byte = 0xff))),
    ]
}

/// The partner cannot be changed any more, but what has arrived is of use.
#[test]
fn a_page_that_fails_later_ends_with_a_note() {
    let (env, second) = pair();
    let all = late();
    let count = all.len() as i64;
    for (name, fault) in all {
        env.partner.respond_with(fault.into_response());
        let start = Instant::now();
        let answer = env.search_page("q=x", &[]);
        assert!(start.elapsed() < Duration::from_secs(4), "{name}: {:?}", start.elapsed());
        assert_eq!(answer.status, 200, "{name}");
        let page = answer.text();
        assert!(page.contains("First result"), "{name}: {page}");
        is_broken_off(&page);
        assert!(!contains(&answer.raw, "\u{fffd}".as_bytes()) || name.contains("character"), "{name}: {page}");
        let click = env.proxy.get(&clicks(&page)[0], &[]);
        assert_eq!((click.status, click.header("location")), (303, Some(SPONSORED)), "{name}: its links work");
    }
    assert!(second.requests().is_empty(), "no other partner can be asked then");
    searched(&env, &[("failed", count)]);
    assert_eq!(env.proxy.clicks_with_outcome("counted"), count);
}

/// Of a list nothing was shown yet, so it is an error, or the next partner's.
#[test]
fn a_list_is_whole_or_none() {
    let (env, second) = pair();
    let all = late();
    let count = all.len();
    for (name, fault) in all {
        env.partner.respond_with(fault.into_response());
        let answer = env.search("q=x", &[]);
        assert_eq!((answer.status, &answer.json()["partner"]), (200, &"second".into()), "{name}: {}", answer.text());
    }
    assert_eq!(second.requests().len(), count);
}

/// What the rewriting would have to hold is bounded, too.
#[test]
fn a_tag_that_never_ends_breaks_off() {
    let endless = ChunkedPage::new().send(first()).send("<p title='").then(PageStep::Repeat(vec![b'x'; 65_536], 96));
    let env = page_env_with(endless, |config| config.with("limits", "partner_response_bytes", "8000000"));
    is_broken_off(&env.search_page("q=x", &[]).text());
    searched(&env, &[("failed", 1)]);
}

/// A gigabyte is not read to its end, and costs little memory.
#[test]
fn a_flood_is_cut_off_at_the_limit() {
    let mut bomb = gzip_pieces(&[&first(), &" ".repeat(1 << 20), "x"]);
    let spaces = bomb.remove(1);
    let packed = ChunkedPage::new().header_line(PACKED).send(bomb.remove(0)).then(PageStep::Repeat(spaces, 1024));
    let plain = ChunkedPage::new().send(first()).then(PageStep::Repeat(vec![b' '; 65_536], 1 << 14));
    for (name, flood) in [("plain", plain), ("packed", packed)] {
        let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
            config.with("partner first", "timeout", r#""8s""#).with("limits", "partner_decompressed_bytes", "1500000")
        });
        is_whole(&env.search_page("q=x", &[]).text());
        let (before, sent) = (env.proxy.peak_kib(), env.partner.bytes_sent());
        env.partner.respond_with(flood.into_response());
        let start = Instant::now();
        is_broken_off(&env.search_page("q=x", &[]).text());
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
        let grown = env.proxy.peak_kib() - before;
        assert!(grown < 32 * 1024, "{name}: {grown} KiB");
        std::thread::sleep(Duration::from_millis(200)); // were it still reading, more would have gone by now
        let sent = env.partner.bytes_sent() - sent;
        assert!(sent < 16 << 20, "{name}: {sent} bytes were taken");
        searched(&env, &[("with_ads", 1), ("failed", 1)]);
    }
}

/// A page whose end is that of its connection is whole (RFC 9112 section 6.3).
#[test]
fn a_page_without_a_length_is_whole() {
    let body = sample_page();
    let env = page_env(ChunkedPage::with_body("x"));
    env.partner.respond_with(MockResponse::Raw(format!("HTTP/1.0 200 OK\r\n{HTML}\r\n\r\n{body}").into_bytes()));
    is_whole(&env.search_page("q=x", &[]).text());
    searched(&env, &[("with_ads", 1)]);
}

#[test]
fn a_partner_that_drips_has_its_time_and_no_more() {
    let dripping = (0..100).fold(ChunkedPage::new().send(first()), |page, _| {
        page.then(PageStep::Wait(Duration::from_millis(50))).send("<i>.</i>")
    });
    let env = page_env_with(dripping, impatient);
    let start = Instant::now();
    is_broken_off(&env.search_page("q=x", &[]).text());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    searched(&env, &[("failed", 1)]);
}

#[test]
fn a_search_refused_by_policy_is_refused_for_pages_too() {
    let env =
        page_env_with(ChunkedPage::with_body(sample_page()), |config| config.with("", "personal_data", r#""refuse""#));
    let answer = env.search_page("q=mail+anna@example.org", &[]);
    assert_eq!(answer.status, 422);
    assert!(env.partner.requests().is_empty());
    searched(&env, &[("refused", 1)]);
}

/// The note is the service's own: nothing of why it broke off, nothing that was sent.
#[test]
fn the_note_says_nothing_of_the_search() {
    let env = page_env_with(ChunkedPage::new().send("<p>x").then(PageStep::Hang), impatient);
    let page = ask(&env, "q=KANARIENVOGEL").read_response().unwrap().text();
    is_broken_off(&page);
    let note = page.split("class=\"note\"").nth(1).expect("a note");
    assert!(!note.contains("KANARIENVOGEL") && !note.contains("127.0.0.1"), "{note}");
    let stderr = env.proxy.stderr();
    assert!(!stderr.contains("KANARIENVOGEL") && !stderr.contains("panicked"), "{stderr}");
}
