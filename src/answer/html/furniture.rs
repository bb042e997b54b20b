//! Parts of a page that are neither results nor about them: footers, menus, settings, cached copies.

use crate::answer::html::phrases::{LinkPhrase, link_phrase, normalize};
use crate::answer::html::tag_scanner::StartTag;

/// IDs and classes of a page's footer, in lowercase.
const FOOTER_NAMES: [&str; 14] = [
    "footer",
    "foot",
    "fbar",
    "b_footer",
    "page-footer",
    "page_footer",
    "site-footer",
    "site_footer",
    "global-footer",
    "main-footer",
    "footer-links",
    "footer_links",
    "footerlinks",
    "footer-nav",
];

/// Roles of a page's regions without results (WAI-ARIA 1.2 section 5.3.4).
const FURNITURE_ROLES: [&str; 2] = ["contentinfo", "navigation"];

/// Elements within which a footer or a menu belongs to a result, and not to the page.
const RESULT_ELEMENTS: [&str; 7] = ["article", "li", "section", "td", "dd", "dt", "blockquote"];

/// The longest text of a link that is compared with the known ones, in bytes.
pub(super) const MAX_LINK_TEXT_BYTES: usize = 96;

/// Whether an element of this name makes its footers and menus part of a result.
pub(super) fn belongs_to_result(name: &str) -> bool {
    RESULT_ELEMENTS.contains(&name)
}

/// Whether an element is a footer or a menu, of the page or of a result.
pub(super) fn is_furniture(name: &str, element: &StartTag<'_>) -> bool {
    if matches!(name, "footer" | "nav") {
        return true;
    }
    if element.attribute_count() == 0 || !matches!(name, "div" | "section" | "ul" | "ol" | "p" | "table") {
        return false;
    }
    let is_any = |value: &str, list: &[&str]| {
        value.split_ascii_whitespace().any(|word| list.iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    let has = |attribute: &str, list: &[&str]| element.attribute(attribute).is_some_and(|value| is_any(value, list));
    has("role", &FURNITURE_ROLES) || has("id", &FOOTER_NAMES) || has("class", &FOOTER_NAMES)
}

/// What the text of a link says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkText {
    /// Nothing: it may be a result.
    Any,
    /// A page about the engine, such as its settings.
    Furniture,
    /// Something of the engine's beside a result, such as a cached copy.
    Debris,
}

/// What the text of a link says, as the source contains it.
pub(super) fn link_text(text: &str) -> LinkText {
    if text.is_empty() || text.len() > MAX_LINK_TEXT_BYTES {
        return LinkText::Any;
    }
    let text = normalize(text);
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    match link_phrase(text) {
        Some(LinkPhrase::Debris) => LinkText::Debris,
        Some(LinkPhrase::Furniture) => LinkText::Furniture,
        Some(LinkPhrase::Shell) | None => LinkText::Any,
    }
}
