//! The responses of the admin listener. This is the only file of it that sets their headers.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::chart::POLICY;

pub(super) const CSV: &str = "text/csv; charset=utf-8";
pub(super) const JSON: &str = "application/json";
pub(super) const PLAIN_TEXT: &str = "text/plain; charset=utf-8";
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// A response before the common headers are added.
pub(super) struct AdminResponse {
    pub(super) status: StatusCode,
    pub(super) media_type: &'static str,
    pub(super) body: Bytes,
}

impl AdminResponse {
    /// A response with status 200.
    pub(super) fn ok(media_type: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, media_type, body: body.into() }
    }

    /// An error in plain text, for a person or a program's log.
    pub(super) fn error(status: StatusCode, message: &str) -> Self {
        Self { status, media_type: PLAIN_TEXT, body: format!("{message}\n").into() }
    }

    /// The store, or a key that the report needs, cannot be read.
    pub(super) fn unreadable() -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR, "the store cannot be read")
    }
}

/// A text in one line, for a person or a program's log.
pub(super) fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    respond(AdminResponse { status, media_type: PLAIN_TEXT, body: body.into() })
}

/// Adds a header.
pub(super) fn with_header(
    mut response: Response<Full<Bytes>>,
    name: HeaderName,
    value: HeaderValue,
) -> Response<Full<Bytes>> {
    response.headers_mut().insert(name, value);
    response
}

/// The response with the headers that all responses of the admin listener carry.
pub(super) fn respond(AdminResponse { status, media_type, body }: AdminResponse) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.extend(HeaderValue::from_str(&POLICY).map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
