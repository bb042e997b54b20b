//! Visit stamps as their owners see them: how they come, how they are brought back, and what stands in them. Read here
//! from the format's description alone, so that a change of it is seen.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::client::Response;

/// Seconds that a browser keeps a stamp for: 60 days.
const MAX_AGE: &str = "Max-Age=5184000";

/// What the flags of a stamp say.
const PROVISIONAL: u8 = 1;
const ANONYMOUS: u8 = 2;

/// What stands in a stamp. Days are whole UTC days since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub provisional: bool,
    pub anonymous: bool,
    pub cohort: u16,
    pub last: u16,
    pub serial: [u8; 8],
}

impl Stamp {
    #[track_caller]
    pub fn read(text: &str) -> Stamp {
        assert_eq!(text.len(), 42, "{text}");
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        // version | key | flags | cohort | last active | serial 64 bit | MAC 128 bit
        assert_eq!((bytes.len(), bytes[0]), (31, 1), "{text}");
        let flags = bytes[2];
        assert_eq!(flags & !(PROVISIONAL | ANONYMOUS), 0, "{text}");
        let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Stamp {
            provisional: flags & PROVISIONAL != 0,
            anonymous: flags & ANONYMOUS != 0,
            cohort: number(3),
            last: number(5),
            serial: bytes[7..15].try_into().unwrap(),
        }
    }
}

/// A day as the store writes it.
pub fn date(day: u16) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    (epoch + jiff::Span::new().days(i64::from(day))).to_string()
}

/// The line that brings a stamp back as a browser does, to a service on plain-http loopback.
pub fn cookie(stamp: &str) -> String {
    format!("Cookie: visit={stamp}")
}

/// The line that brings it back as a toolbar does.
pub fn header(stamp: &str) -> String {
    format!("Visit-Stamp: {stamp}")
}

/// The stamp that an answer sets as a cookie of this name, with exactly the attributes that it must have.
#[track_caller]
pub fn in_cookie_named(name: &str, response: &Response) -> Option<String> {
    let lines: Vec<&str> = response
        .headers
        .iter()
        .filter(|(one, _)| one.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(lines.len() < 2, "{lines:?}");
    let mut parts = lines.first()?.split("; ");
    let (got, stamp) = parts.next()?.split_once('=')?;
    assert_eq!(got, name, "{lines:?}");
    let mut attributes: Vec<&str> = parts.collect();
    attributes.sort_unstable();
    let secure = name.starts_with("__Host-").then_some("Secure");
    let wanted: Vec<&str> = ["HttpOnly", MAX_AGE, "Path=/", "SameSite=Lax"].into_iter().chain(secure).collect();
    assert_eq!(attributes, wanted, "{lines:?}");
    Some(stamp.to_owned())
}

/// As [`in_cookie_named`], on plain-http loopback.
#[track_caller]
pub fn in_cookie(response: &Response) -> Option<String> {
    in_cookie_named("visit", response)
}

/// The stamp that an answer has in its header.
pub fn in_header(response: &Response) -> Option<String> {
    response.header("visit-stamp").map(str::to_owned)
}

/// The stamp of an answer, whichever way; where it comes both ways, it is the same.
#[track_caller]
pub fn handed(response: &Response) -> Option<String> {
    match (in_cookie(response), in_header(response)) {
        (Some(one), Some(other)) => {
            assert_eq!(one, other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// Fails where an answer says anything about a stamp.
#[track_caller]
pub fn none_in(what: &str, response: &Response) {
    for name in ["set-cookie", "visit-stamp"] {
        assert_eq!(response.header(name), None, "{what}: {}", response.status);
    }
}

/// A page without what confirms a visit: the image at its end, which shows nothing.
pub fn without_image(page: &str) -> String {
    let image = regex::Regex::new(r#"<img src="/visit(?:\?code=[\w-]+)?" alt="" hidden>"#).unwrap();
    assert!(image.find_iter(page).count() < 2, "{page}");
    image.replace(page, "").into_owned()
}
