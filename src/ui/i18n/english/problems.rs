//! Headings of error pages in English. What to do is [`Problem::advice`].

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "What are you looking for?",
        Problem::BadEncoding | Problem::BadParameter => "This search did not arrive in one piece",
        Problem::CrossSite => "Another site asked for this",
        Problem::RobotRefused => "Searches are for people",
        Problem::NotFound => "There is nothing here",
        Problem::MethodNotAllowed => "This address cannot do that",
        Problem::RequestTimeout => "Your search arrived too slowly",
        Problem::ClickExpired => "This link has expired",
        Problem::BodyTooLarge | Problem::UriTooLong => "This search is too long",
        Problem::UnsupportedMediaType => "We cannot read this search",
        Problem::WrongHost => "Wrong address",
        Problem::KeywordRefused => "We did not pass this search on",
        Problem::TooManyRequests => "Too many searches at once",
        Problem::HeadersTooLarge => "Your browser sent too much",
        Problem::Internal => "Something went wrong",
        Problem::PartnerFailed => "The search partner did not answer properly",
        Problem::PartnerUnavailable => "No search partner is available",
        Problem::Overloaded => "We are busy",
        Problem::PrefetchRefused => "Results open only when you choose them",
        Problem::PartnerTimeout => "The search partner took too long",
    }
}
