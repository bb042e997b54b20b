//! The headers that describe a response's content: `Content-Type` and `Content-Encoding` (RFC 9110 sections 8.3 and 8.4).

use http::header;

use crate::problem::PartnerFailure;

/// The value of `Content-Type`; empty if there is none.
pub(crate) fn content_type(headers: &http::HeaderMap) -> &[u8] {
    headers.get(header::CONTENT_TYPE).map_or(&b""[..], http::HeaderValue::as_bytes)
}

/// A media type without its parameters; the first one, where a server sends several.
pub(crate) fn essence(content_type: &[u8]) -> &[u8] {
    content_type.split(|byte| b";,".contains(byte)).next().unwrap_or_default().trim_ascii()
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

/// A content coding (RFC 9110 section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// `gzip`
    Gzip,
    /// `deflate`
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
}

/// Most codings of one body. Some servers compress what their application has compressed; nobody does so more often.
const MAX_CODINGS: usize = 3;

/// The content codings of the body, in the order in which they were applied.
///
/// # Errors
/// [`PartnerFailure::Encoding`] for an unknown coding, or too many.
pub(crate) fn codings(headers: &http::HeaderMap) -> Result<Vec<Coding>, PartnerFailure> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let mut codings = Vec::new();
    for name in names {
        codings.extend(coding(name)?);
    }
    if codings.len() > MAX_CODINGS { Err(PartnerFailure::Encoding) } else { Ok(codings) }
}

/// The coding of this name; `None` if the name says that there is none. Besides `identity`, servers say so with names of
/// charsets and transfer encodings of e-mail, which browsers ignore, too.
fn coding(name: &[u8]) -> Result<Option<Coding>, PartnerFailure> {
    match name.trim_ascii().to_ascii_lowercase().as_slice() {
        b"" | b"identity" | b"none" | b"utf-8" | b"utf8" | b"binary" | b"7bit" | b"8bit" => Ok(None),
        b"gzip" | b"x-gzip" => Ok(Some(Coding::Gzip)),
        b"deflate" | b"x-deflate" => Ok(Some(Coding::Deflate)),
        b"br" => Ok(Some(Coding::Brotli)),
        b"zstd" => Ok(Some(Coding::Zstd)),
        _ => Err(PartnerFailure::Encoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_content_type() {
        assert_eq!(essence(b" text/html ; charset=x"), b"text/html");
        assert_eq!(essence(b""), b"");
        assert_eq!(essence(b"text/html, application/json; a=b"), b"text/html");
        assert_eq!(charset(b"text/html; a=b; Charset = \"utf-8\"").as_deref(), Some("utf-8"));
        for without in [&b"text/html"[..], b"charset=utf-8", b"text/html; charset", b"text/html; charset=\xff"] {
            assert_eq!(charset(without), None);
        }
    }

    fn codings_of(values: &[&'static str]) -> Result<Vec<Coding>, PartnerFailure> {
        let mut headers = http::HeaderMap::new();
        for value in values {
            headers.append(header::CONTENT_ENCODING, http::HeaderValue::from_static(value));
        }
        codings(&headers)
    }

    #[test]
    fn reads_every_spelling_of_a_coding() {
        for none in ["", " ", ",", "identity", "Identity", "none", "NONE", "utf-8", "UTF-8", "identity, none"] {
            assert_eq!(codings_of(&[none]), Ok(vec![]), "{none:?}");
        }
        for gzip in ["gzip", "GZIP", "x-gzip", " gzip ", "identity, gzip", "gzip,", ", x-GZip"] {
            assert_eq!(codings_of(&[gzip]), Ok(vec![Coding::Gzip]), "{gzip:?}");
        }
        assert_eq!(codings_of(&[]), Ok(vec![]));
        assert_eq!(codings_of(&["Deflate"]), Ok(vec![Coding::Deflate]));
        assert_eq!(codings_of(&["BR"]), Ok(vec![Coding::Brotli]));
        assert_eq!(codings_of(&["zstd"]), Ok(vec![Coding::Zstd]));
        assert_eq!(codings_of(&["br, gzip", "zstd"]), Ok(vec![Coding::Brotli, Coding::Gzip, Coding::Zstd]));
    }

    #[test]
    fn rejects_unknown_codings_and_too_many() {
        for other in ["compress", "x-compress", "aws-chunked", "dcb", "gzip;q=1", "gzip br", "gzip, gzip, gzip, gzip"] {
            assert_eq!(codings_of(&[other]), Err(PartnerFailure::Encoding), "{other}");
        }
    }
}
