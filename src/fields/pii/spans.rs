//! The byte ranges of a text that detectors have decided about.

use core::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::fields::pii::kind::PiiKind;

/// Personal data: its kind and its byte range, which starts and ends on character boundaries.
pub(super) type PiiSpan = (PiiKind, Range<usize>);

/// The ranges found or excluded so far. The first detector to take a byte wins.
#[derive(Debug)]
pub(super) struct Spans {
    /// For each byte of the text, whether a detector has taken it.
    taken: Vec<bool>,
    found: Vec<PiiSpan>,
}

impl Spans {
    pub(super) fn new(text: &str) -> Spans {
        Spans { taken: vec![false; text.len()], found: Vec::new() }
    }

    /// True if no byte of the range is taken.
    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        self.taken.get(range.clone()).is_some_and(|bytes| !bytes.contains(&true))
    }

    /// Takes a range that is not personal data, so that no detector reports it.
    pub(super) fn exclude(&mut self, range: Range<usize>) {
        if let Some(bytes) = self.taken.get_mut(range) {
            bytes.fill(true);
        }
    }

    /// Records personal data, unless a byte of the range is taken. Returns whether it was recorded.
    pub(super) fn add(&mut self, kind: PiiKind, range: Range<usize>) -> bool {
        if range.is_empty() || !self.is_free(&range) {
            return false;
        }
        self.exclude(range.clone());
        self.found.push((kind, range));
        true
    }

    /// The personal data in text order.
    pub(super) fn into_sorted(mut self) -> Vec<PiiSpan> {
        self.found.sort_by_key(|(_, range)| range.start);
        self.found
    }
}

/// Extends spans in text order to whole graphemes (UAX #29), so that no combining mark of a digit is left behind. What two
/// spans would share belongs to the first.
pub(super) fn extend_to_graphemes(text: &str, mut spans: Vec<PiiSpan>) -> Vec<PiiSpan> {
    if text.is_ascii() || spans.is_empty() {
        return spans;
    }
    let mut graphemes = text.grapheme_indices(true).map(|(start, grapheme)| start..start + grapheme.len()).peekable();
    let mut taken = 0;
    for (_, range) in &mut spans {
        while graphemes.next_if(|grapheme| grapheme.end <= range.start).is_some() {}
        if let Some(first) = graphemes.peek() {
            range.start = first.start.max(taken);
        }
        while let Some(grapheme) = graphemes.next_if(|grapheme| grapheme.start < range.end) {
            range.end = range.end.max(grapheme.end);
        }
        range.end = range.end.max(range.start);
        taken = range.end;
    }
    spans.retain(|(_, range)| !range.is_empty());
    spans
}
