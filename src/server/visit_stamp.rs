//! Reads visit stamps from requests and decides how the response returns the next one: as a cookie, which needs neither
//! script nor permission, or in the `Visit-Stamp` header, for toolbars that store the stamp themselves.

use http::Request;
use http::header::HeaderValue;
use url::{Host, Url};

use crate::server::click_class::is_visit;
use crate::server::headers::{KnownHeader, all_lines, first_line, is_set};
use crate::visit::{StampUpdate, TrackingPreference};

/// Name of the stamp cookie over TLS. The prefix binds it to this host and to `Secure` (RFC 6265bis section 4.1.3.2).
pub const COOKIE: &str = "__Host-visit";

/// Name of the stamp cookie on a loopback address without TLS, where browsers reject the `__Host-` prefix.
pub const LOOPBACK_COOKIE: &str = "visit";

/// The name of the cookie that carries stamps. `None` if the public URL is plain HTTP on a network: others could read the
/// stamp in transit.
#[must_use]
pub fn cookie_name(public_url: &Url) -> Option<&'static str> {
    let is_loopback = match public_url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match public_url.scheme() {
        "https" => Some(COOKIE),
        _ => is_loopback.then_some(LOOPBACK_COOKIE),
    }
}

/// The visit stamp of a request, and what else decides how the visit is counted.
pub struct IncomingStamp {
    /// The sealed stamp. `None` if there is none.
    pub text: Option<Vec<u8>>,
    /// How the stamp arrived, which is how the next one is sent.
    pub transport: StampTransport,
    /// The client's preference about being counted.
    pub preference: TrackingPreference,
    /// False for robots, `HEAD` requests and prefetches.
    pub is_visit: bool,
}

/// How stamps travel between client and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampTransport {
    /// In the cookie.
    Cookie,
    /// In the `Visit-Stamp` header.
    Header,
    /// Both arrived, or neither did and the response offers both.
    Both,
}

/// A stamp to send with a response.
pub struct StampDelivery {
    /// What happens to the client's stamp.
    pub update: StampUpdate,
    /// How it is sent.
    pub transport: StampTransport,
}

/// Omits the stamp, which must not be printed.
impl std::fmt::Debug for StampDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StampDelivery").field("transport", &self.transport).finish_non_exhaustive()
    }
}

impl IncomingStamp {
    /// Reads the stamp of a request. The header takes precedence over the cookie: a client that sets it stores its stamp
    /// itself. An empty header asks for a first stamp. `cookie` is the cookie's name.
    #[must_use]
    pub fn from_request<B>(request: &Request<B>, cookie: Option<&'static str>) -> Self {
        let headers = request.headers();
        let preference = if is_set(headers, KnownHeader::Dnt) {
            TrackingPreference::DoNotTrack
        } else if is_set(headers, KnownHeader::SecGpc) {
            TrackingPreference::GlobalPrivacyControl
        } else {
            TrackingPreference::Unset
        };
        let from_header = first_line(headers, KnownHeader::VisitStamp).map(|value| value.as_bytes().trim_ascii());
        let from_cookie = all_lines(headers, KnownHeader::Cookie).find_map(|line| cookie_value(line, cookie?));
        let transport = match (from_header, from_cookie) {
            (Some(_), None) => StampTransport::Header,
            (None, Some(_)) => StampTransport::Cookie,
            (Some(_), Some(_)) | (None, None) => StampTransport::Both,
        };
        let text = from_header.filter(|text| !text.is_empty()).or(from_cookie).map(<[u8]>::to_vec);
        let is_visit = is_visit(request);
        Self { text, transport, preference, is_visit }
    }
}

/// The value of a cookie in a `Cookie` header (RFC 6265 section 4.2.1).
fn cookie_value<'v>(line: &'v HeaderValue, name: &str) -> Option<&'v [u8]> {
    line.as_bytes().split(|&byte| byte == b';').find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
        Some(value.trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp_with(headers: &[(&str, &str)]) -> IncomingStamp {
        let request = headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        IncomingStamp::from_request(&request.body(()).unwrap(), Some(COOKIE))
    }

    #[test]
    fn reads_the_stamp_and_no_other_cookie() {
        for (headers, text, transport) in [
            (&[][..], None, StampTransport::Both),
            (&[("cookie", "a=b; visit=x; __Host-visited=y; x__Host-visit=z")], None, StampTransport::Both),
            (&[("cookie", "a=b; __Host-visit=one;c=d")], Some("one"), StampTransport::Cookie),
            (&[("cookie", "a=b"), ("cookie", "__Host-visit=two")], Some("two"), StampTransport::Cookie),
            (&[("cookie", "__Host-visit=one"), ("visit-stamp", " three ")], Some("three"), StampTransport::Both),
            (&[("visit-stamp", "")], None, StampTransport::Header),
            (&[("visit-stamp", ""), ("cookie", "__Host-visit=one")], Some("one"), StampTransport::Both),
        ] {
            let stamp = stamp_with(headers);
            assert_eq!((stamp.text.as_deref(), stamp.transport), (text.map(str::as_bytes), transport), "{headers:?}");
        }
    }

    #[test]
    fn reads_the_tracking_preference_and_whether_it_is_a_visit() {
        assert_eq!(stamp_with(&[("sec-gpc", "1")]).preference, TrackingPreference::GlobalPrivacyControl);
        assert_eq!(stamp_with(&[("sec-gpc", "1"), ("dnt", "1")]).preference, TrackingPreference::DoNotTrack);
        assert_eq!(stamp_with(&[("dnt", "0"), ("sec-gpc", "0")]).preference, TrackingPreference::Unset);
        assert!(stamp_with(&[("sec-fetch-site", "cross-site")]).is_visit);
        for bot in [("sec-purpose", "prefetch"), ("user-agent", "Googlebot/2.1")] {
            assert!(!stamp_with(&[bot]).is_visit);
        }
    }

    #[test]
    fn uses_a_cookie_only_over_tls_or_on_loopback() {
        let name = |url: &str| cookie_name(&Url::parse(url).unwrap());
        assert_eq!(name("https://search.example"), Some(COOKIE));
        for loopback in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080"] {
            assert_eq!(name(loopback), Some(LOOPBACK_COOKIE));
        }
        assert_eq!(name("http://search.example"), None);
    }
}
