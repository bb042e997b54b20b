//! Words into HTTP: the one place that sets a response header. Every response is made by `base`, so
//! what all must carry cannot be forgotten; nothing of a partner's answer but its rendered results comes
//! here, so no header of a partner's can pass.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::Full;
use serde::Serialize;

use crate::image_proxy::formats::ProxiedImage;
use crate::privacy::document::COOKIES;
use crate::problem::Problem;
use crate::search::PageStream;
use crate::server::body::ResponseBody;
use crate::server::request::VISIT_STAMP;
use crate::server::visit_stamp::StampTransport;
use crate::ui::layout::Asset;
use crate::ui::page_context::PageContext;
use crate::ui::pages;
use crate::visit::StampUpdate;

/// A response.
pub type Response = http::Response<ResponseBody>;

/// What a page may load and do: our stylesheet and icon, and our own forms. Nothing is inline.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Seconds after which a client that was turned away may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// How long a content-named asset may be kept: a year, the most that caches honour.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// How long a browser may keep a preflight's answer, in seconds: a day.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("86400");

const HTML: &str = "text/html; charset=utf-8";
const PROBLEM: &str = "application/problem+json";

fn base(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(ResponseBody::Whole(Full::new(body.into())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(7);
    if !media_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if media_type == HTML {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    }
    response
}

fn with(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

/// The answer to a `HEAD`: what a `GET` would get, without its body (RFC 9110 section 9.3.2).
#[must_use]
pub fn without_body(mut response: Response) -> Response {
    let length = http_body::Body::size_hint(response.body()).exact();
    *response.body_mut() = ResponseBody::Whole(Full::default());
    match length {
        Some(length) => with(response, header::CONTENT_LENGTH, length.into()),
        None => response,
    }
}

/// A page.
#[must_use]
pub fn page(html: String) -> Response {
    base(StatusCode::OK, HTML, html)
}

/// A page whose middle comes in pieces.
#[must_use]
pub fn page_in_pieces(head: String, pieces: PageStream, foot: String) -> Response {
    base(StatusCode::OK, HTML, Bytes::new()).map(|_| ResponseBody::pieces(head, pieces, foot))
}

/// Results for a toolbar.
#[must_use]
pub fn json(body: Vec<u8>) -> Response {
    base(StatusCode::OK, "application/json", body)
}

/// A picture, under the type that it is. Nothing of what its host said about it comes here.
#[must_use]
pub fn picture(picture: &ProxiedImage) -> Response {
    base(StatusCode::OK, picture.format().media_type(), picture.bytes().clone())
}

/// A short document.
#[must_use]
pub fn text(media_type: &'static str, body: impl Into<Bytes>) -> Response {
    base(StatusCode::OK, media_type, body)
}

/// An asset.
#[must_use]
pub fn asset(asset: &'static Asset) -> Response {
    with(base(StatusCode::OK, asset.media_type, asset.body), header::CACHE_CONTROL, FOR_EVER)
}

/// The redirect that ends a click (RFC 9110 section 15.4.4).
#[must_use]
pub fn redirect(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(location) => with(base(StatusCode::SEE_OTHER, "", Bytes::new()), header::LOCATION, location),
        // Only what a header takes is ever sealed.
        Err(_) => problem(Problem::Internal, None),
    }
}

/// A click that came too late: `410`, and the target as text.
#[must_use]
pub fn expired(target: &str, audience: Option<&PageContext>) -> Response {
    // The target is shown to whoever holds the token: it was on their page before.
    if let Some(audience) = audience {
        let mut response = page(pages::expired(target, audience));
        *response.status_mut() = Problem::ClickExpired.status();
        return response;
    }
    problem_with(Problem::ClickExpired, Some(target))
}

/// `application/problem+json` (RFC 9457 section 3).
#[derive(Serialize)]
struct ProblemBody<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
}

/// An error, as a page or as a problem document that say the same.
#[must_use]
pub fn problem(problem: Problem, audience: Option<&PageContext>) -> Response {
    if let Some(audience) = audience {
        let mut response = page(pages::problem(problem, audience));
        *response.status_mut() = problem.status();
        return retry_later(response, problem);
    }
    problem_with(problem, None)
}

fn problem_with(problem: Problem, target: Option<&str>) -> Response {
    let status = problem.status();
    let title = status.canonical_reason().unwrap_or_default();
    let (code, detail) = (problem.code(), problem.advice());
    let body = ProblemBody { r#type: "about:blank", title, status: status.as_u16(), code, detail, target };
    // Texts and numbers always serialise.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    retry_later(base(status, PROBLEM, body), problem)
}

fn retry_later(response: Response, problem: Problem) -> Response {
    match problem {
        Problem::TooManyRequests | Problem::Overloaded | Problem::PartnerUnavailable => {
            with(response, header::RETRY_AFTER, RETRY_AFTER)
        }
        Problem::KeywordMissing
        | Problem::BadEncoding
        | Problem::BadParameter
        | Problem::CrossSite
        | Problem::NotFound
        | Problem::MethodNotAllowed
        | Problem::RequestTimeout
        | Problem::ClickExpired
        | Problem::BodyTooLarge
        | Problem::UriTooLong
        | Problem::UnsupportedMediaType
        | Problem::WrongHost
        | Problem::KeywordRefused
        | Problem::HeadersTooLarge
        | Problem::Internal
        | Problem::PartnerFailed
        | Problem::PrefetchRefused
        | Problem::PartnerTimeout => response,
    }
}

/// `405` with the methods that are allowed (RFC 9110 section 15.5.6).
#[must_use]
pub fn method_not_allowed(allowed: &'static str, audience: Option<&PageContext>) -> Response {
    with(problem(Problem::MethodNotAllowed, audience), header::ALLOW, HeaderValue::from_static(allowed))
}

/// An answer without content.
#[must_use]
pub fn nothing() -> Response {
    base(StatusCode::NO_CONTENT, "", Bytes::new())
}

/// How long a browser keeps a stamp, in seconds: 60 days. Whoever stays away for longer is new, as nothing should be kept
/// of them.
const STAMP_SECONDS: u32 = 60 * 86_400;

/// Puts a visit stamp on a response, the way it came or both ways where none came.
pub fn hand(response: &mut Response, hand: StampUpdate, by: StampTransport, cookie: Option<&'static str>) {
    let cookie = cookie.filter(|_| by != StampTransport::Header);
    let (text, lines) = match hand {
        StampUpdate::Unchanged => return,
        StampUpdate::Replace(stamp) => {
            let line = cookie.map(|name| set_cookie(name, &stamp, STAMP_SECONDS));
            (stamp, line.into_iter().collect())
        }
        StampUpdate::Expire => (String::new(), cookie.map(|name| set_cookie(name, "", 0)).into_iter().collect()),
    };
    put_cookies(response, lines);
    if by != StampTransport::Cookie
        && let Ok(stamp) = HeaderValue::from_str(&text)
    {
        response.headers_mut().insert(HeaderName::from_static(VISIT_STAMP), stamp);
    }
}

/// A cookie of this host alone (RFC 6265 section 4.1). The prefix `__Host-` demands `Secure`.
fn set_cookie(name: &str, value: &str, seconds: u32) -> String {
    let secure = if name.starts_with("__Host-") { " Secure;" } else { "" };
    format!("{name}={value}; Max-Age={seconds}; Path=/;{secure} HttpOnly; SameSite=Lax")
}

fn put_cookies(response: &mut Response, lines: Vec<String>) {
    for line in lines.iter().filter_map(|line| HeaderValue::from_str(line).ok()) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// The answer to a withdrawal: every cookie of ours expires (RFC 6265 section 5.2.2), whether or not there is
/// one.
#[must_use]
pub fn forgotten(audience: Option<&PageContext>) -> Response {
    let mut response = match audience {
        Some(audience) => page(pages::forgotten(audience)),
        None => nothing(),
    };
    put_cookies(&mut response, COOKIES.iter().map(|name| set_cookie(name, "", 0)).collect());
    response
}

/// The answer to a preflight; without [`allow_origin`] it allows nothing.
#[must_use]
pub fn preflight() -> Response {
    let response = with(nothing(), header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(VISIT_STAMP));
    let methods = [Method::GET.as_str(), Method::POST.as_str()].join(", ");
    let response = match HeaderValue::from_str(&methods) {
        Ok(methods) => with(response, header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        Err(_) => response,
    };
    with(response, header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS)
}

/// Lets a configured origin read the response; never with credentials (Fetch section 3.2).
pub fn allow_origin(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(VISIT_STAMP));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
}
