//! Results made of the entries of an answer: links checked, texts read.

use std::borrow::Cow;

use crate::answer::json::entry::{EntryFault, JsonEntry};
use crate::answer::json::list::ListEntries;
use crate::answer::json_mapping::{EntryField, JsonMapping};
use crate::answer::links::Target;
use crate::answer::links::entry_target::entry_target;
use crate::answer::marked_text::MarkedText;
use crate::answer::text;
use crate::result_kind::ResultKind;

/// The longest title and the longest summary that are shown, in bytes as the partner writes them: several times what any engine
/// sends, so that a page has some hundred kilobytes at most.
const MAX_TITLE_BYTES: usize = 2_048;
const MAX_SNIPPET_BYTES: usize = 16_384;

/// One result of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonResult {
    /// The index of its list in the mapping, and its position in the list from 0.
    pub position: (usize, usize),
    /// Its title, or its address if it has none.
    pub title: MarkedText,
    /// Where the link leads.
    pub target: Target,
    /// Its summary; empty if it has none.
    pub snippet: MarkedText,
    /// Sponsored or organic.
    pub kind: ResultKind,
}

/// The results of an answer, and what was left out.
#[derive(Debug)]
pub struct JsonAnswer {
    /// The results, list by list.
    pub results: Vec<JsonResult>,
    /// What was found in each list of the mapping. `entries` are empty: they have become the results.
    pub lists: Vec<ListEntries<'static>>,
}

impl JsonAnswer {
    /// Makes results of entries.
    #[must_use]
    pub fn new(mut lists: Vec<ListEntries<'_>>, mapping: &JsonMapping) -> Self {
        let entries = lists.iter().map(|list| list.entries.len()).sum();
        let mut results = Vec::with_capacity(mapping.max_results.min(entries));
        for (number, list) in lists.iter_mut().enumerate() {
            for entry in std::mem::take(&mut list.entries) {
                let index = entry.index;
                if results.len() >= mapping.max_results {
                    list.over_limit += 1;
                    continue;
                }
                match result(entry, number, mapping) {
                    Some(result) => results.push(result),
                    None => list.add_fault(index, EntryFault::InvalidUrl),
                }
            }
        }
        Self { results, lists: lists.into_iter().map(ListEntries::into_owned).collect() }
    }

    /// Whether the answer was understood: it has results with titles, or its lists are empty. If entries are there and none has a
    /// link, the mapping does not fit.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        let is_empty = self.lists.iter().all(|list| list.total == 0);
        is_empty || (!self.results.is_empty() && !self.lacks_titles())
    }

    /// Whether the pointers to titles do not fit: no entry has a title, not even an empty one, and entries have texts that no
    /// pointer leads to. Entries without such texts have no titles, and are shown by their addresses.
    #[must_use]
    pub fn lacks_titles(&self) -> bool {
        let has_titles = |list: &ListEntries<'_>| list.found.get(EntryField::Title.index()).is_some_and(|n| *n > 0);
        let has_texts = |list: &ListEntries<'_>| list.with_other_text > 0;
        !self.lists.iter().any(has_titles) && self.lists.iter().any(has_texts)
    }

    /// How many entries were left out for this reason.
    #[must_use]
    pub fn left_out(&self, fault: EntryFault) -> usize {
        let count = |list: &ListEntries<'_>| match fault {
            EntryFault::Unreadable => list.unreadable,
            EntryFault::NoUrl => list.without_url,
            EntryFault::InvalidUrl => list.invalid_url,
        };
        self.lists.iter().map(count).sum()
    }

    /// How many entries were left out because there were `max_results` before them.
    #[must_use]
    pub fn over_limit(&self) -> usize {
        self.lists.iter().map(|list| list.over_limit).sum()
    }

    /// Whether the pointer to a field leads to a value in some entry; `None` if no list with entries has such a pointer.
    #[must_use]
    pub fn has_field(&self, field: EntryField, mapping: &JsonMapping) -> Option<bool> {
        let lists = mapping.lists.iter().zip(&self.lists);
        let lists = lists.filter(|(list, entries)| list.pointers.get(field).is_some() && entries.total > 0);
        lists
            .map(|(_, entries)| entries.found.get(field.index()).is_some_and(|n| *n > 0))
            .reduce(|one, other| one || other)
    }
}

fn result(entry: JsonEntry<'_>, list: usize, mapping: &JsonMapping) -> Option<JsonResult> {
    let kind = if entry.sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
    let target = entry_target(&mapping.base, kind, &entry.url)?;
    let mut title = text::read(&shortened(&entry.title, MAX_TITLE_BYTES), mapping.text);
    if text::is_blank(title.as_str()) {
        title = MarkedText::plain(target.display_url.clone());
    }
    let mut snippet = text::read(&shortened(&entry.snippet, MAX_SNIPPET_BYTES), mapping.text);
    if text::is_blank(snippet.as_str()) {
        snippet = MarkedText::default();
    }
    Some(JsonResult { position: (list, entry.index), title, target, snippet, kind })
}

/// The text, or as much of its start as fits, with an ellipsis.
fn shortened(text: &str, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        return Cow::Borrowed(text);
    }
    let start = text.get(..text.floor_char_boundary(max_bytes)).unwrap_or_default();
    Cow::Owned(format!("{start}…"))
}
