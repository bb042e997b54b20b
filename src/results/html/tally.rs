//! What a page holds, for counting it and, where JSON was asked for, for telling its results.

use htmlize::unescape;

use crate::kind::Kind;
use crate::results::json::MOST_RESULTS;

/// The longest title of a result, in bytes: several lines.
const TITLE_BYTES: usize = 512;

/// A link as one result. A page has no field for its summary.
#[derive(Debug, PartialEq, Eq)]
pub struct Linked {
    /// Its text.
    pub title: String,
    /// Where it leads.
    pub target: String,
    /// The same as a person reads it.
    pub display: String,
    /// Sponsored or organic.
    pub kind: Kind,
}

/// What was found on a page.
#[derive(Debug, Default)]
pub struct Tally {
    /// Sponsored links.
    pub sponsored: usize,
    /// Organic links.
    pub organic: usize,
    /// Links whose target is no web address.
    pub dropped: usize,
    gather: bool,
    found: Vec<Linked>,
    /// Which of them the text belongs to that comes now.
    current: Option<usize>,
}

impl Tally {
    /// A tally that keeps the links, too, for an answer in JSON.
    #[must_use]
    pub fn gathering() -> Self {
        Self { gather: true, ..Self::default() }
    }

    /// Links of either kind.
    #[must_use]
    pub fn links(&self) -> usize {
        self.sponsored + self.organic
    }

    /// The kind of every link.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        let kind = |kind, number| std::iter::repeat_n(kind, number);
        kind(Kind::Sponsored, self.sponsored).chain(kind(Kind::Organic, self.organic))
    }

    /// The results: each target once, in the page's order, with the text of the first link that has one.
    #[must_use]
    pub fn into_results(self) -> Vec<Linked> {
        let read = |linked: Linked| {
            let text = unescape(linked.title.as_str());
            let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!title.is_empty()).then_some(Linked { title, ..linked })
        };
        self.found.into_iter().filter_map(read).collect()
    }

    pub(super) fn link(&mut self, kind: Kind, target: &str, display: String) {
        match kind {
            Kind::Sponsored => self.sponsored += 1,
            Kind::Organic => self.organic += 1,
        }
        if !self.gather {
            return;
        }
        // A result is often linked twice, by its picture and by its title.
        let known = self.found.iter().position(|linked| linked.target == target);
        let untitled = |at: &usize| self.found.get(*at).is_some_and(|linked| linked.title.trim().is_empty());
        self.current = match known {
            Some(at) => Some(at).filter(untitled),
            None if self.found.len() < MOST_RESULTS => {
                self.found.push(Linked { title: String::new(), target: target.to_owned(), display, kind });
                Some(self.found.len() - 1)
            }
            None => None,
        };
    }

    /// A link in which nothing is to be seen.
    pub(super) fn take_back(&mut self, kind: Kind) {
        match kind {
            Kind::Sponsored => self.sponsored = self.sponsored.saturating_sub(1),
            Kind::Organic => self.organic = self.organic.saturating_sub(1),
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let Some(linked) = self.current.and_then(|at| self.found.get_mut(at)) else { return };
        let room = TITLE_BYTES.saturating_sub(linked.title.len());
        let text = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        linked.title.push_str(text);
    }

    pub(super) fn end_link(&mut self) {
        self.current = None;
    }
}
