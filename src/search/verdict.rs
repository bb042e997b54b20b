//! What a partner's answer means for the search: the outcome that is counted, or why the partner failed. The commands that
//! explain an answer call the same functions.

use std::sync::Arc;

use crate::answer::html::{PageStats, PageVerdict, RewriteRules, Rewriter};
use crate::answer::json::{self, AnswerError, JsonAnswer};
use crate::answer::json_mapping::JsonMapping;
use crate::counts::cells::SearchOutcome;
use crate::problem::PartnerFailure;
use crate::search::count::outcome;

/// Reads an answer in JSON. `charset` is that of `Content-Type`.
///
/// # Errors
/// Those of [`json::read`].
pub fn read_json(body: &[u8], charset: Option<&str>, mapping: &JsonMapping) -> Result<JsonAnswer, AnswerError> {
    json::read(body, charset, mapping).map(|lists| JsonAnswer::new(lists, mapping))
}

/// The outcome of a search with this answer.
///
/// # Errors
/// [`PartnerFailure::Shape`] if the body is not JSON, lacks its list, or has entries none of which is a result: that is not
/// the same as an answer without entries. [`PartnerFailure::Reported`] if the partner says that it failed.
pub fn json_outcome(answer: &Result<JsonAnswer, AnswerError>) -> Result<SearchOutcome, PartnerFailure> {
    match answer {
        Ok(answer) if answer.is_understood() => Ok(outcome(answer.results.iter().map(|result| result.kind))),
        Err(AnswerError::Reported) => Err(PartnerFailure::Reported),
        Ok(_)
        | Err(AnswerError::Syntax(..) | AnswerError::Truncated | AnswerError::NoList | AnswerError::NoDocument) => {
            Err(PartnerFailure::Shape)
        }
    }
}

/// A rewriter that collects the links of a page.
#[must_use]
pub fn link_collector(rules: &Arc<RewriteRules>, charset: Option<&str>) -> Rewriter {
    let stats = PageStats::collecting_links();
    Rewriter::new(rules.clone(), charset, String::new(), stats, |_| String::new())
}

/// The outcome of a search with this page, which has ended.
///
/// # Errors
/// [`PartnerFailure::Wall`], or [`PartnerFailure::Shape`] if it has neither results nor says that there are none.
pub fn page_outcome(stats: &PageStats) -> Result<SearchOutcome, PartnerFailure> {
    match stats.verdict {
        PageVerdict::Results | PageVerdict::Empty => Ok(outcome(stats.kinds())),
        PageVerdict::Wall => Err(PartnerFailure::Wall),
        PageVerdict::Unknown => Err(PartnerFailure::Shape),
    }
}
