//! The responses of the admin listener.

use bytes::Bytes;
use http::StatusCode;

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
