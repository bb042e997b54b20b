//! The parts that a page is split into.

use crate::answer::html::tag_scanner::StartTag;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    /// Content of the page, with character references.
    Data,
    /// The text of a `title` or `textarea`, with character references.
    EscapableRaw,
    /// The text of another element whose content is no markup.
    Raw,
    /// A script.
    Script,
    /// A CDATA section, without character references.
    Cdata,
}

/// A part of a page.
#[derive(Debug)]
pub(super) enum PageToken<'t> {
    /// A start tag.
    StartTag(StartTag<'t>),
    /// The name of an end tag, in lowercase.
    EndTag(&'t str),
    /// A piece of text. Where a text is cut depends on how the page arrives.
    Text(&'t str, TextKind),
}

/// Where in the tree the next token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    /// In HTML.
    Html,
    /// In SVG or MathML, where tags can close themselves, and no element has raw text.
    Foreign,
}
