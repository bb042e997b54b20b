//! Headers and parameters that must have no effect (`docs/privacy-requirements.md`, section B).

use super::coverage;
use super::rows::{self, Row};
use qsproxy_test_support::random::Random;

/// Headers and the form of their values. `{}` is the identifying part. None of them determines one of the six fields.
pub const HEADERS: &[(&str, &str)] = &[
    // The client's address, according to a proxy.
    ("X-Forwarded-For", "{}, 203.0.113.7"),
    ("X-Forwarded-Host", "{}"),
    ("X-Forwarded-Proto", "{}"),
    ("X-Forwarded-Port", "{}"),
    ("X-Forwarded-Server", "{}"),
    ("X-Forwarded", "{}"),
    ("Forwarded", "for=\"_{}\";proto=https;host={}"),
    ("X-Real-IP", "{}"),
    ("True-Client-IP", "{}"),
    ("X-Client-IP", "{}"),
    ("X-Cluster-Client-IP", "{}"),
    ("CF-Connecting-IP", "{}"),
    ("CF-IPCountry", "{}"),
    ("CF-Ray", "{}-FRA"),
    ("Fastly-Client-IP", "{}"),
    ("Via", "1.1 {}"),
    // Traces.
    ("traceparent", "00-{}-00f067aa0ba902b7-01"),
    ("tracestate", "vendor={}"),
    ("baggage", "userId={}"),
    ("b3", "{}-1"),
    ("X-B3-TraceId", "{}"),
    ("X-Request-ID", "{}"),
    ("X-Correlation-ID", "{}"),
    ("X-Amzn-Trace-Id", "Root=1-{}"),
    ("X-Cloud-Trace-Context", "{}/1;o=1"),
    // State and identity.
    ("Cookie", "visit={}; __Host-visit={}; session={}"),
    ("Cookie2", "$Version={}"),
    ("Visit-Stamp", "{}"),
    ("Authorization", "Bearer {}"),
    ("Proxy-Authorization", "Basic {}"),
    ("From", "{}@example.org"),
    ("Referer", "https://{}.example/page?q={}"),
    ("Origin", "https://{}.example"),
    // Client hints.
    ("Sec-CH-UA", "\"{}\";v=\"140\""),
    ("Sec-CH-UA-Mobile", "{}"),
    ("Sec-CH-UA-Platform", "\"{}\""),
    ("Sec-CH-UA-Platform-Version", "\"{}\""),
    ("Sec-CH-UA-Model", "\"{}\""),
    ("Sec-CH-UA-Full-Version-List", "\"{}\";v=\"140.0.1.2\""),
    ("Sec-CH-UA-Arch", "\"{}\""),
    ("Sec-CH-Prefers-Color-Scheme", "{}"),
    ("Sec-CH-DPR", "{}"),
    ("DPR", "{}"),
    ("Viewport-Width", "{}"),
    ("Width", "{}"),
    ("Device-Memory", "{}"),
    ("Downlink", "{}"),
    ("ECT", "{}"),
    ("RTT", "{}"),
    ("Save-Data", "{}"),
    // Added by apps, browsers and carriers.
    ("X-Requested-With", "com.{}.toolbar"),
    ("X-Client-Data", "{}"),
    ("X-UIDH", "{}"),
    ("X-MSISDN", "{}"),
    ("X-ACR", "{}"),
    ("X-Wap-Profile", "http://{}.example/uaprof.xml"),
    ("X-MSEdge-ClientID", "{}"),
    ("X-Search-ClientIP", "{}"),
    ("X-Search-Location", "lat:{}"),
    // Caching, transfer and routing.
    ("If-None-Match", "\"{}\""),
    ("If-Modified-Since", "{}"),
    ("If-Range", "\"{}\""),
    ("Range", "bytes={}"),
    ("Cache-Control", "max-age={}"),
    ("Pragma", "{}"),
    ("Accept-Encoding", "compress, x-{}"),
    ("Accept-Charset", "{}"),
    ("Priority", "u=1, {}"),
    ("TE", "trailers, {}"),
    ("Trailer", "{}"),
    ("Upgrade", "{}"),
    ("Upgrade-Insecure-Requests", "{}"),
    ("Keep-Alive", "timeout={}"),
    ("Max-Forwards", "{}"),
    ("Warning", "199 {} \"x\""),
    ("X-HTTP-Method-Override", "{}"),
    ("X-Original-URL", "/{}"),
    ("X-Rewrite-URL", "/{}"),
    ("X-Requested-By", "{}"),
    ("X-Nobody-Knows-This", "{}"),
    // Read for clicks only.
    ("Sec-Fetch-Site", "{}"),
    ("Sec-Fetch-Mode", "{}"),
    ("Sec-Fetch-Dest", "{}"),
    ("Sec-Fetch-User", "?1{}"),
    ("Sec-Purpose", "{}"),
    ("Purpose", "{}"),
    ("X-Moz", "{}"),
];

/// Parameters that the program ignores: unknown ones, tracking parameters, names similar to the known ones, and the names under
/// which partners receive the fields.
pub const PARAMETERS: &[&str] = &[
    "gclid",
    "fbclid",
    "msclkid",
    "utm_source",
    "utm_id",
    "sid",
    "uid",
    "user",
    "ip",
    "ua",
    "affilData",
    "Q",
    "ID",
    "Lang",
    "CODE",
    "q[]",
    "q.",
    "qq",
    "b",
    "h",
    "pc",
    "count",
    "hl",
    "client",
    "sourceid",
    "ei",
    "ved",
    "cvid",
    "form",
    "pq",
];

/// Printable characters that are allowed in a header value.
const PRINTABLE: &str =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// The maximum number of ignored headers in a request. Together with the others they stay below `header_count`, which is 100.
const MOST_HEADERS: usize = 80;

/// Random headers with random values; some occur twice.
pub fn headers(random: &mut Random) -> Vec<(String, String)> {
    let count = random.below(MOST_HEADERS);
    (0..count)
        .map(|_| {
            let (name, form) = HEADERS[random.below(HEADERS.len())];
            coverage::count(rows::of_header(name), 1);
            let length = random.below(40);
            let text = random.text(PRINTABLE, length);
            let value = if random.one_in(2) { form.replace("{}", text.trim()) } else { text.trim().to_owned() };
            (random.any_case(name), value)
        })
        .collect()
}

/// Random parameters that are not read, in the syntax of a query, including invalid escapes and empty names.
pub fn parameters(random: &mut Random) -> Vec<String> {
    let count = random.below(6);
    coverage::count(Row::Parameters, count);
    (0..count)
        .map(|_| {
            let name = random.pick(PARAMETERS);
            match random.below(6) {
                0 => name.to_owned(),
                1 => format!("{name}=%zz"),
                2 => format!("={}", random.word()),
                3 => format!("{}={}", random.word() + "0", random.word()),
                _ => format!("{name}={}", random.word()),
            }
        })
        .collect()
}
