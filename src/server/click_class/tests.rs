//! Which class a click has, and which one takes precedence.

use super::*;

const CHROME: (&str, &str) = (
    "user-agent",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
);
const ROBOT: (&str, &str) = ("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
const NO_BROWSER: (&str, &str) = ("user-agent", "Hakai/2.0");
const CURL: (&str, &str) = ("user-agent", "curl/8.5.0");
const CROSS_SITE: (&str, &str) = ("sec-fetch-site", "cross-site");
const IMAGE: (&str, &str) = ("sec-fetch-dest", "image");
const PREFETCH: (&str, &str) = ("sec-purpose", "prefetch;prerender");
const NAVIGATION: [(&str, &str); 3] =
    [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

fn signals(method: Method, headers: &[(&str, &str)], is_secure: bool) -> (ClickClass, bool) {
    let mut request = Request::builder().method(method);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let signals = click_signals(&request, is_secure);
    (signals.class, signals.is_cross_site)
}

fn class(headers: &[(&str, &str)]) -> ClickClass {
    signals(Method::GET, headers, false).0
}

#[test]
fn classifies_clicks_by_their_headers() {
    for (headers, expected) in [
        (&[][..], ClickClass::Plain),
        (&[("user-agent", "")], ClickClass::Plain),
        (&[CHROME], ClickClass::Plain),
        (&[CHROME, NAVIGATION[0], NAVIGATION[1], NAVIGATION[2]], ClickClass::Plain),
        (&[CHROME, NAVIGATION[1], NAVIGATION[2], ("sec-fetch-user", "?1")], ClickClass::Plain),
        (&[("sec-fetch-site", "none")], ClickClass::Plain),
        (&[("sec-fetch-site", "same-site"), NAVIGATION[1]], ClickClass::Plain),
        (&[("sec-fetch-mode", " Navigate ")], ClickClass::Plain),
        (&[PREFETCH], ClickClass::Prefetch),
        (&[("purpose", "Preview")], ClickClass::Prefetch),
        (&[("x-purpose", "preview")], ClickClass::Prefetch),
        (&[("x-moz", "prefetch")], ClickClass::Prefetch),
        (&[("sec-purpose", "")], ClickClass::Plain),
        (&[ROBOT], ClickClass::Bot),
        (&[NO_BROWSER], ClickClass::Bot),
        (&[CHROME, ("signature-agent", "\"https://agent.example\"")], ClickClass::Bot),
        (&[("signature-agent", "")], ClickClass::Bot),
        (&[("signature-input", "sig1=(\"@authority\");created=1;tag=\"web-bot-auth\"")], ClickClass::Bot),
        (&[("signature-input", "a=()"), ("signature-input", "b=();tag=\"web-bot-auth\"")], ClickClass::Bot),
        (&[CHROME, ("signature-input", "sig1=(\"@authority\");created=1;tag=\"other\"")], ClickClass::Plain),
        (&[CURL], ClickClass::Library),
        (&[CHROME, IMAGE], ClickClass::Embedded),
        (&[("sec-fetch-dest", "iframe"), NAVIGATION[1]], ClickClass::Embedded),
        (&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")], ClickClass::Embedded),
        (&[("sec-fetch-mode", "no-cors")], ClickClass::Embedded),
        (&[("sec-fetch-dest", "")], ClickClass::Embedded),
        (&[CROSS_SITE], ClickClass::CrossSite),
        (&[CHROME, CROSS_SITE, NAVIGATION[1], NAVIGATION[2]], ClickClass::CrossSite),
    ] {
        assert_eq!(class(headers), expected, "{headers:?}");
    }
}

/// Each line has the marks of its class and of all that follow.
#[test]
fn the_first_class_takes_precedence() {
    let agents = [(PREFETCH, ClickClass::Prefetch), (ROBOT, ClickClass::Bot), (CURL, ClickClass::Library)];
    for (mark, expected) in agents {
        assert_eq!(class(&[mark, IMAGE, CROSS_SITE]), expected, "{mark:?}");
        assert_eq!(signals(Method::HEAD, &[mark, IMAGE, CROSS_SITE], true).0, ClickClass::Head);
    }
    assert_eq!(class(&[PREFETCH, ROBOT]), ClickClass::Prefetch);
    assert_eq!(class(&[CURL, ("signature-agent", "x")]), ClickClass::Bot);
    assert_eq!(class(&[IMAGE, CROSS_SITE]), ClickClass::Embedded);
}

#[test]
fn another_site_is_known_whatever_the_class() {
    for class in [&[ROBOT][..], &[CURL], &[IMAGE], &[PREFETCH], &[CHROME]] {
        assert!(!signals(Method::GET, class, false).1);
        assert!(signals(Method::GET, &[class, &[CROSS_SITE]].concat(), false).1);
    }
}

#[test]
fn what_imitates_chromium_is_a_robot_where_browsers_send_fetch_metadata() {
    let agent = |system: &str, products: &str| {
        format!("Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {products}")
    };
    let chromium = [
        agent("Windows NT 10.0; Win64; x64", "Chrome/80.0.3987.87 Safari/537.36"),
        agent("X11; Linux x86_64", "Chrome/140.0.0.0 Safari/537.36"),
        agent("Linux; Android 10; K", "Chrome/140.0.0.0 Mobile Safari/537.36"),
        agent("Windows NT 10.0; Win64; x64", "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"),
        agent("Linux; Android 10; K", "Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0"),
    ];
    let others = [
        agent("Windows NT 10.0; Win64; x64", "Chrome/79.0.3945.88 Safari/537.36"),
        agent("Linux; Android 15; RMX5101 Build/A; wv", "Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36"),
        agent("Linux; Android 15; RMX5101 Build/A; wv", "Chrome/141.0.0.0 Mobile Safari/537.36"),
        agent("Linux; Android 14; SM-S918B", "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"),
        agent("Windows NT 10.0; Win64; x64", "Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0"),
        agent("Windows NT 10.0; Win64; x64", "Chrome/138.0.0.0 Electron/30.0 Safari/537.36"),
        agent("Linux; Android 11; KFTRWI", "Silk/120.4.1 like Chrome/120.0 Safari/537.36"),
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
        agent("X11; Linux x86_64", "Chrome/x Safari/537.36"),
    ];
    let class = |agent: &str, more: &[(&str, &str)], is_secure| {
        signals(Method::GET, &[&[("user-agent", agent)], more].concat(), is_secure).0
    };
    for agent in &chromium {
        assert_eq!(class(agent, &[], true), ClickClass::Bot, "{agent}");
        assert_eq!(class(agent, &[], false), ClickClass::Plain, "not secure: browsers send nothing. {agent}");
        for header in NAVIGATION {
            assert_eq!(class(agent, &[header], true), ClickClass::Plain, "{agent}");
        }
    }
    for agent in &others {
        assert_eq!(class(agent, &[], true), ClickClass::Plain, "{agent}");
    }
}

#[test]
fn fetch_metadata_is_expected_once_it_arrived() {
    let (metadata, other) = (FetchMetadata::default(), FetchMetadata::default());
    let class = |headers: &[(&str, &str)], is_secure| {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        click_signals_of(&request.body(()).unwrap(), is_secure, &metadata).class
    };
    assert_eq!(class(&[CHROME], true), ClickClass::Plain);
    assert_eq!(class(&[CHROME, NAVIGATION[1]], true), ClickClass::Plain);
    assert_eq!(class(&[CHROME], true), ClickClass::Bot);
    assert_eq!(class(&[CHROME], false), ClickClass::Plain);
    assert!(!other.arrives(&HeaderMap::new()));
}

#[test]
fn only_what_declares_itself_is_a_declared_robot() {
    let is_robot = |headers: &[(&str, &str)]| {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        is_declared_robot(request.body(()).unwrap().headers())
    };
    for robot in
        [ROBOT, ("signature-agent", "\"https://agent.example\""), ("signature-input", "a=();tag=\"web-bot-auth\"")]
    {
        assert!(is_robot(&[robot]), "{robot:?}");
    }
    for other in [NO_BROWSER, CURL, CHROME, IMAGE, PREFETCH, CROSS_SITE, ("user-agent", "MyToolbar/2.1")] {
        assert!(!is_robot(&[other]), "{other:?}");
    }
    assert!(!is_robot(&[]));
}
