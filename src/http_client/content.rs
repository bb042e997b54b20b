//! The headers that describe a response's content: `Content-Type` and `Content-Encoding` (RFC 9110 sections 8.3 and 8.4).

use http::header;

use crate::problem::PartnerFailure;

/// The value of `Content-Type`; empty if there is none.
pub(crate) fn content_type(headers: &http::HeaderMap) -> &[u8] {
    headers.get(header::CONTENT_TYPE).map_or(&b""[..], http::HeaderValue::as_bytes)
}

/// A media type without its parameters.
pub(crate) fn essence(content_type: &[u8]) -> &[u8] {
    content_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii()
}

/// The parameter `charset` of a media type (RFC 9110 section 8.3.2).
pub(super) fn charset(content_type: &[u8]) -> Option<String> {
    let parameter = |part: &[u8]| {
        let (name, value) = part.split_at_checked(part.iter().position(|&byte| byte == b'=')?)?;
        let value = std::str::from_utf8(value.get(1..)?).ok()?;
        name.trim_ascii().eq_ignore_ascii_case(b"charset").then(|| value.trim().trim_matches('"').to_owned())
    };
    content_type.split(|&byte| byte == b';').skip(1).find_map(parameter)
}

/// Whether the body is compressed with gzip.
///
/// # Errors
/// [`PartnerFailure::Encoding`] for any other encoding: it was not requested.
pub(crate) fn is_gzip(headers: &http::HeaderMap) -> Result<bool, PartnerFailure> {
    match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case(b"identity") => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") => Ok(true),
        Some(_) => Err(PartnerFailure::Encoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_content_type() {
        assert_eq!(essence(b" text/html ; charset=x"), b"text/html");
        assert_eq!(essence(b""), b"");
        assert_eq!(charset(b"text/html; a=b; Charset = \"utf-8\"").as_deref(), Some("utf-8"));
        for without in [&b"text/html"[..], b"charset=utf-8", b"text/html; charset", b"text/html; charset=\xff"] {
            assert_eq!(charset(without), None);
        }
    }

    #[test]
    fn accepts_gzip_and_no_other_encoding() {
        let encoded = |coding: &'static str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, http::HeaderValue::from_static(coding));
            is_gzip(&headers)
        };
        assert_eq!(is_gzip(&http::HeaderMap::new()), Ok(false));
        assert_eq!([encoded("Identity"), encoded("GZIP"), encoded("x-gzip")], [Ok(false), Ok(true), Ok(true)]);
        for other in ["br", "gzip, gzip", ""] {
            assert_eq!(encoded(other), Err(PartnerFailure::Encoding), "{other}");
        }
    }
}
