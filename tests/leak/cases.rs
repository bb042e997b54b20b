//! The ways a request can go, as tables: what is sent, what the partner does, what must come back.

use super::canary::{Canaries, CanaryKind};
use super::request_builder::RequestBuilder;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{organic_entry, results_json, sponsored_entry};

/// Longer than an ID may be, than `uri_bytes`, `body_bytes` and `header_bytes`; and than what hyper takes.
const LONG_ID: usize = 200;
const LONG_TARGET: usize = 9_000;
const LONG_BODY: usize = 20_000;
const LONG_HEADER: usize = 40_000;
const TOO_LONG_HEAD: usize = 200_000;
/// More than `header_count`.
const MANY_HEADERS: usize = 110;

/// One way: what is sent, what the partner does, what must come back, and what may be seen in it.
pub struct LeakCase {
    pub name: &'static str,
    pub status: u16,
    /// The problem's code; empty for an answer that is no problem of ours.
    pub code: &'static str,
    /// [`CanaryKind::Keyword`] where the keyword reaches the partner.
    pub keyword: CanaryKind,
    pub shows: &'static [CanaryKind],
    pub shape: fn(&mut RequestBuilder<'_>),
    pub partner: fn(&mut Canaries) -> MockResponse,
}

/// A good answer, with a canary in all that a person sees of it, and in headers that nobody must see.
pub fn good(canaries: &mut Canaries) -> MockResponse {
    let title = canaries.put(CanaryKind::Title, "a result's title", "About {}");
    let advert = canaries.put(CanaryKind::Title, "an advert's title", "Buy {}");
    let organic_target = canaries.put(CanaryKind::Target, "an organic target", "https://example.org/page?x={}");
    let target = canaries.put(CanaryKind::Target, "a sponsored target", "https://ads.example/aclk?gclid={}");
    with_poison(
        canaries,
        "200 OK",
        "application/json",
        &results_json(&[organic_entry(&title, &organic_target), sponsored_entry(&advert, &target)]),
    )
}

/// An answer of a partner's whose headers try to reach the client, and whose connection then closes.
fn with_poison(canaries: &mut Canaries, status: &str, media_type: &str, body: &str) -> MockResponse {
    let names = [
        "Set-Cookie",
        "ETag",
        "Last-Modified",
        "Alt-Svc",
        "NEL",
        "Report-To",
        "Server-Timing",
        "Link",
        "Refresh",
        "Accept-CH",
        "Server",
        "X-Unknown",
    ];
    let lines: String = names
        .iter()
        .map(|name| {
            format!("{name}: {}\r\n", canaries.put(CanaryKind::Input, &format!("the partner's header {name}"), "a={}"))
        })
        .collect();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n{lines}\r\n",
        body.len()
    );
    MockResponse::Raw([head.as_bytes(), body.as_bytes()].concat())
}

fn poison(canaries: &mut Canaries, form: &str) -> String {
    canaries.put(CanaryKind::Input, "the partner's body", form)
}

const NOTHING: &[CanaryKind] = &[];

/// Searches that go well.
pub const SEARCHES: &[LeakCase] = &[
    LeakCase {
        name: "good, JSON",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        shows: &[CanaryKind::Title, CanaryKind::Token],
        shape: |draft| draft.pairs.push("format=json".into()),
        partner: good,
    },
    LeakCase {
        name: "good, page",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        shows: &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword],
        shape: |draft| draft.pairs.push("format=html".into()),
        partner: good,
    },
    LeakCase {
        name: "good, posted",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        shows: &[CanaryKind::Title, CanaryKind::Token],
        shape: |draft| {
            (draft.posted, draft.pairs) =
                (true, [std::mem::take(&mut draft.pairs), vec!["format=json".into()]].concat())
        },
        partner: good,
    },
    LeakCase {
        name: "good, posted in chunks with a trailer",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        shows: &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword],
        shape: |draft| {
            (draft.posted, draft.pairs) =
                (true, [std::mem::take(&mut draft.pairs), vec!["format=html".into()]].concat());
            draft.request.chunked =
                Some(vec![("X-Trailer".into(), draft.canaries.put(CanaryKind::Input, "a trailer", "{}"))]);
        },
        partner: good,
    },
    LeakCase {
        name: "home page",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        shows: NOTHING,
        shape: |draft| draft.path = "/".into(),
        partner: good,
    },
    LeakCase {
        name: "privacy page",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        shows: NOTHING,
        shape: |draft| draft.path = "/privacy".into(),
        partner: good,
    },
    LeakCase {
        name: "privacy statement for programs",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        shows: NOTHING,
        shape: |draft| draft.path = "/privacy.json".into(),
        partner: good,
    },
    LeakCase {
        name: "search description",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        shows: NOTHING,
        shape: |draft| draft.path = "/opensearch-post.xml".into(),
        partner: good,
    },
    LeakCase {
        name: "preflight",
        status: 204,
        code: "",
        keyword: CanaryKind::Input,
        shows: NOTHING,
        shape: |draft| draft.request.method = "OPTIONS".into(),
        partner: good,
    },
];

/// Fills a canary up to the length of a stamp, so that it is read as one: 42 characters, of which it has 24.
const AS_STAMP: &str = "AVIsAAAAAAAAAAAAAA{}";

const fn visit(name: &'static str, status: u16, shape: fn(&mut RequestBuilder<'_>)) -> LeakCase {
    LeakCase { name, status, code: "", keyword: CanaryKind::Input, shows: NOTHING, shape, partner: good }
}

/// What is no stamp and looks like one, brought either way to whoever reads it.
pub const VISITS: &[LeakCase] = &[
    visit("visit", 204, |draft| draft.path = "/visit".into()),
    visit("visit, header", 204, |draft| {
        draft.path = "/visit".into();
        draft.header("Visit-Stamp", AS_STAMP);
    }),
    visit("visit, cookie", 204, |draft| {
        draft.path = "/visit".into();
        by_cookie(draft, AS_STAMP);
    }),
    visit("visit, long cookie", 204, |draft| {
        draft.path = "/visit".into();
        by_cookie(draft, &format!("{{}}{}", "0".repeat(LONG_TARGET)));
    }),
    visit("home page, cookie", 200, |draft| {
        draft.path = "/".into();
        by_cookie(draft, AS_STAMP);
    }),
    visit("privacy page, header", 200, |draft| {
        draft.path = "/privacy".into();
        draft.header("Visit-Stamp", AS_STAMP);
    }),
    visit("privacy page, cookie", 200, |draft| {
        draft.path = "/privacy".into();
        by_cookie(draft, AS_STAMP);
    }),
    visit("withdrawal", 204, |draft| {
        (draft.posted, draft.path) = (true, "/forget".into());
        draft.request.headers.retain(|(name, _)| !["Origin", "Sec-Fetch-Site", "Accept"].contains(&name.as_str()));
        by_cookie(draft, AS_STAMP);
    }),
    visit("preflight of a visit", 204, |draft| {
        (draft.request.method, draft.path) = ("OPTIONS".into(), "/visit".into());
        draft.header("Access-Control-Request-Headers", "visit-stamp, {}");
    }),
    LeakCase {
        name: "search, header",
        shape: |draft| {
            draft.pairs.push("format=json".into());
            draft.header("Visit-Stamp", AS_STAMP);
        },
        ..SEARCHES[0]
    },
    LeakCase {
        name: "search, cookie",
        shape: |draft| {
            draft.pairs.push("format=json".into());
            by_cookie(draft, AS_STAMP);
        },
        ..SEARCHES[0]
    },
];

/// A canary in the cookie of visit stamps, and none in the header, which would go before it.
fn by_cookie(draft: &mut RequestBuilder<'_>, form: &str) {
    draft.request.headers.retain(|(name, _)| name != "Visit-Stamp");
    draft.header("Cookie", &format!("visit={form}"));
}

const fn error(name: &'static str, status: u16, code: &'static str, shape: fn(&mut RequestBuilder<'_>)) -> LeakCase {
    LeakCase { name, status, code, keyword: CanaryKind::Input, shows: NOTHING, shape, partner: good }
}

/// Requests that are refused.
pub const ERRORS: &[LeakCase] = &[
    error("400, keyword of nothing visible", 400, "keyword_missing", |draft| {
        draft.pairs[0] = "q=%E2%80%8B+%C2%AD".into()
    }),
    error("400, keyword absent", 400, "keyword_missing", |draft| draft.pairs.retain(|pair| !pair.starts_with("q="))),
    error("400, broken escape", 400, "bad_encoding", |draft| draft.pair("q", CanaryKind::Input, "{}%zz")),
    error("400, no UTF-8", 400, "bad_encoding", |draft| draft.pair("q", CanaryKind::Input, "{}%ff%fe")),
    error("400, unknown format", 400, "bad_parameter", |draft| draft.pair("format", CanaryKind::Input, "{}")),
    error("400, long ID", 400, "bad_parameter", |draft| {
        draft.pair("id", CanaryKind::Input, &format!("{{}}{}", "0".repeat(LONG_ID)))
    }),
    error("404, path", 404, "not_found", |draft| draft.path = draft.canaries.put(CanaryKind::Input, "path", "/{}/%41")),
    error("404, matrix parameters", 404, "not_found", |draft| {
        draft.path = draft.canaries.put(CanaryKind::Input, "matrix parameter", "/search;v={}")
    }),
    error("405, method", 405, "method_not_allowed", |draft| draft.request.method = "DELETE".into()),
    error("405, own method", 405, "method_not_allowed", |draft| {
        draft.request.method = draft.canaries.put(CanaryKind::Input, "method", "X{}")
    }),
    error("413", 413, "body_too_large", |draft| {
        draft.posted = true;
        draft.pair("pad", CanaryKind::Input, &format!("{{}}{}", "0".repeat(LONG_BODY)));
    }),
    error("414", 414, "uri_too_long", |draft| {
        draft.pair("pad", CanaryKind::Input, &format!("{{}}{}", "0".repeat(LONG_TARGET)))
    }),
    error("415", 415, "unsupported_media_type", |draft| {
        draft.posted = true;
        draft.header("Content-Type", "application/x-{}; charset={}");
    }),
    error("421, host", 421, "wrong_host", |draft| draft.header("Host", "{}.example")),
    error("421, a second host", 421, "wrong_host", |draft| {
        let host = draft.canaries.put(CanaryKind::Input, "a second Host", "{}.example");
        draft.request.header("Host", &host);
    }),
    error("421, authority of the target", 421, "wrong_host", |draft| {
        draft.path = draft.canaries.put(CanaryKind::Input, "authority", "http://{}.example/search")
    }),
    error("421, user of the target", 421, "wrong_host", |draft| {
        draft.path = draft.canaries.put(CanaryKind::Input, "user of the target", "http://{}:x@127.0.0.1/search")
    }),
    error("431, bytes", 431, "headers_too_large", |draft| {
        draft.header("X-Long", &format!("{{}}{}", "0".repeat(LONG_HEADER)))
    }),
    error("431, lines", 431, "headers_too_large", |draft| {
        for number in 0..MANY_HEADERS {
            let value = draft.canaries.put(CanaryKind::Input, "one of many headers", "{}");
            draft.request.header(&format!("X-Many-{number}"), &value);
        }
    }),
    error("404, click with a token of nobody's", 404, "not_found", |draft| {
        draft.path = draft.canaries.put(CanaryKind::Input, "token", "/click/{}")
    }),
    error("404, image with a token of nobody's", 404, "not_found", |draft| {
        draft.path = draft.canaries.put(CanaryKind::Input, "token", "/image/{}")
    }),
    error("405, click posted", 405, "method_not_allowed", |draft| {
        draft.posted = true;
        draft.path = draft.canaries.put(CanaryKind::Input, "token", "/click/{}");
    }),
    error("403, another site's withdrawal", 403, "cross_site", |draft| {
        (draft.posted, draft.path) = (true, "/forget".into());
        draft.header("Origin", "https://{}.example");
    }),
    error("405, home page posted", 405, "method_not_allowed", |draft| (draft.posted, draft.path) = (true, "/".into())),
];

const fn failure(
    name: &'static str,
    status: u16,
    code: &'static str,
    partner: fn(&mut Canaries) -> MockResponse,
) -> LeakCase {
    LeakCase { name, status, code, keyword: CanaryKind::Keyword, shows: NOTHING, shape: |_| {}, partner }
}

/// Partners that fail. The program's partner timeout is short.
pub const FAILURES: &[LeakCase] = &[
    LeakCase {
        keyword: CanaryKind::Input,
        shape: |draft| draft.pairs.insert(0, "code=gone".into()),
        ..failure("502, refused connection", 502, "partner_failed", good)
    },
    failure("502, no JSON", 502, "partner_failed", |canaries| {
        let body = poison(canaries, "{{\"results\": [{}, oops");
        with_poison(canaries, "200 OK", "application/json", &body)
    }),
    failure("502, JSON of another shape", 502, "partner_failed", |canaries| {
        let body = format!(r#"{{"results": "{}"}}"#, poison(canaries, "{}"));
        with_poison(canaries, "200 OK", "application/json", &body)
    }),
    failure("502, an entry of another shape", 502, "partner_failed", |canaries| {
        let body = format!(r#"{{"results": {{"{}": 1}}}}"#, poison(canaries, "{}"));
        with_poison(canaries, "200 OK", "application/json", &body)
    }),
    failure("502, no HTTP", 502, "partner_failed", |canaries| {
        MockResponse::Raw(poison(canaries, "HELLO {}\r\nX-{}: \0\r\n\r\n").into_bytes())
    }),
    failure("502, type", 502, "partner_failed", |canaries| {
        let body = poison(canaries, "<p>{}</p>");
        with_poison(canaries, "200 OK", "text/html", &body)
    }),
    failure("502, encoding", 502, "partner_failed", |canaries| {
        let body = poison(canaries, "no gzip {}");
        with_poison(canaries, "200 OK", "application/json\r\nContent-Encoding: gzip", &body)
    }),
    failure("502, truncated", 502, "partner_failed", |_| MockResponse::TruncatedBody),
    failure("502, closed", 502, "partner_failed", |_| MockResponse::CloseImmediately),
    failure("502, status 500", 502, "partner_failed", |canaries| {
        let body = poison(canaries, "stack trace of {}");
        with_poison(canaries, "500 Internal Server Error", "application/json", &body)
    }),
    failure("502, redirect", 502, "partner_failed", |canaries| {
        MockResponse::Redirect(poison(canaries, "http://127.0.0.1:1/?stolen={}"))
    }),
    failure("504, silence", 504, "partner_timeout", |_| MockResponse::Hang),
    failure("504, silence after the head", 504, "partner_timeout", |_| MockResponse::HangAfterHead),
];

/// What is hardly HTTP, or breaks off: `{}` is the canary's place, `HOST` the program's address. No answer is
/// expected, any may come.
pub const BROKEN: &[(&str, &str)] = &[
    ("broken request line", "GET /search?q={} {} HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    ("unknown version", "GET /search?q={} HTTP/7.3\r\nHost: HOST\r\n\r\n"),
    ("a header without a colon", "GET /search?q=x HTTP/1.1\r\nHost: HOST\r\n{}\r\n\r\n"),
    ("a header with a space in its name", "GET /search?q=x HTTP/1.1\r\nHost: HOST\r\nX {}: {}\r\n\r\n"),
    ("a folded header", "GET /search?q=x HTTP/1.1\r\nHost: HOST\r\nX-A: b\r\n {}\r\n\r\n"),
    ("a control in a header", "GET /search?q=x HTTP/1.1\r\nHost: HOST\r\nX-A: {}\u{1}\r\n\r\n"),
    ("two lengths", "POST /search HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nq={}"),
    ("length of letters", "POST /search HTTP/1.1\r\nHost: HOST\r\nContent-Length: {}\r\n\r\nq={}"),
    (
        "broken chunks",
        "POST /search HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\nq={}\r\n",
    ),
    ("unknown transfer encoding", "POST /search HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: {}\r\n\r\nq={}"),
    ("the PROXY protocol", "PROXY TCP4 192.0.2.1 127.0.0.1 {} 80\r\nGET /search?q={} HTTP/1.1\r\nHost: HOST\r\n\r\n"),
    ("a TLS hello", "\u{16}\u{3}\u{1}\u{2}\0{}.example"),
    ("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{}"),
    ("CONNECT", "CONNECT {}.example:443 HTTP/1.1\r\nHost: {}.example:443\r\n\r\n"),
    ("no host", "GET /search?q={} HTTP/1.1\r\n\r\n"),
    ("half a head", "GET /search?q={} HTTP/1.1\r\nHost: HOST\r\nX-A: {}"),
    (
        "half a body",
        "POST /search HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nq={}",
    ),
    ("TRACE", "TRACE /search?q={} HTTP/1.1\r\nHost: HOST\r\nX-A: {}\r\n\r\n"),
    ("an expectation", "GET /search?%71=%zz{} HTTP/1.1\r\nHost: HOST\r\nExpect: {}\r\n\r\n"),
];

/// As long a head as hyper does not take.
pub fn endless_head(canaries: &mut Canaries, host: &str) -> Vec<u8> {
    let value = canaries.put(CanaryKind::Input, "an endless header", "{}");
    format!("GET /search?q=x HTTP/1.1\r\nHost: {host}\r\nX-A: {value}{}\r\n\r\n", "0".repeat(TOO_LONG_HEAD))
        .into_bytes()
}

/// One way for a click: what becomes of a good token, in which method, with which headers more.
pub struct ClickCase {
    pub name: &'static str,
    pub method: &'static str,
    pub spoil: fn(&str) -> String,
    pub headers: &'static [(&'static str, &'static str)],
    pub status: u16,
    pub shows: &'static [CanaryKind],
}

fn whole(token: &str) -> String {
    token.to_owned()
}

/// Clicks. The first is made twice, and so a duplicate as well.
pub const CLICKS: &[ClickCase] = &[
    ClickCase {
        name: "counted click and duplicate",
        method: "GET",
        spoil: whole,
        headers: &[],
        status: 303,
        shows: &[CanaryKind::Target],
    },
    ClickCase {
        name: "bot's click",
        method: "GET",
        spoil: whole,
        headers: &[("User-Agent", "Googlebot/2.1 ({})")],
        status: 303,
        shows: &[CanaryKind::Target],
    },
    ClickCase {
        name: "head click",
        method: "HEAD",
        spoil: whole,
        headers: &[],
        status: 303,
        shows: &[CanaryKind::Target],
    },
    ClickCase {
        name: "prefetched click",
        method: "GET",
        spoil: whole,
        headers: &[("Sec-Purpose", "prefetch;{}")],
        status: 503,
        shows: NOTHING,
    },
    ClickCase {
        name: "cross-site click",
        method: "GET",
        spoil: whole,
        headers: &[("Sec-Fetch-Site", "cross-site {}")],
        status: 200,
        shows: &[CanaryKind::Target],
    },
    ClickCase { name: "posted click", method: "POST", spoil: whole, headers: &[], status: 405, shows: NOTHING },
    ClickCase {
        name: "damaged token",
        method: "GET",
        spoil: |token| format!("{}{}", &token[..token.len() - 4], "AAAA"),
        headers: &[],
        status: 404,
        shows: NOTHING,
    },
    ClickCase {
        name: "shortened token",
        method: "GET",
        spoil: |token| token[..token.len() - 8].to_owned(),
        headers: &[],
        status: 404,
        shows: NOTHING,
    },
    ClickCase {
        name: "token with more behind it",
        method: "GET",
        spoil: |token| format!("{token}AAAA/x"),
        headers: &[],
        status: 404,
        shows: NOTHING,
    },
];
