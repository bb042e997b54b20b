//! Every way in which one request fails. Closed, `Copy` and without text of its own, so that no error
//! can carry what a client or a partner sent. Status and code are the interface (CONTRACT section 2).

use http::StatusCode;
use strum::VariantArray;

/// What went wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Problem {
    /// `q` is absent, or nothing is left of it once invisible characters are gone.
    KeywordMissing,
    /// A named parameter holds a broken percent escape or bytes that are not UTF-8.
    BadEncoding,
    /// A named parameter is out of its range: an ID too long, an unknown `format`.
    BadParameter,
    /// Another site's page tried to withdraw for its visitor.
    CrossSite,
    /// No such path, or a click token that does not open.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The client was too slow to send its body.
    RequestTimeout,
    /// The click token is older than `click_ttl`.
    ClickExpired,
    /// The body is longer than `body_bytes`.
    BodyTooLarge,
    /// The request target is longer than `uri_bytes`.
    UriTooLong,
    /// The body is not `application/x-www-form-urlencoded`.
    UnsupportedMediaType,
    /// The connection or the request names a host that is not this service.
    WrongHost,
    /// The keyword holds personal data and `personal_data = "refuse"`.
    KeywordRefused,
    /// This client prefix asks too fast. Rate limits come with a later version.
    TooManyRequests,
    /// More header bytes or lines than `header_bytes` or `header_count`.
    HeadersTooLarge,
    /// A defect of ours.
    Internal,
    /// The partner could not be reached, or its answer was not what its configuration says.
    PartnerFailed,
    /// No partner of this code can be asked at present.
    PartnerUnavailable,
    /// Too much is in flight already.
    Overloaded,
    /// A prefetch of a click: refused, so that the destination learns of a person only by their click.
    PrefetchRefused,
    /// The partner did not answer within its `timeout`.
    PartnerTimeout,
}

/// Whose doing a problem is, for metrics and for the words on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The request was wrong.
    Client,
    /// The partner failed.
    Partner,
    /// We could not, or would not at this load.
    Us,
}

impl Problem {
    /// The HTTP status (RFC 9110 section 15).
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::KeywordMissing | Self::BadEncoding | Self::BadParameter => StatusCode::BAD_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::ClickExpired => StatusCode::GONE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::KeywordRefused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::PartnerFailed => StatusCode::BAD_GATEWAY,
            Self::PartnerUnavailable | Self::Overloaded | Self::PrefetchRefused => StatusCode::SERVICE_UNAVAILABLE,
            Self::PartnerTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The stable code that programs match on.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::KeywordMissing => "keyword_missing",
            Self::BadEncoding => "bad_encoding",
            Self::BadParameter => "bad_parameter",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RequestTimeout => "request_timeout",
            Self::ClickExpired => "click_expired",
            Self::BodyTooLarge => "body_too_large",
            Self::UriTooLong => "uri_too_long",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::WrongHost => "wrong_host",
            Self::KeywordRefused => "keyword_refused",
            Self::TooManyRequests => "too_many_requests",
            Self::HeadersTooLarge => "headers_too_large",
            Self::Internal => "internal",
            Self::PartnerFailed => "partner_failed",
            Self::PartnerUnavailable => "partner_unavailable",
            Self::Overloaded => "overloaded",
            Self::PrefetchRefused => "prefetch_refused",
            Self::PartnerTimeout => "partner_timeout",
        }
    }

    /// Whose doing it is.
    #[must_use]
    pub fn blame(self) -> Blame {
        match self {
            Self::KeywordMissing
            | Self::BadEncoding
            | Self::BadParameter
            | Self::CrossSite
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::RequestTimeout
            | Self::ClickExpired
            | Self::BodyTooLarge
            | Self::UriTooLong
            | Self::UnsupportedMediaType
            | Self::WrongHost
            | Self::KeywordRefused
            | Self::TooManyRequests
            | Self::HeadersTooLarge
            | Self::PrefetchRefused => Blame::Client,
            Self::PartnerFailed | Self::PartnerUnavailable | Self::PartnerTimeout => Blame::Partner,
            Self::Internal | Self::Overloaded => Blame::Us,
        }
    }

    /// One sentence for a person: what is wrong and what to do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::KeywordMissing => "There is nothing to search for. Type a word into the search box.",
            Self::BadEncoding => "The address of this search is damaged. Type the search again.",
            Self::BadParameter => "A part of this address is not understood. Type the search again.",
            Self::CrossSite => {
                "Another site's page asked for this. The privacy page of this service has a button for it."
            }
            Self::NotFound => {
                "There is nothing at this address. If you followed a result, search again for a fresh link."
            }
            Self::MethodNotAllowed => {
                "This address does not take that kind of request. The Allow header names those it does."
            }
            Self::RequestTimeout => "The request took too long to arrive. Try again.",
            Self::ClickExpired => "This link is too old to be followed by itself. Its target is shown below.",
            Self::BodyTooLarge => "The search is too long. Shorten it.",
            Self::UriTooLong => "The address of this search is too long. Shorten the search.",
            Self::UnsupportedMediaType => "A search is posted as application/x-www-form-urlencoded.",
            Self::WrongHost => {
                "This server does not answer under that name. Use the address that it was given out under."
            }
            Self::KeywordRefused => {
                "The search seems to hold personal data, which is not passed on. Leave it out and search again."
            }
            Self::TooManyRequests => "Too many requests came from this network. Wait a moment and try again.",
            Self::HeadersTooLarge => "The request's headers are too large. Clear this site's cookies and try again.",
            Self::Internal => "Something went wrong here. Try again.",
            Self::PartnerFailed => "The search partner did not give a usable answer. Try again in a moment.",
            Self::PartnerUnavailable => "No search partner can be asked at present. Try again in a moment.",
            Self::Overloaded => "Too many searches are under way. Try again in a moment.",
            Self::PrefetchRefused => "Result links are not fetched ahead of a click.",
            Self::PartnerTimeout => "The search partner took too long to answer. Try again.",
        }
    }
}

/// Why a partner's answer could not be used. For the administrator: a person who searches is told less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerFailure {
    /// Connecting, TLS or sending failed, or the connection broke.
    Unreachable,
    /// The answer's status is not 200; redirects are not followed.
    Status(u16),
    /// The answer's media type is no JSON.
    MediaType,
    /// The answer is encoded in a way that was not asked for, or badly.
    Encoding,
    /// The answer is longer than `partner_response_bytes` or `partner_decompressed_bytes`.
    TooLong,
    /// The answer is no JSON, or `results` does not describe it.
    Shape,
    /// No whole answer within `timeout`.
    TimedOut,
    /// Not asked: `partner_requests_in_flight` requests are under way.
    Crowded,
}

impl PartnerFailure {
    /// What the one who searched is told.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Self::TimedOut => Problem::PartnerTimeout,
            Self::Crowded => Problem::Overloaded,
            Self::Unreachable | Self::Status(_) | Self::MediaType | Self::Encoding | Self::TooLong | Self::Shape => {
                Problem::PartnerFailed
            }
        }
    }
}

impl std::fmt::Display for PartnerFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable => f.write_str("unreachable"),
            Self::Status(status) => write!(f, "status_{status}"),
            Self::MediaType => f.write_str("media_type"),
            Self::Encoding => f.write_str("encoding"),
            Self::TooLong => f.write_str("too_long"),
            Self::Shape => f.write_str("shape"),
            Self::TimedOut => f.write_str("timed_out"),
            Self::Crowded => f.write_str("crowded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Problem::VARIANTS.iter().map(|problem| problem.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Problem::VARIANTS.len());
    }

    #[test]
    fn blame_agrees_with_the_class_of_the_status() {
        for &problem in Problem::VARIANTS {
            let client = problem.status().is_client_error() || problem == Problem::PrefetchRefused;
            assert_eq!(problem.blame() == Blame::Client, client, "{problem:?}");
        }
    }
}
