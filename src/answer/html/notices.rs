//! What is removed with its content, and `noscript` elements, which are content except for requests to enable scripts.

use crate::answer::html::noscript::Noscript;
use crate::answer::html::phrases::{normalize, says_wall};
use crate::answer::html::skipped::SkippedElement;
use crate::answer::html::writer::{EndTagWatch, HtmlWriter, PageHead};

impl HtmlWriter {
    /// Removes an element with its content.
    pub(super) fn skip(&mut self, until_link: bool) -> EndTagWatch {
        let id = self.next_id();
        self.skipped = Some(SkippedElement { id, until_link, inner: None, is_notice: false });
        EndTagWatch { id, own_name: None }
    }

    /// Removes an element within one that is removed up to a link.
    pub(super) fn skip_inner(&mut self, skipped: SkippedElement) -> EndTagWatch {
        let id = self.next_id();
        self.skipped = Some(SkippedElement { until_link: false, inner: Some(id), ..skipped });
        EndTagWatch { id, own_name: None }
    }

    /// Removes an element whose text may tell that the page is a wall.
    pub(super) fn skip_notice(&mut self) -> EndTagWatch {
        let watch = self.skip(false);
        self.skipped = self.skipped.map(|skipped| SkippedElement { is_notice: true, ..skipped });
        watch
    }

    /// Whether such an element is being removed.
    pub(super) fn is_in_notice(&self) -> bool {
        self.skipped.is_some_and(|skipped| skipped.is_notice)
    }

    /// Whether the text of an element without markup is that of a `noscript`, which has some.
    pub(super) fn is_in_noscript(&self) -> bool {
        self.noscript.is_some() || self.is_in_notice()
    }

    /// Starts a `noscript`: in the head it contains only styles and refreshes; in the body it is content, since a page without
    /// scripts is what the user gets.
    pub(super) fn start_noscript(&mut self) -> Option<EndTagWatch> {
        if self.head == PageHead::Open {
            return Some(self.skip_notice());
        }
        if self.noscript.is_some() {
            return None;
        }
        let id = self.next_id();
        let (depth, links) = (self.depth(), self.stats.links());
        self.noscript = Some(Noscript { id, depth, links, hold: self.output.hold(), text: String::new() });
        Some(EndTagWatch { id, own_name: None })
    }

    /// Ends a `noscript`. One that only asks for scripts is removed.
    pub(super) fn end_noscript(&mut self, noscript: Noscript) {
        self.close_down_to(noscript.depth);
        let is_request = says_wall(&normalize(&noscript.text)) && self.stats.links() == noscript.links;
        self.signs.noscript(&noscript.text, !is_request);
        if is_request {
            self.output.discard(noscript.hold);
        } else {
            self.output.release(noscript.hold);
        }
    }
}
