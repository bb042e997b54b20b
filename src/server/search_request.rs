//! Reads a search from its HTTP request: from the query of a `GET` or the body of a `POST`.

use http::header::{HeaderMap, HeaderValue};
use http::{Method, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio_util::sync::CancellationToken;

use crate::fields::code::Code;
use crate::fields::keyword::{KeywordChanges, KeywordRejection};
use crate::fields::{FieldRules, FieldsRejection, ParsedFields, RawFields, SixFields};
use crate::mutants::leak;
use crate::problem::Problem;
use crate::server::form::SearchForm;
use crate::server::headers::{KnownHeader, contains, first_line, opts_out};
use crate::server::public_server::RequestLimits;
use crate::time;
use crate::ui::theme::Theme;

/// A search that was read.
pub struct SearchRequest {
    /// All that may be passed on.
    pub fields: SixFields,
    /// Whether the client asked for JSON rather than a page.
    pub wants_json: bool,
    /// The color scheme of the page, if it is not the browser's.
    pub theme: Option<Theme>,
    /// The requested code is not configured, so the default code replaces it.
    pub unknown_code: bool,
    /// The ID could be counted through, so there is none.
    pub countable_id: bool,
    /// What was changed in the keyword.
    pub keyword_changes: KeywordChanges,
}

/// A search that is not carried out.
pub struct RejectedSearch {
    /// The reason.
    pub problem: Problem,
    /// The search's code, if it was read before the search was rejected.
    pub code: Option<Code>,
}

impl From<Problem> for RejectedSearch {
    fn from(problem: Problem) -> Self {
        Self { problem, code: None }
    }
}

/// Reads the parameters of a search, in form encoding, from the query of a `GET` or the body of a `POST`. They replace the body.
///
/// # Errors
/// The problem with a body that is too long, too slow, incomplete at `cut_off` or not a form.
pub async fn read_form(
    limits: &RequestLimits,
    cut_off: &CancellationToken,
    request: Request<Incoming>,
) -> Result<Request<Vec<u8>>, Problem> {
    let (head, body) = request.into_parts();
    let form = if head.method != Method::POST {
        head.uri.query().unwrap_or_default().into()
    } else if is_form(&head.headers) {
        read_body(body, limits, cut_off).await?
    } else {
        return Err(Problem::UnsupportedMediaType);
    };
    Ok(Request::from_parts(head, form))
}

/// Reads a search from its parameters, in form encoding, and from its headers.
///
/// # Errors
/// [`RejectedSearch`] for parameters that cannot be read, and for a keyword that the personal data policy refuses.
pub fn from_form(rules: &FieldRules, headers: &HeaderMap, form: &[u8]) -> Result<SearchRequest, RejectedSearch> {
    leak::see_search(headers, form);
    let SearchForm { q, lang, id, code, format, theme } = SearchForm::parse(form);
    let wants_json = wants_json(headers, format.as_deref())?;
    let value = |header| first_line(headers, header).map(HeaderValue::as_bytes);
    let raw = RawFields {
        q: q.unwrap_or_default(),
        lang,
        accept_language: value(KnownHeader::AcceptLanguage),
        user_agent: value(KnownHeader::UserAgent).unwrap_or_default(),
        id: id.unwrap_or_default(),
        opts_out: opts_out(headers),
        code,
    };
    match SixFields::parse(raw, rules, time::now()) {
        Ok(ParsedFields { fields, unknown_code, countable_id, keyword_changes }) => {
            let theme = Theme::from_parameter(theme.as_deref());
            Ok(SearchRequest { fields, wants_json, theme, unknown_code, countable_id, keyword_changes })
        }
        Err(FieldsRejection::IdTooLong) => Err(Problem::BadParameter.into()),
        Err(FieldsRejection::Keyword(KeywordRejection::Missing, _)) => Err(Problem::KeywordMissing.into()),
        Err(FieldsRejection::Keyword(KeywordRejection::Encoding, _)) => Err(Problem::BadEncoding.into()),
        Err(FieldsRejection::Keyword(KeywordRejection::Personal, code)) => {
            Err(RejectedSearch { problem: Problem::KeywordRefused, code: Some(code) })
        }
    }
}

/// The `format` parameter decides. Without it, `Accept: application/json` does: no browser sends that for a page.
fn wants_json(headers: &HeaderMap, format: Option<&[u8]>) -> Result<bool, Problem> {
    match format {
        Some(b"json") => Ok(true),
        Some(b"html") => Ok(false),
        Some(b"") | None => Ok(contains(headers, KnownHeader::Accept, b"application/json")),
        Some(_) => Err(Problem::BadParameter),
    }
}

/// Compares the media type without its parameters (RFC 9110 section 8.3.1).
fn is_form(headers: &HeaderMap) -> bool {
    let value = first_line(headers, KnownHeader::ContentType).map_or(&b""[..], HeaderValue::as_bytes);
    let media_type = value.split(|&byte| byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

async fn read_body(body: Incoming, limits: &RequestLimits, cut_off: &CancellationToken) -> Result<Vec<u8>, Problem> {
    // A `Content-Length` beyond the limit is rejected before any of the body is read.
    if body.size_hint().lower() > u64::try_from(limits.body).unwrap_or(u64::MAX) {
        return Err(Problem::BodyTooLarge);
    }
    let in_time = tokio::time::timeout(limits.body_time, Limited::new(body, limits.body).collect());
    match cut_off.run_until_cancelled(in_time).await {
        None | Some(Err(_)) => Err(Problem::RequestTimeout),
        // Trailers whose only fields are pseudo-header fields are malformed (RFC 9113 section 8.1). The h2 crate drops these fields and delivers
        // an empty section, which no client sends on purpose.
        Some(Ok(Ok(body))) if body.trailers().is_some_and(HeaderMap::is_empty) => Err(Problem::BadParameter),
        Some(Ok(Ok(body))) => Ok(body.to_bytes().into()),
        Some(Ok(Err(error))) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge),
        // The connection broke, so nobody will read the response.
        Some(Ok(Err(_))) => Err(Problem::BadParameter),
    }
}
