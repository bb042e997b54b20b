//! A partner's answer: reading it ([`envelope`], [`json`], [`html`]), its texts ([`text`]) and checking its links
//! ([`links`], and [`link_rules`] for a partner's page).

pub mod envelope;
pub mod html;
pub mod json;
mod json_cursor;
pub mod json_mapping;
pub mod json_pointer;
pub mod link_rules;
pub mod links;
pub mod marked_text;
mod short_search;
pub mod text;

use crate::answer::marked_text::MarkedText;
use crate::result_kind::ResultKind;

/// How a partner's links are rewritten (`links`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPolicy {
    /// They lead through `/click/…` and are counted.
    Counted,
    /// They lead to their target, as some contracts require. Such clicks are not counted.
    Direct,
}

/// One result, ready to be rendered.
#[derive(Debug, PartialEq, Eq)]
pub struct SearchResult {
    /// The title.
    pub title: MarkedText,
    /// Where the link leads: `/click/…`, or the target itself.
    pub url: String,
    /// The target as displayed.
    pub display_url: String,
    /// The summary.
    pub snippet: MarkedText,
    /// Sponsored or organic.
    pub kind: ResultKind,
}
