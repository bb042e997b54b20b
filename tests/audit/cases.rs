//! Tables of requests for every path through the program: what is sent, how the partner responds, what must come back.

use super::canary::{Canaries, CanaryKind};
use super::request_builder::RequestBuilder;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{organic_entry, results_json, sponsored_entry};

/// Longer than the limit of IDs, than `uri_bytes`, `body_bytes` and `header_bytes`, and than what hyper accepts.
const LONG_ID: usize = 200;
const LONG_TARGET: usize = 9_000;
const LONG_BODY: usize = 20_000;
const LONG_HEADER: usize = 40_000;
const TOO_LONG_HEAD: usize = 200_000;
/// More than `header_count`.
const MANY_HEADERS: usize = 110;

/// One request and its expected response.
pub struct LeakCase {
    pub name: &'static str,
    pub status: u16,
    /// The expected problem code. For other responses, a text that they must contain.
    pub code: &'static str,
    /// [`CanaryKind::Keyword`] if the keyword reaches the partner.
    pub keyword: CanaryKind,
    /// Kinds of canaries that the response may contain, and does contain if the request succeeds.
    pub may_show: &'static [CanaryKind],
    /// Changes the request.
    pub change: fn(&mut RequestBuilder<'_>),
    /// The partner's response.
    pub partner: fn(&mut Canaries) -> MockResponse,
}

/// A valid response with canaries in everything that a person sees of it, and in headers that nobody may see.
pub fn good(canaries: &mut Canaries) -> MockResponse {
    let title = canaries.insert(CanaryKind::Title, "a result's title", "About {}");
    let advert = canaries.insert(CanaryKind::Title, "an advert's title", "Buy {}");
    let organic_target = canaries.insert(CanaryKind::Target, "an organic target", "https://example.org/page?x={}");
    let target = canaries.insert(CanaryKind::Target, "a sponsored target", "https://ads.example/aclk?gclid={}");
    with_canary_headers(
        canaries,
        "200 OK",
        "application/json",
        &results_json(&[organic_entry(&title, &organic_target), sponsored_entry(&advert, &target)]),
    )
}

/// A response with canaries in headers that must not reach the client. Closes the connection.
fn with_canary_headers(canaries: &mut Canaries, status: &str, media_type: &str, body: &str) -> MockResponse {
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
            format!(
                "{name}: {}\r\n",
                canaries.insert(CanaryKind::Input, &format!("the partner's header {name}"), "a={}")
            )
        })
        .collect();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n{lines}\r\n",
        body.len()
    );
    MockResponse::Raw([head.as_bytes(), body.as_bytes()].concat())
}

fn poisoned_body(canaries: &mut Canaries, form: &str) -> String {
    canaries.insert(CanaryKind::Input, "the partner's body", form)
}

const NOTHING: &[CanaryKind] = &[];

/// Requests that succeed.
pub const SEARCHES: &[LeakCase] = &[
    LeakCase {
        name: "good, JSON",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        may_show: &[CanaryKind::Title, CanaryKind::Token],
        change: |builder| builder.pairs.push("format=json".into()),
        partner: good,
    },
    LeakCase {
        name: "good, page",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        may_show: &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword],
        change: |builder| builder.pairs.push("format=html".into()),
        partner: good,
    },
    LeakCase {
        name: "good, posted",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        may_show: &[CanaryKind::Title, CanaryKind::Token],
        change: |builder| {
            (builder.posted, builder.pairs) =
                (true, [std::mem::take(&mut builder.pairs), vec!["format=json".into()]].concat())
        },
        partner: good,
    },
    LeakCase {
        name: "good, posted in chunks with a trailer",
        status: 200,
        code: "",
        keyword: CanaryKind::Keyword,
        may_show: &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword],
        change: |builder| {
            (builder.posted, builder.pairs) =
                (true, [std::mem::take(&mut builder.pairs), vec!["format=html".into()]].concat());
            builder.request.chunked =
                Some(vec![("X-Trailer".into(), builder.canaries.insert(CanaryKind::Input, "a trailer", "{}"))]);
        },
        partner: good,
    },
    LeakCase {
        name: "home page",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        may_show: NOTHING,
        change: |builder| builder.path = "/".into(),
        partner: good,
    },
    LeakCase {
        name: "privacy page",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        may_show: NOTHING,
        change: |builder| builder.path = "/privacy".into(),
        partner: good,
    },
    LeakCase {
        name: "privacy statement for programs",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        may_show: NOTHING,
        change: |builder| builder.path = "/privacy.json".into(),
        partner: good,
    },
    LeakCase {
        name: "search description",
        status: 200,
        code: "",
        keyword: CanaryKind::Input,
        may_show: NOTHING,
        change: |builder| builder.path = "/opensearch-post.xml".into(),
        partner: good,
    },
    LeakCase {
        name: "preflight",
        status: 204,
        code: "",
        keyword: CanaryKind::Input,
        may_show: NOTHING,
        change: |builder| builder.request.method = "OPTIONS".into(),
        partner: good,
    },
];

/// Extends a canary of 24 characters to the 42 of a stamp.
const AS_STAMP: &str = "AVIsAAAAAAAAAAAAAA{}";

const fn visit(name: &'static str, status: u16, change: fn(&mut RequestBuilder<'_>)) -> LeakCase {
    LeakCase { name, status, code: "", keyword: CanaryKind::Input, may_show: NOTHING, change, partner: good }
}

/// Invalid stamps that look like valid ones, in the cookie or the header of every route that reads stamps.
pub const VISITS: &[LeakCase] = &[
    visit("visit", 204, |builder| builder.path = "/visit".into()),
    visit("visit, header", 204, |builder| {
        builder.path = "/visit".into();
        builder.header("Visit-Stamp", AS_STAMP);
    }),
    visit("visit, cookie", 204, |builder| {
        builder.path = "/visit".into();
        by_cookie(builder, AS_STAMP);
    }),
    visit("visit, long cookie", 204, |builder| {
        builder.path = "/visit".into();
        by_cookie(builder, &format!("{{}}{}", "0".repeat(LONG_TARGET)));
    }),
    visit("home page, cookie", 200, |builder| {
        builder.path = "/".into();
        by_cookie(builder, AS_STAMP);
    }),
    visit("privacy page, header", 200, |builder| {
        builder.path = "/privacy".into();
        builder.header("Visit-Stamp", AS_STAMP);
    }),
    visit("privacy page, cookie", 200, |builder| {
        builder.path = "/privacy".into();
        by_cookie(builder, AS_STAMP);
    }),
    visit("withdrawal", 204, |builder| {
        (builder.posted, builder.path) = (true, "/forget".into());
        builder.request.headers.retain(|(name, _)| !["Origin", "Sec-Fetch-Site", "Accept"].contains(&name.as_str()));
        by_cookie(builder, AS_STAMP);
    }),
    visit("preflight of a visit", 204, |builder| {
        (builder.request.method, builder.path) = ("OPTIONS".into(), "/visit".into());
        builder.header("Access-Control-Request-Headers", "visit-stamp, {}");
    }),
    LeakCase {
        name: "search, header",
        change: |builder| {
            builder.pairs.push("format=json".into());
            builder.header("Visit-Stamp", AS_STAMP);
        },
        ..SEARCHES[0]
    },
    LeakCase {
        name: "search, cookie",
        change: |builder| {
            builder.pairs.push("format=json".into());
            by_cookie(builder, AS_STAMP);
        },
        ..SEARCHES[0]
    },
];

/// Puts a canary into the stamp cookie, and removes the stamp header, which has precedence.
fn by_cookie(builder: &mut RequestBuilder<'_>, form: &str) {
    builder.request.headers.retain(|(name, _)| name != "Visit-Stamp");
    builder.header("Cookie", &format!("visit={form}"));
}

const fn error(name: &'static str, status: u16, code: &'static str, change: fn(&mut RequestBuilder<'_>)) -> LeakCase {
    LeakCase { name, status, code, keyword: CanaryKind::Input, may_show: NOTHING, change, partner: good }
}

/// Requests that are rejected.
pub const ERRORS: &[LeakCase] = &[
    error("400, invisible keyword", 400, "keyword_missing", |builder| builder.pairs[0] = "q=%E2%80%8B+%C2%AD".into()),
    error("400, keyword absent", 400, "keyword_missing", |builder| {
        builder.pairs.retain(|pair| !pair.starts_with("q="))
    }),
    error("400, not UTF-8 after a per cent sign", 400, "bad_encoding", |builder| {
        builder.pair("q", CanaryKind::Input, "{}%zz%e9")
    }),
    error("400, not UTF-8", 400, "bad_encoding", |builder| builder.pair("q", CanaryKind::Input, "{}%ff%fe")),
    error("400, unknown format", 400, "bad_parameter", |builder| builder.pair("format", CanaryKind::Input, "{}")),
    error("400, long ID", 400, "bad_parameter", |builder| {
        builder.pair("id", CanaryKind::Input, &format!("{{}}{}", "0".repeat(LONG_ID)))
    }),
    error("404, path", 404, "not_found", |builder| {
        builder.path = builder.canaries.insert(CanaryKind::Input, "path", "/{}/%41")
    }),
    error("404, matrix parameters", 404, "not_found", |builder| {
        builder.path = builder.canaries.insert(CanaryKind::Input, "matrix parameter", "/search;v={}")
    }),
    error("405, method", 405, "method_not_allowed", |builder| builder.request.method = "DELETE".into()),
    error("405, unknown method", 405, "method_not_allowed", |builder| {
        builder.request.method = builder.canaries.insert(CanaryKind::Input, "method", "X{}")
    }),
    error("413", 413, "body_too_large", |builder| {
        builder.posted = true;
        builder.pair("pad", CanaryKind::Input, &format!("{{}}{}", "0".repeat(LONG_BODY)));
    }),
    error("414", 414, "uri_too_long", |builder| {
        builder.pair("pad", CanaryKind::Input, &format!("{{}}{}", "0".repeat(LONG_TARGET)))
    }),
    error("415", 415, "unsupported_media_type", |builder| {
        builder.posted = true;
        builder.header("Content-Type", "application/x-{}; charset={}");
    }),
    error("421, host", 421, "wrong_host", |builder| builder.header("Host", "{}.example")),
    error("421, a second host", 421, "wrong_host", |builder| {
        let host = builder.canaries.insert(CanaryKind::Input, "a second Host", "{}.example");
        builder.request.header("Host", &host);
    }),
    error("421, authority of the target", 421, "wrong_host", |builder| {
        builder.path = builder.canaries.insert(CanaryKind::Input, "authority", "http://{}.example/search")
    }),
    error("421, user of the target", 421, "wrong_host", |builder| {
        builder.path = builder.canaries.insert(CanaryKind::Input, "user of the target", "http://{}:x@127.0.0.1/search")
    }),
    error("431, bytes", 431, "headers_too_large", |builder| {
        builder.header("X-Long", &format!("{{}}{}", "0".repeat(LONG_HEADER)))
    }),
    error("431, lines", 431, "headers_too_large", |builder| {
        for number in 0..MANY_HEADERS {
            let value = builder.canaries.insert(CanaryKind::Input, "one of many headers", "{}");
            builder.request.header(&format!("X-Many-{number}"), &value);
        }
    }),
    error("404, click with an unknown token", 404, "not_found", |builder| {
        builder.path = builder.canaries.insert(CanaryKind::Input, "token", "/click/{}")
    }),
    error("404, image with an unknown token", 404, "not_found", |builder| {
        builder.path = builder.canaries.insert(CanaryKind::Input, "token", "/image/{}")
    }),
    error("405, click posted", 405, "method_not_allowed", |builder| {
        builder.posted = true;
        builder.path = builder.canaries.insert(CanaryKind::Input, "token", "/click/{}");
    }),
    error("403, cross-site withdrawal", 403, "cross_site", |builder| {
        (builder.posted, builder.path) = (true, "/forget".into());
        builder.header("Origin", "https://{}.example");
    }),
    error("403, a robot's search", 403, "robot_refused", |builder| {
        builder.header("User-Agent", "Googlebot/2.1 ({})");
    }),
    error("405, home page posted", 405, "method_not_allowed", |builder| {
        (builder.posted, builder.path) = (true, "/".into())
    }),
];

const fn failure(
    name: &'static str,
    status: u16,
    code: &'static str,
    partner: fn(&mut Canaries) -> MockResponse,
) -> LeakCase {
    LeakCase { name, status, code, keyword: CanaryKind::Keyword, may_show: NOTHING, change: |_| {}, partner }
}

/// Partners that fail. The configured partner timeout is short.
pub const FAILURES: &[LeakCase] = &[
    LeakCase {
        keyword: CanaryKind::Input,
        change: |builder| builder.pairs.insert(0, "code=gone".into()),
        ..failure("502, refused connection", 502, "partner_failed", good)
    },
    failure("502, not JSON", 502, "partner_failed", |canaries| {
        let body = poisoned_body(canaries, "{{\"results\": [{}, oops");
        with_canary_headers(canaries, "200 OK", "application/json", &body)
    }),
    failure("502, JSON of another shape", 502, "partner_failed", |canaries| {
        let body = format!(r#"{{"results": "{}"}}"#, poisoned_body(canaries, "{}"));
        with_canary_headers(canaries, "200 OK", "application/json", &body)
    }),
    failure("502, an entry of another shape", 502, "partner_failed", |canaries| {
        let body = format!(r#"{{"results": {{"{}": 1}}}}"#, poisoned_body(canaries, "{}"));
        with_canary_headers(canaries, "200 OK", "application/json", &body)
    }),
    failure("502, not HTTP", 502, "partner_failed", |canaries| {
        MockResponse::Raw(poisoned_body(canaries, "HELLO {}\r\nX-{}: \0\r\n\r\n").into_bytes())
    }),
    failure("502, type", 502, "partner_failed", |canaries| {
        let body = poisoned_body(canaries, "<p>{}</p>");
        with_canary_headers(canaries, "200 OK", "text/html", &body)
    }),
    failure("502, encoding", 502, "partner_failed", |canaries| {
        let body = poisoned_body(canaries, "no gzip {}");
        with_canary_headers(canaries, "200 OK", "application/json\r\nContent-Encoding: gzip", &body)
    }),
    failure("502, truncated", 502, "partner_failed", |_| MockResponse::TruncatedBody),
    failure("502, closed", 502, "partner_failed", |_| MockResponse::CloseImmediately),
    failure("502, status 500", 502, "partner_failed", |canaries| {
        let body = poisoned_body(canaries, "stack trace of {}");
        with_canary_headers(canaries, "500 Internal Server Error", "application/json", &body)
    }),
    failure("502, redirect", 502, "partner_failed", |canaries| {
        MockResponse::Redirect(poisoned_body(canaries, "http://127.0.0.1:1/?stolen={}"))
    }),
    failure("504, silence", 504, "partner_timeout", |_| MockResponse::Hang),
    failure("504, silence after the head", 504, "partner_timeout", |_| MockResponse::HangAfterHead),
];

/// Malformed and incomplete requests. `{}` is replaced by a canary and `HOST` by the address of the program. Any response or none
/// is accepted.
pub const MALFORMED: &[(&str, &str)] = &[
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
    ("an expectation", "GET /search?%71=%ff{} HTTP/1.1\r\nHost: HOST\r\nExpect: {}\r\n\r\n"),
];

/// A request head that is longer than hyper accepts.
pub fn endless_head(canaries: &mut Canaries, host: &str) -> Vec<u8> {
    let value = canaries.insert(CanaryKind::Input, "an endless header", "{}");
    format!("GET /search?q=x HTTP/1.1\r\nHost: {host}\r\nX-A: {value}{}\r\n\r\n", "0".repeat(TOO_LONG_HEAD))
        .into_bytes()
}

/// One click and its expected response.
pub struct ClickCase {
    pub name: &'static str,
    pub method: &'static str,
    /// Changes a valid token.
    pub alter_token: fn(&str) -> String,
    /// Additional headers.
    pub headers: &'static [(&'static str, &'static str)],
    pub status: u16,
    pub may_show: &'static [CanaryKind],
}

fn unchanged(token: &str) -> String {
    token.to_owned()
}

/// Clicks. Each is sent several times, thus the first is also a duplicate.
pub const CLICKS: &[ClickCase] = &[
    ClickCase {
        name: "counted click and duplicate",
        method: "GET",
        alter_token: unchanged,
        headers: &[],
        status: 303,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "bot's click",
        method: "GET",
        alter_token: unchanged,
        headers: &[("User-Agent", "Googlebot/2.1 ({})")],
        status: 303,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "library's click",
        method: "GET",
        alter_token: unchanged,
        headers: &[("User-Agent", "curl/8.5.0 {}")],
        status: 303,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "click of an agent that signs its requests",
        method: "GET",
        alter_token: unchanged,
        headers: &[("Signature-Agent", "\"https://{}.example\""), ("Signature-Input", "{}=()")],
        status: 303,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "embedded click",
        method: "GET",
        alter_token: unchanged,
        headers: &[("Sec-Fetch-Dest", "{}")],
        status: 303,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "head click",
        method: "HEAD",
        alter_token: unchanged,
        headers: &[],
        status: 303,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "prefetched click",
        method: "GET",
        alter_token: unchanged,
        headers: &[("Sec-Purpose", "prefetch;{}")],
        status: 503,
        may_show: NOTHING,
    },
    ClickCase {
        name: "cross-site click",
        method: "GET",
        alter_token: unchanged,
        headers: &[("Sec-Fetch-Site", "cross-site {}")],
        status: 200,
        may_show: &[CanaryKind::Target],
    },
    ClickCase {
        name: "posted click",
        method: "POST",
        alter_token: unchanged,
        headers: &[],
        status: 405,
        may_show: NOTHING,
    },
    ClickCase {
        name: "damaged token",
        method: "GET",
        alter_token: |token| format!("{}{}", &token[..token.len() - 4], "AAAA"),
        headers: &[],
        status: 404,
        may_show: NOTHING,
    },
    ClickCase {
        name: "shortened token",
        method: "GET",
        alter_token: |token| token[..token.len() - 8].to_owned(),
        headers: &[],
        status: 404,
        may_show: NOTHING,
    },
    ClickCase {
        name: "token with more behind it",
        method: "GET",
        alter_token: |token| format!("{token}AAAA/x"),
        headers: &[],
        status: 404,
        may_show: NOTHING,
    },
];
