//! An element that is being removed with its content.

use crate::answer::html::noscript::ElementId;

/// An element that is being removed with its content.
#[derive(Clone, Copy)]
pub(super) struct SkippedElement {
    pub(super) id: ElementId,
    /// Whether a link in it ends the removal: links cannot be nested, and the label of a control contains no link.
    pub(super) until_link: bool,
    /// An element within it in which a link does not end the removal.
    pub(super) inner: Option<ElementId>,
    /// Whether its text may tell that the page is a wall.
    pub(super) is_notice: bool,
}
