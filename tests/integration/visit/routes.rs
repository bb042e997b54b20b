//! Which answers carry a stamp: home, searches and `/visit`, and no other; and that nothing else of an answer depends on it.

use super::{confirmed, provisional, stage, visitors};
use crate::support::client::{Response, form, once};
use crate::support::partner::Answer;
use crate::support::stage::{Stage, request};
use crate::support::stamp::{Stamp, cookie, handed, header, none_in};
use crate::support::wait_for;

/// Requests that are no visit, whatever they bring.
fn elsewhere(stage: &Stage, line: &str) -> Vec<(&'static str, u16, Response)> {
    let proxy = &stage.proxy;
    let get = |target: &str| proxy.get(target, &[line]);
    let send = |method: &str, target: &str| once(proxy.public, &request(proxy, method, target, &[line])).unwrap();
    let host = proxy.public.to_string();
    let sheet = {
        let page = proxy.get("/privacy", &["Accept: text/html"]).text();
        regex::Regex::new(r#"rel="stylesheet" href="([^"]+)""#).unwrap().captures(&page).unwrap()[1].to_owned()
    };
    let path = stage.click_path();
    vec![
        ("privacy", 200, get("/privacy")),
        ("privacy.json", 200, get("/privacy.json")),
        ("OpenSearch", 200, get("/opensearch.xml")),
        ("OpenSearch, posted", 200, get("/opensearch-post.xml?code=beta")),
        ("robots", 200, get("/robots.txt")),
        ("GPC", 200, get("/.well-known/gpc.json")),
        ("favicon", 200, get("/favicon.ico")),
        ("style sheet", 200, get(&sheet)),
        ("click", 303, get(&path)),
        ("click again", 303, get(&path)),
        ("click by HEAD", 303, send("HEAD", &path)),
        ("click forged", 404, get("/click/forged")),
        ("click from elsewhere", 200, proxy.get(&stage.click_path(), &[line, "Sec-Fetch-Site: cross-site"])),
        ("image forged", 404, get("/image/forged")),
        ("not found", 404, get("/nowhere")),
        ("near /visit", 404, get("/visit/")),
        ("method, home", 405, send("PUT", "/")),
        ("method, visit", 405, once(proxy.public, &form("/visit", &host, &[line], b"code=beta")).unwrap()),
        ("method, search", 405, send("DELETE", "/search?q=x")),
        ("forget by GET", 405, get("/forget")),
        ("preflight, search", 204, send("OPTIONS", "/search")),
        ("preflight, visit", 204, send("OPTIONS", "/visit")),
        (
            "another host",
            421,
            once(proxy.public, &crate::support::client::request("GET", "/visit", "evil.example", &[line])).unwrap(),
        ),
        ("long address", 414, get(&format!("/visit?code={}", "x".repeat(9_000)))),
        ("no keyword", 400, get("/search?q=")),
        ("broken keyword", 400, get("/search?q=%ff")),
    ]
}

#[test]
fn everything_else_sets_and_counts_nothing() {
    let mut stage = stage();
    let (first, held) = (provisional(&stage.proxy), confirmed(&stage.proxy));
    for line in ["Accept: text/html".to_owned(), cookie(&first), header(&first), cookie(&held), cookie("nonsense")] {
        for (name, status, answer) in elsewhere(&stage, &line) {
            assert_eq!(answer.status, status, "{name}: {}", answer.text());
            none_in(name, &answer);
        }
    }
    assert_eq!(stage.proxy.visits_as("born"), 1);
    assert!(stage.proxy.terminate().success());
    assert_eq!(visitors(&stage.proxy), 1);
}

#[test]
fn a_problem_carries_the_stamp_that_was_counted() {
    let stage = Stage::with(|config| config.with("partner first", "timeout", r#""500ms""#));
    let mut n = 0;
    for (answer, status) in [(Answer::Status(500), 502), (Answer::CloseAtOnce, 502), (Answer::Hang, 504)] {
        stage.partner.set(answer);
        for accept in ["Accept: text/html", "Accept: application/json"] {
            let first = provisional(&stage.proxy);
            let ask = |line: &str| stage.proxy.get("/search?q=x", &[accept, line]);
            let problem = ask(&cookie(&first));
            assert!([status, 503].contains(&problem.status), "{}", problem.text());
            n += 1;
            let next = handed(&problem).expect("the stamp that was counted");
            assert!(!Stamp::read(&next).provisional);
            assert_eq!(visitors(&stage.proxy), n);
            none_in("of today", &ask(&header(&next)));
        }
    }
    assert!(Stamp::read(&handed(&stage.search("q=x", &[])).unwrap()).provisional, "also a first one");
}

/// A client that leaves before the partner has answered was there all the same, once.
#[test]
fn a_search_whose_client_left_is_a_visit() {
    let stage = stage();
    stage.partner.set(Answer::Late(std::time::Duration::from_millis(300), crate::support::stage::sample()));
    let first = provisional(&stage.proxy);
    let mut client = crate::support::client::Client::connect(stage.proxy.public).unwrap();
    client.write(&request(&stage.proxy, "GET", "/search?q=x", &[&cookie(&first)])).unwrap();
    wait_for("the partner to be asked", || (!stage.partner.requests().is_empty()).then_some(()));
    drop(client);
    wait_for("the visit", || (visitors(&stage.proxy) == 1).then_some(()));
    let next = handed(&stage.proxy.get("/visit", &[&cookie(&first)])).expect("its stamp");
    assert_eq!((Stamp::read(&next).provisional, visitors(&stage.proxy)), (false, 1));
}

/// The stamp is the one thing that differs between users (PRIVACY section 2 E).
#[test]
fn the_stamp_is_all_that_differs_between_users() {
    let stage = Stage::with(|config| config.with("partner first", "links", r#""direct""#));
    let (first, held) = (provisional(&stage.proxy), confirmed(&stage.proxy));
    let people: [&[&str]; 9] = [
        &[],
        &[&cookie(&first)],
        &[&cookie(&held)],
        &[&header(&held)],
        &["Visit-Stamp:"],
        &[&cookie("nonsense"), "Sec-GPC: 1"],
        &["Sec-GPC: 1", &cookie(&held)],
        &["DNT: 1", &cookie(&held)],
        &["User-Agent: Googlebot/2.1", &cookie(&first)],
    ];
    let own = regex::bytes::Regex::new(r"(?i)\r\n(?:set-cookie|visit-stamp|date): [^\r]*").unwrap();
    for target in ["/", "/visit", "/search?q=lisbon&format=html", "/search?q=lisbon&format=json", "/search?q="] {
        let answers = people.map(|lines| own.replace_all(&stage.proxy.get(target, lines).raw, &b""[..]).into_owned());
        for (answer, lines) in answers.iter().zip(people) {
            assert!(*answer == answers[0], "{target} {lines:?}:\n{}", String::from_utf8_lossy(answer));
        }
    }
}
