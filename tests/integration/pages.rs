//! Pages without results, and documents: languages, methods, accessibility, OpenSearch, withdrawal.

use regex::Regex;
use roxmltree::Document;

use qsproxy_test_support::http_client::{Response, request_bytes, send_once};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::TestEnv;

const HTML: &str = "Accept: text/html";
const OPEN_SEARCH: &str = "http://a9.com/-/spec/opensearch/1.1/";

/// Every document that does not depend on a search, with its media type.
const DOCUMENTS: [(&str, &str); 10] = [
    ("/", "text/html"),
    ("/privacy", "text/html"),
    ("/privacy/personal-data", "text/html"),
    ("/about", "text/html"),
    ("/privacy.json", "application/json"),
    ("/opensearch.xml", "application/opensearchdescription+xml"),
    ("/opensearch-post.xml", "application/opensearchdescription+xml"),
    ("/robots.txt", "text/plain"),
    ("/.well-known/gpc.json", "application/json"),
    ("/favicon.ico", "image/vnd.microsoft.icon"),
];

#[track_caller]
fn ask(proxy: &Proxy, method: &str, target: &str, headers: &[&str]) -> Response {
    send_once(proxy.public, &request_bytes(method, target, &proxy.public.to_string(), headers)).unwrap()
}

/// Every kind of page, for successful and rejected requests.
fn pages(env: &TestEnv, lang: &str) -> Vec<Response> {
    let proxy = &env.proxy;
    let cross_site_click =
        proxy.get(&format!("{}?lang={lang}", env.click_path()), &[HTML, "Sec-Fetch-Site: cross-site"]);
    vec![
        proxy.get(&format!("/?lang={lang}"), &[HTML]),
        proxy.get(&format!("/privacy?lang={lang}"), &[HTML]),
        proxy.get(&format!("/privacy/personal-data?lang={lang}"), &[HTML]),
        proxy.get(&format!("/about?lang={lang}"), &[HTML]),
        proxy.get(&format!("/nowhere?lang={lang}"), &[HTML]),
        proxy.get(&format!("/search?lang={lang}"), &[HTML]),
        env.search_page(&format!("q=lisbon&lang={lang}"), &[]),
        ask(proxy, "POST", &format!("/forget?lang={lang}"), &[HTML]),
        ask(proxy, "DELETE", &format!("/search?lang={lang}"), &[HTML]),
        cross_site_click,
    ]
}

#[test]
fn documents_support_get_and_head_only() {
    let env = TestEnv::new();
    for (path, media_type) in DOCUMENTS {
        let [get, head] = ["GET", "HEAD"].map(|method| ask(&env.proxy, method, path, &[]));
        assert_eq!((get.status, get.media_type().as_str()), (200, media_type), "{path}");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        let headers = |response: &Response| {
            let mut headers = response.headers.clone();
            // A `HEAD` does not count as a visit.
            let differs = ["date", "set-cookie", "visit-stamp"];
            headers.retain(|(name, _)| !differs.iter().any(|one| name.eq_ignore_ascii_case(one)));
            headers
        };
        assert_eq!(headers(&get), headers(&head), "{path}");
        for method in ["POST", "PUT", "OPTIONS"] {
            let refused = ask(&env.proxy, method, path, &["Content-Length: 0"]);
            assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{method} {path}");
        }
    }
}

#[test]
fn pages_use_the_requested_language() {
    let env = TestEnv::new();
    for (lang, tag, words) in [
        ("de", "de", ["Suchen", "Datenschutz"]),
        ("de-AT", "de", ["Suchen", "Datenschutz"]),
        ("en", "en", ["Search", "Privacy"]),
        ("fr", "fr", ["Rechercher", "Confidentialité"]),
        ("es", "es", ["Buscar", "Privacidad"]),
        ("pt", "pt-BR", ["Pesquisar", "Privacidade"]),
        ("zh-CN", "zh-Hans", ["搜索", "隐私"]),
        ("ja", "ja", ["検索", "プライバシー"]),
        ("nl", "en", ["Search", "Privacy"]),
    ] {
        for page in pages(&env, lang) {
            let text = page.text();
            assert!(text.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\"")), "{lang}: {text}");
            assert!(words.iter().all(|word| text.contains(word)), "{lang}: {text}");
        }
    }
    let by_header = |target: &str, lines: &[&str]| env.proxy.get(target, &[&[HTML], lines].concat()).text();
    let german = "Accept-Language: nl, de-CH;q=0.8, en;q=0.5";
    for target in [
        "/",
        "/privacy",
        "/privacy/personal-data",
        "/nowhere",
        "/search?q=%ff",
        "/nowhere?lang=%zz",
        "/search?q=lisbon",
    ] {
        assert!(by_header(target, &[german]).contains("<html lang=\"de\""), "{target}");
    }
    assert!(
        by_header("/?lang=en", &[german]).contains("<html lang=\"en\""),
        "the parameter takes precedence over the header"
    );
    assert!(by_header("/", &["Accept-Language: nl"]).contains("<html lang=\"en\""), "the first configured language");
}

#[test]
fn results_declare_their_own_language_and_direction() {
    let env = TestEnv::with(|config| config.with("", "languages", r#"["en", "ar", "de"]"#));
    let list = |lang: &str| {
        let page = env.search_page(&format!("q=lisbon&lang={lang}"), &[]).text();
        Regex::new("<ol[^>]*>").unwrap().find(&page).unwrap().as_str().to_owned()
    };
    assert_eq!(list("ar"), r#"<ol lang="ar" dir="rtl">"#);
    assert_eq!(list("de"), r#"<ol lang="de" dir="ltr">"#);
}

#[test]
fn every_page_is_accessible() {
    let env = TestEnv::new();
    let all = |pattern: &str, page: &str| {
        let pattern = Regex::new(pattern).unwrap();
        pattern.captures_iter(page).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    for page in ["en", "de"].into_iter().flat_map(|lang| pages(&env, lang)).map(|page| page.text()) {
        assert!(!page.contains("<script") && !page.contains(" style="), "{page}");
        let boxes = all(r#"<input id="([^"]+)""#, &page);
        assert_eq!(all(r#"<label[^>]* for="([^"]+)">[^<]"#, &page), boxes, "each search box has a label");
        assert_eq!(boxes[0], "q", "a search box is in the header");
        let [skip] = &all(r##"<a class="skip" href="#([^"]+)""##, &page)[..] else { panic!("no skip link: {page}") };
        assert_eq!(all("<main id=\"([^\"]+)\"", &page), [skip.as_str()]);
        let levels: Vec<u32> = all("<h([1-6])", &page).iter().map(|level| level.parse().unwrap()).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "exactly one main heading: {page}");
        assert!(levels[0] == 1 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        assert!(page.contains("<title>") && page.contains("width=device-width"), "{page}");
        assert_eq!(
            all(r#"<link rel="search" type="application/opensearchdescription\+xml" title="([^"]+)""#, &page),
            ["qsproxy", "qsproxy (POST)"]
        );
    }
}

/// The contrast ratio (WCAG 2.2) of two colors, `#rgb` or `#rrggbb`.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |color: &str| {
        let digits: Vec<u32> = color[1..].chars().map(|digit| digit.to_digit(16).unwrap()).collect();
        let parts: Vec<u32> = if digits.len() == 3 {
            digits.iter().map(|digit| digit * 17).collect()
        } else {
            digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
        };
        let linear = |part: u32| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2])
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    if one > other { one / other } else { other / one }
}

#[test]
fn text_has_sufficient_contrast_in_light_and_dark_mode() {
    let env = TestEnv::new();
    let page = env.proxy.get("/", &[HTML]).text();
    let sheet = Regex::new(r#"rel="stylesheet" href="([^"]+)""#).unwrap().captures(&page).unwrap()[1].to_owned();
    let sheet = env.proxy.get(&sheet, &[]).text();
    let is_scheme = |block: &&str| block.contains("--ink:");
    let schemes: Vec<&str> =
        sheet.match_indices(":root").map(|(at, _)| sheet[at..].split('}').next().unwrap()).filter(is_scheme).collect();
    assert_eq!(schemes.len(), 3, "light, dark as the browser has it, and dark by choice");
    let declarations = |scheme: &str| {
        scheme
            .split(['{', ';'])
            .skip(1)
            .map(str::trim)
            .filter(|line| line.starts_with("--"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(declarations(schemes[1]), declarations(schemes[2]), "both dark schemes are one");
    for scheme in schemes {
        let color = |name: &str| {
            let found = Regex::new(&format!("--{name}: (#[0-9a-f]+);")).unwrap().captures(scheme).unwrap();
            found[1].to_owned()
        };
        for (ink, paper) in [
            ("ink", "paper"),
            ("faint", "paper"),
            ("link", "paper"),
            ("seen", "paper"),
            ("ink", "wash"),
            ("faint", "wash"),
            ("link", "wash"),
            ("mark", "mark-paper"),
            ("faint", "mark-paper"),
            ("link", "mark-paper"),
            ("seen", "mark-paper"),
            ("brand-ink", "brand"),
        ] {
            let contrast = contrast(&color(ink), &color(paper));
            assert!(contrast >= 4.5, "{ink} on {paper}: {contrast}");
        }
    }
}

#[test]
fn opensearch_descriptions_are_valid_and_refer_to_this_service() {
    let env = TestEnv::with(|config| {
        config.with("listen", "public_url", r#""https://search.example""#).code("beta", r#"["first"]"#)
    });
    let host = "search.example";
    let get = |target: &str| send_once(env.proxy.public, &request_bytes("GET", target, host, &[])).unwrap();
    for (path, name) in [("/opensearch.xml", "qsproxy"), ("/opensearch-post.xml", "qsproxy (POST)")] {
        for (query, code) in
            [("", None), ("?code=beta", Some("beta")), ("?code=toolbar-main", None), ("?code=gone", None)]
        {
            let text = get(&format!("{path}{query}")).text();
            let document = Document::parse(&text).unwrap();
            let root = document.root_element();
            assert!(root.has_tag_name((OPEN_SEARCH, "OpenSearchDescription")), "{text}");
            let child = |name: &'static str| root.children().filter(move |node| node.has_tag_name((OPEN_SEARCH, name)));
            let only = |name: &'static str| {
                let texts: Vec<_> = child(name).filter_map(|node| node.text()).collect();
                assert_eq!(texts.len(), 1, "{name}: {text}");
                texts[0]
            };
            assert_eq!(only("ShortName"), name);
            assert!(only("ShortName").chars().count() <= 16 && only("Description").chars().count() <= 1024);
            assert_eq!(only("InputEncoding"), "UTF-8");

            let urls: Vec<_> = child("Url").collect();
            assert_eq!(urls.len(), 2, "{text}");
            let query = code.map(|code| format!("?code={code}")).unwrap_or_default();
            assert_eq!(urls[1].attribute("rel"), Some("self"));
            assert_eq!(urls[1].attribute("type"), Some("application/opensearchdescription+xml"));
            assert_eq!(urls[1].attribute("template").unwrap(), format!("https://search.example{path}{query}"));
            assert_eq!((urls[0].attribute("type"), urls[0].attribute("rel")), (Some("text/html"), None));
            let template = urls[0].attribute("template").unwrap();
            let params: Vec<_> = urls[0]
                .children()
                .filter(|node| node.has_tag_name((OPEN_SEARCH, "Param")))
                .map(|node| (node.attribute("name").unwrap(), node.attribute("value").unwrap()))
                .collect();
            let code = code.map(|code| ("code", code));
            if path == "/opensearch.xml" {
                let code = code.map(|(_, code)| format!("&code={code}")).unwrap_or_default();
                assert_eq!(template, format!("https://search.example/search?q={{searchTerms}}{code}"));
                assert_eq!((urls[0].attribute("method"), params.len()), (None, 0));
            } else {
                assert_eq!((template, urls[0].attribute("method")), ("https://search.example/search", Some("POST")));
                assert_eq!(params, [Some(("q", "{searchTerms}")), code].into_iter().flatten().collect::<Vec<_>>());
            }
            for (image, size) in child("Image").zip([16_u32, 64]) {
                let icon = image.text().unwrap().strip_prefix("https://search.example").unwrap();
                let icon = get(icon);
                assert_eq!((icon.status, icon.media_type().as_str()), (200, "image/png"));
                let size_text = size.to_string();
                assert_eq!([image.attribute("width"), image.attribute("height")], [Some(size_text.as_str()); 2]);
                // Width and height are the first fields of the first chunk (PNG section 11.2.1).
                let side = size.to_be_bytes();
                assert_eq!(icon.body[16..24], [side, side].concat());
            }
        }
    }
}

#[test]
fn pages_with_a_code_link_to_its_description_and_search_with_it() {
    let env = TestEnv::with(|config| config.code("beta", r#"["first"]"#));
    for target in [
        "/?code=beta",
        "/privacy?code=beta",
        "/privacy/personal-data?code=beta",
        "/nowhere?code=beta",
        "/search?q=lisbon&code=beta",
    ] {
        let page = env.proxy.get(target, &[HTML]).text();
        for expected in [
            "href=\"/opensearch.xml?code=beta\"",
            "href=\"/opensearch-post.xml?code=beta\"",
            "name=\"code\" value=\"beta\"",
        ] {
            assert!(page.contains(expected), "{target}: {expected}: {page}");
        }
        assert!(page.contains("href=\"/privacy?code=beta"), "{target}: {page}");
    }
    for target in ["/", "/?code=gone", "/?code=toolbar-main"] {
        assert!(!env.proxy.get(target, &[HTML]).text().contains("code="), "{target}");
    }
}

#[test]
fn pages_do_not_repeat_the_query() {
    let env = TestEnv::new();
    let page = env.proxy.get("/?q=canary-7f3a&lang=canary-7f3a&code=canary-7f3a", &[HTML]).text();
    assert!(!page.contains("canary-7f3a"), "the page repeats nothing from the URL");
}

#[test]
fn a_withdrawal_expires_the_cookies_for_everyone_alike() {
    let env = TestEnv::new();
    let proxy = &env.proxy;
    let cookies = |response: &Response| {
        let cookies = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        cookies.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let expected = [
        "__Host-visit=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
        "visit=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    ];
    let own_origin = format!("Origin: http://{}", proxy.public);
    for lines in [
        &[HTML][..],
        &[],
        &["Origin: null"],
        &[own_origin.as_str()],
        &["Sec-Fetch-Site: same-origin", "Origin: null", HTML],
        &["Sec-Fetch-Site: none"],
        &["Cookie: visit=abc; __Host-visit=def"],
    ] {
        let response = ask(proxy, "POST", "/forget", lines);
        let status = if lines.contains(&HTML) { 200 } else { 204 };
        assert_eq!((response.status, cookies(&response)), (status, expected.map(str::to_owned).to_vec()), "{lines:?}");
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    for lines in [
        &["Sec-Fetch-Site: cross-site", "Origin: null"][..],
        &["Sec-Fetch-Site: same-site"],
        &["Origin: https://evil.example"],
    ] {
        let response = ask(proxy, "POST", "/forget", lines);
        assert_eq!((response.status, response.problem().as_str(), cookies(&response).len()), (403, "cross_site", 0));
    }
    for method in ["GET", "HEAD", "OPTIONS", "DELETE"] {
        let response = ask(proxy, method, "/forget", &[]);
        assert_eq!((response.status, response.header("allow"), cookies(&response).len()), (405, Some("POST"), 0));
    }
    let page = proxy.get("/privacy", &[HTML]).text();
    assert!(page.contains(r#"<form action="/forget" method="post">"#), "{page}");
}

#[test]
fn the_favicon_is_served_and_not_cached() {
    let env = TestEnv::new();
    let icon = env.proxy.get("/favicon.ico", &[]);
    // A cached file with a fixed name could reveal who visited before.
    assert_eq!(icon.header("cache-control"), Some("no-store"));
    assert!(icon.body.starts_with(&[0, 0, 1, 0]), "an ICO file");
}
