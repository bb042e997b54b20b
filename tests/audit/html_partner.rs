//! A partner that sends HTML pages: canaries in every input while the page is complete, cut off or hanging, and in every header and
//! fragment by which a partner might reach the user (`docs/privacy-requirements.md`, "Canaries" and "Poisoned partner").

use regex::Regex;

use super::audit::IN_RESPONSE;
use super::canary::{Canaries, CanaryKind};
use super::cases::{CLICKS, ClickCase, LeakCase};
use super::leak_test::{DELAY, LeakTest, SOURCE};
use super::raw_request;
use super::request_builder::HEADER_BATCHES;
use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, link};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::hostile_content::{HEADERS, SNIPPETS};
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::wait_for;

const FIRST: &str = "partner first";
/// Kinds of canaries that every page may contain.
const SHOWN: &[CanaryKind] = &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword];

fn test(test: &str, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> LeakTest {
    let html = |config: ConfigBuilder| {
        let config = config.without(FIRST, "results").with(FIRST, "format", r#""html""#);
        change(config.with(FIRST, "sponsored_links", r#"["https://ads.example/aclk"]"#))
    };
    LeakTest {
        usual_response: ChunkedPage::with_body(link("https://example.org/", "One")).into_response(),
        ..LeakTest::new(test, html)
    }
}

/// Attributes of a link that report its click, run a script, or say more about the page than a link must.
const LINK_ATTRIBUTES: &[&str] = &[
    "ping=https://poison.example/",
    "attributionsrc=https://poison.example/",
    "onclick=poison()",
    "style='background:url(https://poison.example/)'",
    "data-poison=1",
    "target=poison",
    "download=poison",
    "rel='opener poison'",
    "hreflang=poison",
    "type=text/poison",
];

/// Replaces `poison` in every line by a canary.
fn poisoned(canaries: &mut Canaries, what: &str, lines: &[&str]) -> Vec<String> {
    let put =
        |line: &&str| canaries.insert(CanaryKind::Input, &format!("{what} {line}"), &line.replace("poison", "{}"));
    lines.iter().map(put).collect()
}

/// A page with poisoned headers: an advertisement, a link of the partner's own, a result, and these fragments.
fn beginning(canaries: &mut Canaries, tricks: &[&str]) -> ChunkedPage {
    let advert = canaries.insert(CanaryKind::Title, "an advert's title", "Buy {}");
    let organic = canaries.insert(CanaryKind::Target, "an organic target", "https://example.org/page?x={}");
    let target = canaries.insert(CanaryKind::Target, "a sponsored target", "https://ads.example/aclk?gclid={}");
    let own = canaries.insert(CanaryKind::Input, "a page of the partner's own", "/settings?user={}");
    let title = canaries.insert(CanaryKind::Title, "a result's title", "About {}");
    let page = poisoned(canaries, "the partner's header", HEADERS)
        .into_iter()
        .fold(ChunkedPage::new(), ChunkedPage::header_line);
    let tricks: String = poisoned(canaries, "the trick", tricks).concat();
    let attributes = poisoned(canaries, "the trick", LINK_ATTRIBUTES).join(" ");
    let link = |target: &str, text: &str| link(target, text).replacen("<a ", &format!("<a {attributes} "), 1);
    let page = page.send(format!("<!DOCTYPE html><p>{}<p>{}", link(&target, &advert), link(&own, "Settings")));
    let page = page.send(format!("<p>{}", link(&organic, &title)));
    if tricks.is_empty() { page } else { page.send(tricks) }
}

fn fine(canaries: &mut Canaries) -> MockResponse {
    beginning(canaries, &["<p onclick=poison()>AAA</p><!-- poison -->"]).into_response()
}

fn cut(canaries: &mut Canaries) -> MockResponse {
    let half = canaries.insert(CanaryKind::Input, "a tag without its end", "<p title='{}");
    beginning(canaries, &[]).send(half).then(PageStep::Close).into_response()
}

fn hanging(canaries: &mut Canaries) -> MockResponse {
    beginning(canaries, &[]).then(PageStep::Hang).into_response()
}

fn slow(canaries: &mut Canaries) -> MockResponse {
    beginning(canaries, &[]).then(PageStep::Wait(DELAY)).send("<p>The end").into_response()
}

/// A gzip stream that is damaged after its beginning. Nothing of the damaged part may be shown.
fn bad_gzip(canaries: &mut Canaries) -> MockResponse {
    let title = canaries.insert(CanaryKind::Title, "a result's title", "About {}");
    let mut page = ChunkedPage::gzipped(&[&link("https://example.org/", &title), "<p>more"], &[]);
    let junk = canaries.insert(CanaryKind::Input, "bytes that are not gzip", "\u{7}\u{7}{}");
    page.steps.truncate(1);
    page.send(junk).into_response()
}

const fn path(name: &'static str, partner: fn(&mut Canaries) -> MockResponse) -> LeakCase {
    LeakCase {
        name,
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        may_show: SHOWN,
        change: |builder| builder.pairs.push("format=html".into()),
        partner,
    }
}

const fn list(
    name: &'static str,
    status: u16,
    code: &'static str,
    partner: fn(&mut Canaries) -> MockResponse,
) -> LeakCase {
    let may_show: &[CanaryKind] = if status == 200 { &[CanaryKind::Title, CanaryKind::Token] } else { &[] };
    LeakCase {
        status,
        code,
        may_show,
        change: |builder| builder.pairs.push("format=json".into()),
        ..path(name, partner)
    }
}

/// Pages that are cut off contain a note (`role="alert"`).
const PAGES: &[LeakCase] = &[
    path("page", fine),
    LeakCase { code: "role=\"alert\"", ..path("page, cut", cut) },
    LeakCase { code: "role=\"alert\"", ..path("page, hanging", hanging) },
    LeakCase { code: "role=\"alert\"", ..path("page, damaged gzip", bad_gzip) },
    list("page as a list", 200, "", fine),
    list("page as a list, cut", 502, "partner_failed", cut),
    list("page as a list, hanging", 504, "partner_timeout", hanging),
    LeakCase {
        status: 502,
        code: "partner_failed",
        may_show: &[],
        ..path("page of JSON", |canaries| {
            let body = canaries.insert(CanaryKind::Input, "the partner's body", r#"{{"results":[], "x":"{}"}}"#);
            MockResponse::Json(body)
        })
    },
];

pub fn pages() {
    let mut test = test("pages", |config| config);
    for case in PAGES {
        test.run_case(case);
    }
    test.finish();
}

/// One page for each fragment, because one may hide the next.
pub fn hostile_fragments() {
    let mut test = test("tricks", |config| config.with("limits", "idle_time", r#""10s""#));
    let poisoned = path("tricks", |canaries| beginning(canaries, &[]).into_response());
    let request = test.request_for(&poisoned, 0);
    for trick in SNIPPETS {
        let page = beginning(&mut test.audit.canaries, &[trick]);
        test.partner.respond_with(page.into_response());
        let response = test.send(&request);
        assert_eq!(response.status, 200, "{trick}");
        test.audit.record_response(poisoned.name, poisoned.may_show, &response.raw);
        test.audit.expect_newest(CanaryKind::Title, IN_RESPONSE);
    }
    test.record_partner_requests(&poisoned);
    test.finish();
}

pub fn clicks() {
    let mut test = test("clicks of a page", |config| config);
    let click = ClickCase { name: "click of a page", ..CLICKS[0] };
    let case = LeakCase { name: click.name, ..path("", cut) };
    let request = test.request_for(&case, 0);
    let response = test.send(&request);
    test.audit.record_response(case.name, case.may_show, &response.raw);
    test.record_partner_requests(&case);
    let page = response.text();
    let tokens: Vec<&str> = Regex::new("/click/([A-Za-z0-9_-]+)")
        .unwrap()
        .captures_iter(&page)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    assert_eq!(tokens.len(), 2, "{page}");
    for token in tokens {
        test.audit.canaries.watch(CanaryKind::Token, "token", token);
        for batch in 0..HEADER_BATCHES {
            assert_eq!(test.click_token(&click, token, batch).status, 303);
        }
    }
    test.audit.expect_newest(CanaryKind::Target, IN_RESPONSE);
    test.finish();
}

/// A page whose end is sent some time after its beginning.
static SLOW: LeakCase = path("page in flight", slow);

/// Requests pages and waits until their beginning has arrived.
fn begun(test: &mut LeakTest) -> Vec<Client> {
    let mut clients = test.send_without_reading(&SLOW);
    for client in &mut clients {
        client.peek_until("About ").expect("the beginning of a page");
    }
    clients
}

pub fn clients_that_disconnect() {
    let mut test = test("a page left", |config| config);
    drop(begun(&mut test));
    wait_for("the searches to be counted", || {
        (test.proxy.searches_with_outcome("with_ads") >= HEADER_BATCHES as i64).then_some(())
    });
    test.finish();
}

pub fn sigterm() {
    let mut test = test("SIGTERM in a page", |config| config.with("limits", "drain_time", r#""2s""#));
    let mut clients = begun(&mut test);
    test.audit.inspect_outputs("before SIGTERM", &test.proxy, &test.partner);
    assert!(test.proxy.terminate().success(), "{}", test.proxy.stderr());
    for client in &mut clients {
        let response = client.read_response().expect("the rest of the page");
        assert!(response.text().contains("The end"), "{}", response.text());
        test.audit.record_response(SLOW.name, SLOW.may_show, &response.raw);
    }
    test.audit.inspect_outputs("after SIGTERM", &test.proxy, &test.partner);
    test.audit.assert_no_leaks();
}

pub fn sigkill() {
    let mut test = test("SIGKILL in a page", |config| config);
    let clients = begun(&mut test);
    test.proxy.kill();
    drop(clients);
    test.audit.inspect_outputs("after SIGKILL", &test.proxy, &test.partner);
    test.proxy.restart();
    test.finish();
}

/// Two clients search at the same time: neither gets anything of the other's page.
pub fn concurrent_pages() {
    let mut test = test("two pages", |config| config);
    let mut requests = Vec::new();
    for case in [path("one of two", slow), path("the other of two", slow)] {
        let request = test.request_for(&case, 0);
        let mut client = raw_request::connect_from(SOURCE, test.proxy.public);
        client.write(&request.bytes()).unwrap();
        client.peek_until("About ").unwrap();
        requests.push((case, client));
    }
    for (case, client) in &mut requests {
        let response = client.read_response().unwrap();
        test.audit.canaries.start_case(case.name);
        test.audit.record_response(case.name, case.may_show, &response.raw);
    }
    test.finish();
}
