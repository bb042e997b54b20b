//! Builds HTTP responses. This is the only file that sets response headers: every response starts in `base`, which sets
//! those that all responses carry. Nothing of a partner's response except its rendered results gets here, so no header of
//! a partner can reach a client.

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};

use crate::content_coding::ContentCoding;
use crate::image_proxy::formats::ProxiedImage;
use crate::mutants::leak;
use crate::privacy::document::COOKIES;
use crate::problem::Problem;
use crate::search::PageStream;
use crate::server::accept_encoding::AcceptedCodings;
use crate::server::body::ResponseBody;
use crate::server::headers::VISIT_STAMP;
use crate::server::visit_stamp::{StampDelivery, StampTransport};
use crate::tokens::visit_stamp::MAX_ABSENCE_DAYS;
use crate::ui::assets::Asset;
use crate::ui::page_context::PageContext;
use crate::ui::pages;
use crate::visit::StampUpdate;

/// A response of the public listener.
pub type Response = http::Response<ResponseBody>;

/// The content security policy of pages (CSP Level 3): our stylesheet, our images and our forms, and nothing inline.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The policy of assets: a logo of the operator's may be SVG, which could run scripts where it is opened by itself.
const ASSET_SECURITY_POLICY: HeaderValue = HeaderValue::from_static("script-src 'none'; sandbox");

/// Caching of assets whose path contains a hash of their content: for a year, without revalidation (RFC 8246).
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Seconds for which a browser may cache the response to a preflight: a day.
const PREFLIGHT_MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// What a script of an allowed origin may read beyond the safelisted headers (Fetch section 3.2.3): the stamp, and when to try again.
const EXPOSED: &str = "visit-stamp, retry-after, ratelimit, ratelimit-policy";

/// Seconds for which a browser keeps a visit stamp.
const STAMP_MAX_AGE: u32 = MAX_ABSENCE_DAYS * 86_400;

/// Who may embed a response without CORS (Fetch section 3.7).
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Which pages keep a reference to the window of a page (HTML section 7.1.3).
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

fn base(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(ResponseBody::whole(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(9);
    if !media_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Only our own pages embed anything of ours. Scripts of allowed origins read by CORS, to which this does not apply.
    headers.insert(RESOURCE_POLICY, SAME_ORIGIN);
    if media_type == HTML {
        headers.insert(OPENER_POLICY, SAME_ORIGIN);
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    }
    response
}

pub(super) fn with_header(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

/// The response to `HEAD`: the headers of the response to `GET`, without its body (RFC 9110 section 9.3.2).
#[must_use]
pub fn without_body(mut response: Response) -> Response {
    let length = http_body::Body::size_hint(response.body()).exact();
    *response.body_mut() = ResponseBody::whole(Bytes::new());
    match length {
        Some(length) => with_header(response, header::CONTENT_LENGTH, length.into()),
        None => response,
    }
}

/// A page.
#[must_use]
pub fn page(html: impl Into<Bytes>) -> Response {
    page_with_status(StatusCode::OK, html)
}

/// A page with this status.
#[must_use]
pub fn page_with_status(status: StatusCode, html: impl Into<Bytes>) -> Response {
    base(status, HTML, html)
}

/// A page that is streamed from a partner.
#[must_use]
pub fn streamed_page(stream: PageStream) -> Response {
    let mut response = base(StatusCode::OK, HTML, Bytes::new());
    vary_by_coding(&mut response);
    set_coding(&mut response, stream.coding);
    response.map(|_| ResponseBody::streamed(stream))
}

/// A JSON document.
#[must_use]
pub fn json(body: Vec<u8>) -> Response {
    document("application/json", body)
}

/// A document of this media type.
#[must_use]
pub fn document(media_type: &'static str, body: impl Into<Bytes>) -> Response {
    document_with_status(StatusCode::OK, media_type, body)
}

/// A document of this media type, with this status.
#[must_use]
pub fn document_with_status(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Response {
    base(status, media_type, body)
}

/// A proxied image, with the media type of its detected format. No header of the image's server is passed on.
#[must_use]
pub fn image(image: &ProxiedImage) -> Response {
    document(image.format().media_type(), image.bytes().clone())
}

/// An asset, in the best coding that the client accepts.
#[must_use]
pub fn asset(asset: &Asset, accepted: AcceptedCodings) -> Response {
    let (coding, body) = asset.coded(accepted.best(&asset.codings()));
    let response = document(asset.media_type, body);
    let response = with_header(response, header::CONTENT_SECURITY_POLICY, ASSET_SECURITY_POLICY);
    let mut response = with_header(response, header::CACHE_CONTROL, IMMUTABLE);
    if !asset.codings().is_empty() {
        vary_by_coding(&mut response);
    }
    set_coding(&mut response, coding);
    response
}

/// The same response with a body that was coded, or padded.
pub(super) fn with_coding(mut response: Response, coding: ContentCoding, body: Bytes) -> Response {
    set_coding(&mut response, coding);
    response.map(|_| ResponseBody::whole(body))
}

fn set_coding(response: &mut Response, coding: ContentCoding) {
    if let Some(name) = coding.name() {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
}

/// Says that `Accept-Encoding` selects among representations (RFC 9110 section 12.5.5), where it may do so.
pub(super) fn vary_by_coding(response: &mut Response) {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
}

/// The response's `Content-Type`; empty if it has none.
pub(super) fn media_type(response: &Response) -> &str {
    let value = response.headers().get(header::CONTENT_TYPE);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The `303` that answers a click (RFC 9110 section 15.4.4). `padding` is its body; none without padding.
///
/// # Errors
/// [`Problem::Internal`] if the target is not a valid header value. Such a target is never sealed into a token.
pub fn redirect(target: &str, padding: Option<Bytes>) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(target).map_err(|_| Problem::Internal)?;
    let response = match padding {
        Some(padding) => base(StatusCode::SEE_OTHER, TEXT, padding),
        None => base(StatusCode::SEE_OTHER, "", Bytes::new()),
    };
    Ok(with_header(response, header::LOCATION, location))
}

/// A `204` (RFC 9110 section 15.3.5).
#[must_use]
pub fn no_content() -> Response {
    base(StatusCode::NO_CONTENT, "", Bytes::new())
}

/// Adds a visit stamp to a response, by the transport that the client uses. `cookie` is the cookie's name, `None` if
/// stamps are not sent as cookies.
pub fn set_stamp(response: &mut Response, delivery: StampDelivery, cookie: Option<&'static str>) {
    let StampDelivery { update, transport } = delivery;
    let (stamp, max_age) = match update {
        StampUpdate::Unchanged => return,
        StampUpdate::Replace(stamp) => (stamp, STAMP_MAX_AGE),
        StampUpdate::Expire => (String::new(), 0),
    };
    if transport != StampTransport::Header
        && let Some(name) = cookie
    {
        append_cookie(response, &set_cookie(name, &stamp, max_age));
    }
    if transport != StampTransport::Cookie
        && let Ok(stamp) = HeaderValue::from_str(&stamp)
    {
        response.headers_mut().insert(HeaderName::from_static(VISIT_STAMP), stamp);
    }
}

/// The value of a `Set-Cookie` header for this host only (RFC 6265 section 4.1). The `__Host-` prefix requires `Secure`
/// (RFC 6265bis section 4.1.3.2). With a `max_age` of 0 seconds the cookie expires.
fn set_cookie(name: &str, value: &str, max_age: u32) -> String {
    let secure = if name.starts_with("__Host-") { " Secure;" } else { "" };
    format!("{name}={value}; Max-Age={max_age}; Path=/;{secure} HttpOnly; SameSite=Lax")
}

fn append_cookie(response: &mut Response, line: &str) {
    if let Ok(line) = HeaderValue::from_str(line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// The response to a withdrawal. It expires every cookie of ours (RFC 6265 section 5.2.2), set or not.
#[must_use]
pub fn forgotten(context: Option<&PageContext>) -> Response {
    let mut response = match context {
        Some(context) => page(pages::message::forgotten(context)),
        None => no_content(),
    };
    for name in COOKIES {
        append_cookie(&mut response, &set_cookie(name, "", 0));
    }
    response
}

/// The response to a CORS preflight (Fetch section 3.2.2). Without [`allow_origin`] it permits nothing.
#[must_use]
pub fn preflight() -> Response {
    let response = no_content();
    let response = with_header(response, header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(VISIT_STAMP));
    let response = with_header(response, header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    with_header(response, header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE)
}

/// Allows a configured origin to read the response, without credentials (Fetch section 3.2).
pub fn allow_origin(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    let vary = if headers.contains_key(header::VARY) { "Accept-Encoding, Origin" } else { "Origin" };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
}

/// Changes headers where a mutant says so.
pub fn leak(response: &mut Response) {
    leak::change_response(response.headers_mut());
}

/// Adds how long browsers must use TLS for this host (RFC 6797 section 6.1). Only for responses over TLS (section 7.2).
pub fn require_tls(response: &mut Response, policy: HeaderValue) {
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, policy);
}
