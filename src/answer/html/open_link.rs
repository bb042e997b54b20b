//! A link that is open in the output.

use crate::answer::html::bounded_text::push_bounded;
use crate::answer::html::furniture::MAX_LINK_TEXT_BYTES;
use crate::answer::html::noscript::ElementId;
use crate::answer::html::output::Hold;
use crate::result_kind::ResultKind;

/// A link that is open in the output.
pub(super) struct OpenLink {
    pub(super) kind: ResultKind,
    pub(super) target: String,
    /// The target as displayed.
    pub(super) display_url: String,
    /// It is in a heading, or contains one.
    pub(super) is_headed: bool,
    /// It leads to another host of the partner's domain.
    pub(super) is_sibling: bool,
    /// It leads to a service that protects sites.
    pub(super) is_vendor: bool,
    /// The start of its text.
    pub(super) text: String,
    /// Whether an image in it has a text.
    pub(super) has_image_text: bool,
    /// Its output.
    pub(super) hold: Hold,
    /// Whether the host of its target is known: it is neither sponsored nor an opaque redirect.
    pub(super) is_known: bool,
    /// Position after its start tag.
    pub(super) inner: usize,
    /// Where another attribute of its start tag can be inserted, if it has no `title`.
    pub(super) title_position: Option<usize>,
}

impl OpenLink {
    /// Adds text, up to one byte more than is compared.
    pub(super) fn push(&mut self, text: &str) {
        let text = if self.text.is_empty() { text.trim_start() } else { text };
        push_bounded(&mut self.text, text, MAX_LINK_TEXT_BYTES + 1);
    }
}

/// A link that has ended.
pub(super) struct EndedLink {
    pub(super) id: ElementId,
    pub(super) target: u64,
    /// The target as displayed, if its host is known.
    pub(super) display_url: Option<String>,
}

/// What results are in an open element.
#[derive(Debug, Default)]
pub(super) struct ElementContent {
    /// The hash of the target of the first link.
    pub(super) target: Option<u64>,
    /// Whether it has links to several targets, or an address that was judged.
    pub(super) is_several: bool,
}
