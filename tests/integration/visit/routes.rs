//! Which responses carry a stamp (home page, searches and `/visit`), and that nothing else in a response depends on it.

use super::{confirmed, env, provisional, visitors};
use qsproxy_test_support::http_client::{Response, form_bytes, send_once};
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{TestEnv, request_to};
use qsproxy_test_support::visit_stamp::{DecodedStamp, assert_no_stamp, cookie_line, header_line, issued_stamp};
use qsproxy_test_support::wait_for;

/// Requests that are not visits, whatever stamp they carry.
fn other_requests(env: &TestEnv, line: &str) -> Vec<(&'static str, u16, Response)> {
    let proxy = &env.proxy;
    let get = |target: &str| proxy.get(target, &[line]);
    let send =
        |method: &str, target: &str| send_once(proxy.public, &request_to(proxy, method, target, &[line])).unwrap();
    let host = proxy.public.to_string();
    let sheet = {
        let page = proxy.get("/privacy", &["Accept: text/html"]).text();
        regex::Regex::new(r#"rel="stylesheet" href="([^"]+)""#).unwrap().captures(&page).unwrap()[1].to_owned()
    };
    let path = env.click_path();
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
        ("cross-site click", 200, proxy.get(&env.click_path(), &[line, "Sec-Fetch-Site: cross-site"])),
        ("image forged", 404, get("/image/forged")),
        ("not found", 404, get("/nowhere")),
        ("near /visit", 404, get("/visit/")),
        ("method, home", 405, send("PUT", "/")),
        ("method, visit", 405, send_once(proxy.public, &form_bytes("/visit", &host, &[line], b"code=beta")).unwrap()),
        ("method, search", 405, send("DELETE", "/search?q=x")),
        ("forget by GET", 405, get("/forget")),
        ("preflight, search", 204, send("OPTIONS", "/search")),
        ("preflight, visit", 204, send("OPTIONS", "/visit")),
        (
            "another host",
            421,
            send_once(
                proxy.public,
                &qsproxy_test_support::http_client::request_bytes("GET", "/visit", "evil.example", &[line]),
            )
            .unwrap(),
        ),
        ("long address", 414, get(&format!("/visit?code={}", "x".repeat(9_000)))),
        ("no keyword", 400, get("/search?q=")),
        ("broken keyword", 400, get("/search?q=%ff")),
    ]
}

#[test]
fn other_requests_set_no_stamp_and_count_nothing() {
    let mut env = env();
    let (first, held) = (provisional(&env.proxy), confirmed(&env.proxy));
    for line in [
        "Accept: text/html".to_owned(),
        cookie_line(&first),
        header_line(&first),
        cookie_line(&held),
        cookie_line("nonsense"),
    ] {
        for (name, status, answer) in other_requests(&env, &line) {
            assert_eq!(answer.status, status, "{name}: {}", answer.text());
            assert_no_stamp(name, &answer);
        }
    }
    assert_eq!(env.proxy.visits_with_outcome("born"), 1);
    assert!(env.proxy.terminate().success());
    assert_eq!(visitors(&env.proxy), 1);
}

#[test]
fn a_problem_carries_the_stamp_that_was_counted() {
    let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""500ms""#));
    let mut n = 0;
    for (answer, status) in
        [(MockResponse::Status(500), 502), (MockResponse::CloseImmediately, 502), (MockResponse::Hang, 504)]
    {
        env.partner.respond_with(answer);
        for accept in ["Accept: text/html", "Accept: application/json"] {
            let first = provisional(&env.proxy);
            let ask = |line: &str| env.proxy.get("/search?q=x", &[accept, line]);
            let problem = ask(&cookie_line(&first));
            assert!([status, 503].contains(&problem.status), "{}", problem.text());
            n += 1;
            let next = issued_stamp(&problem).expect("the stamp that was counted");
            assert!(!DecodedStamp::decode(&next).provisional);
            assert_eq!(visitors(&env.proxy), n);
            assert_no_stamp("of today", &ask(&header_line(&next)));
        }
    }
    assert!(
        DecodedStamp::decode(&issued_stamp(&env.search("q=x", &[])).unwrap()).provisional,
        "an error carries a provisional stamp as well"
    );
}

/// A client that disconnects before the partner answers is counted all the same, once.
#[test]
fn a_search_whose_client_disconnected_is_a_visit() {
    let env = env();
    env.partner.respond_with(MockResponse::Delayed(
        std::time::Duration::from_millis(300),
        qsproxy_test_support::test_env::sample_results(),
    ));
    let first = provisional(&env.proxy);
    let mut client = qsproxy_test_support::http_client::Client::connect(env.proxy.public).unwrap();
    client.write(&request_to(&env.proxy, "GET", "/search?q=x", &[&cookie_line(&first)])).unwrap();
    wait_for("the partner to be asked", || (!env.partner.requests().is_empty()).then_some(()));
    drop(client);
    wait_for("the visit", || (visitors(&env.proxy) == 1).then_some(()));
    let next = issued_stamp(&env.proxy.get("/visit", &[&cookie_line(&first)])).expect("its stamp");
    assert_eq!((DecodedStamp::decode(&next).provisional, visitors(&env.proxy)), (false, 1));
}

const ROBOT: &str = "User-Agent: Googlebot/2.1";

/// Responses to different users differ in the stamp only (docs/privacy-requirements.md).
#[test]
fn responses_to_different_users_differ_in_the_stamp_only() {
    let env = TestEnv::with(|config| config.with("partner first", "links", r#""direct""#));
    let (first, held) = (provisional(&env.proxy), confirmed(&env.proxy));
    let people: [&[&str]; 9] = [
        &[],
        &[&cookie_line(&first)],
        &[&cookie_line(&held)],
        &[&header_line(&held)],
        &["Visit-Stamp:"],
        &[&cookie_line("nonsense"), "Sec-GPC: 1"],
        &["Sec-GPC: 1", &cookie_line(&held)],
        &["DNT: 1", &cookie_line(&held)],
        &[ROBOT, &cookie_line(&first)],
    ];
    let user_specific = regex::bytes::Regex::new(r"(?i)\r\n(?:set-cookie|visit-stamp|date): [^\r]*").unwrap();
    for target in ["/", "/visit", "/search?q=lisbon&format=html", "/search?q=lisbon&format=json", "/search?q="] {
        // A robot's search is refused.
        let is_search = target.starts_with("/search?q=lisbon");
        let people: Vec<_> = people.into_iter().filter(|lines| !(is_search && lines.contains(&ROBOT))).collect();
        let answers: Vec<_> = people
            .iter()
            .map(|lines| user_specific.replace_all(&env.proxy.get(target, lines).raw, &b""[..]).into_owned())
            .collect();
        for (answer, lines) in answers.iter().zip(&people) {
            assert!(*answer == answers[0], "{target} {lines:?}:\n{}", String::from_utf8_lossy(answer));
        }
    }
}
