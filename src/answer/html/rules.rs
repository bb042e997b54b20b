//! What the rewriter needs to know about a partner's pages.

use crate::answer::html::walls::WallMarker;
use crate::answer::link_rules::LinkRules;
use crate::result_kind::ResultKind;

/// How the pages of one partner are rewritten.
#[derive(Debug, Clone)]
pub struct RewriteRules {
    /// Classifies their links.
    pub links: LinkRules,
    /// The partner's parameter name of the keyword. A control of this name in a search form becomes our search form.
    pub keyword: String,
    /// Whether images are shown through the image proxy; otherwise they are removed.
    pub images: bool,
    /// Markers of the partner's walls (`walls`).
    pub walls: Vec<WallMarker>,
    /// Phrases, in lowercase, that say that nothing was found (`no_results`), in addition to the known ones.
    pub no_results: Vec<String>,
}

/// A URL of the page that a path of this service must replace.
#[derive(Debug, PartialEq, Eq)]
pub enum RewrittenUrl {
    /// The target of a link.
    Link(ResultKind, String),
    /// The address of an image.
    Image(String),
}
