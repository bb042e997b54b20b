//! A partner that answers with pages: canaries in every input while the page is fine, breaks off or hangs, and in every
//! header and trick by which a partner might reach the user (`PRIVACY.md` section 4, items 3 and 7).

use regex::Regex;

use super::canary::{Canaries, CanaryKind};
use super::cases::{CLICKS, ClickCase, LeakCase};
use super::every_path::{LATE, LeakTest, SOURCE};
use super::raw_request;
use super::request_builder::WAVES;
use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, link};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::hostile_content::{HEADERS, SNIPPETS};
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::wait_for;

const FIRST: &str = "partner first";
/// What every page shows.
const SHOWN: &[CanaryKind] = &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword];

fn scene(test: &str, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> LeakTest {
    let html = |config: ConfigBuilder| {
        let config = config.without(FIRST, "results").with(FIRST, "format", r#""html""#);
        change(config.with(FIRST, "sponsored_links", r#"["https://ads.example/aclk"]"#))
    };
    LeakTest {
        well: ChunkedPage::with_body(link("https://example.org/", "One")).into_response(),
        ..LeakTest::new(test, html)
    }
}

/// Every line with a canary where it says `poison`.
fn poisoned(canaries: &mut Canaries, what: &str, lines: &[&str]) -> Vec<String> {
    let put = |line: &&str| canaries.put(CanaryKind::Input, &format!("{what} {line}"), &line.replace("poison", "{}"));
    lines.iter().map(put).collect()
}

/// A page under poisoned headers: a result, an advertisement with tricks around them, and a title that is seen last.
fn beginning(canaries: &mut Canaries, tricks: &[&str]) -> ChunkedPage {
    let advert = canaries.put(CanaryKind::Title, "an advert's title", "Buy {}");
    let organic = canaries.put(CanaryKind::Target, "an organic target", "https://example.org/page?x={}");
    let target = canaries.put(CanaryKind::Target, "a sponsored target", "https://ads.example/aclk?gclid={}");
    let own = canaries.put(CanaryKind::Input, "a page of the partner's own", "/settings?user={}");
    let title = canaries.put(CanaryKind::Title, "a result's title", "About {}");
    let page = poisoned(canaries, "the partner's header", HEADERS)
        .into_iter()
        .fold(ChunkedPage::new(), ChunkedPage::header_line);
    let tricks: String = poisoned(canaries, "the trick", tricks).concat();
    let page = page.send(format!("<!DOCTYPE html><p>{}<p>{}", link(&target, &advert), link(&own, "Settings")));
    let page = page.send(format!("<p>{}", link(&organic, &title)));
    if tricks.is_empty() { page } else { page.send(tricks) }
}

fn fine(canaries: &mut Canaries) -> MockResponse {
    beginning(canaries, &["<p onclick=poison()>AAA</p><!-- poison -->"]).into_response()
}

fn cut(canaries: &mut Canaries) -> MockResponse {
    let half = canaries.put(CanaryKind::Input, "a tag without its end", "<p title='{}");
    beginning(canaries, &[]).send(half).then(PageStep::Close).into_response()
}

fn hanging(canaries: &mut Canaries) -> MockResponse {
    beginning(canaries, &[]).then(PageStep::Hang).into_response()
}

fn slow(canaries: &mut Canaries) -> MockResponse {
    beginning(canaries, &[]).then(PageStep::Wait(LATE)).send("<p>The end").into_response()
}

/// Damaged after its beginning; what would come out of the damaged part is never shown.
fn badly_packed(canaries: &mut Canaries) -> MockResponse {
    let title = canaries.put(CanaryKind::Title, "a result's title", "About {}");
    let mut page = ChunkedPage::gzipped(&[&link("https://example.org/", &title), "<p>more"], &[]);
    let junk = canaries.put(CanaryKind::Input, "what is no gzip", "\u{7}\u{7}{}");
    page.steps.truncate(1);
    page.send(junk).into_response()
}

const fn path(name: &'static str, partner: fn(&mut Canaries) -> MockResponse) -> LeakCase {
    LeakCase {
        name,
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        shows: SHOWN,
        shape: |draft| draft.pairs.push("format=html".into()),
        partner,
    }
}

const fn list(
    name: &'static str,
    status: u16,
    code: &'static str,
    partner: fn(&mut Canaries) -> MockResponse,
) -> LeakCase {
    let shows: &[CanaryKind] = if status == 200 { &[CanaryKind::Title, CanaryKind::Token] } else { &[] };
    LeakCase { status, code, shows, shape: |draft| draft.pairs.push("format=json".into()), ..path(name, partner) }
}

/// The note is part of the page.
const PAGES: &[LeakCase] = &[
    path("page", fine),
    LeakCase { code: "role=\"alert\"", ..path("page, cut", cut) },
    LeakCase { code: "role=\"alert\"", ..path("page, hanging", hanging) },
    LeakCase { code: "role=\"alert\"", ..path("page, badly packed", badly_packed) },
    list("page as a list", 200, "", fine),
    list("page as a list, cut", 502, "partner_failed", cut),
    list("page as a list, hanging", 504, "partner_timeout", hanging),
    LeakCase {
        status: 502,
        code: "partner_failed",
        shows: &[],
        ..path("page of JSON", |canaries| {
            let body = canaries.put(CanaryKind::Input, "the partner's body", r#"{{"results":[], "x":"{}"}}"#);
            MockResponse::Json(body)
        })
    },
];

#[test]
fn pages_leave_nothing() {
    let mut scene = scene("pages", |config| config);
    for path in PAGES {
        scene.go(path);
    }
    scene.end();
}

/// A page for each trick, since one may hide the next.
#[test]
fn no_trick_of_a_partners_brings_anything_along() {
    let mut scene = scene("tricks", |config| config.with("limits", "idle_time", r#""10s""#));
    let poisoned = path("tricks", |canaries| beginning(canaries, &[]).into_response());
    let request = scene.draft(&poisoned, 0);
    for trick in SNIPPETS {
        let page = beginning(&mut scene.audit.canaries, &[trick]);
        scene.partner.respond_with(page.into_response());
        let response = scene.send(&request);
        assert_eq!(response.status, 200, "{trick}");
        scene.audit.record_response(poisoned.name, poisoned.shows, &response.raw);
        scene.audit.expect(CanaryKind::Title, "in the answer");
    }
    scene.note(&poisoned);
    scene.end();
}

#[test]
fn clicks_of_a_page_leave_nothing() {
    let mut scene = scene("clicks of a page", |config| config);
    let click = ClickCase { name: "click of a page", ..CLICKS[0] };
    let path = LeakCase { name: click.name, ..path("", cut) };
    let request = scene.draft(&path, 0);
    let response = scene.send(&request);
    scene.audit.record_response(path.name, path.shows, &response.raw);
    scene.note(&path);
    let page = response.text();
    let tokens: Vec<&str> = Regex::new("/click/([A-Za-z0-9_-]+)")
        .unwrap()
        .captures_iter(&page)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    assert_eq!(tokens.len(), 2, "{page}");
    for token in tokens {
        scene.audit.canaries.watch(CanaryKind::Token, "token", token);
        for wave in 0..WAVES {
            assert_eq!(scene.follow(&click, token, wave).status, 303);
        }
    }
    scene.audit.expect(CanaryKind::Target, "in the answer");
    scene.end();
}

/// A page that comes to its end some time after its beginning.
static SLOW: LeakCase = path("page under way", slow);

/// Pages of which the beginning has arrived.
fn begun(scene: &mut LeakTest) -> Vec<Client> {
    let mut clients = scene.under_way(&SLOW);
    for client in &mut clients {
        client.peek_until("About ").expect("the beginning of a page");
    }
    clients
}

#[test]
fn clients_that_leave_a_page_leave_nothing() {
    let mut scene = scene("a page left", |config| config);
    drop(begun(&mut scene));
    wait_for("the searches to be counted", || {
        (scene.proxy.searches_with_outcome("with_ads") >= WAVES as i64).then_some(())
    });
    scene.end();
}

#[test]
fn sigterm_in_a_page_leaves_nothing() {
    let mut scene = scene("SIGTERM in a page", |config| config.with("limits", "drain_time", r#""2s""#));
    let mut clients = begun(&mut scene);
    scene.audit.look_at_rest("before SIGTERM", &scene.proxy, &scene.partner);
    assert!(scene.proxy.terminate().success(), "{}", scene.proxy.stderr());
    for client in &mut clients {
        let answer = client.read_response().expect("the rest of the page");
        assert!(answer.text().contains("The end"), "{}", answer.text());
        scene.audit.record_response(SLOW.name, SLOW.shows, &answer.raw);
    }
    scene.audit.look_at_rest("after SIGTERM", &scene.proxy, &scene.partner);
    scene.audit.judge();
}

#[test]
fn sigkill_in_a_page_leaves_nothing() {
    let mut scene = scene("SIGKILL in a page", |config| config);
    let clients = begun(&mut scene);
    scene.proxy.kill();
    drop(clients);
    scene.audit.look_at_rest("after SIGKILL", &scene.proxy, &scene.partner);
    scene.proxy.restart();
    scene.end();
}

/// One search's page is nobody else's: the answers to two people who ask at once.
#[test]
fn pages_under_way_do_not_mix() {
    let mut scene = scene("two pages", |config| config);
    let mut requests = Vec::new();
    for path in [path("one of two", slow), path("the other of two", slow)] {
        let request = scene.draft(&path, 0);
        let mut client = raw_request::connect_from(SOURCE, scene.proxy.public);
        client.write(&request.bytes()).unwrap();
        client.peek_until("About ").unwrap();
        requests.push((path, client));
    }
    for (path, client) in &mut requests {
        let answer = client.read_response().unwrap();
        scene.audit.canaries.on_path(path.name);
        scene.audit.record_response(path.name, path.shows, &answer.raw);
    }
    scene.end();
}
