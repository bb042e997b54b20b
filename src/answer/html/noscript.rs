//! An open `noscript` element.

use crate::answer::html::bounded_text::push_bounded;
use crate::answer::html::output::Hold;

/// Identifies an element that has an end. Elements are numbered in the order of their start tags.
pub(super) type ElementId = u32;

/// Most bytes of the text that are searched for a request to enable scripts.
const MAX_TEXT_BYTES: usize = 4_096;

/// An open `noscript`, whose content a second tokenizer reads.
pub(super) struct Noscript {
    pub(super) id: ElementId,
    /// Number of elements that are open around it.
    pub(super) depth: usize,
    /// Its output, which is removed if it only asks for scripts.
    pub(super) hold: Hold,
    /// Number of links before it.
    pub(super) links: usize,
    /// Its text, as far as needed to tell what it is.
    pub(super) text: String,
}

impl Noscript {
    /// Adds text.
    pub(super) fn push(&mut self, text: &str) {
        push_bounded(&mut self.text, text, MAX_TEXT_BYTES);
    }
}
