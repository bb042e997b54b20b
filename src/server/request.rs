//! HTTP into words. A header can be read only through `header`, which takes one of [`KnownHeader`]; so that
//! list is the whole of what a client's headers can change, and `explain` prints it.

use std::time::Duration;

use http::header::{HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use strum::VariantArray;

use crate::click::ClickClass;
use crate::fields::code::Code;
use crate::fields::{FieldRules, FieldsRejection, RawFields, SixFields, keyword};
use crate::problem::Problem;
use crate::server::bots;
use crate::server::form::SearchForm;
use crate::server::{PublicServer, RequestLimits};
use crate::time;

/// The header that carries visit stamps both ways, where there are no cookies.
pub const VISIT_STAMP: &str = "visit-stamp";

/// The headers that are read, each with what it is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum KnownHeader {
    /// Must name this service.
    Host,
    /// HTML or JSON.
    Accept,
    /// One tag of the closed list.
    AcceptLanguage,
    /// The browser's family; a robot's click.
    UserAgent,
    /// Of a posted search.
    ContentType,
    /// `1`: no ID goes to partners.
    SecGpc,
    /// `1`: likewise.
    Dnt,
    /// Whether it may read answers across origins, and withdraw; changes nothing else.
    Origin,
    /// A prefetched click.
    SecPurpose,
    /// Likewise, older browsers.
    Purpose,
    /// Likewise, older Firefox.
    XMoz,
    /// Another site's click, or withdrawal.
    SecFetchSite,
    /// The visit stamp, of all that stands there.
    Cookie,
    /// The visit stamp of a client without cookies.
    VisitStamp,
}

impl KnownHeader {
    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Accept => "accept",
            Self::AcceptLanguage => "accept-language",
            Self::UserAgent => "user-agent",
            Self::ContentType => "content-type",
            Self::SecGpc => "sec-gpc",
            Self::Dnt => "dnt",
            Self::Origin => "origin",
            Self::SecPurpose => "sec-purpose",
            Self::Purpose => "purpose",
            Self::XMoz => "x-moz",
            Self::SecFetchSite => "sec-fetch-site",
            Self::Cookie => "cookie",
            Self::VisitStamp => VISIT_STAMP,
        }
    }
}

impl KnownHeader {
    /// Whether every line of it is read; of the others the first.
    #[must_use]
    pub fn is_read_whole(self) -> bool {
        matches!(self, Self::Host | Self::SecGpc | Self::Dnt | Self::Cookie)
    }

    /// What it is read for, in words.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Host => "read: must name this service, else 421; goes nowhere",
            Self::Accept => "read: a page or JSON; goes nowhere",
            Self::AcceptLanguage => "read: becomes the field language, where the lang parameter names none of the list",
            Self::UserAgent => "read: becomes the field browser, as a family; tells robots' clicks apart",
            Self::ContentType => "read: of a posted search; goes nowhere",
            Self::SecGpc => {
                "read: 1 keeps the ID from all partners, and the visit stamp without a serial; goes nowhere"
            }
            Self::Dnt => "read: 1 keeps the ID from all partners, and means no visit stamp; goes nowhere",
            Self::Origin => "read: whether that origin may read the answer, or withdraw; goes nowhere",
            Self::SecPurpose | Self::Purpose | Self::XMoz => "read of clicks: a prefetch is not counted; goes nowhere",
            Self::SecFetchSite => {
                "read of clicks: another site's is not counted; of a withdrawal: another site's is refused; goes nowhere"
            }
            Self::Cookie => "read: the visit stamp alone, to count visits; goes nowhere",
            Self::VisitStamp => "read: the visit stamp, to count visits; goes nowhere",
        }
    }
}

pub(super) fn header(headers: &HeaderMap, known: KnownHeader) -> Option<&HeaderValue> {
    headers.get(known.name())
}

fn has(headers: &HeaderMap, known: KnownHeader, word: &[u8]) -> bool {
    header(headers, known)
        .is_some_and(|value| memchr::memmem::find(value.as_bytes().to_ascii_lowercase().as_slice(), word).is_some())
}

/// Whether the request is within bounds and meant for this service. Before anything is read of it.
///
/// # Errors
/// [`Problem::UriTooLong`], [`Problem::HeadersTooLarge`] or [`Problem::WrongHost`].
pub fn admit<B>(request: &Request<B>, bounds: &RequestLimits, hosts: &[String]) -> Result<(), Problem> {
    if target_bytes(request.uri()) > bounds.uri {
        return Err(Problem::UriTooLong);
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > bounds.header_bytes || headers.len() > bounds.header_count {
        return Err(Problem::HeadersTooLarge);
    }
    if is_ours(request, hosts) { Ok(()) } else { Err(Problem::WrongHost) }
}

fn target_bytes(uri: &Uri) -> usize {
    uri.path().len() + uri.query().map_or(0, |query| query.len() + 1)
}

/// Every name that the request gives its host must be ours, and it must give one (RFC 9110 section 7.2).
fn is_ours<B>(request: &Request<B>, hosts: &[String]) -> bool {
    let ours = |name: &[u8]| hosts.iter().any(|host| host.as_bytes().eq_ignore_ascii_case(name));
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let named = request.headers().get_all(KnownHeader::Host.name()).iter().map(HeaderValue::as_bytes);
    let mut names = authority.into_iter().chain(named).peekable();
    names.peek().is_some() && names.all(ours)
}

/// Whether errors are told as a page: to whoever accepts pages and did not ask for JSON.
#[must_use]
pub fn wants_page<B>(request: &Request<B>) -> bool {
    let accepts = |media_type| has(request.headers(), KnownHeader::Accept, media_type);
    let query = request.uri().query().unwrap_or_default();
    accepts(b"text/html") && !accepts(b"application/json") && !query.split('&').any(|pair| pair == "format=json")
}

/// The request's origin, where it is one of the configured.
#[must_use]
pub fn allowed_origin(headers: &HeaderMap, origins: &[String]) -> Option<HeaderValue> {
    let origin = header(headers, KnownHeader::Origin)?;
    origins.iter().any(|known| known.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// A search, read.
pub struct SearchRequest {
    /// What may go on.
    pub fields: SixFields,
    /// JSON instead of a page.
    pub json: bool,
    /// The code that was asked for is not configured; the default stands in.
    pub unknown_code: bool,
    /// It came as a form, and so keeps its keyword out of addresses.
    pub posted: bool,
}

/// A search that goes no further, with its code where that much was read.
pub struct RejectedSearch {
    /// Why.
    pub problem: Problem,
    /// Whose search it was.
    pub code: Option<Code>,
}

impl From<Problem> for RejectedSearch {
    fn from(problem: Problem) -> Self {
        Self { problem, code: None }
    }
}

/// Reads a search out of its request.
///
/// # Errors
/// [`RejectedSearch`].
pub async fn search(door: &PublicServer, request: Request<Incoming>) -> Result<SearchRequest, RejectedSearch> {
    let (head, body) = request.into_parts();
    if head.method == Method::POST {
        if !is_form(&head.headers) {
            return Err(Problem::UnsupportedMediaType.into());
        }
        let form = read_body(body, door.bounds.body, door.bounds.body_time).await?;
        return words(&door.rules, &head.headers, &form).map(|asked| SearchRequest { posted: true, ..asked });
    }
    words(&door.rules, &head.headers, head.uri.query().unwrap_or_default().as_bytes())
}

/// The words of a search: its parameters and the headers that matter to it.
///
/// # Errors
/// [`RejectedSearch`].
pub fn words(rules: &FieldRules, headers: &HeaderMap, form: &[u8]) -> Result<SearchRequest, RejectedSearch> {
    let SearchForm { q, lang, id, code, format } = SearchForm::read(form).map_err(|_| Problem::BadEncoding)?;
    let json = wants_json(headers, format.as_deref())?;
    let value = |known| header(headers, known).map(HeaderValue::as_bytes);
    let said = RawFields {
        q: q.unwrap_or_default(),
        lang,
        accept_language: value(KnownHeader::AcceptLanguage),
        user_agent: value(KnownHeader::UserAgent).unwrap_or_default(),
        id: id.unwrap_or_default(),
        opts_out: opts_out(headers),
        code,
    };
    match SixFields::parse(said, rules, time::now()) {
        Ok((fields, unknown_code)) => Ok(SearchRequest { fields, json, unknown_code, posted: false }),
        Err(FieldsRejection::IdTooLong) => Err(Problem::BadParameter.into()),
        Err(FieldsRejection::Keyword(keyword::KeywordRejection::Missing, _)) => Err(Problem::KeywordMissing.into()),
        Err(FieldsRejection::Keyword(keyword::KeywordRejection::Encoding, _)) => Err(Problem::BadEncoding.into()),
        Err(FieldsRejection::Keyword(keyword::KeywordRejection::Personal, code)) => {
            Err(RejectedSearch { problem: Problem::KeywordRefused, code: Some(code) })
        }
    }
}

/// Global Privacy Control (`Sec-GPC: 1`) or Do Not Track (`DNT: 1`).
#[must_use]
pub fn opts_out(headers: &HeaderMap) -> bool {
    objects(headers, KnownHeader::SecGpc) || objects(headers, KnownHeader::Dnt)
}

/// Whether the header `Sec-GPC` or `DNT` says `1`. Once is enough, however often it stands there and whatever else it says.
pub(super) fn objects(headers: &HeaderMap, known: KnownHeader) -> bool {
    let says = |value: &HeaderValue| value.as_bytes().split(|&byte| byte == b',').any(|item| item.trim_ascii() == b"1");
    headers.get_all(known.name()).iter().any(says)
}

/// `format` decides; without it, whoever accepts JSON gets JSON: no browser says so of a page.
fn wants_json(headers: &HeaderMap, format: Option<&[u8]>) -> Result<bool, Problem> {
    match format {
        Some(b"json") => Ok(true),
        Some(b"html") => Ok(false),
        Some(b"") | None => Ok(has(headers, KnownHeader::Accept, b"application/json")),
        Some(_) => Err(Problem::BadParameter),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = header(headers, KnownHeader::ContentType).map_or(&b""[..], HeaderValue::as_bytes);
    let essence = value.split(|&byte| byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

async fn read_body(body: Incoming, most: usize, within: Duration) -> Result<Vec<u8>, Problem> {
    // What announces itself as too long is refused before it is read.
    if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(Problem::BodyTooLarge);
    }
    let whole = tokio::time::timeout(within, Limited::new(body, most).collect());
    match whole.await {
        Err(_) => Err(Problem::RequestTimeout),
        Ok(Ok(body)) => Ok(body.to_bytes().into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge),
        // The connection broke: nobody will read the answer.
        Ok(Err(_)) => Err(Problem::BadParameter),
    }
}

/// What a request for a click looks like: see CONTRACT section 4.
#[must_use]
pub fn manner<B>(request: &Request<B>) -> ClickClass {
    let headers = request.headers();
    let ahead = |known| {
        has(headers, known, b"prefetch") || has(headers, known, b"preview") || has(headers, known, b"prerender")
    };
    if request.method() == Method::HEAD {
        ClickClass::Head
    } else if ahead(KnownHeader::SecPurpose) || ahead(KnownHeader::Purpose) || ahead(KnownHeader::XMoz) {
        ClickClass::Prefetch
    } else if is_robot(headers) {
        ClickClass::Bot
    } else if has(headers, KnownHeader::SecFetchSite, b"cross-site") {
        ClickClass::CrossSite
    } else {
        ClickClass::Plain
    }
}

/// No agent is no robot: some toolbars send none.
fn is_robot(headers: &HeaderMap) -> bool {
    header(headers, KnownHeader::UserAgent).is_some_and(|agent| bots::is_robot(agent.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner_with(method: Method, headers: &[(&str, &str)]) -> ClickClass {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        manner(&request.body(()).unwrap())
    }

    #[test]
    fn clicks_are_told_apart() {
        let get = |headers: &[(&str, &str)]| manner_with(Method::GET, headers);
        assert_eq!(get(&[]), ClickClass::Plain);
        assert_eq!(
            get(&[("sec-fetch-site", "same-origin"), ("user-agent", "Mozilla/5.0 … CUBOT X30 … Chrome/140")]),
            ClickClass::Plain
        );
        assert_eq!(get(&[("sec-fetch-site", "none")]), ClickClass::Plain);
        assert_eq!(get(&[("sec-purpose", "prefetch;prerender")]), ClickClass::Prefetch);
        assert_eq!(get(&[("x-moz", "prefetch")]), ClickClass::Prefetch);
        assert_eq!(get(&[("purpose", "Preview")]), ClickClass::Prefetch);
        assert_eq!(get(&[("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")]), ClickClass::Bot);
        assert_eq!(get(&[("sec-fetch-site", "cross-site")]), ClickClass::CrossSite);
        assert_eq!(manner_with(Method::HEAD, &[("sec-purpose", "prefetch")]), ClickClass::Head);
    }

    #[test]
    fn hosts_are_compared_whole() {
        let hosts = ["search.example".to_owned(), "127.0.0.1:8080".to_owned()];
        let with = |names: &[&str], uri: &str| {
            let request = names.iter().fold(Request::builder().uri(uri), |request, name| request.header("host", *name));
            is_ours(&request.body(()).unwrap(), &hosts)
        };
        assert!(with(&["Search.Example"], "/"));
        assert!(with(&["127.0.0.1:8080"], "/"));
        assert!(with(&[], "http://search.example/"));
        assert!(!with(&[], "/"));
        assert!(!with(&["user7.search.example"], "/"));
        assert!(!with(&["127.0.0.1"], "/"));
        assert!(!with(&["search.example", "other.example"], "/"));
        assert!(!with(&["search.example"], "http://other.example/"));
    }
}
