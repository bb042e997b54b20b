//! Checks that precede every handler, and what the headers of a request reveal about its kind: whether it is for this
//! service, wants a page, or may cross origins.

use http::header::{HeaderMap, HeaderValue};
use http::{Request, Uri};

use crate::mutants::{self, Mutant};
use crate::problem::Problem;
use crate::server::headers::{KnownHeader, all_lines, contains, first_line};
use crate::server::public_server::RequestLimits;

/// Checks that a request is within its limits and addressed to this service. This happens before any other part of it is
/// read.
///
/// # Errors
/// [`Problem::UriTooLong`], [`Problem::HeadersTooLarge`] or [`Problem::WrongHost`].
pub fn admit<B>(request: &Request<B>, limits: &RequestLimits, hosts: &[String]) -> Result<(), Problem> {
    if target_bytes(request.uri()) > limits.uri {
        return Err(Problem::UriTooLong);
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > limits.header_bytes || headers.len() > limits.header_count {
        return Err(Problem::HeadersTooLarge);
    }
    if mutants::is_on(Mutant::AcceptsAnyHost) || is_addressed_to(request, hosts) {
        Ok(())
    } else {
        Err(Problem::WrongHost)
    }
}

fn target_bytes(uri: &Uri) -> usize {
    uri.path().len() + uri.query().map_or(0, |query| query.len() + 1)
}

/// Whether the request names a host, and names none but `hosts`, be it in `Host` or in the target (RFC 9110 section 7.2).
fn is_addressed_to<B>(request: &Request<B>, hosts: &[String]) -> bool {
    let is_ours = |name: &[u8]| hosts.iter().any(|host| host.as_bytes().eq_ignore_ascii_case(name));
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let host_lines = all_lines(request.headers(), KnownHeader::Host).map(HeaderValue::as_bytes);
    let mut names = authority.into_iter().chain(host_lines).peekable();
    names.peek().is_some() && names.all(is_ours)
}

/// Whether errors are rendered as a page: the client accepts HTML and did not ask for JSON.
#[must_use]
pub fn wants_page<B>(request: &Request<B>) -> bool {
    let accepts = |media_type| contains(request.headers(), KnownHeader::Accept, media_type);
    let query = request.uri().query().unwrap_or_default();
    accepts(b"text/html") && !accepts(b"application/json") && !query.split('&').any(|pair| pair == "format=json")
}

/// The request's origin, if it is one of `origins`.
#[must_use]
pub fn allowed_origin(headers: &HeaderMap, origins: &[String]) -> Option<HeaderValue> {
    let origin = first_line(headers, KnownHeader::Origin)?;
    origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// Whether a withdrawal may come from where this one does: from a page of ours, or from no page at all.
///
/// `Sec-Fetch-Site` decides if it is there. Otherwise `Origin` does, and `null` is accepted: our pages ask for no
/// referrer, so browsers send `Origin: null` with their forms (Fetch section 3.2).
#[must_use]
pub fn may_withdraw(headers: &HeaderMap, hosts: &[String]) -> bool {
    if let Some(site) = first_line(headers, KnownHeader::SecFetchSite) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = first_line(headers, KnownHeader::Origin).map(HeaderValue::as_bytes) else { return true };
    let host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    origin == b"null" || host.is_some_and(|host| hosts.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_hosts_as_a_whole() {
        let hosts = ["search.example".to_owned(), "127.0.0.1:8080".to_owned()];
        let accepts = |names: &[&str], uri: &str| {
            let request = names.iter().fold(Request::builder().uri(uri), |request, name| request.header("host", *name));
            is_addressed_to(&request.body(()).unwrap(), &hosts)
        };
        assert!(accepts(&["Search.Example"], "/"));
        assert!(accepts(&["127.0.0.1:8080"], "/"));
        assert!(accepts(&[], "http://search.example/"));
        assert!(!accepts(&[], "/"));
        assert!(!accepts(&["user7.search.example"], "/"));
        assert!(!accepts(&["127.0.0.1"], "/"));
        assert!(!accepts(&["search.example", "other.example"], "/"));
        assert!(!accepts(&["search.example"], "http://other.example/"));
    }

    #[test]
    fn accepts_withdrawals_from_our_pages_and_from_no_page_only() {
        let hosts = ["search.example".to_owned(), "127.0.0.1:8080".to_owned()];
        let accepts = |lines: &[(&'static str, &'static str)]| {
            let headers = lines
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
            may_withdraw(&headers.collect(), &hosts)
        };
        for own in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://search.example")],
            &[("origin", "http://127.0.0.1:8080")],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(accepts(own), "{own:?}");
        }
        for foreign in [
            &[("origin", "https://other.example")][..],
            &[("origin", "https://search.example.evil.example")],
            &[("origin", "")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://search.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("sec-fetch-site", "same-origin, none")],
        ] {
            assert!(!accepts(foreign), "{foreign:?}");
        }
    }
}
