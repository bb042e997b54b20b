//! What is on a page: the number of links for counting the search, and the links themselves if the client wants a list.

use htmlize::unescape;

use crate::answer::html::bounded_text::push_bounded;
use crate::answer::html::verdict::PageVerdict;
use crate::answer::json::MAX_RESULTS;
use crate::result_kind::ResultKind;

/// The longest title of a result, in bytes: several lines.
const MAX_TITLE_BYTES: usize = 512;

/// A link of a page as a result. There is no summary: HTML does not mark it.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkedResult {
    /// The link's text; if it has none, the display URL.
    pub title: String,
    /// The target.
    pub target: String,
    /// The target as displayed.
    pub display_url: String,
    /// Sponsored or organic.
    pub kind: ResultKind,
}

/// What is on a page.
#[derive(Debug, Default)]
pub struct PageStats {
    /// Number of sponsored links.
    pub sponsored: usize,
    /// Number of organic links.
    pub organic: usize,
    /// Number of links whose target is not acceptable.
    pub dropped: usize,
    /// What the page is; set at its end.
    pub verdict: PageVerdict,
    collects_links: bool,
    collected: Vec<CollectedLink>,
    /// Index of the collected link that is open.
    open: Option<usize>,
}

#[derive(Debug)]
struct CollectedLink {
    result: LinkedResult,
    /// Whether one of the links to this target is visible.
    is_visible: bool,
    /// Whether one of them is in a heading, or contains one.
    is_headed: bool,
    /// Whether one of them has another text than those of pages about the engine.
    is_result: bool,
    /// Whether text is appended to the title: the first link to the target that has text provides it.
    takes_text: bool,
}

impl PageStats {
    /// Statistics that also collect the links.
    #[must_use]
    pub fn collecting_links() -> Self {
        Self { collects_links: true, ..Self::default() }
    }

    /// Number of links of either kind.
    #[must_use]
    pub fn links(&self) -> usize {
        self.sponsored + self.organic
    }

    /// Number of links whose target is not acceptable, for a metric.
    #[must_use]
    pub fn dropped_links(&self) -> u64 {
        u64::try_from(self.dropped).unwrap_or(u64::MAX)
    }

    /// The kind of every result; none on a page without results, whatever links it has.
    pub fn kinds(&self) -> impl Iterator<Item = ResultKind> {
        let repeat =
            |kind, count| std::iter::repeat_n(kind, if self.verdict == PageVerdict::Results { count } else { 0 });
        repeat(ResultKind::Sponsored, self.sponsored).chain(repeat(ResultKind::Organic, self.organic))
    }

    /// The collected links as results: every target with a visible link once, in the order of the page, titled with the
    /// text of the first link that has one.
    #[must_use]
    pub fn into_results(self) -> Vec<LinkedResult> {
        let with_title = |result: LinkedResult| {
            let text = unescape(result.title.as_str());
            let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
            LinkedResult { title: if title.is_empty() { result.display_url.clone() } else { title }, ..result }
        };
        if self.verdict != PageVerdict::Results {
            return Vec::new();
        }
        // Where results have headings, a link to the settings is none. Without headings, "Help" may be a result's title.
        let has_headings = self.collected.iter().any(|link| link.is_headed);
        let is_result = |link: &CollectedLink| link.is_visible && (link.is_result || !has_headings);
        self.collected.into_iter().filter(is_result).map(|link| with_title(link.result)).collect()
    }

    /// Counts a link that starts.
    pub(super) fn start_link(&mut self, kind: ResultKind, target: &str, display_url: String) {
        match kind {
            ResultKind::Sponsored => self.sponsored += 1,
            ResultKind::Organic => self.organic += 1,
        }
        if !self.collects_links {
            return;
        }
        // A result is often linked twice, with its image and its title.
        let known = self.collected.iter().position(|link| link.result.target == target);
        self.open = known.or_else(|| (self.collected.len() < MAX_RESULTS).then_some(self.collected.len()));
        if self.open == Some(self.collected.len()) {
            let result = LinkedResult { title: String::new(), target: target.to_owned(), display_url, kind };
            self.collected.push(CollectedLink {
                result,
                is_visible: false,
                is_headed: false,
                is_result: false,
                takes_text: true,
            });
        } else if let Some(link) = self.open.and_then(|index| self.collected.get_mut(index)) {
            link.takes_text = link.result.title.trim().is_empty();
        }
    }

    /// Adds text of the page to the title of the open link.
    pub(super) fn text(&mut self, text: &str) {
        let open = self.open.and_then(|index| self.collected.get_mut(index));
        let Some(CollectedLink { result, .. }) = open.filter(|link| link.takes_text) else { return };
        push_bounded(&mut result.title, text, MAX_TITLE_BYTES);
    }

    /// Ends a link. A link without visible content does not count.
    pub(super) fn end_link(&mut self, kind: ResultKind, is_visible: bool, is_headed: bool, is_furniture: bool) {
        match kind {
            _ if is_visible => {}
            ResultKind::Sponsored => self.sponsored = self.sponsored.saturating_sub(1),
            ResultKind::Organic => self.organic = self.organic.saturating_sub(1),
        }
        if let Some(link) = self.open.take().and_then(|index| self.collected.get_mut(index)) {
            link.is_visible |= is_visible;
            link.is_headed |= is_headed;
            link.is_result |= is_headed || !is_furniture;
        }
    }
}
