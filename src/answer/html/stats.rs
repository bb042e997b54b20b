//! What a page holds, for counting it and, where JSON was asked for, for telling its results.

use htmlize::unescape;

use crate::answer::json::MOST_RESULTS;
use crate::result_kind::ResultKind;

/// The longest title of a result, in bytes: several lines.
const TITLE_BYTES: usize = 512;

/// A link as one result. A page has no field for its summary.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkedResult {
    /// Its text; where it has none, where it leads.
    pub title: String,
    /// Where it leads.
    pub target: String,
    /// The same as a person reads it.
    pub display_url: String,
    /// Sponsored or organic.
    pub kind: ResultKind,
}

/// What was found on a page.
#[derive(Debug, Default)]
pub struct PageStats {
    /// Sponsored links.
    pub sponsored: usize,
    /// Organic links.
    pub organic: usize,
    /// Links whose target is no web address.
    pub dropped: usize,
    gather: bool,
    found: Vec<PartialLink>,
    /// Which of them is open.
    current: Option<usize>,
}

#[derive(Debug)]
struct PartialLink {
    linked: LinkedResult,
    /// Whether one of its links can be seen.
    seen: bool,
    /// Whether the text that comes now is its title: the first link with a text gives it.
    untitled: bool,
}

impl PageStats {
    /// A tally that keeps the links, too, for an answer in JSON.
    #[must_use]
    pub fn collecting_links() -> Self {
        Self { gather: true, ..Self::default() }
    }

    /// Links of either kind.
    #[must_use]
    pub fn links(&self) -> usize {
        self.sponsored + self.organic
    }

    /// Links whose target is no acceptable web address.
    #[must_use]
    pub fn dropped_links(&self) -> u64 {
        u64::try_from(self.dropped).unwrap_or(u64::MAX)
    }

    /// The kind of every link.
    pub fn kinds(&self) -> impl Iterator<Item = ResultKind> {
        let kind = |kind, number| std::iter::repeat_n(kind, number);
        kind(ResultKind::Sponsored, self.sponsored).chain(kind(ResultKind::Organic, self.organic))
    }

    /// The results: each target once that can be seen, in the page's order, with the text of the first link that
    /// has one.
    #[must_use]
    pub fn into_results(self) -> Vec<LinkedResult> {
        let read = |linked: LinkedResult| {
            let text = unescape(linked.title.as_str());
            let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
            LinkedResult { title: if title.is_empty() { linked.display_url.clone() } else { title }, ..linked }
        };
        self.found.into_iter().filter(|found| found.seen).map(|found| read(found.linked)).collect()
    }

    pub(super) fn link(&mut self, kind: ResultKind, target: &str, display_url: String) {
        match kind {
            ResultKind::Sponsored => self.sponsored += 1,
            ResultKind::Organic => self.organic += 1,
        }
        if !self.gather {
            return;
        }
        // A result is often linked twice, by its picture and by its title.
        let known = self.found.iter().position(|found| found.linked.target == target);
        self.current = known.or_else(|| (self.found.len() < MOST_RESULTS).then_some(self.found.len()));
        if self.current == Some(self.found.len()) {
            let linked = LinkedResult { title: String::new(), target: target.to_owned(), display_url, kind };
            self.found.push(PartialLink { linked, seen: false, untitled: true });
        } else if let Some(found) = self.current.and_then(|at| self.found.get_mut(at)) {
            found.untitled = found.linked.title.trim().is_empty();
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let open = self.current.and_then(|at| self.found.get_mut(at));
        let Some(PartialLink { linked, .. }) = open.filter(|found| found.untitled) else { return };
        let room = TITLE_BYTES.saturating_sub(linked.title.len());
        let text = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        linked.title.push_str(text);
    }

    /// The end of a link; `seen` where something of it is shown, else it is none.
    pub(super) fn end_link(&mut self, kind: ResultKind, seen: bool) {
        match kind {
            _ if seen => {}
            ResultKind::Sponsored => self.sponsored = self.sponsored.saturating_sub(1),
            ResultKind::Organic => self.organic = self.organic.saturating_sub(1),
        }
        if let Some(found) = self.current.take().and_then(|at| self.found.get_mut(at)) {
            found.seen |= seen;
        }
    }
}
