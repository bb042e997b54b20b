//! Partners whose page fails: before its first byte, when the next one is asked, and after it, when the page ends
//! with a note. Each search is counted once.

use std::time::{Duration, Instant};

use super::{ask, clicks, is_broken_off, is_whole, searched};
use crate::support::config::Config;
use crate::support::page::{Page, Step, gzip_pieces, html, link, raw, sample_page, stage, stage_with};
use crate::support::partner::{Answer, Partner, gzip};
use crate::support::stage::{ORGANIC, SPONSORED, Stage, sample};
use crate::support::{contains, wait_for};

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
fn impatient(config: Config) -> Config {
    config.with("partner first", "timeout", TIMEOUT).with("limits", "partner_response_bytes", "200000").with(
        "limits",
        "partner_decompressed_bytes",
        "400000",
    )
}

#[test]
fn searches_are_counted_as_what_their_page_holds() {
    let stage = stage(Page::of("x"));
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
        stage.partner.set(Page::of(page).answer());
        is_whole(&stage.page("q=x", &[]).text());
        stage.search("q=x", &[]);
    }
    searched(&stage, &[("with_ads", 4), ("answered", 2), ("empty", 6)]);
}

/// What fails before a byte of the page was there.
fn early() -> Vec<(&'static str, u16, Answer)> {
    let body = sample_page();
    let bytes = body.as_bytes();
    vec![
        ("JSON", 502, Answer::Json(sample())),
        ("no type", 502, raw(&["X-A: b"], bytes)),
        ("plain text", 502, raw(&["Content-Type: text/plain"], bytes)),
        ("a type that begins alike", 502, raw(&["Content-Type: text/html2"], bytes)),
        ("to be read as XML", 502, raw(&["Content-Type: application/xhtml+xml"], bytes)),
        ("empty", 502, raw(&[HTML], b"")),
        ("empty, in chunks", 502, Page::new().answer()),
        ("empty, packed", 502, raw(&[HTML, PACKED], &gzip(b""))),
        ("said to be packed", 502, raw(&[HTML, PACKED], bytes)),
        ("packed otherwise", 502, raw(&[HTML, "Content-Encoding: br"], bytes)),
        ("packed twice", 502, raw(&[HTML, "Content-Encoding: gzip, gzip"], bytes)),
        ("cut before the first byte", 502, Page::new().then(Step::Cut).answer()),
        ("cut in the packing's head", 502, Page::new().line(PACKED).send(&gzip(bytes)[..8]).then(Step::Cut).answer()),
        ("announced as too long", 502, raw(&[HTML, "Content-Length: 99999999"], bytes)),
        ("status 500", 502, Answer::Status(500)),
        ("status 206", 502, Answer::Status(206)),
        ("redirect", 502, Answer::Redirect("https://example.org/".to_owned())),
        ("closed", 502, Answer::CloseAtOnce),
        ("silent", 504, Answer::Hang),
        ("silent after the head", 504, Page::new().then(Step::Hang).answer()),
    ]
}

#[test]
fn a_page_that_fails_before_its_first_byte_is_an_error() {
    let stage = stage_with(Page::of("x"), impatient);
    let all = early();
    let count = all.len() as i64;
    for (name, status, fault) in all {
        stage.partner.set(fault);
        let answer = stage.page("q=KANARIENVOGEL", &[]);
        assert_eq!((answer.status, answer.media_type().as_str()), (status, "text/html"), "{name}: {}", answer.text());
        assert!(!contains(&answer.raw, b"KANARIENVOGEL") && answer.header("location").is_none(), "{name}");
        is_whole(&answer.text());
    }
    searched(&stage, &[("failed", count)]);
}

/// A code that asks `first`, which fails, and then `second`, which is well.
fn pair() -> (Stage, Partner) {
    let second = Partner::answering(Page::of(link("https://second.example/", "From the second")).answer());
    let stage = stage_with(Page::of("x"), |config| {
        let config = config.with("code toolbar-main", "partners", r#"["first", "second"]"#);
        html(impatient(config).partner("second", &second.url()), "second", &second)
    });
    (stage, second)
}

#[test]
fn then_the_next_partner_is_asked_and_booked() {
    let (stage, second) = pair();
    let all = early();
    let count = all.len();
    for (name, _, fault) in all {
        stage.partner.set(fault);
        let answer = stage.page("q=x", &[]);
        assert_eq!(answer.status, 200, "{name}");
        is_whole(&answer.text());
        assert!(answer.text().contains("From the second"), "{name}: {}", answer.text());
    }
    assert_eq!((stage.partner.requests().len(), second.requests().len()), (count, count));
    let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
    wait_for("all to be booked to the second", || {
        (stage.proxy.searches() == [(key.clone(), count as i64)].into()).then_some(())
    });
}

/// What fails after a part of the page was there.
fn late() -> Vec<(&'static str, Page)> {
    let page = Page::new().send(first());
    let packed = || {
        let (text, mut page) = (long_page(), Page::new().line(PACKED));
        page.steps = gzip_pieces(&[&text, "<p>end"]).into_iter().map(Step::Send).collect();
        page
    };
    let with_last = |change: fn(&mut Vec<u8>)| {
        let mut page = packed();
        let Some(Step::Send(bytes)) = page.steps.last_mut() else { panic!("no piece") };
        change(bytes);
        page
    };
    vec![
        ("cut", page.clone().then(Step::Cut)),
        ("cut within a tag", page.clone().send("<a href='https://exam").then(Step::Cut)),
        ("cut within a character", page.clone().send(&"ü".as_bytes()[..1]).then(Step::Cut)),
        ("silent", page.clone().then(Step::Hang)),
        ("never ending", page.clone().then(Step::Repeat(b"<p>more</p>".repeat(5_000), 1 << 14))),
        ("packed, cut in the middle", with_last(|bytes| bytes.truncate(2)).then(Step::Cut)),
        ("packed, without its last bytes", with_last(|bytes| bytes.truncate(bytes.len() - 3))),
        ("packed, with a wrong sum", with_last(|bytes| *bytes.iter_mut().nth_back(5).unwrap() ^= 1)),
        ("packed, damaged", with_last(|bytes| bytes.iter_mut().take(6).for_each(|byte| *byte = 0xff))),
    ]
}

/// The partner cannot be changed any more, but what has arrived is of use.
#[test]
fn a_page_that_fails_later_ends_with_a_note() {
    let (stage, second) = pair();
    let all = late();
    let count = all.len() as i64;
    for (name, fault) in all {
        stage.partner.set(fault.answer());
        let start = Instant::now();
        let answer = stage.page("q=x", &[]);
        assert!(start.elapsed() < Duration::from_secs(4), "{name}: {:?}", start.elapsed());
        assert_eq!(answer.status, 200, "{name}");
        let page = answer.text();
        assert!(page.contains("First result"), "{name}: {page}");
        is_broken_off(&page);
        assert!(!contains(&answer.raw, "\u{fffd}".as_bytes()) || name.contains("character"), "{name}: {page}");
        let click = stage.proxy.get(&clicks(&page)[0], &[]);
        assert_eq!((click.status, click.header("location")), (303, Some(SPONSORED)), "{name}: its links work");
    }
    assert!(second.requests().is_empty(), "no other partner can be asked then");
    searched(&stage, &[("failed", count)]);
    assert_eq!(stage.proxy.clicks_as("counted"), count);
}

/// Of a list nothing was shown yet, so it is an error, or the next partner's.
#[test]
fn a_list_is_whole_or_none() {
    let (stage, second) = pair();
    let all = late();
    let count = all.len();
    for (name, fault) in all {
        stage.partner.set(fault.answer());
        let answer = stage.search("q=x", &[]);
        assert_eq!((answer.status, &answer.json()["partner"]), (200, &"second".into()), "{name}: {}", answer.text());
    }
    assert_eq!(second.requests().len(), count);
}

/// What the rewriting would have to hold is bounded, too.
#[test]
fn a_tag_that_never_ends_breaks_off() {
    let endless = Page::new().send(first()).send("<p title='").then(Step::Repeat(vec![b'x'; 65_536], 96));
    let stage = stage_with(endless, |config| config.with("limits", "partner_response_bytes", "8000000"));
    is_broken_off(&stage.page("q=x", &[]).text());
    searched(&stage, &[("failed", 1)]);
}

/// A gigabyte is not read to its end, and costs little memory.
#[test]
fn a_flood_is_cut_off_at_the_limit() {
    let mut bomb = gzip_pieces(&[&first(), &" ".repeat(1 << 20), "x"]);
    let spaces = bomb.remove(1);
    let packed = Page::new().line(PACKED).send(bomb.remove(0)).then(Step::Repeat(spaces, 1024));
    let plain = Page::new().send(first()).then(Step::Repeat(vec![b' '; 65_536], 1 << 14));
    for (name, flood) in [("plain", plain), ("packed", packed)] {
        let stage = stage_with(Page::of(sample_page()), |config| {
            config.with("partner first", "timeout", r#""8s""#).with("limits", "partner_decompressed_bytes", "1500000")
        });
        is_whole(&stage.page("q=x", &[]).text());
        let (before, sent) = (stage.proxy.peak_kib(), stage.partner.sent());
        stage.partner.set(flood.answer());
        let start = Instant::now();
        is_broken_off(&stage.page("q=x", &[]).text());
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
        let grown = stage.proxy.peak_kib() - before;
        assert!(grown < 32 * 1024, "{name}: {grown} KiB");
        std::thread::sleep(Duration::from_millis(200)); // were it still reading, more would have gone by now
        let sent = stage.partner.sent() - sent;
        assert!(sent < 16 << 20, "{name}: {sent} bytes were taken");
        searched(&stage, &[("with_ads", 1), ("failed", 1)]);
    }
}

/// A page whose end is that of its connection is whole (RFC 9112 section 6.3).
#[test]
fn a_page_without_a_length_is_whole() {
    let body = sample_page();
    let stage = stage(Page::of("x"));
    stage.partner.set(Answer::Raw(format!("HTTP/1.0 200 OK\r\n{HTML}\r\n\r\n{body}").into_bytes()));
    is_whole(&stage.page("q=x", &[]).text());
    searched(&stage, &[("with_ads", 1)]);
}

#[test]
fn a_partner_that_drips_has_its_time_and_no_more() {
    let dripping = (0..100)
        .fold(Page::new().send(first()), |page, _| page.then(Step::Wait(Duration::from_millis(50))).send("<i>.</i>"));
    let stage = stage_with(dripping, impatient);
    let start = Instant::now();
    is_broken_off(&stage.page("q=x", &[]).text());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    searched(&stage, &[("failed", 1)]);
}

#[test]
fn a_search_refused_by_policy_is_refused_for_pages_too() {
    let stage = stage_with(Page::of(sample_page()), |config| config.with("", "personal_data", r#""refuse""#));
    let answer = stage.page("q=mail+anna@example.org", &[]);
    assert_eq!(answer.status, 422);
    assert!(stage.partner.requests().is_empty());
    searched(&stage, &[("refused", 1)]);
}

/// The note is the service's own: nothing of why it broke off, nothing that was sent.
#[test]
fn the_note_says_nothing_of_the_search() {
    let stage = stage_with(Page::new().send("<p>x").then(Step::Hang), impatient);
    let page = ask(&stage, "q=KANARIENVOGEL").answer().unwrap().text();
    is_broken_off(&page);
    let note = page.split("class=\"note\"").nth(1).expect("a note");
    assert!(!note.contains("KANARIENVOGEL") && !note.contains("127.0.0.1"), "{note}");
    let stderr = stage.proxy.stderr();
    assert!(!stderr.contains("KANARIENVOGEL") && !stderr.contains("panicked"), "{stderr}");
}
