//! Hostile partners: eight people search with one, while bystanders search with another.

use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{gzip, gzip_bomb};

use crate::hostile_partner::{Answer, json};
use crate::row::{Attack, Facts, Row, judged};
use crate::target::{Target, exchange};

/// People who search with the hostile partner, each from many networks, so that no limit of a client protects the program.
const PEOPLE: u8 = 8;
/// No search may take longer than the partner's `timeout` of one second and this many milliseconds more.
const SLOWEST_MS: u64 = 2500;

fn search(target: Arc<Target>) -> Attack {
    Box::pin(async move {
        let one = |person: u8| {
            let target = Arc::clone(&target);
            async move {
                for at in (0..20).cycle() {
                    let begun = std::time::Instant::now();
                    let request = target.get("/search?q=x&format=json&code=only-hostile", "Connection: close\r\n");
                    let mut source = target.attacker_number(person);
                    source[1] += at;
                    let Ok(mut stream) = target.connect(source).await else { continue };
                    let answer = exchange(&mut stream, &request).await;
                    target.count("searches", 1);
                    let is_slow = begun.elapsed().as_millis() > u128::from(SLOWEST_MS);
                    target.count("without an honest answer", u64::from(answer.is_err() || is_slow));
                }
            }
        };
        futures_util::future::join_all((0..PEOPLE).map(one)).await;
    })
}

/// The hostile partner is asked every time: no circuit protects the program.
fn always_asked(config: ConfigBuilder) -> ConfigBuilder {
    config.with("partner hostile", "circuit", "{ min_calls = 1000000 }").with("partner hostile", "timeout", r#""1s""#)
}

/// The same with HTML answers.
fn always_asked_for_pages(config: ConfigBuilder) -> ConfigBuilder {
    always_asked(config).without("partner hostile", "results").with("partner hostile", "format", r#""html""#).with(
        "partner hostile",
        "sponsored_links",
        r#"["https://ads.example/aclk"]"#,
    )
}

/// The hostile partner is the first of everybody's code.
fn first_of_all(config: ConfigBuilder) -> ConfigBuilder {
    config.with("code toolbar-main", "partners", r#"["hostile", "first"]"#)
}

fn answered_in_time(facts: &Facts<'_>) -> Result<String, String> {
    let (searches, bad) = (facts.target.counted("searches"), facts.target.counted("without an honest answer"));
    judged(facts.hostile_requests > 0 && bad == 0, format!("{searches} searches, {bad} without an answer in time"))
}

/// Ten requests open the circuit; probes are few.
fn skipped(facts: &Facts<'_>) -> Result<String, String> {
    let asked = facts.hostile_requests;
    judged(asked <= 120, format!("{} searches by bystanders, partner asked {asked} times", facts.bystander_searches))
}

fn head(lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{lines}\r\n").into_bytes()
}

fn chunked() -> Vec<u8> {
    head("Transfer-Encoding: chunked\r\n")
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    json(body, "Content-Encoding: gzip\r\n")
}

fn page(body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Two megabytes, `partner_response_bytes`, of a piece.
fn full_page(piece: &str) -> Vec<u8> {
    page(piece.repeat(2_000_000 / piece.len()).as_bytes())
}

fn results(entry: &str, n: usize) -> Vec<u8> {
    json(format!("{{\"results\":[{}]}}", vec![entry; n].join(",")).as_bytes(), "")
}

const ENTRY: &str = r#"{"title":"a","url":"https://a.example/","snippet":"","ad":true}"#;

const fn again(first: fn() -> Vec<u8>, piece: fn() -> Vec<u8>, pause_ms: u64) -> Answer {
    Answer::Again { first, piece, pause_ms, times: 100_000 }
}

/// JSON answers: name, attack, answer.
const JSON_ROWS: &[(&str, &str, Answer)] = &[
    (
        "interim",
        "partner: endless 1xx",
        again(Vec::new, || b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n".repeat(200), 0),
    ),
    ("interim-slow", "partner: a 100 every 50 ms", again(Vec::new, || b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), 50)),
    ("gzip-members", "partner: 90,000 gzip members", Answer::Once(|| gzipped(&gzip(b"").repeat(90_000)))),
    ("gzip-bomb", "partner: 1 GB gzip bomb", Answer::Once(|| gzipped(&gzip_bomb()))),
    (
        "gzip-nested",
        "partner: gzip within gzip",
        Answer::Once(|| json(&gzip(&gzip_bomb()), "Content-Encoding: gzip, gzip\r\n")),
    ),
    (
        "gzip-spaces",
        "partner: 8 MB of spaces in gzip",
        Answer::Once(|| gzipped(&gzip(format!("{{\"results\":[{}]}}", " ".repeat(8_000_000)).as_bytes()))),
    ),
    ("results", "partner: 28,000 results", Answer::Once(|| results(ENTRY, 28_000))),
    ("results-empty", "partner: 600,000 empty results", Answer::Once(|| results("{}", 600_000))),
    ("numbers", "partner: 900,000 numbers instead of results", Answer::Once(|| results("1", 900_000))),
    (
        "deep",
        "partner: JSON 900,000 levels deep",
        Answer::Once(|| json(format!("{{\"results\":{}{}}}", "[".repeat(900_000), "]".repeat(900_000)).as_bytes(), "")),
    ),
    (
        "escapes",
        "partner: a title of 2 MB of escapes",
        Answer::Once(|| {
            results(&format!(r#"{{"title":"{}","url":"https://a.example/"}}"#, r"\u0041".repeat(330_000)), 1)
        }),
    ),
    (
        "references",
        "partner: a title of 2 MB of character references",
        Answer::Once(|| {
            results(&format!(r#"{{"title":"{}","url":"https://a.example/"}}"#, "&amp;".repeat(390_000)), 1)
        }),
    ),
    (
        "headers",
        "partner: headers without end",
        again(
            || b"HTTP/1.1 200 OK\r\n".to_vec(),
            || b"X-A: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(50),
            0,
        ),
    ),
    ("drip", "partner: a byte every 50 ms", again(|| head("Content-Length: 5000\r\n"), || b" ".to_vec(), 50)),
    (
        "drip-head",
        "partner: a byte of the head every 50 ms",
        again(|| b"HTTP/1.1 200 OK\r\nX-A: ".to_vec(), || b"x".to_vec(), 50),
    ),
    ("chunks", "partner: chunks without end", again(chunked, || chunk(&[b' '; 16_000]), 0)),
    ("tiny-chunks", "partner: chunks of one byte without end", again(chunked, || chunk(b" ").repeat(200), 0)),
    (
        "chunk-extensions",
        "partner: chunk extensions of 15 kB",
        again(chunked, || [b"1;".to_vec(), vec![b'e'; 15_000], b"\r\n \r\n".to_vec()].concat(), 0),
    ),
    ("chunk-zeros", "partner: a chunk size of zeros without end", again(chunked, || vec![b'0'; 16_000], 0)),
    (
        "chunk-spaces",
        "partner: spaces without end after a chunk size",
        again(|| [chunked(), b"1".to_vec()].concat(), || vec![b' '; 16_000], 0),
    ),
    ("hang", "partner: accepts and hangs", Answer::Hang),
    ("cut", "partner: ends in the middle", Answer::Once(|| [head("Content-Length: 5000\r\n"), b"{".to_vec()].concat())),
    (
        "two-lengths",
        "partner: a length and chunks",
        Answer::Once(|| {
            [head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), chunk(b"{}"), b"0\r\n\r\n".to_vec()].concat()
        }),
    ),
    (
        "junk",
        "partner: bytes that are no HTTP",
        Answer::Once(|| (0..5000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect()),
    ),
    (
        "redirect",
        "partner: a redirect to this machine",
        Answer::Once(|| {
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9090/\r\nContent-Length: 0\r\n\r\n".to_vec()
        }),
    ),
    (
        "switching",
        "partner: 101 Switching Protocols",
        Answer::Once(|| b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n".to_vec()),
    ),
];

/// HTML answers: name, attack, answer.
const PAGE_ROWS: &[(&str, &str, Answer)] = &[
    ("page-less-than", "partner: 2 MB of `<`", Answer::Once(|| full_page("<"))),
    ("page-tags", "partner: 2 MB of `<b>`", Answer::Once(|| full_page("<b>"))),
    ("page-empty-tags", "partner: 2 MB of `<a>`", Answer::Once(|| full_page("<a>"))),
    ("page-links", "partner: 2 MB of links", Answer::Once(|| full_page("<a href=//a.example/>x</a>"))),
    ("page-ends", "partner: 2 MB of end tags", Answer::Once(|| full_page("</p>"))),
    ("page-comments", "partner: 2 MB of comments", Answer::Once(|| full_page("<!---->"))),
    (
        "page-attributes",
        "partner: a tag with 2 MB of attributes",
        Answer::Once(|| page(format!("<p {}>", "a=b ".repeat(490_000)).as_bytes())),
    ),
    (
        "page-attribute",
        "partner: an attribute of 2 MB",
        Answer::Once(|| page(format!("<p title=\"{}\">", "a".repeat(1_900_000)).as_bytes())),
    ),
    ("page-references", "partner: 2 MB of character references", Answer::Once(|| full_page("&amp;"))),
    ("page-nested", "partner: 400,000 nested elements", Answer::Once(|| full_page("<div>"))),
    ("page-tables", "partner: nested tables and forms", Answer::Once(|| full_page("<table><tr><td><form>"))),
    (
        "page-bomb",
        "partner: 8 MB of links in gzip",
        Answer::Once(|| {
            let body = gzip("<a href=//a.example/>x</a>".repeat(300_000).as_bytes());
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), &body].concat()
        }),
    ),
    (
        "page-endless",
        "partner: a page without end",
        again(|| b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>".to_vec(), || b"<li>word ".repeat(200), 0),
    ),
];

const LIMITED: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";

pub fn rows() -> Vec<Row> {
    let hostile = |name, text, answer, configure| {
        Row::new(name, text, search)
            .with_hostile(answer)
            .configured(configure)
            .with_memory_mib(160)
            .promising(answered_in_time)
    };
    let first = |name, text, answer| {
        Row::new(name, text, |_| Box::pin(std::future::pending()))
            .with_hostile(answer)
            .configured(first_of_all)
            .promising(skipped)
    };
    let mut rows = vec![
        first("first-hangs", "first partner of everybody accepts and hangs", Answer::Hang),
        first(
            "first-limited",
            "first partner of everybody answers 429 with `Retry-After: 3600`",
            Answer::Once(|| LIMITED.to_vec()),
        ),
    ];
    let configure: fn(ConfigBuilder) -> ConfigBuilder = always_asked;
    rows.extend(JSON_ROWS.iter().map(|&(name, text, answer)| hostile(name, text, answer, configure)));
    rows.extend(PAGE_ROWS.iter().map(|&(name, text, answer)| hostile(name, text, answer, always_asked_for_pages)));
    rows
}
