//! Presets at the socket: each preset whose partner answers in JSON is served an answer in the shape that its source shows
//! (`tests/golden/presets`), and its request is compared with the one that its source sends.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::click_path_of;
use qsproxy_test_support::workdir::{Workdir, binary};

const SEARCH: &str = "/search?q=red+shoes+%26+more&lang=de&format=json";

/// Headers that every partner gets: they are the subject of other tests.
const COMMON_HEADERS: [&str; 4] = ["host", "user-agent", "accept-encoding", "content-length"];

/// Each preset whose partner answers in JSON, with its golden file. The sections of a file are named by the lines that
/// start with `== `.
const GOLDEN: [(&str, &str); 12] = [
    ("brave", include_str!("../golden/presets/brave.txt")),
    ("exa", include_str!("../golden/presets/exa.txt")),
    ("google-api", include_str!("../golden/presets/google-api.txt")),
    ("kagi", include_str!("../golden/presets/kagi.txt")),
    ("marginalia", include_str!("../golden/presets/marginalia.txt")),
    ("mojeek", include_str!("../golden/presets/mojeek.txt")),
    ("mwmbl", include_str!("../golden/presets/mwmbl.txt")),
    ("searxng", include_str!("../golden/presets/searxng.txt")),
    ("staan", include_str!("../golden/presets/staan.txt")),
    ("webiq", include_str!("../golden/presets/webiq.txt")),
    ("yacy", include_str!("../golden/presets/yacy.txt")),
    ("yandex-api", include_str!("../golden/presets/yandex-api.txt")),
];

/// The text of a section; `None` if there is none.
fn section<'a>(golden: &'a str, name: &str) -> Option<&'a str> {
    let start = golden.find(&format!("\n== {name}\n"))? + name.len() + 5;
    let rest = &golden[start..];
    Some(rest.find("\n== ").map_or(rest, |end| &rest[..end]))
}

/// The body of an answer: the section itself, or the section as base64 in `rawData`.
fn answer(golden: &str, name: &str, wrapped: &str) -> String {
    section(golden, name).map(str::to_owned).unwrap_or_else(|| wrap(section(golden, wrapped).unwrap()))
}

fn wrap(document: &str) -> String {
    serde_json::json!({ "rawData": STANDARD.encode(document) }).to_string()
}

/// The block of a preset, as `qsproxy preset` prints it.
fn block(preset: &str) -> String {
    let output = std::process::Command::new(binary()).args(["preset", preset]).output().unwrap();
    assert!(output.status.success(), "{preset}");
    String::from_utf8(output.stdout).unwrap()
}

/// The content that the block describes for its secret file: what stands after `into secrets/NAME:`, else `KEY`.
fn secret(preset: &str, block: &str) -> String {
    let mark = format!("into secrets/{preset}: ");
    block.split_once(&mark).map_or("KEY", |(_, rest)| rest.lines().next().unwrap()).to_owned()
}

/// Starts the program with the preset, whose URL leads to `partner` instead.
fn start(preset: &str, partner: &MockPartner) -> (Arc<Workdir>, Proxy) {
    let block = block(preset);
    let url = block.lines().find_map(|line| line.strip_prefix("url = \"")?.strip_suffix('"')).unwrap();
    let origin_length = url[8..].find('/').unwrap() + 8;
    let local = format!("http://{}{}", partner.address(), &url[origin_length..]);
    let mut config = String::from("languages = [\"en\", \"de\", \"fr\", \"es\", \"pt-BR\", \"zh-Hans\", \"ja\"]\n");
    writeln!(config, "[listen]\naddress = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080\"").unwrap();
    writeln!(config, "[admin]\naddress = \"127.0.0.1:0\"").unwrap();
    writeln!(config, "[counts]\nstore = \"sqlite:data/counts.db\"\nkeys = \"data/keys\"").unwrap();
    writeln!(config, "[[code]]\nname = \"c\"\npartners = [{preset:?}]\ntags = {{ {preset} = \"QX1\" }}").unwrap();
    // These tests let the partner fail more often than a circuit lets pass.
    let own = format!("circuit = {{ min_calls = 1000000 }}\nurl = \"{local}\"");
    config.push_str(&block.replace(&format!("url = \"{url}\""), &own));
    let workdir = Workdir::new(&config);
    workdir.write(&format!("secrets/{preset}"), secret(preset, &block).as_bytes());
    let proxy = workdir.start();
    (workdir, proxy)
}

/// A request without the headers that every partner gets.
fn without_common_headers(request: &[u8]) -> String {
    let request = String::from_utf8(request.to_vec()).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let is_own = |line: &&str| !COMMON_HEADERS.contains(&line.split(':').next().unwrap().to_ascii_lowercase().as_str());
    let head: Vec<&str> = head.split("\r\n").filter(is_own).collect();
    if body.is_empty() { head.join("\n") } else { format!("{}\n\n{body}", head.join("\n")) }
}

/// The results as lines of kind, target, title and snippet.
fn results(proxy: &Proxy) -> Result<String, String> {
    let response = proxy.get(SEARCH, &[]);
    if response.status != 200 {
        return Err(format!("{} {}", response.status, response.text()));
    }
    let body = response.json();
    let line = |result: &serde_json::Value| {
        let text = |key: &str| result[key].as_str().unwrap().to_owned();
        let click = proxy.get(&click_path_of(&text("url")), &[]);
        let target = click.header("location").unwrap_or_else(|| panic!("no click link: {result}")).to_owned();
        [text("kind"), target, text("title"), text("snippet")].join("\t")
    };
    Ok(body["results"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[test]
fn each_preset_reads_the_answer_and_sends_the_request_of_its_source() {
    for (preset, golden) in GOLDEN {
        assert!(golden.starts_with("# ") && golden.contains("2026-11"), "{preset}: no source or date");
        let partner = MockPartner::json(answer(golden, "answer", "base64 of rawData"));
        let (_workdir, proxy) = start(preset, &partner);
        let shown = results(&proxy);
        assert_eq!(shown.as_deref(), Ok(section(golden, "results").unwrap()), "{preset}");
        let requests = partner.take_requests();
        assert_eq!(requests.len(), 1, "{preset}");
        assert_eq!(without_common_headers(&requests[0]), section(golden, "request").unwrap(), "{preset}");
    }
}

#[test]
fn no_results_are_no_failure() {
    for (preset, golden) in GOLDEN {
        let empty = answer(golden, "empty", "empty base64 of rawData");
        let partner = MockPartner::json(empty.trim_end());
        let (_workdir, mut proxy) = start(preset, &partner);
        assert_eq!(results(&proxy).as_deref(), Ok(""), "{preset}");
        proxy.terminate();
        assert_eq!(proxy.searches_with_outcome("empty"), 1, "{preset}");
    }
}

const STAAN: &str = include_str!("../golden/presets/staan.txt");

/// The document inside of Yandex's answer.
const YANDEX: &str = include_str!("../golden/presets/yandex-api.txt");

/// Answers of Yandex that must not be taken for "no results".
#[test]
fn an_answer_around_another_document_is_a_failure() {
    let document = section(YANDEX, "base64 of rawData").unwrap();
    let cut = &document[..document.len() / 2];
    let truncated = wrap(document);
    let broken = [
        (
            "another error",
            wrap(r#"<yandexsearch><response><error code="32">Limit exceeded</error></response></yandexsearch>"#),
        ),
        ("an error without a code", wrap("<yandexsearch><response><error>15</error></response></yandexsearch>")),
        ("no error and no list", wrap("<yandexsearch><response/></yandexsearch>")),
        ("renamed elements", wrap(&document.replace("doc", "document"))),
        ("renamed addresses", wrap(&document.replace("url>", "uri>"))),
        ("truncated XML", wrap(cut)),
        ("a captcha", wrap("<!DOCTYPE html><html><body><p>Are you a robot?<br></body></html>")),
        ("an entity bomb", wrap(&format!("<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>{document}"))),
        ("JSON in place of XML", wrap(r#"{"results":[]}"#)),
        ("nothing", wrap("")),
        ("truncated base64", truncated.replace("\"}", "A\"}")),
        ("no base64", r#"{"rawData":"<yandexsearch/>"}"#.to_owned()),
        ("null", r#"{"rawData":null}"#.to_owned()),
        ("an object", r#"{"rawData":{}}"#.to_owned()),
        ("another member", r#"{"raw_data":"PHgvPg=="}"#.to_owned()),
        ("an error in JSON", r#"{"code":16,"message":"The token has expired","details":[]}"#.to_owned()),
        ("truncated JSON", truncated[..truncated.len() - 2].to_owned()),
    ];
    let partner = MockPartner::json("");
    let (_workdir, mut proxy) = start("yandex-api", &partner);
    for (what, answer) in &broken {
        partner.respond_with(MockResponse::Json(answer.clone()));
        let response = proxy.get(SEARCH, &[]);
        assert_eq!(
            (response.status, response.problem().as_str()),
            (502, "partner_failed"),
            "{what}: {}",
            response.text()
        );
    }
    partner.respond_with(MockResponse::Json(wrap(document)));
    assert_eq!(results(&proxy).as_deref(), Ok(section(YANDEX, "results").unwrap()), "recovers");
    proxy.terminate();
    assert_eq!(proxy.searches_with_outcome("failed"), i64::try_from(broken.len()).unwrap());
    assert!(!proxy.stderr().contains("robot") && !proxy.stderr().contains("token"), "{}", proxy.stderr());
}

#[test]
fn odd_entries_of_a_document_cost_nothing_else() {
    let document = section(YANDEX, "base64 of rawData").unwrap();
    let odd = "<grouping attr=\"\"><group><doc/><doc><title>no link</title></doc><doc><url>javascript:x()</url></doc><x/></group>";
    let odd = document
        .replace("<grouping>", odd)
        .replace("<group><doccount>1<", "<group><doc><url/></doc></group><group><doccount>1<");
    let lines = STANDARD
        .encode(&odd)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect::<Vec<_>>();
    let body = serde_json::json!({ "unknown": [1, {"rawData": "x"}], "rawData": lines.join("\r\n") }).to_string();
    let partner = MockPartner::json(body);
    let (_workdir, proxy) = start("yandex-api", &partner);
    assert_eq!(results(&proxy).as_deref(), Ok(section(YANDEX, "results").unwrap()));
}

/// What the partner highlights is bold on the page, and the rest of an entry is text whatever it contains.
#[test]
fn highlights_of_a_document_are_shown() {
    let document = section(YANDEX, "base64 of rawData").unwrap().replace("Our ", "Our &lt;script&gt;<![CDATA[<i>]]> ");
    let partner = MockPartner::json(wrap(&document));
    let (_workdir, proxy) = start("yandex-api", &partner);
    let page = proxy.get(&SEARCH.replace("&format=json", ""), &[]).text();
    assert!(page.contains("Buy <b>red</b> <b>shoes</b> &amp; <b>more</b>"), "{page}");
    assert!(page.contains("Our &lt;script&gt;&lt;i&gt; <b>red</b> leather. Sizes 36 to 45."), "{page}");
}

/// Every market that the block of Staan sends is one of the twelve that Staan accepts, whatever language a search has.
#[test]
fn staan_gets_one_of_its_markets() {
    const MARKETS: [&str; 12] =
        ["fr-fr", "de-de", "en-us", "en-gb", "en-fr", "en-ca", "en-au", "en-in", "en-ie", "en-nz", "en-za", "en-sg"];
    let partner = MockPartner::json(section(STAAN, "answer").unwrap());
    let (_workdir, proxy) = start("staan", &partner);
    for language in ["en", "en-US", "de", "de-CH", "fr", "es", "pt-BR", "zh-Hans", "ja", "it", "xx", ""] {
        assert_eq!(proxy.get(&format!("/search?q=x&lang={language}&format=json"), &[]).status, 200, "{language}");
        let request = String::from_utf8(partner.take_requests().pop().unwrap()).unwrap();
        let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert!(MARKETS.contains(&body["market"].as_str().unwrap()), "{language}: {body}");
    }
}
