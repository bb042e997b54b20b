//! What becomes of clicks, searches and visits by the client that makes them (docs/click-measurement.md).

use std::collections::BTreeMap;

use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{ORGANIC, TestEnv, request_to};
use qsproxy_test_support::{http_client, wait_for};

const CHROME: &str = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const GOOGLEBOT: &str = "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const HEADLESS: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36";
const SIGNED: &str = "Signature-Agent: \"https://agent.example\"";

/// The clicks by outcome.
fn outcomes(proxy: &Proxy) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for ([_, _, _, outcome], n) in proxy.clicks() {
        *sums.entry(outcome).or_default() += n;
    }
    sums
}

/// Clicks a new link with each set of headers. Asserts that each is redirected, and the outcome that all are counted under.
#[track_caller]
fn assert_clicks(env: &TestEnv, outcome: &str, clicks: &[&[&str]]) {
    let before = outcomes(&env.proxy);
    for headers in clicks {
        let response = env.proxy.get(&env.click_path(), headers);
        assert_eq!((response.status, response.header("location")), (303, Some(ORGANIC)), "{headers:?}");
    }
    let mut expected = before;
    *expected.entry(outcome.to_owned()).or_default() += i64::try_from(clicks.len()).unwrap();
    assert_eq!(outcomes(&env.proxy), expected, "{clicks:?}");
}

#[test]
fn people_are_counted() {
    let env = TestEnv::new();
    assert_clicks(
        &env,
        "counted",
        &[
            &[],
            &["User-Agent:"],
            &[CHROME],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 15; RMX5101 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36",
            ],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
            ],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 13; Spider 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
            ],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 7.0; M bot 60 Build/NRD90M) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/58.0.0.0 Mobile Safari/537.36",
            ],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 8.1.0; XBot Junior) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.0.0 Mobile Safari/537.36",
            ],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 8.1.0; Fever_Plus Build/O11019; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/75.0.0.0 Safari/537.36",
            ],
            &[
                "User-Agent: Mozilla/5.0 (Linux; Android 4.2.2; HTC Butterfly Build/JDQ39) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/31.0.0.0 Mobile Safari/537.36",
            ],
            &[CHROME, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
            &["Signature-Input: sig=(\"@authority\");tag=\"other\""],
        ],
    );
}

#[test]
fn robots_and_clients_that_are_no_browser_are_redirected_and_not_counted() {
    let env = TestEnv::new();
    assert_clicks(
        &env,
        "bot",
        &[
            &[GOOGLEBOT],
            &["User-Agent: WhatsApp/2.23.20.0 A"],
            &["User-Agent: Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"],
            &["User-Agent: Hakai/2.0"],
            &[HEADLESS],
            &["User-Agent: Mozilla/5.0 (compatible; X/1.0)"],
            &[CHROME, SIGNED],
            &[CHROME, "Signature-Input: sig=(\"@authority\");tag=\"web-bot-auth\"", "Signature: sig=:AA==:"],
        ],
    );
}

#[test]
fn libraries_and_requests_that_open_no_document_have_outcomes_of_their_own() {
    let env = TestEnv::new();
    let libraries =
        ["curl/8.5.0", "okhttp/4.12.0", "python-requests/2.31.0", "Go-http-client/2.0", "Java/17.0.9", "axios/1.7.2"];
    let libraries = libraries.map(|agent| format!("User-Agent: {agent}"));
    let libraries: Vec<_> = libraries.iter().map(|line| [line.as_str()]).collect();
    let libraries: Vec<_> = libraries.iter().map(|lines| &lines[..]).collect();
    assert_clicks(&env, "library", &libraries);
    assert_clicks(
        &env,
        "embedded",
        &[
            &[CHROME, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"],
            &[CHROME, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"],
            &[CHROME, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"],
        ],
    );
}

#[test]
fn a_prefetch_is_rejected_by_each_of_its_headers() {
    let env = TestEnv::new();
    for header in ["Sec-Purpose: prefetch", "Purpose: prefetch", "X-Purpose: preview", "X-Moz: prefetch"] {
        let response = env.proxy.get(&env.click_path(), &[CHROME, header]);
        assert_eq!((response.status, response.problem().as_str()), (503, "prefetch_refused"), "{header}");
    }
    assert_eq!(env.proxy.clicks_with_outcome("prefetch"), 4);
}

/// Another site cannot redirect anybody through this service, in whatever class it makes its request appear.
#[test]
fn another_site_is_never_redirected() {
    let env = TestEnv::new();
    for (headers, outcome) in [
        (&[CHROME, "Sec-Fetch-Dest: document"][..], "cross_site"),
        (&[CHROME, "Sec-Fetch-Dest: image"], "embedded"),
        (&["User-Agent: curl/8.5.0"], "library"),
        (&[GOOGLEBOT], "bot"),
    ] {
        let response = env.proxy.get(&env.click_path(), &[&["Sec-Fetch-Site: cross-site"], headers].concat());
        assert_eq!((response.status, response.header("location")), (200, None), "{headers:?}");
        assert_eq!(env.proxy.clicks_with_outcome(outcome), 1, "{outcome}");
    }
}

/// Browsers that send fetch metadata send it under `https` and on loopback addresses only.
#[test]
fn what_imitates_chromium_is_filtered_under_https() {
    let env = TestEnv::with(|config| config.with("listen", "public_url", r#""https://search.example""#));
    let send = |path: &str, headers: &[&str]| {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: search.example\r\nConnection: close\r\n{lines}\r\n");
        http_client::send_once(env.proxy.public, request.as_bytes()).unwrap()
    };
    let click = |headers: &[&str]| {
        let results = send("/search?q=x&format=json", &[]).json();
        let link = results["results"][0]["url"].as_str().unwrap().to_owned();
        let path = link.strip_prefix("https://search.example").unwrap_or(&link).to_owned();
        assert_eq!(send(&path, headers).status, 303, "{headers:?}");
    };
    // A proxy in front may remove the headers: the rule applies once one arrived.
    click(&[CHROME]);
    assert_eq!(outcomes(&env.proxy), [("counted".to_owned(), 1)].into());
    click(&[CHROME, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]);
    click(&["User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"]);
    assert_eq!(outcomes(&env.proxy), [("counted".to_owned(), 3)].into());
    click(&[CHROME]);
    assert_eq!(outcomes(&env.proxy), [("bot".to_owned(), 1), ("counted".to_owned(), 3)].into());
}

#[test]
fn a_robots_search_is_refused_and_counted_and_no_partner_is_asked() {
    let env = TestEnv::new();
    for lines in [[GOOGLEBOT], [SIGNED], ["Signature-Input: sig=();tag=\"web-bot-auth\""]] {
        let response = env.search("q=lisbon", &lines);
        assert_eq!((response.status, response.problem().as_str()), (403, "robot_refused"), "{lines:?}");
        assert!(response.header("set-cookie").is_none() && response.header("visit-stamp").is_none());
    }
    let posted = "q=lisbon&format=json";
    let lines =
        format!("{GOOGLEBOT}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}", posted.len());
    let request = [request_to(&env.proxy, "POST", "/search", &[&lines]), posted.as_bytes().to_vec()].concat();
    assert_eq!(http_client::send_once(env.proxy.public, &request).unwrap().status, 403);
    assert_eq!(env.search("q=", &[GOOGLEBOT]).problem(), "keyword_missing", "not a search");
    wait_for("four searches", || (env.proxy.searches_with_outcome("robot") == 4).then_some(()));
    assert!(env.partner.requests().is_empty());
    let page = env.proxy.get("/search?q=lisbon", &[GOOGLEBOT, "Accept: text/html"]);
    assert_eq!((page.status, page.media_type()), (403, "text/html".to_owned()));
}

/// Operators and accessibility tools test pages with it.
#[test]
fn a_browser_that_a_program_drives_may_search() {
    let env = TestEnv::new();
    assert_eq!(env.search("q=lisbon", &[HEADLESS]).status, 200);
    assert_eq!(env.partner.requests().len(), 1);
}

#[test]
fn personal_data_in_a_robots_search_is_a_robots() {
    let env = TestEnv::with(|config| config.with("", "personal_data", r#""refuse""#));
    assert_eq!(env.search("q=alice@example.org", &[GOOGLEBOT]).problem(), "robot_refused");
    assert_eq!(env.search("q=alice@example.org", &[]).problem(), "keyword_refused");
    let both = || env.proxy.searches_with_outcome("robot") + env.proxy.searches_with_outcome("refused");
    wait_for("two searches", || (both() == 2).then_some(()));
    assert_eq!(env.proxy.searches_with_outcome("robot"), 1);
}

/// A toolbar may search by a library of its own, and its agent need not be a browser's.
#[test]
fn libraries_and_unknown_clients_search_and_visit() {
    let env = TestEnv::new();
    for agent in [
        "User-Agent: okhttp/4.12.0",
        "User-Agent: python-requests/2.31.0",
        "User-Agent: MyToolbar/2.1",
        "User-Agent: -",
    ] {
        assert_eq!(env.search("q=lisbon", &[agent]).status, 200, "{agent}");
        assert!(env.proxy.get("/visit", &[agent, "Visit-Stamp:"]).header("visit-stamp").is_some(), "{agent}");
    }
    for robot in [GOOGLEBOT, SIGNED, HEADLESS] {
        assert!(env.proxy.get("/visit", &[robot, "Visit-Stamp:"]).header("visit-stamp").is_none(), "{robot}");
    }
    wait_for("four searches", || {
        (env.proxy.searches_with_outcome("answered") + env.proxy.searches_with_outcome("with_ads") == 4).then_some(())
    });
}
