//! `noscript` elements: content, except for requests to enable scripts.

use crate::answer::html::noscript::Noscript;
use crate::answer::html::phrases::{normalize, says_wall};
use crate::answer::html::writer::{EndTagWatch, HtmlWriter, PageHead};

impl HtmlWriter {
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
