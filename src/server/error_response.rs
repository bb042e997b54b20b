//! Error responses: problem documents (RFC 9457) for programs, pages for browsers. Neither repeats what the client sent.

use std::time::Duration;

use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;

use crate::clients::limiter::LimitReached;
use crate::metrics::ClientLimit;
use crate::mutants::leak;
use crate::problem::Problem;
use crate::random;
use crate::search::SearchFailure;
use crate::server::response::{Response, document_with_status, page_with_status, with_header};
use crate::ui::page_context::PageContext;
use crate::ui::pages;
use crate::ui::search_box::FormSettings;

/// When to try again after a request that failed for lack of capacity, where nothing better is known. Most of what is under way is
/// answered by then.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Jitter is added to the time after which to try again, at random, so that not all who were refused together come back together:
/// at most this part of it, within these bounds in seconds.
const JITTER_DIVISOR: u64 = 4;
const MIN_MAX_JITTER: u64 = 3;
const MAX_MAX_JITTER: u64 = 60;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request is answered with an error, with what that response contains beyond the problem.
#[derive(Debug)]
pub enum RequestError {
    /// A problem without further details.
    Problem(Problem),
    /// The endpoint does not support the method.
    MethodNotAllowed {
        /// The methods it supports, for the `Allow` header.
        allowed: &'static [Method],
    },
    /// The client has reached a limit.
    LimitReached(LimitReached),
    /// A search has no answer.
    NoAnswer {
        /// Why, with the fields of the search.
        failure: SearchFailure,
        /// What a page's search box takes over from the search; None for a page without its keyword.
        form: Option<FormSettings>,
    },
    /// The click's token has expired.
    ClickExpired {
        /// The result's URL, shown as text.
        target: String,
    },
}

impl From<Problem> for RequestError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl RequestError {
    /// The problem that this error is counted as.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::MethodNotAllowed { .. } => Problem::MethodNotAllowed,
            Self::LimitReached(_) => Problem::TooManyRequests,
            Self::NoAnswer { failure, .. } => failure.problem,
            Self::ClickExpired { .. } => Problem::ClickExpired,
        }
    }

    /// The page. It repeats nothing that was sent, but in a browser's window the keyword of a search that was carried out and failed.
    fn page(&self, context: &PageContext) -> String {
        match self {
            Self::ClickExpired { target } => pages::message::expired_click(target, context),
            Self::NoAnswer { failure: SearchFailure { problem, fields: Some(fields), .. }, form: Some(form) } => {
                pages::message::failed_search(*problem, context, form.search_box(fields))
            }
            Self::NoAnswer { .. } | Self::Problem(_) | Self::MethodNotAllowed { .. } | Self::LimitReached(_) => {
                pages::message::problem(self.problem(), context)
            }
        }
    }

    /// The response: a page if there is a context for one, otherwise a problem document with the same content.
    #[must_use]
    pub fn into_response(self, context: Option<&PageContext>) -> Response {
        let problem = self.problem();
        let response = match context {
            Some(context) => page_with_status(problem.status(), self.page(context)),
            // The client holds the token, so it has seen the target on its results page before.
            None => {
                problem_document(problem, if let Self::ClickExpired { target } = &self { Some(target) } else { None })
            }
        };
        match self {
            Self::MethodNotAllowed { allowed } => with_allow(response, allowed),
            Self::LimitReached(reached) => with_rate_limit(response, &reached),
            Self::NoAnswer { failure, .. } if is_temporary(failure.problem) => {
                with_retry_after(response, failure.retry_after.unwrap_or(RETRY_AFTER))
            }
            Self::Problem(problem) if is_temporary(problem) => with_retry_after(response, RETRY_AFTER),
            Self::Problem(_) | Self::NoAnswer { .. } | Self::ClickExpired { .. } => response,
        }
    }
}

/// The members of a problem document (RFC 9457 section 3). `code` and `target` are extension members.
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

fn problem_document(problem: Problem, target: Option<&str>) -> Response {
    let status: StatusCode = problem.status();
    let body = ProblemBody {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        code: problem.code(),
        detail: leak::repeat_input(problem.advice()),
        target,
    };
    // Strings and numbers always serialize.
    document_with_status(status, PROBLEM_JSON, serde_json::to_vec(&body).unwrap_or_default())
}

/// Adds when to try again (RFC 9110 section 10.2.3): after this time, rounded up to whole seconds, and jitter.
fn with_retry_after(response: Response, after: Duration) -> Response {
    let seconds = retry_after_seconds(after);
    let most = (seconds / JITTER_DIVISOR).clamp(MIN_MAX_JITTER, MAX_MAX_JITTER);
    let seconds = seconds.saturating_add(random::random_below(most.saturating_add(1)));
    with_header(response, header::RETRY_AFTER, seconds.into())
}

fn retry_after_seconds(after: Duration) -> u64 {
    after.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX)
}

/// Adds the methods that the endpoint supports (RFC 9110 section 15.5.6).
fn with_allow(response: Response, methods: &[Method]) -> Response {
    let methods: Vec<&str> = methods.iter().map(Method::as_str).collect();
    match HeaderValue::from_str(&methods.join(", ")) {
        Ok(methods) => with_header(response, header::ALLOW, methods),
        Err(_) => response,
    }
}

/// Adds when to try again (RFC 9110 section 10.2.3), the limit, and what is left of it: nothing
/// (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4). What is left is told only here: on other responses it would
/// tell people who share a prefix about one another.
fn with_rate_limit(response: Response, reached: &LimitReached) -> Response {
    let (name, seconds) = (reached.limit.as_str(), reached.retry_after_seconds());
    let unit = match (reached.window, reached.limit) {
        (Some(window), _) => format!(";w={window}"),
        (None, ClientLimit::WaitingBytes) => ";qu=\"content-bytes\"".to_owned(),
        (None, _) => ";qu=\"concurrent-requests\"".to_owned(),
    };
    let policy = format!("\"{name}\";q={}{unit}", reached.quota);
    let left = format!("\"{name}\";r=0;t={seconds}");
    let mut response = with_header(response, header::RETRY_AFTER, seconds.into());
    for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response = with_header(response, name, value);
        }
    }
    response
}

/// Whether the same request may succeed in a moment, so that the response carries `Retry-After` (RFC 9110 section 10.2.3).
fn is_temporary(problem: Problem) -> bool {
    match problem {
        Problem::TooManyRequests | Problem::Overloaded | Problem::PartnerUnavailable => true,
        Problem::KeywordMissing
        | Problem::BadEncoding
        | Problem::BadParameter
        | Problem::CrossSite
        | Problem::RobotRefused
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
        | Problem::PartnerTimeout => false,
    }
}
