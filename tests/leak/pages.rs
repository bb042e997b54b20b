//! A partner that answers with pages: canaries in every input while the page is fine, breaks off or hangs, and in every
//! header and trick by which a partner might reach the user (`PRIVACY.md` section 4, items 3 and 7).

use regex::Regex;

use super::canary::{Canaries, Kind};
use super::draft::WAVES;
use super::paths::{CLICKS, Click, Path};
use super::scenes::{LATE, SOURCE, Scene};
use super::wire;
use crate::support::client::Client;
use crate::support::config::Config;
use crate::support::page::{Page, Step, link};
use crate::support::partner::Answer;
use crate::support::poison::{HEADERS, TRICKS};
use crate::support::wait_for;

const FIRST: &str = "partner first";
/// What every page shows.
const SHOWN: &[Kind] = &[Kind::Title, Kind::Token, Kind::Keyword];

fn scene(test: &str, change: impl FnOnce(Config) -> Config) -> Scene {
    let html = |config: Config| {
        let config = config.without(FIRST, "results").with(FIRST, "format", r#""html""#);
        change(config.with(FIRST, "sponsored_links", r#"["https://ads.example/aclk"]"#))
    };
    Scene { well: Page::of(link("https://example.org/", "One")).answer(), ..Scene::new(test, html) }
}

/// Every line with a canary where it says `poison`.
fn poisoned(canaries: &mut Canaries, what: &str, lines: &[&str]) -> Vec<String> {
    let put = |line: &&str| canaries.put(Kind::Input, &format!("{what} {line}"), &line.replace("poison", "{}"));
    lines.iter().map(put).collect()
}

/// A page under poisoned headers: a result, an advertisement with tricks around them, and a title that is seen last.
fn beginning(canaries: &mut Canaries, tricks: &[&str]) -> Page {
    let advert = canaries.put(Kind::Title, "an advert's title", "Buy {}");
    let organic = canaries.put(Kind::Target, "an organic target", "https://example.org/page?x={}");
    let target = canaries.put(Kind::Target, "a sponsored target", "https://ads.example/aclk?gclid={}");
    let own = canaries.put(Kind::Input, "a page of the partner's own", "/settings?user={}");
    let title = canaries.put(Kind::Title, "a result's title", "About {}");
    let page = poisoned(canaries, "the partner's header", HEADERS).into_iter().fold(Page::new(), Page::line);
    let tricks: String = poisoned(canaries, "the trick", tricks).concat();
    let page = page.send(format!("<!DOCTYPE html><p>{}<p>{}", link(&target, &advert), link(&own, "Settings")));
    let page = page.send(format!("<p>{}", link(&organic, &title)));
    if tricks.is_empty() { page } else { page.send(tricks) }
}

fn fine(canaries: &mut Canaries) -> Answer {
    beginning(canaries, &["<p onclick=poison()>AAA</p><!-- poison -->"]).answer()
}

fn cut(canaries: &mut Canaries) -> Answer {
    let half = canaries.put(Kind::Input, "a tag without its end", "<p title='{}");
    beginning(canaries, &[]).send(half).then(Step::Cut).answer()
}

fn hanging(canaries: &mut Canaries) -> Answer {
    beginning(canaries, &[]).then(Step::Hang).answer()
}

fn slow(canaries: &mut Canaries) -> Answer {
    beginning(canaries, &[]).then(Step::Wait(LATE)).send("<p>The end").answer()
}

/// Damaged after its beginning; what would come out of the damaged part is never shown.
fn badly_packed(canaries: &mut Canaries) -> Answer {
    let title = canaries.put(Kind::Title, "a result's title", "About {}");
    let mut page = Page::packed(&[&link("https://example.org/", &title), "<p>more"], &[]);
    let junk = canaries.put(Kind::Input, "what is no gzip", "\u{7}\u{7}{}");
    page.steps.truncate(1);
    page.send(junk).answer()
}

const fn path(name: &'static str, partner: fn(&mut Canaries) -> Answer) -> Path {
    Path {
        name,
        status: 200,
        code: "",
        keyword: Kind::Keyword,
        shows: SHOWN,
        shape: |draft| draft.pairs.push("format=html".into()),
        partner,
    }
}

const fn list(name: &'static str, status: u16, code: &'static str, partner: fn(&mut Canaries) -> Answer) -> Path {
    let shows: &[Kind] = if status == 200 { &[Kind::Title, Kind::Token] } else { &[] };
    Path { status, code, shows, shape: |draft| draft.pairs.push("format=json".into()), ..path(name, partner) }
}

/// The note is part of the page.
const PAGES: &[Path] = &[
    path("page", fine),
    Path { code: "role=\"alert\"", ..path("page, cut", cut) },
    Path { code: "role=\"alert\"", ..path("page, hanging", hanging) },
    Path { code: "role=\"alert\"", ..path("page, badly packed", badly_packed) },
    list("page as a list", 200, "", fine),
    list("page as a list, cut", 502, "partner_failed", cut),
    list("page as a list, hanging", 504, "partner_timeout", hanging),
    Path {
        status: 502,
        code: "partner_failed",
        shows: &[],
        ..path("page of JSON", |canaries| {
            let body = canaries.put(Kind::Input, "the partner's body", r#"{{"results":[], "x":"{}"}}"#);
            Answer::Json(body)
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
    let poisoned = path("tricks", |canaries| beginning(canaries, &[]).answer());
    let request = scene.draft(&poisoned, 0);
    for trick in TRICKS {
        let page = beginning(&mut scene.audit.canaries, &[trick]);
        scene.partner.set(page.answer());
        let response = scene.send(&request);
        assert_eq!(response.status, 200, "{trick}");
        scene.audit.answer(poisoned.name, poisoned.shows, &response.raw);
        scene.audit.expect(Kind::Title, "in the answer");
    }
    scene.note(&poisoned);
    scene.end();
}

#[test]
fn clicks_of_a_page_leave_nothing() {
    let mut scene = scene("clicks of a page", |config| config);
    let click = Click { name: "click of a page", ..CLICKS[0] };
    let path = Path { name: click.name, ..path("", cut) };
    let request = scene.draft(&path, 0);
    let response = scene.send(&request);
    scene.audit.answer(path.name, path.shows, &response.raw);
    scene.note(&path);
    let page = response.text();
    let tokens: Vec<&str> = Regex::new("/click/([A-Za-z0-9_-]+)")
        .unwrap()
        .captures_iter(&page)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    assert_eq!(tokens.len(), 2, "{page}");
    for token in tokens {
        scene.audit.canaries.watch(Kind::Token, "token", token);
        for wave in 0..WAVES {
            assert_eq!(scene.follow(&click, token, wave).status, 303);
        }
    }
    scene.audit.expect(Kind::Target, "in the answer");
    scene.end();
}

/// A page that comes to its end some time after its beginning.
static SLOW: Path = path("page under way", slow);

/// Pages of which the beginning has arrived.
fn begun(scene: &mut Scene) -> Vec<Client> {
    let mut clients = scene.under_way(&SLOW);
    for client in &mut clients {
        client.seen_past("About ").expect("the beginning of a page");
    }
    clients
}

#[test]
fn clients_that_leave_a_page_leave_nothing() {
    let mut scene = scene("a page left", |config| config);
    drop(begun(&mut scene));
    wait_for("the searches to be counted", || (scene.proxy.searches_as("with_ads") >= WAVES as i64).then_some(()));
    scene.end();
}

#[test]
fn sigterm_in_a_page_leaves_nothing() {
    let mut scene = scene("SIGTERM in a page", |config| config.with("limits", "drain_time", r#""2s""#));
    let mut clients = begun(&mut scene);
    scene.audit.look_at_rest("before SIGTERM", &scene.proxy, &scene.partner);
    assert!(scene.proxy.terminate().success(), "{}", scene.proxy.stderr());
    for client in &mut clients {
        let answer = client.answer().expect("the rest of the page");
        assert!(answer.text().contains("The end"), "{}", answer.text());
        scene.audit.answer(SLOW.name, SLOW.shows, &answer.raw);
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
        let mut client = wire::connect_from(SOURCE, scene.proxy.public);
        client.write(&request.bytes()).unwrap();
        client.seen_past("About ").unwrap();
        requests.push((path, client));
    }
    for (path, client) in &mut requests {
        let answer = client.answer().unwrap();
        scene.audit.canaries.on_path(path.name);
        scene.audit.answer(path.name, path.shows, &answer.raw);
    }
    scene.end();
}
