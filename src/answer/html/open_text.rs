//! Elements whose text decides what becomes of them: headings, addresses of results, and summaries.

use crate::answer::html::bounded_text::push_bounded;
use crate::answer::html::headings::HeadingLevels;
use crate::answer::html::output::Hold;

/// The longest text that is kept, in bytes: longer addresses and headings are not judged.
const MAX_TEXT_BYTES: usize = 256;

/// What an element is.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextRole {
    /// A heading, with the levels before it and the number of links before it.
    Heading(HeadingLevels, usize),
    /// `cite`: the address of a result.
    Address,
    /// `summary`: the caption of `details`.
    Summary,
}

/// An open element whose text decides what becomes of it.
pub(super) struct OpenText {
    pub(super) role: TextRole,
    /// Its output.
    pub(super) hold: Hold,
    /// Position after its start tag.
    pub(super) inner: usize,
    /// The start of its text.
    pub(super) text: String,
}

impl OpenText {
    /// Adds text.
    pub(super) fn push(&mut self, text: &str) {
        push_bounded(&mut self.text, text, MAX_TEXT_BYTES);
    }

    /// Whether its text is visible: neither empty nor made of spaces alone.
    pub(super) fn is_visible(&self) -> bool {
        let is_blank =
            |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{2060}');
        !htmlize::unescape(self.text.as_str()).chars().all(is_blank)
    }
}

/// A heading or a summary that is removed if its section has nothing else.
pub(super) struct Shell {
    /// Its output.
    pub(super) hold: Hold,
    /// Number of elements that are open around it.
    pub(super) depth: usize,
    /// What [`OutputBuffer::visible`](crate::answer::html::output::OutputBuffer::visible) was at its end.
    pub(super) visible: usize,
    /// The levels of headings before it.
    pub(super) levels: HeadingLevels,
}
