//! Visit stamps as clients see them: how a response sets one, how a request returns it, and its contents. The decoder is
//! written from the description of the format alone, so that tests notice a change of the format.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http_client::Response;

/// The lifetime of the cookie: 60 days.
const MAX_AGE: &str = "Max-Age=5184000";

/// Bits of the flags.
const PROVISIONAL: u8 = 1;
const ANONYMOUS: u8 = 2;

/// The contents of a stamp. Days are UTC days since 1970-01-01.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedStamp {
    pub provisional: bool,
    pub anonymous: bool,
    pub cohort: u16,
    pub last: u16,
    pub serial: [u8; 8],
}

impl DecodedStamp {
    #[track_caller]
    pub fn decode(text: &str) -> DecodedStamp {
        assert_eq!(text.len(), 42, "{text}");
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        // version | key | flags | cohort | last active | serial 64 bit | MAC 128 bit
        assert_eq!((bytes.len(), bytes[0]), (31, 1), "{text}");
        let flags = bytes[2];
        assert_eq!(flags & !(PROVISIONAL | ANONYMOUS), 0, "{text}");
        let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        DecodedStamp {
            provisional: flags & PROVISIONAL != 0,
            anonymous: flags & ANONYMOUS != 0,
            cohort: number(3),
            last: number(5),
            serial: bytes[7..15].try_into().unwrap(),
        }
    }
}

/// A day in the format of the store: `2026-03-01`.
pub fn date(day: u16) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    (epoch + jiff::Span::new().days(i64::from(day))).to_string()
}

/// The header line with which a browser returns a stamp to a service without TLS.
pub fn cookie_line(stamp: &str) -> String {
    format!("Cookie: visit={stamp}")
}

/// The header line with which a toolbar returns a stamp.
pub fn header_line(stamp: &str) -> String {
    format!("Visit-Stamp: {stamp}")
}

/// The stamp that a response sets in the cookie of this name. Panics if the cookie's attributes are not exactly those that
/// it must have.
#[track_caller]
pub fn cookie_stamp_named(name: &str, response: &Response) -> Option<String> {
    let lines: Vec<&str> = response
        .headers
        .iter()
        .filter(|(one, _)| one.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(lines.len() < 2, "{lines:?}");
    let mut parts = lines.first()?.split("; ");
    let (cookie, stamp) = parts.next()?.split_once('=')?;
    assert_eq!(cookie, name, "{lines:?}");
    let mut attributes: Vec<&str> = parts.collect();
    attributes.sort_unstable();
    let secure = name.starts_with("__Host-").then_some("Secure");
    let expected: Vec<&str> = ["HttpOnly", MAX_AGE, "Path=/", "SameSite=Lax"].into_iter().chain(secure).collect();
    assert_eq!(attributes, expected, "{lines:?}");
    Some(stamp.to_owned())
}

/// Like [`cookie_stamp_named`], for a service without TLS.
#[track_caller]
pub fn cookie_stamp(response: &Response) -> Option<String> {
    cookie_stamp_named("visit", response)
}

/// The stamp in the header of a response.
pub fn header_stamp(response: &Response) -> Option<String> {
    response.header("visit-stamp").map(str::to_owned)
}

/// The stamp of a response, in its cookie or its header. Panics if both exist and differ.
#[track_caller]
pub fn issued_stamp(response: &Response) -> Option<String> {
    match (cookie_stamp(response), header_stamp(response)) {
        (Some(one), Some(other)) => {
            assert_eq!(one, other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// Panics if a response sets, replaces or deletes a stamp.
#[track_caller]
pub fn assert_no_stamp(what: &str, response: &Response) {
    for name in ["set-cookie", "visit-stamp"] {
        assert_eq!(response.header(name), None, "{what}: {}", response.status);
    }
}

/// A page without the hidden image that confirms a visit.
pub fn without_image(page: &str) -> String {
    let image = regex::Regex::new(r#"<img src="/visit(?:\?code=[\w-]+)?" alt="" hidden>"#).unwrap();
    assert!(image.find_iter(page).count() < 2, "{page}");
    image.replace(page, "").into_owned()
}
