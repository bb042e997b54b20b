//! Visit stamps at the door: off the request, and on what says how its answer carries the next one. A stamp travels as a
//! cookie, which needs no script and no permission beyond the browser's own, or in a header, for toolbars that keep it
//! themselves.

use http::Request;
use http::header::HeaderValue;
use url::{Host, Url};

use crate::click::ClickClass;
use crate::server::request::{self, KnownHeader, header, objects};
use crate::visit::TrackingPreference;

/// The cookie's name over TLS: the prefix binds it to this host and to `Secure` (RFC 6265bis section 4.1.3.2).
pub const COOKIE: &str = "__Host-visit";

/// The cookie's name on plain-http loopback, where browsers refuse that prefix.
pub const LOOPBACK_COOKIE: &str = "visit";

/// The cookie that stamps travel in; None where the address is in clear and not this machine's own: a stamp would be read
/// on the way.
#[must_use]
pub fn cookie(public_url: &Url) -> Option<&'static str> {
    let loopback = match public_url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match public_url.scheme() {
        "https" => Some(COOKIE),
        _ => loopback.then_some(LOOPBACK_COOKIE),
    }
}

/// What a request brings, and how.
pub struct IncomingStamp {
    /// The stamp's text, unread.
    pub text: Option<Vec<u8>>,
    /// How it came, and how the next one goes.
    pub by: StampTransport,
    /// What its client says about being counted.
    pub wish: TrackingPreference,
    /// A robot's, a `HEAD` or a fetch ahead of the person is no visit.
    pub is_visit: bool,
}

/// How stamps travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampTransport {
    /// As a cookie.
    Cookie,
    /// In the header `Visit-Stamp`.
    Header,
    /// Both ways; or none came, and the answer offers both.
    Both,
}

/// What this request brings. The header goes before the cookie: whoever sets it keeps its stamp itself.
#[must_use]
pub fn brought<B>(request: &Request<B>, cookie: Option<&'static str>) -> IncomingStamp {
    let headers = request.headers();
    let wish = if objects(headers, KnownHeader::Dnt) {
        TrackingPreference::DoNotTrack
    } else if objects(headers, KnownHeader::SecGpc) {
        TrackingPreference::GlobalPrivacyControl
    } else {
        TrackingPreference::Unset
    };
    let is_visit = matches!(request::manner(request), ClickClass::Plain | ClickClass::CrossSite);
    let in_header = header(headers, KnownHeader::VisitStamp).map(|value| value.as_bytes().trim_ascii());
    let in_cookie = headers.get_all(KnownHeader::Cookie.name()).iter().find_map(|line| named(line, cookie?));
    let by = match (in_header, in_cookie) {
        (Some(_), None) => StampTransport::Header,
        (None, Some(_)) => StampTransport::Cookie,
        (Some(_), Some(_)) | (None, None) => StampTransport::Both,
    };
    // An empty header asks for the first stamp.
    let text = in_header.filter(|text| !text.is_empty()).or(in_cookie);
    IncomingStamp { text: text.map(<[u8]>::to_vec), by, wish, is_visit }
}

/// The value of a cookie in a line of cookies (RFC 6265 section 4.2.1).
fn named<'v>(line: &'v HeaderValue, name: &str) -> Option<&'v [u8]> {
    line.as_bytes().split(|&byte| byte == b';').find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
        Some(value.trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought_with(headers: &[(&str, &str)]) -> IncomingStamp {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        brought(&request.body(()).unwrap(), Some(COOKIE))
    }

    #[test]
    fn the_stamp_alone_is_read_of_the_cookies() {
        for (headers, text, by) in [
            (&[][..], None, StampTransport::Both),
            (&[("cookie", "a=b; visit=x; __Host-visited=y; x__Host-visit=z")], None, StampTransport::Both),
            (&[("cookie", "a=b; __Host-visit=one;c=d")], Some("one"), StampTransport::Cookie),
            (&[("cookie", "a=b"), ("cookie", "__Host-visit=two")], Some("two"), StampTransport::Cookie),
            (&[("cookie", "__Host-visit=one"), ("visit-stamp", " three ")], Some("three"), StampTransport::Both),
            (&[("visit-stamp", "")], None, StampTransport::Header),
            (&[("visit-stamp", ""), ("cookie", "__Host-visit=one")], Some("one"), StampTransport::Both),
        ] {
            let brought = brought_with(headers);
            assert_eq!((brought.text.as_deref(), brought.by), (text.map(str::as_bytes), by), "{headers:?}");
        }
    }

    #[test]
    fn wishes_and_visits_are_told_apart() {
        assert_eq!(brought_with(&[("sec-gpc", "1")]).wish, TrackingPreference::GlobalPrivacyControl);
        assert_eq!(brought_with(&[("sec-gpc", "1"), ("dnt", "1")]).wish, TrackingPreference::DoNotTrack);
        assert_eq!(brought_with(&[("dnt", "0"), ("sec-gpc", "0")]).wish, TrackingPreference::Unset);
        assert!(brought_with(&[("sec-fetch-site", "cross-site")]).is_visit);
        for robot in [("sec-purpose", "prefetch"), ("user-agent", "Googlebot/2.1")] {
            assert!(!brought_with(&[robot]).is_visit);
        }
    }

    #[test]
    fn a_cookie_is_set_where_nobody_reads_it_on_the_way() {
        let name = |url: &str| cookie(&Url::parse(url).unwrap());
        assert_eq!(name("https://search.example"), Some(COOKIE));
        for loopback in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080"] {
            assert_eq!(name(loopback), Some(LOOPBACK_COOKIE));
        }
        assert_eq!(name("http://search.example"), None);
    }
}
