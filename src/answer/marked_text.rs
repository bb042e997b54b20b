//! Text of a result, with the parts that the partner highlights.

use std::ops::Range;

/// Plain text, and the parts of it that the partner highlights, usually the search terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkedText {
    text: String,
    /// Byte ranges in ascending order, not empty and not overlapping, at character boundaries.
    marks: Vec<Range<usize>>,
}

impl MarkedText {
    /// Text without highlights.
    #[must_use]
    pub fn plain(text: String) -> Self {
        Self { text, marks: Vec::new() }
    }

    /// Appends text.
    pub(super) fn push(&mut self, c: char) {
        self.text.push(c);
    }

    /// Highlights the text from this byte on, as far as there is any that is not white space.
    pub(super) fn mark_from(&mut self, start: usize) {
        let start = start.max(self.marks.last().map_or(0, |mark| mark.end));
        let Some(text) = self.text.get(start..) else { return };
        let start = start + (text.len() - text.trim_start().len());
        let end = self.text.trim_end().len();
        if start < end {
            self.marks.push(start..end);
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, without its highlights.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }

    /// Whether anything is highlighted.
    #[must_use]
    pub fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// The parts of the text, each with whether it is highlighted.
    pub fn parts(&self) -> impl Iterator<Item = (&str, bool)> {
        let ends = self.marks.iter().flat_map(|mark| [(mark.start, false), (mark.end, true)]);
        let mut start = 0;
        ends.chain([(self.text.len(), false)]).filter_map(move |(end, is_marked)| {
            let part = self.text.get(start..end).unwrap_or_default();
            start = end;
            (!part.is_empty()).then_some((part, is_marked))
        })
    }
}

impl From<&str> for MarkedText {
    fn from(text: &str) -> Self {
        Self::plain(text.to_owned())
    }
}
