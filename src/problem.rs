//! All errors of a request. The enum is closed, `Copy` and carries no text, so that no error can contain what a client or
//! a partner sent. Statuses and codes are an interface (`docs/http-api.md`, "Problem codes").

mod connection;

use std::time::Duration;

use http::StatusCode;
use strum::{EnumIter, IntoEnumIterator as _, VariantArray};

pub use crate::problem::connection::ConnectionFailure;

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Problem {
    /// `q` is absent, or has no visible character.
    KeywordMissing,
    /// `q` is not UTF-8.
    BadEncoding,
    /// A known parameter has an invalid value, such as an ID that is too long or an unknown `format`.
    BadParameter,
    /// A page of another site tried to opt its visitor out.
    CrossSite,
    /// A robot that declares itself sent a search.
    RobotRefused,
    /// The path does not exist, or the click token is not authentic.
    NotFound,
    /// The path does not support the method.
    MethodNotAllowed,
    /// The client did not send the body in time.
    RequestTimeout,
    /// The click token is older than `click_ttl`.
    ClickExpired,
    /// The body is longer than `body_bytes`.
    BodyTooLarge,
    /// The request target is longer than `uri_bytes`.
    UriTooLong,
    /// The body is not `application/x-www-form-urlencoded`.
    UnsupportedMediaType,
    /// The TLS server name or the `Host` header is not a name of this service.
    WrongHost,
    /// The keyword contains personal data, and `personal_data = "refuse"`.
    KeywordRefused,
    /// The client has reached one of its limits (`[limits.client]`).
    TooManyRequests,
    /// The headers exceed `header_bytes` or `header_count`.
    HeadersTooLarge,
    /// A bug in this program.
    Internal,
    /// The partner could not be reached, or its answer does not match its configuration.
    PartnerFailed,
    /// No partner of this code is available.
    PartnerUnavailable,
    /// Too many operations are in flight.
    Overloaded,
    /// A prefetch of a click. Rejected, so that the destination learns about a person only from a real click.
    PrefetchRefused,
    /// The partner did not answer within its `timeout`.
    PartnerTimeout,
}

/// Who caused a problem: decides the wording on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The request was invalid.
    Client,
    /// The partner failed.
    Partner,
    /// This service failed or is overloaded.
    Us,
}

impl Problem {
    /// The HTTP status (RFC 9110 section 15).
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::KeywordMissing | Self::BadEncoding | Self::BadParameter => StatusCode::BAD_REQUEST,
            Self::CrossSite | Self::RobotRefused => StatusCode::FORBIDDEN,
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

    /// The code in the problem document. It never changes, so programs can match on it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::KeywordMissing => "keyword_missing",
            Self::BadEncoding => "bad_encoding",
            Self::BadParameter => "bad_parameter",
            Self::CrossSite => "cross_site",
            Self::RobotRefused => "robot_refused",
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

    /// Who caused it.
    #[must_use]
    pub fn blame(self) -> Blame {
        match self {
            Self::KeywordMissing
            | Self::BadEncoding
            | Self::BadParameter
            | Self::CrossSite
            | Self::RobotRefused
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

    /// What is wrong and what to do, for a person.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::KeywordMissing => "The search is empty. Type a word into the search box.",
            Self::BadEncoding => "The address of this search is invalid. Type the search again.",
            Self::BadParameter => "The address of this search has an invalid parameter. Type the search again.",
            Self::CrossSite => {
                "This request came from another site. Use the button on the privacy page of this service instead."
            }
            Self::RobotRefused => {
                "Searches are answered for people only. If you are one, turn off what makes your browser identify as a robot."
            }
            Self::NotFound => "This page does not exist. If you followed a search result, search again for a new link.",
            Self::MethodNotAllowed => {
                "This address does not support the request method. The Allow header lists the supported methods."
            }
            Self::RequestTimeout => "The request took too long to arrive. Try again.",
            Self::ClickExpired => "This link has expired. Its target is shown below.",
            Self::BodyTooLarge => "The search is too long. Shorten it.",
            Self::UriTooLong => "The address of this search is too long. Shorten the search.",
            Self::UnsupportedMediaType => "Send a POST search as application/x-www-form-urlencoded.",
            Self::WrongHost => "This server does not serve that host name. Check the address.",
            Self::KeywordRefused => {
                "The search seems to contain personal data, which is not sent to partners. Remove it and search again."
            }
            Self::TooManyRequests => "Too many requests from this network. Wait a moment and try again.",
            Self::HeadersTooLarge => "The request headers are too large. Clear the cookies of this site and try again.",
            Self::Internal => "Something went wrong here. Try again.",
            Self::PartnerFailed => "The search partner did not return a usable answer. Try again in a moment.",
            Self::PartnerUnavailable => "No search partner is available right now. Try again in a moment.",
            Self::Overloaded => "The service is busy. Try again in a moment.",
            Self::PrefetchRefused => "Result links cannot be prefetched.",
            Self::PartnerTimeout => "The search partner took too long to answer. Try again.",
        }
    }
}

/// Why a request to a partner failed. For the administrator; the person who searches sees only the [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub enum PartnerFailure {
    /// Connecting, TLS or sending failed, or the connection was closed.
    Connection(ConnectionFailure),
    /// The status is not that of an answer. Redirects are not followed. With 429 and 503 the partner may say after which time
    /// to try again.
    Status(u16, Option<Duration>),
    /// The media type is not the configured format.
    MediaType,
    /// The content encoding was not requested, or is corrupt.
    Encoding,
    /// The answer is longer than `partner_response_bytes` or `partner_decompressed_bytes`, or costs more than one answer may.
    TooLong,
    /// The answer is not JSON, or does not match `results`; a page has no results and does not say so.
    Shape,
    /// The answer has no results and says that the partner failed (`failure_if`).
    Reported,
    /// The page asks for a captcha, consent, a login or scripts, or reports an error, instead of answering.
    Wall,
    /// The answer was not complete within `timeout`.
    TimedOut,
    /// Not sent, because `partner_requests_in_flight` requests were running.
    Crowded,
}

impl PartnerFailure {
    /// The problem that the client receives.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Self::TimedOut => Problem::PartnerTimeout,
            Self::Crowded => Problem::Overloaded,
            Self::Connection(_)
            | Self::Status(..)
            | Self::MediaType
            | Self::Encoding
            | Self::TooLong
            | Self::Shape
            | Self::Reported
            | Self::Wall => Problem::PartnerFailed,
        }
    }

    /// Whether the partner may have received the request.
    #[must_use]
    pub fn may_have_been_sent(self) -> bool {
        match self {
            Self::Crowded => false,
            Self::Connection(failure) => failure.may_have_been_sent(),
            Self::Status(..)
            | Self::MediaType
            | Self::Encoding
            | Self::TooLong
            | Self::Shape
            | Self::Reported
            | Self::Wall
            | Self::TimedOut => true,
        }
    }

    /// The word in metrics; all statuses have one word.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Connection(failure) => failure.as_str(),
            Self::Status(..) => "status",
            Self::MediaType => "media_type",
            Self::Encoding => "encoding",
            Self::TooLong => "too_long",
            Self::Shape => "shape",
            Self::Reported => "reported",
            Self::Wall => "wall",
            Self::TimedOut => "timed_out",
            Self::Crowded => "crowded",
        }
    }

    /// Every word that [`Self::reason`] returns, each once.
    pub fn reasons() -> impl Iterator<Item = &'static str> {
        let others = Self::iter().filter(|failure| !matches!(failure, Self::Connection(_))).map(Self::reason);
        ConnectionFailure::VARIANTS.iter().map(|failure| failure.as_str()).chain(others)
    }
}

impl std::fmt::Display for PartnerFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Self::Status(status, _) = self { write!(f, "status_{status}") } else { f.write_str(self.reason()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_failures_are_unique() {
        let mut reasons: Vec<_> = PartnerFailure::reasons().collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), PartnerFailure::reasons().count());
        assert!(reasons.contains(&"certificate_expired") && reasons.contains(&"status"));
        assert_eq!(PartnerFailure::Status(503, None).to_string(), "status_503");
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Problem::VARIANTS.iter().map(|problem| problem.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Problem::VARIANTS.len());
    }

    #[test]
    fn blame_matches_the_class_of_the_status() {
        for &problem in Problem::VARIANTS {
            let client = problem.status().is_client_error() || problem == Problem::PrefetchRefused;
            assert_eq!(problem.blame() == Blame::Client, client, "{problem:?}");
        }
    }
}
