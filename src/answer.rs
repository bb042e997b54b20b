//! A partner's answer on its way to what the user sees: read ([`json`]), its links judged, cleaned and
//! sealed ([`links`], for a partner's own page by [`site`]), and rendered for a
//! browser ([`page`]) or a toolbar ([`reply`]).

pub mod html;
pub mod json;
pub mod json_mapping;
pub mod link_rules;
pub mod links;

use crate::result_kind::ResultKind;

/// What becomes of a partner's links (`links`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPolicy {
    /// They lead through `/click/…` and are counted.
    Counted,
    /// They keep their target, as some contracts demand; such clicks are not counted.
    Direct,
}

/// One result, ready to be rendered.
#[derive(Debug, PartialEq, Eq)]
pub struct SearchResult {
    /// The headline.
    pub title: String,
    /// Where the link leads: `/click/…`, or the target itself.
    pub url: String,
    /// The target as a person reads it.
    pub display_url: String,
    /// The summary.
    pub snippet: String,
    /// Sponsored or organic.
    pub kind: ResultKind,
}
